// @ts-check
// The Citation lookup tab: its address, its form, and checking. Results come from /lookup/check as HTML in
// which everything is escaped; all else is shown as text.
import { byId, make, part, showWords } from "../shared/elements.js";
import { announce } from "../shared/events.js";
import { component } from "../shared/gradio.js";
import { _, joined, n_ } from "../shared/language.js";
import { fetchJson, SERVER_WORDS, ServerError, wordsOf } from "../shared/server.js";
import { session } from "../shared/storage.js";

/**
 * @typedef {object} Fields  what is checked, and how
 * @property {string} text
 * @property {string} how
 * @property {string} source
 * @property {string} speaker
 *
 * @typedef {Fields & { wasChecked: boolean }} Draft  the form, and whether this was checked
 *
 * @typedef {object} Piece  what is looked up of a text; `start` and `end` are in code points
 * @property {string} text
 * @property {number} start
 * @property {number} end
 * @property {boolean} perhaps  of interest only if it is found
 */

export const lookup = part(component("lookup").element, ".lookup");
export const find = (/** @type {string} */ selector) => part(lookup, selector);
export const form = part(lookup, "form", HTMLFormElement);
export const textBox = part(form, "[name=text]", HTMLTextAreaElement);
export const sourceBox = part(form, "[name=source]", HTMLInputElement);
const howBox = part(form, "[name=how]", HTMLSelectElement);
const speakerBox = part(form, "[name=speaker]", HTMLInputElement);
export const checks = find(".checks");
const bar = part(lookup, "progress", HTMLProgressElement);
const example = part(lookup, '[data-do="example"]', HTMLButtonElement);
const LONGEST = Number(textBox.dataset.longest);
export const LONGEST_IN_LINK = 2000;
const KEPT = "footnote:lookup";
/** @type {Record<string, (many: number) => string>} */
const NAMES = {
  verbatim: (many) => n_("{count} verbatim", "{count} verbatim", many),
  near: (many) => n_("{count} near", "{count} near", many),
  not_found: (many) => n_("{count} not found", "{count} not found", many),
  unchecked: (many) => n_("{count} not checked", "{count} not checked", many),
};

/** @type {AbortController | null} */
let run = null; // the check under way
/** @type {string | null} */
let at = null; // what of the address the form belongs to
/** @type {Draft | null} */
let unfinished = null; // what had been checked before the page was loaded anew
/** @type {Map<string, Draft>} */
const drafts = new Map(); // what stood in the form when an address was left, where it does not say so

/** What the results are of: the text with the fields, its pieces in order, and the state of the address. */
export const results = {
  /** @type {Fields | null} */
  checked: null,
  /** @type {Piece[]} */
  pieces: [],
  state: "",
};

// The server ------------------------------------------------------------------------------------

const LOOKUP_WORDS = {
  gone: _("Footnote does not answer. Is it still running? What you typed is kept."),
  /** @param {number} status */
  failed: SERVER_WORDS.failed,
};
/** @type {(path: string, body?: object, signal?: AbortSignal) => Promise<any>} */
export const request = (path, body, signal) => fetchJson(path, body, { signal, words: LOOKUP_WORDS });

/** @param {number} milliseconds */
export const pause = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));

/**
 * A server that is busy is asked again; other errors are the user's to see.
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} signal
 */
async function patiently(path, body, signal) {
  for (let tries = 0; ; tries++) {
    try {
      return await request(path, body, signal);
    } catch (error) {
      if (!(error instanceof ServerError) || error.status !== 503 || tries === 5) throw error;
      await pause(500 * (tries + 1));
    }
  }
}

// The address -----------------------------------------------------------------------------------

/**
 * The text and the fields as they stand in a link; empty where the text is too long for one.
 * @param {Fields} fields
 */
export function stateOf({ text, how, source, speaker }) {
  if (!text.trim() || text.length > LONGEST_IN_LINK) return "";
  const parameters = { q: text, as: how === "auto" ? "" : how, in: source, by: speaker };
  return Object.entries(parameters)
    .filter(([, value]) => value)
    .map(([name, value]) => name + "=" + encodeURIComponent(value))
    .join("&");
}

export function stateInAddress() {
  const [tab, ...parameters] = location.hash.slice(1).split("&");
  return tab === "lookup" ? parameters.filter((one) => /^(q|as|in|by)=/.test(one)).join("&") : "";
}

/**
 * @param {string} state
 * @returns {Fields | null}
 */
function fieldsOf(state) {
  /** @type {Record<string, string>} */
  const found = {};
  try {
    for (const one of state.split("&")) {
      const [name, value] = one.split("=");
      found[name] = decodeURIComponent(value || "");
    }
  } catch {
    return null; // cut short
  }
  const how = [...howBox.options].some((option) => option.value === found.as) ? found.as : "auto";
  return { text: found.q || "", how, source: found.in || "", speaker: found.by || "" };
}

/** @param {string} state */
export const linkTo = (state) => location.pathname + location.search + "#lookup" + (state ? "&" + state : "");

/** Check what the address asks for, if it is something else than what is shown. What was typed and not
 * checked is there again on the way back. */
export function follow() {
  if (byId("columns").dataset.tab !== "lookup") return;
  const state = stateInAddress();
  if (state === at) return;
  leave();
  at = state;
  const draft = drafts.get(state);
  const linked = state ? fieldsOf(state) : unfinished || (draft?.wasChecked ? draft : null);
  const readable = linked?.text ? linked : null;
  const shown = draft || readable;
  if (shown) fill(shown);
  if (readable && !isSame(readable, results.checked)) check(readable, state || stateOf(readable));
  else keep();
}

/** Remember the form, unless the address that is left says the same. */
function leave() {
  if (at === null) return;
  if (at && isSame(fields(), fieldsOf(at))) drafts.delete(at);
  else drafts.set(at, formNow());
}

// The form --------------------------------------------------------------------------------------

/** @returns {Fields} */
const fields = () =>
  ({ text: textBox.value, how: howBox.value, source: sourceBox.value.trim(), speaker: speakerBox.value.trim() });

/** @returns {Draft} */
const formNow = () => ({ ...fields(), wasChecked: isSame(fields(), results.checked) });

/** @type {(one: Fields | null, other: Fields | null) => boolean} */
const isSame = (one, other) =>
  !!one && !!other && one.text === other.text && one.how === other.how &&
  one.source === other.source && one.speaker === other.speaker;

/** @param {Fields} fields */
export function fill({ text, how, source, speaker }) {
  textBox.value = text;
  howBox.value = how;
  sourceBox.value = source;
  speakerBox.value = speaker;
  suit();
}

/** The box is as high as its text, and an example takes the place of none. */
function suit() {
  textBox.style.height = "auto";
  textBox.style.height = Math.min(textBox.scrollHeight + 2, innerHeight * 0.4) + "px";
  example.disabled = !!textBox.value.trim();
  example.title = example.disabled ? _("There is a text in the box: check it, or clear it first.") : "";
}

/** What was typed outlives a reload, unless it is too long for the browser. */
const keep = () => session.set(KEPT, JSON.stringify({ ...formNow(), at: at || "" }));

/** After each change of the text. */
export function onInput() {
  unfinished = null;
  suit();
  keep();
}

export function restore() {
  try {
    const kept = JSON.parse(session.get(KEPT) || "null");
    const state = stateInAddress();
    if (!kept || (state && state !== kept.at)) return;
    fill(kept);
    if (state) drafts.set(state, kept);
    else if (kept.wasChecked) unfinished = kept;
  } catch {
    // Nothing that could be restored.
  }
}

/** @param {string} words */
export const showError = (words) => showWords(find(".lookup-error"), words);

// Checking --------------------------------------------------------------------------------------

export function submit() {
  const given = fields();
  const state = stateOf(given);
  if (given.text.length > LONGEST) {
    showError(_("the text has {length} characters, and {most} is the most: check it in parts, chapter by chapter", {
      length: given.text.length, most: LONGEST,
    }));
    return;
  }
  const focused = document.activeElement;
  const link = linkTo(state);
  if (link !== location.pathname + location.search + location.hash) history.pushState(null, "", link);
  if (at !== null) drafts.delete(at); // it is checked now
  at = state;
  announce("close-source", null);
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  check(given, state);
}

/**
 * @param {Fields} given
 * @param {string} state
 */
async function check(given, state) {
  run?.abort();
  const mine = (run = new AbortController());
  unfinished = null;
  begin(given, state);
  keep();
  try {
    const chosen = await patiently("lookup/pieces", { text: given.text, how: given.how }, mine.signal);
    if (mine !== run) return;
    results.pieces = chosen.pieces;
    find(".lookup-note").hidden = !chosen.note;
    find(".lookup-note").textContent = chosen.note || "";
    for (const [number, piece] of results.pieces.entries()) {
      showProgress(number);
      const asked = { text: piece.text, source: given.source, speaker: given.speaker };
      const result = await patiently("lookup/check", asked, mine.signal);
      if (mine !== run) return;
      if (!piece.perhaps || ["verbatim", "near"].includes(result.status)) add(piece, result, number);
    }
    end("");
  } catch (error) {
    if (mine !== run) return;
    if (mine.signal.aborted) end(_("Stopped."));
    else {
      showError(wordsOf(error));
      end(checks.childElementCount ? _("Not complete.") : null);
    }
  }
}

export const stop = () => run?.abort();

/**
 * @param {Fields} given
 * @param {string} state
 */
function begin(given, state) {
  showError("");
  checks.replaceChildren();
  Object.assign(results, { checked: given, pieces: [], state });
  lookup.setAttribute("aria-busy", "true");
  lookup.removeAttribute("data-done");
  find(".lookup-empty").hidden = true;
  find(".lookup-summary").hidden = false;
  find(".lookup-tools").hidden = true;
  find(".lookup-note").hidden = true;
  find('[data-do="stop"]').hidden = false;
  find(".lookup-count").textContent = _("Checking …");
  bar.hidden = false;
  bar.removeAttribute("value");
  // On a phone the results begin under the screen.
  const top = find(".lookup-summary").getBoundingClientRect().top;
  if (top > innerHeight / 2) find(".lookup-summary").scrollIntoView({ block: "start" });
}

/** @param {number} done */
function showProgress(done) {
  const all = results.pieces.length;
  bar.max = all;
  bar.value = done;
  // Read out once; the bar tells the rest.
  if (done === 0 && all > 1) find(".lookup-count").textContent = n_("Checking {count} quotation …", "Checking {count} quotations …", all);
}

/**
 * @param {Piece} piece
 * @param {{ status: string, html: string }} result
 * @param {number} number
 */
function add(piece, result, number) {
  const item = make("li", { class: "check", "data-status": result.status, "data-citations": "" });
  item.innerHTML = result.html;
  /** @type {(what: string, words: string) => HTMLElement} */
  const button = (what, words) => make("button", { type: "button", class: "plain", "data-do": what, "data-piece": number }, words);
  if (results.pieces.length > 1) {
    const link = piece.text.length <= LONGEST_IN_LINK && button("link-piece", _("Copy link"));
    item.append(make("p", { class: "check-actions" }, button("locate", _("Show in my text")), link));
  }
  checks.append(item);
}

/** The focus does not go with the button. */
function hideStop() {
  const button = find('[data-do="stop"]');
  const focused = document.activeElement === button;
  button.hidden = true;
  if (focused) find("[type=submit]").focus();
}

/** @param {string | null} before  words before the summary; null where there is nothing to sum up */
function end(before) {
  run = null;
  lookup.removeAttribute("aria-busy");
  bar.hidden = true;
  hideStop();
  find(".lookup-tools").hidden = !checks.childElementCount;
  find(".lookup-summary").hidden = before === null;
  if (before !== null) find(".lookup-count").textContent = [before, summary()].filter(Boolean).join(" ");
  else find(".lookup-empty").hidden = false;
  lookup.dataset.done = "true";
}

function summary() {
  const statuses = [...checks.children].map((item) => item.getAttribute("data-status"));
  const told = Object.entries(NAMES)
    .map(([name, words]) => ({ many: statuses.filter((one) => one === name).length, words }))
    .filter(({ many }) => many)
    .map(({ many, words }) => words(many));
  const all = statuses.length;
  if (!told.length) return n_("{count} quotation checked.", "{count} quotations checked.", all);
  return n_("{count} quotation checked: {results}.", "{count} quotations checked: {results}.", all, { results: joined(told) });
}

/** Take everything back: the form, the results and the address. */
export function clear() {
  stop();
  run = null;
  fill({ text: "", how: "auto", source: "", speaker: "" });
  showError("");
  checks.replaceChildren();
  find(".lookup-summary").hidden = true;
  find(".lookup-empty").hidden = false;
  bar.hidden = true;
  find('[data-do="stop"]').hidden = true;
  lookup.removeAttribute("aria-busy");
  Object.assign(results, { checked: null, state: "" });
  if (at !== null) drafts.delete(at);
  at = "";
  keep();
  if (stateInAddress()) history.pushState(null, "", linkTo(""));
  textBox.focus();
}
