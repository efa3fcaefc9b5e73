// @ts-check
// The table of the Library tab. Whatever comes from the server is shown as text: nothing here makes markup
// of it.
import { byId, closest, fieldOf, focusedIn, make, maybe, part, parts, questionBox, showWords } from "../shared/elements.js";
import { component } from "../shared/gradio.js";
import { _, dayOf, joined, momentOf, n_, nodes_, number } from "../shared/language.js";
import { fetchJson, wordsOf } from "../shared/server.js";
import * as tabs from "../shared/tabs.js";

/**
 * @typedef {object} Document  a document as library/view.py tells it
 * @property {string} id
 * @property {string} token
 * @property {string} title
 * @property {string} source
 * @property {Record<string, string | null>} values
 * @property {string | null} date
 * @property {string | null} pages
 * @property {number} passages
 * @property {string} added
 * @property {string[]} warnings
 * @property {string[]} edited
 *
 * @typedef {object} About  what may be done, and what the filters offer
 * @property {string | null} read_only
 * @property {string} [better_model]  the commands for a model that finds more, or nothing
 * @property {number} documents
 * @property {number} passages
 * @property {string} [index]
 */

const { element, trigger } = component("library");
export const library = part(element, ".library");
export const find = (/** @type {string} */ selector) => part(library, selector);
const filters = part(library, ".library-filters", HTMLFormElement);
export const rows = find("tbody");

/** @type {About & Record<string, any>} */
export let about = { read_only: "", documents: 0, passages: 0 };
let query = { sort: "title", descending: false, first: 0 };
export let found = { total: 0, first: 0, page: 50, documents: /** @type {Document[]} */ ([]) };
/** @type {AbortController | null} */
let searching = null;
let stale = true; // the table is not what the library is now
/** @type {Map<string, { title: string, token: string }>} */
export const chosen = new Map(); // id of each chosen document, and what there is to say of it

/** @type {(path: string, body?: object, signal?: AbortSignal) => Promise<any>} */
export const request = (path, body, signal) => fetchJson("library/" + path, body, { signal });

/** An error over the table; none without words. @param {string} words */
export const showError = (words) => showWords(find(":scope > .library-error"), words);

/** @param {string} text */
export const isolated = (text) => make("bdi", {}, text);

/** An icon says nothing to a screen reader; the words beside it do. @param {string} sign */
export const icon = (sign) => make("span", { class: "icon", "aria-hidden": "true" }, sign);

// The table -------------------------------------------------------------------------------------

/** @type {Record<string, string>} */
const FIELDS = {
  title: _("title"), publisher: _("publisher"), date: _("date"), country: _("country"), author: _("author"),
  speaker: _("speaker"), language: _("language"),
};
/** @type {Record<string, string>} */
const LABELS = {
  publisher: _("Publisher"), country: _("Country"), date: _("Date"), language: _("Language"), pages: _("Pages"),
  passages: _("Passages"), added: _("Added"), status: _("Status"),
};

/** @param {string} name  of a field */
export const fieldName = (name) => FIELDS[name] ?? name;

/**
 * @param {string} name
 * @param {string | Node | null | undefined} content
 */
const cell = (name, content) =>
  make("td", { class: "cell-" + name, "data-label": LABELS[name] },
    content || make("span", { class: "unknown", title: _("not known") }, "–"));

/** @param {string} moment */
function day(moment) {
  const date = new Date(moment);
  if (!moment || Number.isNaN(date.valueOf())) return null;
  return make("time", { datetime: moment, title: momentOf(date) }, dayOf(date, true));
}

/** @param {Document} one */
const status = (one) =>
  make("div", { class: "status" },
    one.warnings.length
      ? make("button", { type: "button", class: "warned", "data-warnings": one.id, "aria-expanded": "false" },
        icon("⚠"), n_("{count} warning", "{count} warnings", one.warnings.length))
      : make("span", { class: "fine" }, icon("✓"), _("Complete")),
    one.edited.length > 0 && make("span", { class: "edited", title: joined(one.edited.map(fieldName)) }, icon("✎"), _("Edited")));

/** @param {Document} one */
function actions(one) {
  const { title } = one;
  /** @type {(what: string, words: string, label: string) => HTMLElement} */
  const button = (what, words, label) =>
    make("button", { type: "button", class: "plain", "data-do": what, "data-id": one.id, "aria-label": label }, words);
  return make("td", { class: "do" },
    button("edit", _("Edit"), _("Edit {title}", { title })), button("remove", _("Remove"), _("Remove {title}", { title })));
}

/** @param {Document} one */
function row(one) {
  const title = make("th", { scope: "row", class: "cell-title" },
    make("a", { href: "#src=" + one.token }, isolated(one.title)),
    one.source !== one.title && make("div", { class: "file" }, isolated(one.source)));
  const text = (/** @type {string} */ name) => (one.values[name] ? isolated(one.values[name]) : null);
  const made = make("tr", { "data-document": one.id },
    title, cell("publisher", text("publisher")), cell("country", text("country")), cell("date", one.date),
    cell("language", text("language")), cell("pages", one.pages),
    cell("passages", number(one.passages)), cell("added", day(one.added)), cell("status", status(one)));
  const box = make("input", { type: "checkbox", "data-choose": one.id, "aria-label": _("Choose {title}", { title: one.title }) });
  box.checked = chosen.has(one.id);
  made.prepend(make("td", { class: "choose" }, box));
  if (!about.read_only) made.append(actions(one));
  return made;
}

function fill() {
  const back = focusedIn(rows, "data-document", "data-do", "data-choose", "data-warnings", "href");
  rows.replaceChildren(...found.documents.map(row));
  if (back) (maybe(rows, back) || find("#library-title")).focus({ preventScroll: true });
  for (const head of parts(library, "thead .do, [data-do=remove-selected]")) head.hidden = !!about.read_only;
  for (const head of parts(library, "th[data-column]")) {
    const sorted = head.dataset.column === query.sort;
    head.toggleAttribute("data-sorted", sorted);
    if (sorted) head.setAttribute("aria-sort", query.descending ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
  find(".table-wrap").scrollTop = 0;
  find("table").hidden = !found.total;
  showPaging();
  showEmpty();
  showChosen();
}

function showPaging() {
  const { total, first, page, documents } = found;
  find(".paging").hidden = total <= page;
  const last = first + documents.length;
  find(".paging-words").textContent = _("{first}–{last} of {total}", { first: first + 1, last, total });
  for (const button of parts(library, "[data-page]", HTMLButtonElement)) {
    button.disabled = ["first", "previous"].includes(button.dataset.page ?? "") ? first === 0 : last >= total;
  }
}

function showEmpty() {
  const empty = find(".library-empty");
  empty.hidden = found.total > 0;
  if (found.total) return;
  if (about.documents) {
    empty.replaceChildren(
      make("h3", {}, _("No document fits")),
      make("p", {}, _("Search for something else, or clear the filters.")),
      make("button", { type: "button", class: "plain", "data-do": "clear" }, _("Clear the filters")),
    );
    return;
  }
  const words = about.read_only
    ? _("There is nothing in it yet.")
    : _("Add reports: PDF, Word, PowerPoint, Excel, web pages, e-mails, text, or archives of them, single or " +
      "whole folders. They are sent nowhere else. As soon as they are read, the chat answers from them.");
  empty.replaceChildren(make("h3", {}, _("The library is empty")), make("p", {}, words),
    make("p", { class: "hint" }, 
      ...nodes_("Its index is in the folder {folder}.", { folder: make("code", {}, isolated(about.index || "")) })));
  if (!about.read_only) {
    empty.append(make("button", { type: "button", class: "primary", "data-do": "choose-files" }, _("Add files …")));
  }
}

/** @returns {Promise<void>} */
async function search({ announce = true } = {}) {
  searching?.abort();
  const mine = (searching = new AbortController());
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(filters)) if (name !== "order") asked.set(name, String(value));
  for (const [name, value] of Object.entries(query)) asked.set(name, String(value));
  library.setAttribute("aria-busy", "true");
  try {
    const answer = await request("documents?" + asked, undefined, mine.signal);
    if (mine !== searching) return;
    if (!answer.documents.length && answer.total && query.first) {
      query.first = Math.floor((answer.total - 1) / answer.page) * answer.page; // the last page is gone
      return await search({ announce });
    }
    found = answer;
    fill();
    showError("");
    if (announce) find("[data-found]").textContent = n_("{count} document found", "{count} documents found", found.total);
  } catch (error) {
    if (mine.signal.aborted) return;
    showError(wordsOf(error));
  }
  if (mine === searching) library.removeAttribute("aria-busy");
}

/** What a filter offers: words and values; its own value stays if it is offered. @param {string} name */
function offer(name) {
  /** @type {[string, string][]} */
  const offered = about[name];
  const select = part(filters, "[name=" + name + "]", HTMLSelectElement);
  const before = select.value;
  select.replaceChildren(...offered.map(([words, value]) => make("option", { value }, words)));
  select.value = offered.some(([, value]) => value === before) ? before : "";
}

/** Everything anew: what there is, what may be done, and the page of the table. */
async function reload() {
  stale = false;
  try {
    about = await request("about");
  } catch (error) {
    stale = true;
    showError(wordsOf(error));
    return;
  }
  for (const name of ["country", "publisher", "from", "to"]) offer(name);
  find(".library-facts").textContent = joined([
    n_("{count} document", "{count} documents", about.documents), n_("{count} passage", "{count} passages", about.passages),
  ]);
  find(".library-actions").hidden = !!about.read_only;
  find(".read-only").hidden = !about.read_only;
  find(".read-only").textContent = about.read_only || "";
  find(".better-model").hidden = !about.better_model;
  find(".better-model").textContent = about.better_model || "";
  filters.hidden = !about.documents;
  await search({ announce: false });
}

export const isShown = () => tabs.isShown("library");

/** The library has changed: here, and in the filters and examples of the chat. */
export function changed() {
  trigger("collection_changed", {});
  stale = true;
  return showLatest();
}

/** Load what is out of date, if anybody sees it. */
export async function showLatest() {
  if (isShown() && stale) await reload();
}

// Choosing --------------------------------------------------------------------------------------

function showChosen() {
  const all = part(library, "[data-all]", HTMLInputElement);
  const here = found.documents.filter((one) => chosen.has(one.id)).length;
  all.checked = here > 0 && here === found.documents.length;
  all.indeterminate = here > 0 && !all.checked;
  find(".selection").hidden = chosen.size === 0;
  find(".selection-words").textContent = n_("{count} document chosen", "{count} documents chosen", chosen.size);
}

/**
 * @param {string} id
 * @param {boolean} on
 */
function choose(id, on) {
  const one = found.documents.find((each) => each.id === id);
  if (on && one) chosen.set(id, { title: one.title, token: one.token });
  else chosen.delete(id);
}

const chooseBoxes = () => parts(rows, "[data-choose]", HTMLInputElement);

// Warnings --------------------------------------------------------------------------------------

/** @param {HTMLElement} button */
function toggleWarnings(button) {
  const opened = button.getAttribute("aria-expanded") === "true";
  const own = button.closest("tr");
  const one = found.documents.find((each) => each.id === button.dataset.warnings);
  if (!own || !one) return;
  button.setAttribute("aria-expanded", String(!opened));
  if (opened) {
    own.nextElementSibling?.remove();
    return;
  }
  const words = one.warnings.map((warning) => make("li", {}, isolated(warning)));
  own.after(make("tr", { class: "warnings" }, make("td", { colspan: own.children.length }, make("ul", {}, ...words))));
}

// Events ----------------------------------------------------------------------------------------

let typing = 0;
filters.addEventListener("input", (event) => {
  const { name, value } = fieldOf(event);
  if (name === "order") Object.assign(query, { sort: value.replace("-", ""), descending: value.startsWith("-") });
  query.first = 0;
  clearTimeout(typing);
  typing = setTimeout(search, name === "text" ? 180 : 0);
});
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("reset", () => {
  query = { sort: "title", descending: false, first: 0 };
  setTimeout(search); // once the fields are empty
});

/** @param {string} to */
function turnPage(to) {
  const { total, first, page } = found;
  const last = Math.floor(Math.max(0, total - 1) / page) * page;
  query.first = { first: 0, previous: Math.max(0, first - page), next: first + page, last }[to] ?? 0;
  search();
}

/** @param {string} field */
function sortBy(field) {
  query.descending = query.sort === field ? !query.descending : field === "added";
  Object.assign(query, { sort: field, first: 0 });
  search();
}

library.addEventListener("click", (event) => {
  const button = closest(event, "button", HTMLButtonElement);
  if (!button || button.disabled) return;
  const { sort, page, warnings, do: what } = button.dataset;
  if (sort) sortBy(sort);
  else if (page) turnPage(page);
  else if (warnings) toggleWarnings(button);
  else if (what) ACTIONS[what](button);
});

library.addEventListener("change", (event) => {
  const box = fieldOf(event);
  const { choose: id } = box.dataset;
  if (id) choose(id, box.checked);
  else if ("all" in box.dataset) {
    for (const one of found.documents) choose(one.id, box.checked);
    for (const one of chooseBoxes()) one.checked = box.checked;
  } else return;
  showChosen();
});

/** What the buttons of the tab do, by their `data-do`. @type {Record<string, (button: HTMLElement) => void>} */
export const ACTIONS = {
  clear() {
    filters.reset();
    part(filters, "[name=text]").focus(); // the button is about to go
  },
  "ask-selected"() {
    trigger("ask_documents", { tokens: [...chosen.values()].map((one) => one.token) });
    byId("to-chat").click();
    questionBox().focus();
  },
  unselect() {
    chosen.clear();
    for (const box of chooseBoxes()) box.checked = false;
    showChosen();
    find("[data-all]").focus();
  },
};

// On a small screen the filters are folded.
const small = matchMedia("(max-width: 640px)");
const fold = () => (part(library, ".more-filters", HTMLDetailsElement).open = !small.matches);
small.addEventListener("change", fold);
fold();
