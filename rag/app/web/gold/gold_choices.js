// @ts-check
// What the dialog of a gold question offers: sentences to choose, as elements whose words are text.
import { make } from "../shared/elements.js";
import { _ } from "../shared/language.js";
import { whereIs } from "./gold_store.js";

/** @typedef {import("./gold_store.js").Place} Place */
/** @typedef {{ name: string, opening: string, sentences: Place[] }} Passage */

/**
 * A sentence with its report and page.
 * @param {Place} place
 * @param {Set<string>} chosen  the tokens that are ticked
 */
function choice(place, chosen) {
  const box = make("input", { type: "checkbox", value: place.token });
  box.checked = chosen.has(place.token);
  return make("li", {},
    make("label", {}, box, make("span", { class: "gold-words" },
      make("bdi", { class: "gold-quote", dir: "auto" }, place.quote),
      make("bdi", { class: "gold-from" }, whereIs(place)))));
}

/** @type {(places: Place[], chosen: Set<string>) => HTMLElement} */
const choices = (places, chosen) =>
  make("ul", { class: "gold-choices" }, ...places.map((place) => choice(place, chosen)));

/**
 * A passage to unfold; open if something in it is chosen.
 * @param {Passage} passage
 * @param {Set<string>} chosen
 */
function foldedPassage(passage, chosen) {
  const open = passage.sentences.some((one) => chosen.has(one.token));
  return make("details", { class: "gold-passage", open },
    make("summary", {}, make("bdi", { class: "gold-from" }, passage.name), make("bdi", { class: "gold-opening" }, passage.opening)),
    choices(passage.sentences, chosen));
}

/** @type {(title: string, ...children: import("../shared/elements.js").Child[]) => HTMLElement} */
const group = (title, ...children) =>
  make("div", { class: "gold-group", role: "group", "aria-label": title }, make("h3", {}, title), ...children);

/**
 * Everything that can be chosen, each place once; the most likely first.
 * @param {{ abstained: boolean, cited: Place[], passages: Passage[], own: Place[] }} offered
 * @param {Set<string>} chosen
 */
export function goldOffer({ abstained, cited, passages, own }, chosen) {
  const seen = new Set();
  const fresh = (/** @type {Place} */ place) => !seen.has(place.token) && seen.add(place.token);
  const groups = [];
  const first = cited.filter(fresh);
  const all = make("button", { type: "button", class: "plain", "data-gold": "all" }, _("Choose all of these"));
  if (first.length) groups.push(group(_("Cited in the answer"), choices(first, chosen), first.length > 1 && all));
  const added = own.filter(fresh);
  if (added.length) groups.push(group(_("Chosen or added by you"), choices(added, chosen)));
  const others = passages
    .map((one) => ({ ...one, sentences: one.sentences.filter(fresh) }))
    .filter((one) => one.sentences.length);
  if (others.length) {
    const title = abstained ? _("In the nearest passages") : _("In the passages that were found");
    groups.push(group(title, ...others.map((one) => foldedPassage(one, chosen))));
  }
  return groups;
}
