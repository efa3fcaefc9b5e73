// @ts-check
// The gold questions that this browser keeps, one entry of localStorage for each. What is read may have
// been changed by anybody: it is shown as text only, and the server takes nothing of a place but its
// token, which it looks up.
import { announce } from "../shared/events.js";
import { joined } from "../shared/language.js";
import { fetchJson } from "../shared/server.js";
import { cupboard, ownKey } from "../shared/storage.js";

/**
 * @typedef {object} Place  a sentence of a report
 * @property {string} token
 * @property {string} [source]
 * @property {string} [title]
 * @property {string} [page]
 * @property {string} [quote]
 *
 * @typedef {object} GoldEntry  a question with what a user has said of it
 * @property {string} id
 * @property {string} [created]
 * @property {string} [changed]
 * @property {string} key  the same for the same question in the same context
 * @property {string} question
 * @property {{ role: string, content: string }[]} history
 * @property {object} where
 * @property {string} filters  the filters in words
 * @property {{ talk: string, at: number }} [from]  the answer that was judged
 * @property {boolean} [answerable]
 * @property {string} [kind]
 * @property {Place[]} evidence
 *
 * @typedef {object} Looked  what /gold/file tells of a question
 * @property {string} id
 * @property {boolean} written
 * @property {Place[]} places
 * @property {string[]} faults
 */

const PREFIX = "footnote.gold.";
const entries = cupboard(PREFIX);
const changed = () => announce("gold", null);

/** @param {unknown} value @returns {value is Record<string, any>} */
export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/**
 * An entry as it was kept; null if it is none.
 * @param {string} id
 * @param {string} text
 * @returns {GoldEntry | null}
 */
function parsed(id, text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  const sound = isObject(found) && found.version === 1 && typeof found.question === "string" && found.question.trim();
  if (!sound || !/^[\w-]{1,64}$/.test(id)) return null;
  const evidence = Array.isArray(found.evidence) ? found.evidence : [];
  const places = evidence.filter((/** @type {unknown} */ one) => isObject(one) && typeof one.token === "string");
  return /** @type {GoldEntry} */ ({ ...found, id, evidence: places });
}

export const goldKept = {
  /** All entries, the one that was made first first. */
  all() {
    const found = entries.entries().flatMap(([id, text]) => parsed(id, text) ?? []);
    const made = (/** @type {GoldEntry} */ one) => String(one.created || "");
    return found.sort((a, b) => (made(a) < made(b) ? -1 : made(a) > made(b) ? 1 : a.id < b.id ? -1 : 1));
  },
  text: entries.text,
  /**
   * Throws what the browser throws when there is no room.
   * @param {string} id
   * @param {string} text
   */
  put(id, text) {
    entries.put(id, text);
    changed();
  },
  /** @param {GoldEntry} entry */
  write({ id, ...entry }) {
    goldKept.put(id, JSON.stringify({ ...entry, version: 1 }));
  },
  /** @param {string} id */
  remove(id) {
    entries.remove(id);
    changed();
  },
};

addEventListener("storage", (event) => {
  if (event.key === null || event.key.startsWith(ownKey(PREFIX))) changed();
});

/**
 * What /gold/PATH answers.
 * @param {string} path
 * @param {object} asked
 */
export const askGold = (path, asked) => fetchJson("gold/" + path, asked);

/**
 * The gold file of these entries, and what became of each.
 * @param {GoldEntry[]} given
 * @returns {Promise<{ gold: string, questions: Looked[] }>}
 */
export const goldFile = (given) => askGold("file", { questions: given.map(sent) });

/** @param {GoldEntry} entry */
const sent = ({ id, question, history, where, answerable, kind, evidence }) => ({
  id, question, history, where, answerable, kind,
  evidence: evidence.map(({ token, source, quote }) => ({ token, source: source || "", quote: quote || "" })),
});

/**
 * Where a place is, in words.
 * @param {Place} place
 */
export const whereIs = (place) => joined([place.title || place.source, place.page]);
