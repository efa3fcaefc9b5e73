// @ts-check
// The People tab: the list of those who speak, and the statements of one. Whatever comes from the server is
// shown as text: nothing here makes markup of it.
import { closest, fieldOf, make, part, parts, showWords } from "../shared/elements.js";
import { hear } from "../shared/events.js";
import { component } from "../shared/gradio.js";
import { _, joined, n_, nodes_, number, p_ } from "../shared/language.js";
import { fetchJson, urlOf, wordsOf } from "../shared/server.js";
import * as tabs from "../shared/tabs.js";

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {string} told
 * @property {number} statements
 * @property {number} written
 * @property {number} documents
 * @property {string} when
 *
 * @typedef {object} Statement
 * @property {string} token
 * @property {string} text
 * @property {string} speaker
 * @property {string} person
 * @property {boolean} account
 * @property {string} how
 * @property {string} title
 * @property {string} page
 * @property {string} date
 * @property {string} publisher
 *
 * @typedef {{ id: number, kind: string, one: string, other: string | null }} Decision
 * @typedef {{ name: string, statements: number, documents: number }} Form
 */

const people = part(component("people").element, ".people");
const all = part(people, ".people-all");
const one = part(people, ".people-one");
const rows = part(all, "tbody");
const list = part(one, ".statements");
const allFilters = part(all, "form", HTMLFormElement);
const oneFilters = part(one, "form", HTMLFormElement);
const title = part(one, "#person-title");
const FIELDS = ["about", "from", "to", "document", "known"];

/** @type {string | null} */
let at = null; // the state of the address that is shown
let opener = ""; // the person whose link led from the list
/** @type {{ person: string, speaker: string }} */
let whose = { person: "", speaker: "" };
/** @type {AbortController | null} */
let asking = null;

/** @param {string} words */
function showError(words) {
  for (const place of parts(people, ".people-error")) showWords(place, words);
}

/** @param {string} text */
const isolated = (text) => make("bdi", {}, text);

// The address -----------------------------------------------------------------------------------

function stateInAddress() {
  const [tab, ...parameters] = location.hash.slice(1).split("&");
  return tab === "people" ? parameters.filter((each) => /^(?!src=)[a-z]+=/.test(each)).join("&") : "";
}

/** @param {Record<string, string>} fields */
const hashOf = (fields) =>
  "#people" + Object.entries(fields).filter(([, value]) => value)
    .map(([name, value]) => "&" + name + "=" + encodeURIComponent(value)).join("");

/**
 * @param {string} state
 * @returns {Record<string, string>}
 */
function fieldsOf(state) {
  try {
    return Object.fromEntries(state.split("&").filter(Boolean).map((each) => {
      const [name, value] = each.split("=");
      return [name, decodeURIComponent(value || "")];
    }));
  } catch {
    return {}; // cut short
  }
}

/** Show what the address says, if it is something else than what is shown. */
async function follow() {
  if (!tabs.isShown("people")) return;
  const state = stateInAddress();
  if (state === at) return;
  const before = at;
  at = state;
  const fields = fieldsOf(state);
  showError("");
  const single = Boolean(fields.who || fields.by || fields.about);
  all.hidden = single;
  one.hidden = !single;
  if (!single) {
    await showPeople();
    if (before) /** @type {HTMLElement} */ (maybeLink(opener) || part(all, "#people-title")).focus();
    return;
  }
  const same = before !== null && fields.who === whose.person && (fields.by || "") === whose.speaker && !one.hidden;
  whose = { person: fields.who || "", speaker: fields.by || "" };
  await showOne(fields, same);
}

/** @param {string} id */
const maybeLink = (id) => parts(rows, "a").find((link) => link.dataset.person === id);

/**
 * @param {Record<string, string>} fields
 * @param {{ replace?: boolean }} [how]
 */
function visit(fields, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", location.pathname + location.search + hashOf(fields));
  tabs.place(); // it keeps what the tab has in the address
  return follow();
}

// All -------------------------------------------------------------------------------------------

/** @param {Person} each */
function row(each) {
  const link = make("a", { href: hashOf({ who: each.id }), "data-person": each.id }, isolated(each.name));
  /** @type {(value: number, label: string) => HTMLElement} */
  const figure = (value, label) => make("td", { class: "number", "data-label": label }, number(value));
  return make("tr", {},
    make("th", { scope: "row" }, link, each.told && make("span", { class: "told" }, isolated(each.told))),
    figure(each.statements, n_("statement", "statements", each.statements)),
    figure(each.documents, n_("document", "documents", each.documents)),
    make("td", {}, each.when || "–"));
}

async function showPeople({ more = false } = {}) {
  asking?.abort();
  const mine = (asking = new AbortController());
  const query = new URLSearchParams(/** @type {any} */ (new FormData(allFilters)));
  query.set("first", String(more ? rows.childElementCount : 0));
  people.setAttribute("aria-busy", "true");
  try {
    const found = await fetchJson("people/list?" + query, undefined, { signal: mine.signal });
    if (!more) rows.replaceChildren();
    const added = found.people.map(row);
    rows.append(...added);
    part(all, "table").hidden = !rows.childElementCount;
    part(all, '[data-do="more-people"]').hidden = rows.childElementCount >= found.total;
    part(all, ".people-found").textContent = found.total ? n_("{count} speaker", "{count} speakers", found.total) : nobody(found.all);
    if (more && added.length) part(added[0], "a").focus();
    showDecisions(found.decisions);
    showError("");
  } catch (error) {
    if (mine.signal.aborted) return;
    showError(wordsOf(error));
  }
  people.removeAttribute("aria-busy");
}

/** @param {number} everybody */
const nobody = (everybody) => everybody
  ? _("Nobody fits: search for something else.")
  : _("Nobody speaks in these reports yet. Reports that were added with an earlier version are gone through with " +
    "“rag reindex”.");

/** @param {Decision[]} decisions */
function showDecisions(decisions) {
  const place = part(all, ".decisions");
  place.hidden = !decisions.length;
  part(place, "summary").textContent = n_(
    "{count} decision made by hand about who is who", "{count} decisions made by hand about who is who", decisions.length,
  );
  part(place, "ul").replaceChildren(...decisions.map((each) =>
    make("li", {},
      make("span", {}, ...(each.other
        ? nodes_("{one} is {other}", { one: isolated(each.one), other: isolated(each.other) })
        : nodes_("{one} is somebody else", { one: isolated(each.one) }))),
      make("button", { type: "button", class: "plain", "data-undo": each.id }, _("Undo")))));
}

// One -------------------------------------------------------------------------------------------

/**
 * @param {Record<string, string>} fields
 * @param {boolean} same  whether the same person is shown already
 */
async function showOne(fields, same) {
  if (!same) {
    list.replaceChildren();
    part(one, ".statements-found").textContent = "";
    title.textContent = fields.by ? "“" + fields.by + "”" : _("Statements");
    part(one, ".person-told").textContent = "";
    part(one, ".person-names").hidden = true;
    if (whose.person) await showHead();
  }
  await showStatements(fields);
  if (!same) title.focus({ preventScroll: true });
}

async function showHead() {
  const id = whose.person;
  try {
    const found = await fetchJson("people/person/" + encodeURIComponent(id));
    if (id !== whose.person) return;
    title.replaceChildren(isolated(found.person.name));
    const facts = [found.person.told, statementsIn(found.person), found.person.when];
    part(one, ".person-told").textContent = facts.filter(Boolean).join(" · ");
    showNames(found);
  } catch (error) {
    showError(wordsOf(error));
  }
}

/** @param {{ statements: number, documents: number }} each */
const statementsIn = (each) => _("{statements} in {documents}", {
  statements: n_("{count} statement", "{count} statements", each.statements),
  documents: n_("{count} document", "{count} documents", each.documents),
});

/** @param {{ forms: Form[], alike: Person[], read_only: string | null }} found */
function showNames({ forms, alike, read_only: readOnly }) {
  const place = part(one, ".person-names");
  place.hidden = forms.length < 2 && !alike.length;
  const names = n_("{count} name", "{count} names", forms.length);
  part(place, "summary").textContent = alike.length
    ? n_("{names}; {count} other of a like name", "{names}; {count} others of a like name", alike.length, { names })
    : names;
  part(place, ".hint").hidden = forms.length < 2;
  part(place, ".forms").replaceChildren(...forms.map((each) =>
    make("li", {},
      make("span", {}, isolated(each.name), p_("between things that are listed", ", ") + statementsIn(each)),
      forms.length > 1 && !readOnly &&
        make("button", { type: "button", class: "plain", "data-split": each.name,
          "aria-label": _("Split off {name}", { name: each.name }) }, _("Split off")))));
  part(place, ".alike").replaceChildren(...(alike.length ? [
    make("h3", {}, _("Others who may be called so")),
    make("ul", {}, ...alike.map((each) =>
      make("li", {},
        make("span", {}, make("a", { href: hashOf({ who: each.id }) }, isolated(each.name)),
          each.told && " (", each.told && isolated(each.told), each.told && ")"),
        !readOnly && make("button", { type: "button", class: "plain", "data-merge": each.id,
          "aria-label": _("Is the same as {name}", { name: each.name }) }, _("Is the same"))))),
  ] : []));
}

/** @param {Record<string, string>} fields */
function asked(fields) {
  const wanted = new URLSearchParams();
  if (fields.who) wanted.set("person", fields.who);
  if (fields.by) wanted.set("speaker", fields.by);
  for (const name of FIELDS) if (fields[name]) wanted.set(name, fields[name]);
  return wanted;
}

/**
 * @param {Record<string, string>} fields
 * @param {{ more?: boolean }} [how]
 */
async function showStatements(fields, { more = false } = {}) {
  asking?.abort();
  const mine = (asking = new AbortController());
  const wanted = asked(fields);
  people.setAttribute("aria-busy", "true");
  try {
    const first = more ? list.childElementCount : 0;
    const found = await fetchJson("people/statements?" + wanted + "&first=" + first, undefined, { signal: mine.signal });
    if (!more) list.replaceChildren();
    if (!more) offer(found, fields);
    const added = found.statements.map(item);
    list.append(...added);
    part(one, '[data-do="more-statements"]').hidden = list.childElementCount >= found.total;
    part(one, ".statements-found").textContent = found.total ? n_("{count} statement", "{count} statements", found.total) : _("No statement fits.");
    part(one, ".exports").hidden = !found.total;
    const tooMany = found.total > Number(part(one, ".exports").dataset.most);
    part(one, ".too-many").hidden = !tooMany;
    for (const link of parts(one, "[data-statements]", HTMLAnchorElement)) {
      link.href = urlOf("people/export/" + link.dataset.statements + "?" + wanted);
      link.hidden = tooMany && link.dataset.statements !== "csv";
    }
    if (more && added.length) part(added[0], "a").focus();
    const open = "#src=" + tabs.place().source;
    for (const link of parts(list, "a")) if (link.getAttribute("href") === open) link.setAttribute("aria-current", "true");
    showError("");
  } catch (error) {
    if (mine.signal.aborted) return;
    showError(wordsOf(error));
  }
  people.removeAttribute("aria-busy");
}

/**
 * @param {Statement} each
 * @param {number} place  among those that are added
 */
function item(each, place) {
  const from = joined([each.publisher, each.date, each.page]);
  const position = list.childElementCount + place + 1;
  return make("li", { "data-account": each.account },
    make("p", { class: "how" }, isolated(each.speaker), ". ", make("b", {}, each.how), "."),
    make("blockquote", { dir: "auto" }, each.text),
    make("p", { class: "from" },
      make("a", { href: "#src=" + each.token, "data-number": position }, isolated(each.title)), from && p_("between things that are listed", ", "),
      from && isolated(from)));
}

/**
 * What the filters offer, and what is chosen of it.
 * @param {Record<string, [string, string][]>} found
 * @param {Record<string, string>} fields
 */
function offer(found, fields) {
  for (const name of ["from", "to", "document"]) {
    const select = part(oneFilters, "[name=" + name + "]", HTMLSelectElement);
    select.replaceChildren(...found[name].map(([words, value]) => make("option", { value }, words)));
  }
  for (const name of FIELDS) {
    const field = /** @type {HTMLInputElement} */ (part(oneFilters, "[name=" + name + "]"));
    if (field !== document.activeElement || name !== "about") field.value = fields[name] || "";
  }
}

/**
 * @param {string} what
 * @param {object} body
 */
async function decide(what, body) {
  try {
    await fetchJson("people/" + what, body);
  } catch (error) {
    showError(wordsOf(error));
    return false;
  }
  return true;
}

// Events ----------------------------------------------------------------------------------------

let typing = 0;
/** @param {() => void} act @param {Event} event */
function soon(act, event) {
  clearTimeout(typing);
  typing = setTimeout(act, fieldOf(event).type === "search" ? 200 : 0);
}
allFilters.addEventListener("input", (event) => soon(() => showPeople(), event));
oneFilters.addEventListener("input", (event) => soon(() => {
  const chosen = Object.fromEntries([...new FormData(oneFilters)].map(([name, value]) => [name, String(value)]));
  visit({ who: whose.person, by: whose.speaker, ...chosen }, { replace: true });
}, event));
for (const form of [allFilters, oneFilters]) form.addEventListener("submit", (event) => event.preventDefault());

people.addEventListener("click", async (event) => {
  const link = closest(event, 'a[href^="#people"]');
  if (link && !tabs.isSpecial(event)) {
    event.preventDefault();
    opener = link.dataset.person || opener;
    await visit(fieldsOf((link.getAttribute("href") ?? "").slice("#people&".length)));
    return;
  }
  const button = closest(event, "button", HTMLButtonElement);
  if (!button) return;
  const { do: what, split, merge, undo } = button.dataset;
  if (what === "back") await visit({});
  else if (what === "more-people") await showPeople({ more: true });
  else if (what === "more-statements") await showStatements(fieldsOf(stateInAddress()), { more: true });
  else if (split && (await decide("split", { person: whose.person, name: split }))) await visit({});
  else if (merge && (await decide("merge", { person: whose.person, other: merge }))) await visit({});
  else if (undo && (await decide("undo", { decision: Number(undo) }))) {
    await showPeople();
    part(all, "#people-title").focus();
  }
});
hear("tab", (name) => name === "people" && follow());
addEventListener("popstate", () => follow());
follow();
people.dataset.ready = "true";
