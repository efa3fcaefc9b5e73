// @ts-check
// Where this browser keeps its conversations: one entry of localStorage for each. What is read may have
// been changed by anybody: it is checked here, shown as text only, and looked up again by the server
// before it is shown as an answer.
import { _ } from "../shared/language.js";
import { cupboard, freshId, session, storage } from "../shared/storage.js";

/**
 * @typedef {object} Turn  a question and its answer; see saved_conversations.py for all fields
 * @property {string} question
 * @property {string} [state]
 * @property {boolean} [abstained]
 * @property {string} [heading]  the first line of an abstention
 * @property {string | null} [reason]
 * @property {string[]} [notes]
 * @property {Statement[]} [statements]
 *
 * @typedef {object} Statement
 * @property {string} text
 * @property {string} kind
 * @property {string} support
 * @property {string | null} fault
 * @property {string[]} citations
 *
 * @typedef {object} Talk  a conversation
 * @property {string} id
 * @property {string} title
 * @property {boolean} named  whether the title is the user's
 * @property {string} revision  another one each time that it is kept
 * @property {string} changed
 * @property {Turn[]} turns
 * @property {string} [unreadable]  what was kept instead of a conversation
 */

export const PREFIX = "footnote.conversation.";
const VERSION = 1;
const LONGEST_TITLE = 70;

const conversations = cupboard(PREFIX);

/** @returns {Talk} */
export const fresh = () => ({ id: freshId(), title: "", named: false, revision: "", changed: "", turns: [] });

/** @param {Talk} talk */
export function titleOf(talk) {
  if (talk.unreadable !== undefined) return _("A conversation that cannot be read");
  return talk.title || firstQuestion(talk);
}

/** @param {Talk} talk */
export function firstQuestion(talk) {
  const words = talk.turns.length ? talk.turns[0].question.replace(/\s+/g, " ").trim() : "";
  if (!words) return _("New conversation");
  return words.length <= LONGEST_TITLE ? words : words.slice(0, LONGEST_TITLE).replace(/\s+\S*$/, "") + " …";
}

const isText = (/** @type {unknown} */ value) => typeof value === "string";
const isTurn = (/** @type {any} */ turn) => turn && typeof turn === "object" && isText(turn.question) && turn.question !== "";
const NEVER = new Date(0).toISOString();

/**
 * A conversation as it was kept; with `unreadable`, its text, if it is not one.
 * @param {string} id
 * @param {string} text
 * @returns {Talk}
 */
function parsed(id, text) {
  const bad = { ...fresh(), id, unreadable: text, changed: NEVER };
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    return bad;
  }
  const sound = found && found.version === VERSION && Array.isArray(found.turns) && found.turns.every(isTurn);
  if (!sound || !/^[\w-]{1,64}$/.test(id)) return bad;
  return {
    id,
    title: isText(found.title) ? found.title.slice(0, 300) : "",
    named: found.named === true,
    revision: isText(found.revision) ? found.revision : "",
    changed: isText(found.changed) && !Number.isNaN(Date.parse(found.changed)) ? found.changed : NEVER,
    turns: found.turns,
  };
}

// What was read before is not read again as long as it is the same.
/** @type {Map<string, { text: string, talk: Talk }>} */
const known = new Map();
/** @param {[string, string]} entry */
function remembered([id, text]) {
  const before = known.get(id);
  if (before && before.text === text) return before.talk;
  const talk = parsed(id, text);
  known.set(id, { text, talk });
  return talk;
}

/** @type {{ id: string, text: string, title: string } | null} */
let deleted = null; // the last one that was deleted

export const kept = {
  lasting: storage !== null,
  /** All conversations, the one that was changed last first; to be looked at, not to be changed. */
  all() {
    const talks = conversations.entries().map(remembered);
    return talks.sort((a, b) => (a.changed < b.changed ? 1 : a.changed > b.changed ? -1 : a.id < b.id ? 1 : -1));
  },
  /** @param {string} id */
  read(id) {
    const text = conversations.text(id);
    return text == null ? null : parsed(id, text);
  },
  /**
   * Throws what the browser throws when there is no room.
   * @param {Talk} talk
   */
  write({ id, title, named, revision, changed, turns }) {
    conversations.put(id, JSON.stringify({ version: VERSION, title, named, revision, changed, turns }));
  },
  /**
   * Whether there was one to delete; it can be brought back.
   * @param {string} id
   */
  remove(id) {
    const talk = kept.read(id);
    if (talk === null) return false;
    deleted = { id, text: conversations.text(id) ?? "", title: titleOf(talk) };
    conversations.remove(id);
    return true;
  },
  get deleted() {
    return deleted;
  },
  /** Bring back what was deleted last. Throws what the browser throws when there is no room. */
  restore() {
    if (deleted) conversations.put(deleted.id, deleted.text);
    deleted = null;
  },
  clear() {
    for (const { id } of kept.all()) conversations.remove(id);
    deleted = null;
  },
};

const SHOWN = "footnote.shown";
/** Which conversation this tab shows, over a reload. */
export const shownHere = {
  get: () => session.get(SHOWN),
  /** @param {string} id */
  set: (id) => session.set(SHOWN, id),
};
