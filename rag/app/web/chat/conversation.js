// @ts-check
// The conversation that is open: kept as it grows, opened, left, and continued in two windows.
import { byId, maybe, part } from "../shared/elements.js";
import { announce } from "../shared/events.js";
import { component } from "../shared/gradio.js";
import { _, n_ } from "../shared/language.js";
import { freshId } from "../shared/storage.js";
import { firstQuestion, fresh, kept, shownHere, titleOf } from "./conversation_store.js";
import { clearNotice, focusBox, full, isThere, say } from "./notices.js";

/** @typedef {import("./conversation_store.js").Talk} Talk */
/** @typedef {import("./conversation_store.js").Turn} Turn */

/**
 * @typedef {object} News  what the server tells of a conversation
 * @property {string} talk  its id
 * @property {Turn} [turn]  an answer as it grows
 * @property {number} [at]  the number of this turn among those that the server was sent
 * @property {number} [stopped]
 * @property {number} [dropped]  how many turns remain
 * @property {number} [opened]  how many turns are shown
 * @property {number} [gone]  how many quotations cannot be found again
 * @property {string} [failed]  why it could not be opened
 */

const { props, trigger, watch } = component("talk");

export let current = fresh(); // what this tab shows; it may be ahead of what is kept
export let skipped = 0; // turns at the beginning that the server was not sent back
let growing = -1; // the turn that is being answered
let awaited = false; // what was opened is not shown yet
let written = 0; // when the growing answer was kept last
/** @type {string | null} */
let formerId = null; // the id that the server still tells of an answer that became a copy's

/** Whether an answer is being made. */
export const isGrowing = () => growing >= 0;

const changed = (partial = false) => announce("conversations", { partial });

// Keeping -----------------------------------------------------------------------------------------

/** The server passes the id on to what it tells of an answer. */
const tellServer = () => (props.value = JSON.stringify({ talk: current.id }));

/** Two tabs can show the same conversation. Whoever comes second goes on with a copy. */
function branchIfChanged() {
  if (!current.revision) return;
  const stored = kept.read(current.id);
  if (stored && stored.revision === current.revision) return;
  const gone = stored === null;
  formerId = current.id;
  if (!gone) current.title = titleOf(current) + " (2)";
  current.id = freshId();
  current.named = true;
  shownHere.set(current.id);
  tellServer();
  say(
    gone
      ? _("This conversation was deleted in another window. It is kept again, because you went on with it here.")
      : _("This conversation was continued in another window. What you asked here is kept apart, as “{title}”.", { title: current.title }),
  );
}

/**
 * Whether there was room for it; if not, it says so.
 * @param {Talk} talk
 */
export function tryToKeep(talk) {
  try {
    kept.write(talk);
    return true;
  } catch {
    full(true);
    return false;
  }
}

function keep({ branch = true } = {}) {
  if (branch) branchIfChanged();
  if (!current.turns.length) return;
  const before = current.revision;
  if (!current.named) current.title = firstQuestion(current);
  current.changed = new Date().toISOString();
  current.revision = freshId();
  if (tryToKeep(current)) full(false);
  else current.revision = before;
  shownHere.set(current.id);
}

/**
 * What came after a question that was edited is no part of the conversation any more.
 * @param {number} at
 */
function keepFormer(at) {
  const title = _("{title} (before the edit)", { title: titleOf(current) });
  const moment = current.changed || new Date().toISOString();
  const former = { ...fresh(), title, named: true, turns: current.turns, changed: moment, revision: freshId() };
  if (!tryToKeep(former)) return;
  const many = current.turns.length - at - 1;
  say(
    n_(
      "The question after the one you edited is kept with the former answers, as “{title}”.",
      "The {count} questions after the one you edited are kept with the former answers, as “{title}”.",
      many, { title },
    ),
  );
}

// What the server tells -------------------------------------------------------------------------

/**
 * An answer to a question of another conversation: it was left while the answer was being made.
 * @param {News} news
 */
function keepElsewhere({ talk: id, turn, at = 0 }) {
  const talk = kept.read(id);
  if (!talk || talk.unreadable !== undefined || !turn || at > talk.turns.length) return;
  if (talk.turns[at] && talk.turns[at].question !== turn.question) return;
  talk.turns[at] = turn;
  tryToKeep(talk);
}

/** @param {Turn} turn @param {number} told */
function onTurn(turn, told) {
  const at = Math.min(told + skipped, current.turns.length);
  if (growing !== at) {
    branchIfChanged();
    if (current.turns.length > at + 1) keepFormer(at);
    current.turns.length = Math.min(current.turns.length, at);
    written = 0;
    announce("asked", { questions: told + 1 });
  }
  growing = at;
  current.turns[at] = /** @type {Turn} */ ({ ...turn, asked: new Date().toISOString() });
  // Many words come one by one; what is kept need not be written for each.
  if (turn.state === "partial" && Date.now() - written < 1000) return;
  written = Date.now();
  keep({ branch: false });
  if (turn.state !== "partial") growing = -1;
}

/** @param {number} remaining */
function onDropped(remaining) {
  growing = -1;
  current.turns.length = Math.min(current.turns.length, remaining + skipped);
  if (current.turns.length) return keep();
  kept.remove(current.id);
  current = fresh();
  shownHere.set(current.id);
  tellServer();
}

/** @param {News} news */
function onNews(news) {
  if (news.talk === formerId) news.talk = current.id;
  if (news.talk !== current.id) {
    tellServer();
    if (news.turn) keepElsewhere(news);
    // Another was chosen since; or an answer that was left has come after what was opened, and over it.
    if ("opened" in news || (news.turn && !awaited && growing < 0)) showTalk(current);
    return;
  }
  if (news.turn) onTurn(news.turn, news.at ?? 0);
  else if ("stopped" in news) {
    growing = -1;
    keep({ branch: false });
  } else if (news.dropped !== undefined) onDropped(news.dropped);
  else if ("opened" in news || "failed" in news) onOpened(news);
  if (formerId && growing < 0) {
    formerId = null;
    tellServer();
  }
  changed(news.turn?.state === "partial");
}

/** @param {News} news */
function onOpened({ failed, opened = 0, gone }) {
  awaited = false;
  setOpening(false);
  if (failed !== undefined) {
    current = fresh();
    tellServer();
    return say(_("The conversation could not be opened: {reason}", { reason: failed }));
  }
  skipped = Math.max(0, current.turns.length - opened);
  if (opened) announce("asked", { questions: opened });
  const told = [];
  if (skipped) {
    told.push(n_(
      "The first question of this conversation is kept, but not shown.",
      "The first {count} questions of this conversation are kept, but not shown.",
      skipped,
    ));
  }
  if (gone) {
    told.push(n_(
      "One sentence of this conversation can no longer be cited; the answers say which.",
      "{count} sentences of this conversation can no longer be cited; the answers say which.",
      gone,
    ));
  }
  if (told.length) say(told.join(" "));
}

// Opening ---------------------------------------------------------------------------------------

/** An answer that is being made is stopped; what has come of it is kept. */
function flush() {
  if (growing >= 0 && current.turns.length) keep({ branch: false });
}

// An edit that was begun would go on in whatever conversation is shown next. Gradio does not let it
// be cancelled while an answer is being made; its buttons are found by their place, for their names
// are in the language of the browser.
function leaveEdit() {
  const row = maybe(document, "#chat textarea")?.closest(".message-row");
  const cancel = row?.querySelector(".message-buttons button:last-child");
  if (!(cancel instanceof HTMLButtonElement)) return;
  cancel.disabled = false;
  cancel.click();
}

// The style sheet shows it while the chat is busy.
document.documentElement.style.setProperty("--opening", JSON.stringify(_("Opening the conversation …")));
let focusThen = false;
/**
 * Until it has been opened, a question would be asked without it.
 * @param {boolean} now
 */
function setOpening(now) {
  if (now) byId("middle").setAttribute("aria-busy", "true");
  else byId("middle").removeAttribute("aria-busy");
  part(document, "#question").inert = now;
  if (!now && focusThen) focusBox();
  if (!now) focusThen = false;
}

/** @param {Talk} talk */
function showTalk(talk) {
  current = talk;
  skipped = 0;
  growing = -1;
  formerId = null;
  shownHere.set(talk.id);
  tellServer();
  changed();
  if (talk.turns.length) setOpening(true);
  awaited = true;
  trigger("open_talk", { talk: talk.id, turns: talk.turns });
}

export const closeDrawer = () => maybe(document, "#collection.open [data-close]")?.click();

/**
 * Open a conversation in place of the present one.
 * @param {Talk} talk
 */
export async function openTalk(talk, { focus = true } = {}) {
  flush();
  clearNotice();
  announce("close-source", null);
  closeDrawer();
  leaveEdit();
  const before = { talk: current, skipped };
  showTalk(talk);
  focusThen = focus && talk.turns.length > 0;
  if (focus && !focusThen) focusBox();
  if (!(await isThere()) && awaited && current === talk) goBack(before, talk);
}

/**
 * The server is gone: what the chat shows is still the conversation before.
 * @param {{ talk: Talk, skipped: number }} before
 * @param {Talk} talk
 */
function goBack(before, talk) {
  awaited = false;
  current = before.talk;
  skipped = before.skipped;
  shownHere.set(current.id);
  tellServer();
  setOpening(false);
  changed();
  say(_("Footnote does not answer, so this is still the conversation before. Is it still running?"), {
    label: _("Try again"),
    act: () => openTalk(talk),
  });
}

export const startNew = () => openTalk(fresh());

/** Leave the present conversation, which was deleted, without keeping it again. */
export function leaveDeleted() {
  growing = -1;
  openTalk(fresh(), { focus: false });
}

/** Begin with the conversation that this tab has shown before, if there is one. */
export function beginConversation() {
  watch("value", () => {
    try {
      onNews(JSON.parse(props.value));
    } catch (error) {
      console.error(error);
    }
  });
  const before = shownHere.get();
  const reopened = before ? kept.read(before) : null;
  if (reopened && reopened.unreadable === undefined) showTalk(reopened);
  else tellServer();
  changed();
}

addEventListener("pagehide", flush);
