// The table of the Library tab. Runs once, before library_adding.js and library_dialogs.js and in the
// same scope; `element` is the component that holds the tab. Whatever comes from the server is shown
// as text: nothing here makes markup of it.
const library = element.querySelector(".library");
const find = (selector) => library.querySelector(selector);
const filters = find(".library-filters");
const rows = find("tbody");
const count = (number, noun) => number.toLocaleString("en") + " " + noun + (number === 1 ? "" : "s");

let about = { read_only: "", documents: 0 };
let query = { sort: "title", descending: false, first: 0 };
let found = { total: 0, first: 0, page: 50, documents: [] };
let searching = null;
let stale = true; // the table is not what the library is now
const chosen = new Map(); // id of each chosen document, and its title

// The server ------------------------------------------------------------------------------------

async function request(path, body, signal) {
  const response = await fetchFrom("library/" + path, { body: body && JSON.stringify(body), signal });
  return response.json().catch(() => ({}));
}

// Elements --------------------------------------------------------------------------------------

const isolated = (text) => make("bdi", {}, text);

// An icon says nothing to a screen reader; the words beside it do.
const icon = (sign) => make("span", { class: "icon", "aria-hidden": "true" }, sign);

const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1);

function showError(place, words) {
  place.hidden = !words;
  place.textContent = sentence(words || "");
}

// The table -------------------------------------------------------------------------------------

const LABELS = {
  publisher: "Publisher", country: "Country", date: "Date", language: "Language", pages: "Pages",
  passages: "Passages", added: "Added", status: "Status",
};

function cell(name, content) {
  const empty = content == null || content === "";
  const shown = empty ? make("span", { class: "unknown", title: "not known" }, "–") : content;
  const made = make("td", { class: "cell-" + name, "data-label": LABELS[name] });
  made.append(shown);
  return made;
}

function day(moment) {
  const date = new Date(moment);
  if (!moment || Number.isNaN(date.valueOf())) return null;
  const words = date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
  return make("time", { datetime: moment, title: date.toLocaleString("en-GB") }, words);
}

function status(one) {
  const made = make("div", { class: "status" });
  if (one.warnings.length) {
    made.append(
      make("button", { type: "button", class: "warned", "data-warnings": one.id, "aria-expanded": "false" },
        icon("⚠"), count(one.warnings.length, "warning")),
    );
  } else made.append(make("span", { class: "fine" }, icon("✓"), "Complete"));
  if (one.edited.length) {
    made.append(make("span", { class: "edited", title: one.edited.join(", ") }, icon("✎"), "Edited"));
  }
  return made;
}

function actions(one) {
  const button = (what, words) =>
    make("button", { type: "button", class: "plain", "data-do": what, "data-id": one.id,
      "aria-label": words + " " + one.title }, words);
  return make("td", { class: "do" }, button("edit", "Edit"), button("remove", "Remove"));
}

function row(one) {
  const link = make("a", { href: "#src=" + one.token }, isolated(one.title));
  const title = make("th", { scope: "row", class: "cell-title" }, link);
  if (one.source !== one.title) title.append(make("div", { class: "file" }, isolated(one.source)));
  const text = (name) => one.values[name] && isolated(one.values[name]);
  const number = (value) => value == null ? null : value.toLocaleString("en");
  const made = make("tr", { "data-document": one.id },
    title, cell("publisher", text("publisher")), cell("country", text("country")), cell("date", one.date),
    cell("language", text("language")), cell("pages", one.pages),
    cell("passages", number(one.passages)), cell("added", day(one.added)), cell("status", status(one)));
  if (!about.read_only) {
    const box = make("input", { type: "checkbox", "data-choose": one.id, "aria-label": "Choose " + one.title });
    box.checked = chosen.has(one.id);
    made.prepend(make("td", { class: "choose" }, box));
    made.append(actions(one));
  }
  return made;
}

// A selector of what has the focus in the table, which is about to be made anew.
function focusedInRows() {
  const focused = document.activeElement;
  const own = rows.contains(focused) && focused.closest("[data-document]");
  const name = own && ["data-do", "data-choose", "data-warnings", "href"].find((one) => focused.hasAttribute(one));
  if (!name) return "";
  const is = (attribute, value) => "[" + attribute + '="' + CSS.escape(value) + '"]';
  return is("data-document", own.dataset.document) + " " + is(name, focused.getAttribute(name));
}

function fill() {
  const back = focusedInRows();
  rows.replaceChildren(...found.documents.map(row));
  if (back) (rows.querySelector(back) || find("#library-title")).focus({ preventScroll: true });
  for (const head of library.querySelectorAll("thead .choose, thead .do")) head.hidden = !!about.read_only;
  for (const head of library.querySelectorAll("th[data-column]")) {
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
  const words = [first + 1, last, total].map((number) => number.toLocaleString("en"));
  find(".paging-words").textContent = words[0] + "–" + words[1] + " of " + words[2];
  for (const button of library.querySelectorAll("[data-page]")) {
    button.disabled = ["first", "previous"].includes(button.dataset.page) ? first === 0 : last >= total;
  }
}

function showEmpty() {
  const empty = find(".library-empty");
  empty.hidden = found.total > 0;
  if (found.total) return;
  if (about.documents) {
    empty.replaceChildren(
      make("h3", {}, "No document fits"),
      make("p", {}, "Search for something else, or clear the filters."),
      make("button", { type: "button", class: "plain", "data-do": "clear" }, "Clear the filters"),
    );
    return;
  }
  const words = about.read_only
    ? "There is nothing in it yet."
    : "Add reports: PDF, Word, PowerPoint, Excel, web pages, e-mails, text, or archives of them, single or " +
      "whole folders. They are sent nowhere else. As soon as they are read, the chat answers from them.";
  empty.replaceChildren(make("h3", {}, "The library is empty"), make("p", {}, words),
    make("p", { class: "hint" }, "Its index is in the folder ", make("code", {}, isolated(about.index || "")), "."));
  if (!about.read_only) {
    empty.append(make("button", { type: "button", class: "primary", "data-do": "choose-files" }, "Add files …"));
  }
}

async function search({ announce = true } = {}) {
  if (searching) searching.abort();
  const mine = (searching = new AbortController());
  const asked = new URLSearchParams(new FormData(filters));
  asked.delete("order");
  for (const [name, value] of Object.entries(query)) asked.set(name, value);
  library.setAttribute("aria-busy", "true");
  try {
    const answer = await request("documents?" + asked, undefined, mine.signal);
    if (mine !== searching) return;
    if (!answer.documents.length && answer.total && query.first) {
      query.first = Math.floor((answer.total - 1) / answer.page) * answer.page; // the last page is gone
      return search({ announce });
    }
    found = answer;
    fill();
    showError(find(":scope > .library-error"), "");
    if (announce) find("[data-found]").textContent = count(found.total, "document") + " found";
  } catch (error) {
    if (mine.signal.aborted) return;
    showError(find(":scope > .library-error"), error.message);
  }
  if (mine === searching) library.removeAttribute("aria-busy");
}

function offer(name, pairs) {
  const select = filters.elements[name];
  const before = select.value;
  select.replaceChildren(...pairs.map(([words, value]) => make("option", { value }, words)));
  select.value = pairs.some(([, value]) => value === before) ? before : "";
}

// Everything anew: what there is, what may be done, and the page of the table.
async function reload(options) {
  stale = false;
  try {
    about = await request("about");
  } catch (error) {
    stale = true;
    showError(find(":scope > .library-error"), error.message);
    return;
  }
  for (const name of ["country", "publisher", "from", "to"]) offer(name, about[name]);
  find(".library-facts").textContent =
    count(about.documents, "document") + ", " + count(about.passages, "passage");
  find(".library-actions").hidden = !!about.read_only;
  find(".read-only").hidden = !about.read_only;
  find(".read-only").textContent = about.read_only || "";
  filters.hidden = !about.documents;
  await search(options);
}

// The library has changed: here, and in the filters and examples of the chat.
function changed() {
  trigger("collection_changed", {});
  if (isShown()) return reload({ announce: false });
  stale = true;
}

const isShown = () => !document.getElementById("tab-library").hidden;

// Choosing --------------------------------------------------------------------------------------

function showChosen() {
  const all = find("[data-all]");
  const here = found.documents.filter((one) => chosen.has(one.id)).length;
  all.checked = here > 0 && here === found.documents.length;
  all.indeterminate = here > 0 && !all.checked;
  find(".selection").hidden = chosen.size === 0;
  find(".selection-words").textContent = count(chosen.size, "document") + " chosen";
}

function choose(id, on) {
  const one = found.documents.find((each) => each.id === id);
  if (on && one) chosen.set(id, one.title);
  else chosen.delete(id);
}

// Warnings --------------------------------------------------------------------------------------

function toggleWarnings(button) {
  const opened = button.getAttribute("aria-expanded") === "true";
  const own = button.closest("tr");
  button.setAttribute("aria-expanded", String(!opened));
  if (opened) return own.nextElementSibling.remove();
  const one = found.documents.find((each) => each.id === button.dataset.warnings);
  const words = one.warnings.map((warning) => make("li", {}, isolated(warning)));
  own.after(make("tr", { class: "warnings" }, make("td", { colspan: own.children.length }, make("ul", {}, ...words))));
}

// Events ----------------------------------------------------------------------------------------

let typing = 0;
filters.addEventListener("input", (event) => {
  if (event.target.name === "order") {
    const order = event.target.value;
    Object.assign(query, { sort: order.replace("-", ""), descending: order.startsWith("-") });
  }
  query.first = 0;
  clearTimeout(typing);
  typing = setTimeout(search, event.target.name === "text" ? 180 : 0);
});
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("reset", () => {
  query = { sort: "title", descending: false, first: 0 };
  setTimeout(search); // once the fields are empty
});

function turnPage(to) {
  const { total, first, page } = found;
  const last = Math.floor(Math.max(0, total - 1) / page) * page;
  query.first = { first: 0, previous: Math.max(0, first - page), next: first + page, last }[to];
  search();
}

function sortBy(field) {
  query.descending = query.sort === field ? !query.descending : field === "added";
  Object.assign(query, { sort: field, first: 0 });
  search();
}

library.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || button.disabled) return;
  const { sort, page, warnings, do: what } = button.dataset;
  if (sort) sortBy(sort);
  else if (page) turnPage(page);
  else if (warnings) toggleWarnings(button);
  else if (what) DOINGS[what](button);
});

library.addEventListener("change", (event) => {
  const { choose: id } = event.target.dataset;
  if (id) choose(id, event.target.checked);
  else if ("all" in event.target.dataset) {
    for (const one of found.documents) choose(one.id, event.target.checked);
    for (const box of rows.querySelectorAll("[data-choose]")) box.checked = event.target.checked;
  } else return;
  showChosen();
});

const DOINGS = {
  clear() {
    filters.reset();
    filters.elements.text.focus(); // the button is about to go
  },
  unselect() {
    chosen.clear();
    for (const box of rows.querySelectorAll("[data-choose]")) box.checked = false;
    showChosen();
    find("[data-all]").focus();
  },
};

// On a small screen the filters are folded.
const small = matchMedia("(max-width: 640px)");
const fold = () => (find(".more-filters").open = !small.matches);
small.addEventListener("change", fold);
fold();
