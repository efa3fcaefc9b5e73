// @ts-check
// The filters that are on, and those that this browser has saved by name.
import { closest, focusedIn, make, maybe, part } from "../shared/elements.js";
import { announce } from "../shared/events.js";
import { component } from "../shared/gradio.js";
import { _, joined, n_, p_ } from "../shared/language.js";
import { cupboard, freshId } from "../shared/storage.js";
import { say } from "./notices.js";

/** @typedef {string | string[]} Value  of a filter; of several documents a list */
/** @typedef {{ id: string, name: string, values: Value[] }} Saved */

const { element, props, trigger, watch } = component("filters");
const saved = part(element, ".saved-filters");
const list = part(saved, ".saved-list");
const form = part(saved, "form", HTMLFormElement);
const nameBox = part(form, "input", HTMLInputElement);
const bar = part(saved, ".saved-bar");
const kept = cupboard("footnote.filter.");
const NONE = ["", "", "", "", []];

const isValue = (/** @type {unknown} */ one) =>
  typeof one === "string" || (Array.isArray(one) && one.every((each) => typeof each === "string"));
const isValues = (/** @type {unknown} */ given) =>
  Array.isArray(given) && given.length === NONE.length && given.every(isValue);

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Country, publisher, first and last year, and documents, as Python takes them. @returns {Value[]} */
export function filters() {
  const given = parsed(props.value || "null");
  const values = Array.isArray(given) ? given.map((one) => one ?? "") : null;
  return values && isValues(values) ? values : NONE;
}

const isOn = () => filters().some((one) => one.length > 0);

/** @param {string} first @param {string} last */
function yearsBetween(first, last) {
  if (first && last) return first === last ? first : first + "–" + last;
  return (first && p_("a year", "from {value}", { value: first })) || (last && p_("a year", "to {value}", { value: last }));
}

/** A name for the filters that are on, such as "Azerbaijan, 2018–2020". */
function suggestion() {
  const [country, publisher, first, last, documents] = filters();
  const many = documents.length;
  const of = many ? n_("{count} document", "{count} documents", many) : "";
  return joined([String(country), String(publisher), yearsBetween(String(first), String(last)), of]);
}

/** @returns {Saved[]} by name */
function all() {
  const found = kept.entries().map(([id, text]) => ({ id, ...parsed(text) }));
  const sound = found.filter((one) => typeof one.name === "string" && isValues(one.values));
  return sound.sort((a, b) => a.name.localeCompare(b.name));
}

/** @param {Saved} one */
function row({ id, name, values }) {
  const on = JSON.stringify(values) === JSON.stringify(filters());
  return make("li", { "data-saved": id },
    make("button", { type: "button", class: "plain", "data-use": true, "aria-pressed": String(on) }, make("bdi", {}, name)),
    make("button", { type: "button", class: "plain close", "data-delete": true, "aria-label": _("Delete the filter “{name}”", { name }) }, "×"));
}

function refresh() {
  const back = focusedIn(list, "data-saved", "data-use", "data-delete");
  list.replaceChildren(...all().map(row));
  if (back) maybe(list, back)?.focus({ preventScroll: true });
  list.hidden = !list.children.length;
  bar.hidden = !isOn() || !form.hidden;
  if (!isOn()) form.hidden = true;
}

/** @param {Value[]} values */
const use = (values) => trigger("use_filters", { values });

list.addEventListener("click", (event) => {
  const id = closest(event, "[data-saved]")?.dataset.saved ?? "";
  if (closest(event, "[data-delete]")) {
    kept.remove(id);
    refresh();
    (maybe(list, "button") ?? maybe(document, "#collection .form input"))?.focus();
  } else if (closest(event, "[data-use]")) use(all().find((one) => one.id === id)?.values ?? NONE);
});
bar.addEventListener("click", (event) => {
  const what = closest(event, "[data-filters]")?.dataset.filters;
  if (what === "clear") {
    use(NONE);
    maybe(document, "#collection .form input")?.focus(); // the button is about to go
  } else if (what === "save") {
    form.hidden = false;
    nameBox.value = suggestion();
    refresh();
    nameBox.select();
  }
});

/** @param {boolean} open */
function endNaming(open) {
  form.hidden = !open;
  refresh();
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const name = nameBox.value.replace(/\s+/g, " ").trim();
  if (!name) return;
  const same = all().find((one) => one.name === name);
  try {
    kept.put(same?.id ?? freshId(), JSON.stringify({ name, values: filters() }));
  } catch {
    say(_("This browser has no room for more: the filters were not saved."));
  }
  endNaming(false);
  maybe(list, '[aria-pressed="true"]')?.focus();
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  event.preventDefault();
  endNaming(false);
  maybe(bar, "button")?.focus();
});

// The style sheet shows it where no document is chosen.
document.documentElement.style.setProperty("--all-documents", JSON.stringify(_("All documents")));
watch("value", () => {
  refresh();
  announce("filters", null);
});
addEventListener("storage", refresh);
refresh();
saved.dataset.ready = "true";
