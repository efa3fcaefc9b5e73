// @ts-check
// What this browser keeps for the page. Collections of one server, and programs below several paths of one
// host, share what a browser keeps: each has its own by the path of its page, which stands in front of keys.
import { base } from "./base.js";

const OWN = base === "/" ? "" : base;

/**
 * The name by which this page keeps something; the one that events of "storage" tell.
 * @param {string} key
 */
export const ownKey = (key) => OWN + key;

/** Whether localStorage can be used, which it cannot in some private windows. */
const keeps = (() => {
  try {
    const probe = "footnote.probe";
    localStorage.setItem(probe, "1");
    localStorage.removeItem(probe);
    return true;
  } catch (error) {
    // A full storage can still be read, and made room in.
    return error instanceof Error && error.name === "QuotaExceededError" && localStorage.length > 0;
  }
})();

/** localStorage with this page's own keys, or null where the browser keeps nothing. */
export const storage = keeps
  ? {
      /** @param {string} key */
      getItem: (key) => localStorage.getItem(ownKey(key)),
      /**
       * Throws what the browser throws when there is no room.
       * @param {string} key
       * @param {string} text
       */
      setItem: (key, text) => localStorage.setItem(ownKey(key), text),
      /** @param {string} key */
      removeItem: (key) => localStorage.removeItem(ownKey(key)),
      /** The keys of this page. */
      keys: () =>
        Array.from({ length: localStorage.length }, (_, at) => localStorage.key(at) ?? "")
          .filter((key) => key.startsWith(OWN))
          .map((key) => key.slice(OWN.length)),
    }
  : null;

/** Texts of this tab, which outlive a reload where the browser lets them. */
export const session = {
  /** @param {string} key */
  get(key) {
    try {
      return sessionStorage.getItem(ownKey(key));
    } catch {
      return null;
    }
  },
  /**
   * Whether there was room.
   * @param {string} key
   * @param {string} text
   */
  set(key, text) {
    try {
      sessionStorage.setItem(ownKey(key), text);
      return true;
    } catch {
      return false;
    }
  },
  /** @param {string} key */
  remove(key) {
    try {
      sessionStorage.removeItem(ownKey(key));
    } catch {
      // Nothing was kept.
    }
  },
};

/**
 * Texts by id under a common prefix, one entry of localStorage for each, so that two tabs do not write
 * over one another's. They last as long as the page where the browser keeps nothing.
 * @param {string} prefix
 */
export function cupboard(prefix) {
  /** @type {Map<string, string>} */
  const memory = new Map();
  /** @type {(id: string) => string | null} */
  const text = (id) => (storage ? storage.getItem(prefix + id) : (memory.get(prefix + id) ?? null));
  return {
    text,
    /** @returns {[string, string][]} */
    entries() {
      const keys = storage ? storage.keys() : [...memory.keys()];
      const ids = keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
      return ids.map((id) => [id, text(id) ?? ""]);
    },
    /**
     * Throws what the browser throws when there is no room.
     * @param {string} id
     * @param {string} words
     */
    put(id, words) {
      if (storage) storage.setItem(prefix + id, words);
      else memory.set(prefix + id, words);
    },
    /** @param {string} id */
    remove(id) {
      if (storage) storage.removeItem(prefix + id);
      else memory.delete(prefix + id);
    },
  };
}

/** A new id, which cannot be guessed. */
export const freshId = () =>
  [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
