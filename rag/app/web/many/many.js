// @ts-check
// Many questions at once, in place of the chat. The answers come one by one, as rows in which everything is
// escaped; the table goes on while something else is looked at, and is kept in this browser.
import { filters } from "../chat/filters.js";
import { byId, closest, fieldOf, make, maybe, part, parts, saveFile, showWords } from "../shared/elements.js";
import { hear } from "../shared/events.js";
import { component } from "../shared/gradio.js";
import { _, joined, n_, number } from "../shared/language.js";
import { fetchFrom, fetchJson, OWN_PAGE, ServerError, SERVER_WORDS, urlOf, wordsOf } from "../shared/server.js";
import { caution } from "../shared/settings.js";
import { storage } from "../shared/storage.js";
import { follow, place, tab } from "../shared/tabs.js";

/**
 * @typedef {object} Scope  what every question is asked of, by name
 * @property {string} name
 * @property {[string, string, string][]} where
 *
 * @typedef {object} Row  an answer as the browser keeps it
 * @property {string} scope
 * @property {{ question: string, state?: string }} turn
 *
 * @typedef {object} Table  what is asked, and what has been answered so far, question by question
 * @property {string[]} questions
 * @property {Scope[]} scopes
 * @property {Row[]} rows
 */

const many = part(component("many").element, ".many");
const form = part(many, "form", HTMLFormElement);
const questionsBox = part(form, "[name=questions]", HTMLTextAreaElement);
const eachBox = part(form, "[name=each]", HTMLSelectElement);
const picker = part(form, "input[type=file]", HTMLInputElement);
const which = part(form, ".many-which", HTMLDetailsElement);
const plan = part(form, ".many-plan");
const failure = part(many, ".many-failure");
const done = part(many, ".many-done");
const progress = part(done, "progress", HTMLProgressElement);
const words = part(done, ".many-words");
const table = part(done, "table");
const button = (/** @type {string} */ name) => part(many, '[data-many="' + name + '"]', HTMLButtonElement);
const asking = part(form, "[type=submit]", HTMLButtonElement);

const VIEW = "view=many";
const KEPT = "footnote.many";
const MOST_ANSWERS = 2000;
const LONGEST_QUESTION = 2000;
const MOST_KEPT = 2_500_000; // characters; the rest of the room is for conversations
const AT_ONCE = 100; // rows that are shown again by one request

/** @type {Table | null} */
let current = null;
/** @type {AbortController | null} */
let running = null;
/** Countries, documents … of which nothing is asked. @type {Set<string>} */
let without = new Set();
let shown = 0; // rows of the table that are on the page
let written = 0; // when the table was kept last
let began = { at: 0, rows: 0 }; // of the present run

// Kept in this browser ---------------------------------------------------------------------------

function keep({ always = true } = {}) {
  if (!storage || (!always && Date.now() - written < 1500)) return;
  written = Date.now();
  const text = JSON.stringify({ questions: questionsBox.value, each: eachBox.value, without: [...without], table: current });
  try {
    if (text.length > MOST_KEPT) throw new Error("no room");
    storage.setItem(KEPT, text);
    many.removeAttribute("data-unkept");
  } catch {
    storage.removeItem(KEPT);
    many.setAttribute("data-unkept", "");
  }
}

const isRow = (/** @type {any} */ row) => typeof row?.scope === "string" && typeof row?.turn?.question === "string";
const isScope = (/** @type {any} */ scope) => typeof scope?.name === "string" && Array.isArray(scope?.where);

function restore() {
  let kept;
  try {
    kept = JSON.parse(storage?.getItem(KEPT) ?? "null");
  } catch {
    return; // somebody has changed it
  }
  if (typeof kept?.questions !== "string") return;
  questionsBox.value = kept.questions;
  if ([...eachBox.options].some((one) => one.value === kept.each)) eachBox.value = kept.each;
  if (Array.isArray(kept.without)) without = new Set(kept.without.map(String));
  const { questions, scopes, rows } = kept.table ?? {};
  const sound = [questions, scopes, rows].every(Array.isArray) && rows.every(isRow) && scopes.every(isScope);
  if (sound) current = { questions: questions.map(String), scopes, rows };
}

// The table ----------------------------------------------------------------------------------------

const total = () => (current ? current.questions.length * current.scopes.length : 0);
const answered = () => current?.rows.length ?? 0;
const isWhole = () => answered() === total();

/** What comes after the rows that there are. @param {Table} of */
const next = (of) => ({
  question: of.questions[Math.floor(of.rows.length / of.scopes.length)],
  scope: of.scopes[of.rows.length % of.scopes.length],
});

/**
 * @param {Table} of
 * @param {string} html
 */
function addRow(of, html) {
  const { scope, turn } = of.rows[shown];
  const holder = make("template");
  holder.innerHTML = html;
  if (scope && shown % of.scopes.length === 0) {
    const head = make("th", { colspan: 3, scope: "rowgroup", dir: "auto" }, turn.question);
    table.append(make("tbody", {}, make("tr", { class: "many-question" }, head)));
  } else if (!table.querySelector("tbody")) table.append(make("tbody"));
  table.querySelector("tbody:last-of-type")?.append(holder.content);
  part(table, ".many-of").textContent = scope ? _("Asked of") : _("Question");
  shown++;
}

function emptyTable() {
  for (const body of table.querySelectorAll("tbody")) body.remove();
  shown = 0;
}

/** Rows that were kept come back from the server, which looks each quotation up again. */
async function showKept() {
  const of = current;
  while (of && of === current && shown < of.rows.length && !running) {
    const rows = of.rows.slice(shown, shown + AT_ONCE);
    try {
      const made = (await fetchJson("many/rows", { rows })).rows;
      if (of !== current) return;
      for (const html of made) addRow(of, html);
    } catch (error) {
      return showWords(failure, wordsOf(error));
    }
  }
}

/** How long it may still take, as people say it. @param {number} seconds */
function duration(seconds) {
  if (seconds < 50) return _("less than a minute left");
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return n_("about {count} minute left", "about {count} minutes left", minutes);
  return n_("about {count} hour left", "about {count} hours left", Math.round(minutes / 60));
}

function tellProgress() {
  const [now, all] = [answered(), total()];
  done.hidden = !current;
  progress.hidden = !running;
  progress.max = all || 1;
  progress.value = now;
  const failed = current?.rows.filter((row) => row.turn.state === "failed").length ?? 0;
  const told = [n_("{done} of {count} answer", "{done} of {count} answers", all, { done: now })];
  const fresh = now - began.rows;
  if (running && fresh > 2) told.push(duration(((Date.now() - began.at) / 1000 / fresh) * (all - now)));
  if (!running && now < all) told.push(_("stopped"));
  if (failed) told.push(n_("{count} failed", "{count} failed", failed));
  words.textContent = joined(told) + ".";
  if (many.hasAttribute("data-unkept")) {
    words.textContent += " " + _("This browser has no room to keep the table: save it before you leave the page.");
  }
  asking.disabled = !!running;
  button("stop").hidden = !running;
  button("continue").hidden = !!running || !current || isWhole();
  button("clear").disabled = !!running;
  for (const opener of document.querySelectorAll('[data-many="open"]')) {
    opener.textContent = running
      ? _("Ask many questions at once ({progress})", { progress: told[0] })
      : _("Ask many questions at once");
  }
}

// Asking -----------------------------------------------------------------------------------------

const questionsOf = () => questionsBox.value.split("\n").map((line) => line.trim()).filter(Boolean);

/** The country, document … of a scope. @param {Scope} scope */
const valueOf = (scope) => String(scope.where.at(-1)?.[2] ?? "");

/** What is asked, without what is left out, and what there is. @returns {Promise<{ scopes: Scope[], all: Scope[], filters: string }>} */
async function fetchScopes() {
  const told = await fetchJson("many/scopes", { each: eachBox.value, filters: filters() });
  const left = (/** @type {Scope} */ one) => !eachBox.value || !without.has(valueOf(one));
  return { scopes: told.scopes.filter(left), all: told.scopes, filters: told.filters };
}

/** Offer what there is, to be ticked. @param {Scope[]} all @param {number} chosen */
function offer(all, chosen) {
  which.hidden = !eachBox.value || all.length < 2;
  part(which, "summary").textContent = _("Chosen: {number} of {all}", { number: chosen, all: all.length });
  const list = part(which, "ul");
  const values = all.map(valueOf);
  const boxes = () => parts(list, "input", HTMLInputElement);
  if (values.join("\n") !== boxes().map((box) => box.value).join("\n")) {
    list.replaceChildren(...all.map((one) => make("li", {},
      make("label", {}, make("input", { type: "checkbox", value: valueOf(one) }), make("span", { dir: "auto" }, one.name)))));
  }
  for (const box of boxes()) box.checked = !without.has(box.value);
}

/** Tick all that is offered, or nothing. @param {boolean} all */
function tickAll(all) {
  without = new Set(all ? [] : parts(which, "input", HTMLInputElement).map((box) => box.value));
  keep();
  showPlan();
}

let planning = 0;
/** Say what would be asked of what. */
async function showPlan() {
  const mine = ++planning;
  try {
    const { scopes, all, filters: on } = await fetchScopes();
    if (mine !== planning) return;
    offer(all, scopes.length);
    const asked = n_("{count} question", "{count} questions", questionsOf().length);
    const each = eachBox.selectedOptions[0].textContent ?? "";
    const of = eachBox.value ? " × " + number(scopes.length) + " (" + each + ")" : "";
    const answers = n_("{count} answer", "{count} answers", questionsOf().length * scopes.length);
    const restricted = on
      ? _("Only of what the filters leave: {filters}.", { filters: on })
      : _("Of all reports; the filters beside the chat narrow that.");
    plan.textContent = asked + of + " = " + answers + ". " + restricted;
  } catch (error) {
    if (mine === planning) plan.textContent = wordsOf(error);
  }
}

/** Why these questions cannot be asked; empty if they can. @param {string[]} questions @param {Scope[]} scopes */
function refusal(questions, scopes) {
  if (!questions.length) return _("Write at least one question.");
  const long = questions.find((one) => one.length > LONGEST_QUESTION);
  if (long) return _("A question has more than {most} characters: “{question} …”", { most: LONGEST_QUESTION, question: long.slice(0, 60) });
  if (!scopes.length && without.size) return _("Tick at least one of those that are listed to ask of.");
  if (!scopes.length) return _("No report that the filters leave has what each question is to be asked of: choose something else.");
  const all = questions.length * scopes.length;
  if (all <= MOST_ANSWERS) return "";
  return _(
    "That would be {answers} answers; {most} is the most on this page. Ask fewer questions or set a filter; “rag ask --file” has no such limit.",
    { answers: all, most: MOST_ANSWERS },
  );
}

async function begin() {
  showWords(failure, "");
  const questions = questionsOf();
  let scopes;
  try {
    ({ scopes } = await fetchScopes());
  } catch (error) {
    return showWords(failure, wordsOf(error));
  }
  const refused = refusal(questions, scopes);
  if (refused) return showWords(failure, refused);
  current = { questions, scopes, rows: [] };
  emptyTable();
  await run(current);
}

/** Ask what is left of a table, one after the other. @param {Table} of */
async function run(of) {
  if (running) return;
  const mine = (running = new AbortController());
  began = { at: Date.now(), rows: of.rows.length };
  showWords(failure, "");
  tellProgress();
  try {
    while (of.rows.length < of.questions.length * of.scopes.length) {
      const { question, scope } = next(of);
      const body = { question, scope: scope.name, where: scope.where, caution: caution() };
      const { turn, html } = await fetchJson("many/answer", body, { signal: mine.signal });
      of.rows.push({ scope: scope.name, turn });
      addRow(of, html);
      keep({ always: false });
      tellProgress();
    }
  } catch (error) {
    if (!mine.signal.aborted) showWords(failure, wordsOf(error));
  }
  running = null;
  keep();
  tellProgress();
}

// Files ------------------------------------------------------------------------------------------

async function takeFile() {
  const [file] = picker.files ?? [];
  picker.value = "";
  if (!file) return;
  showWords(failure, "");
  try {
    const path = "many/questions?" + new URLSearchParams({ name: file.name });
    const response = await fetch(urlOf(path), { method: "POST", headers: OWN_PAGE, body: file });
    const told = await response.json().catch(() => ({}));
    if (!response.ok) throw new ServerError(told.error || SERVER_WORDS.failed(response.status));
    questionsBox.value = told.questions.join("\n");
    keep();
    showPlan();
  } catch (error) {
    showWords(failure, error instanceof TypeError ? SERVER_WORDS.gone : wordsOf(error));
  }
}

/** @param {string} format */
async function saveTable(format) {
  if (!current?.rows.length) return;
  showWords(failure, "");
  try {
    const response = await fetchFrom("many/table." + format, { rows: current.rows });
    saveFile("answers." + format, await response.blob());
  } catch (error) {
    showWords(failure, wordsOf(error));
  }
}

// The view ---------------------------------------------------------------------------------------

const hash = () => location.hash.slice(1).split("&").filter(Boolean);

/** @param {boolean} open */
function setView(open) {
  const others = hash().filter((one) => one !== VIEW && one !== tab);
  const all = open ? [VIEW, ...others] : others;
  history.pushState(null, "", location.pathname + location.search + (all.length ? "#" + all.join("&") : ""));
  follow({ focus: false });
}

function read() {
  if (tab !== place().tab) return;
  const open = tab === "chat" && hash().includes(VIEW);
  if (open !== many.hidden) return;
  many.hidden = !open;
  if (!open) return;
  showPlan();
  showKept();
  byId("many-title").focus();
}

/** What the buttons do. @type {Record<string, () => void>} */
const ACTIONS = {
  open: () => setView(true),
  close() {
    setView(false);
    maybe(document, "#question textarea")?.focus();
  },
  file: () => picker.click(),
  all: () => tickAll(true),
  none: () => tickAll(false),
  stop: () => running?.abort(),
  continue: () => current && run(current),
  clear() {
    current = null;
    emptyTable();
    keep();
    tellProgress();
    questionsBox.focus();
  },
};

document.addEventListener("click", (event) => {
  const { many: what, table: format } = closest(event, "[data-many], [data-table]")?.dataset ?? {};
  if (what) ACTIONS[what]();
  else if (format) saveTable(format);
  // Who opens a conversation wants to see it.
  else if (!many.hidden && closest(event, '[data-row="open"], [data-talk="new"]')) setView(false);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!running) begin();
});
let typing = 0;
form.addEventListener("input", (event) => {
  const field = fieldOf(event);
  if (field === picker) return;
  if (field.type === "checkbox") without[field.checked ? "delete" : "add"](field.value);
  else if (event.target === eachBox) without = new Set();
  clearTimeout(typing);
  typing = setTimeout(() => {
    keep();
    showPlan();
  }, 200);
});
picker.addEventListener("change", takeFile);
addEventListener("pagehide", () => keep());
hear("filters", () => many.hidden || showPlan());
hear("tab", read);
hear("place", read);
restore();
tellProgress();
read();
many.dataset.ready = "true";
