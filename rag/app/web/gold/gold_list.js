// @ts-check
// The gold questions that were kept from the chat, on the Evaluation tab: shown as they stand in the
// reports now, edited, removed, downloaded and run. What was kept and what /gold/file tells is shown as
// text.
import { attempt, begin, evaluationTab, sample } from "../evaluation/evaluation.js";
import { closest, focusedIn, make, maybe, part, saveFile, sentence } from "../shared/elements.js";
import { announce, hear } from "../shared/events.js";
import { _, n_ } from "../shared/language.js";
import { wordsOf } from "../shared/server.js";
import { storage } from "../shared/storage.js";
import { isShown } from "../shared/tabs.js";
import { goldFile, goldKept, whereIs } from "./gold_store.js";

/** @typedef {import("./gold_store.js").GoldEntry} GoldEntry */
/** @typedef {import("./gold_store.js").Looked} Looked */

const collected = part(evaluationTab, ".collected");
const list = part(collected, ".collected-list");
const button = (/** @type {string} */ name) => part(collected, '[data-gold="' + name + '"]', HTMLButtonElement);

let goldText = ""; // the gold file, as it would be downloaded
/** @type {[string, string][]} */
let removed = []; // what was removed last: id and text
/** @type {Promise<void>} */
let showing = Promise.resolve(); // the last showing that was begun

/** Until what is shown is what is kept. */
function show() {
  /** @type {Promise<void>} */
  const mine = Promise.resolve().then(() => lookUp(() => mine === showing));
  showing = mine;
  return mine;
}

/** @param {() => boolean} isLast */
async function lookUp(isLast) {
  const entries = goldKept.all();
  collected.hidden = !entries.length && !removed.length;
  if (collected.hidden) return;
  /** @type {{ gold: string, questions: Looked[] }} */
  let told = { gold: "", questions: [] };
  let failed = "";
  try {
    if (entries.length) told = await goldFile(entries);
  } catch (error) {
    failed = wordsOf(error);
  }
  if (!isLast()) return showing;
  goldText = told.gold;
  const written = told.questions.filter((one) => one.written).length;
  part(collected, ".collected-words").textContent = failed || summary(entries.length, told.questions.length - written);
  for (const name of ["run", "download"]) button(name).disabled = !written;
  button("clear").hidden = !entries.length;
  const looked = new Map(told.questions.map((one) => [one.id, one]));
  const rows = entries.map((entry) => row(entry, looked.get(entry.id)));
  const back = focusedIn(list, "data-id", "data-gold");
  list.replaceChildren(...(removed.length ? [removedRow()] : []), ...rows);
  if (back) maybe(collected, back)?.focus();
  collected.dataset.shown = String(entries.length);
}

/** @type {(entries: number, left: number) => string} */
const summary = (entries, left) =>
  [
    storage
      ? n_("{count} question, in this browser only.", "{count} questions, in this browser only.", entries)
      : n_(
        "{count} question, until the page is closed or reloaded: this browser keeps nothing.",
        "{count} questions, until the page is closed or reloaded: this browser keeps nothing.",
        entries,
      ),
    left && n_("{count} of them cannot be used as it is.", "{count} of them cannot be used as they are.", left),
  ].filter(Boolean).join(" ");

/**
 * @param {GoldEntry} entry
 * @param {Looked} [looked]
 */
function row(entry, looked) {
  const { places, faults } = looked || { places: [], faults: [] };
  const quotes = places.map((place) =>
    make("li", {}, make("a", { href: "#src=" + place.token }, make("bdi", { dir: "auto" }, place.quote)), " ",
      make("bdi", { class: "gold-from" }, whereIs(place))));
  const before = Array.isArray(entry.history) && entry.history.length ? _("with the conversation before it") : "";
  const about = [entry.kind, before, entry.filters].filter((one) => typeof one === "string" && one).join(" · ");
  const { question } = entry;
  /** @type {(what: string, words: string, label: string) => HTMLElement} */
  const action = (what, words, label) =>
    make("button", { type: "button", class: "plain", "data-gold": what, "aria-label": label }, words);
  return make("li", { "data-id": entry.id },
    make("p", { class: "collected-question" }, make("bdi", {}, entry.question)),
    about && make("p", { class: "gold-from" }, make("bdi", {}, about)),
    entry.answerable === false ? make("p", {}, _("Nothing in the reports answers this.")) : make("ul", {}, ...quotes),
    ...faults.map((words) => make("p", { class: "collected-fault" }, sentence(words) + ".")),
    make("div", { class: "evaluation-actions" }, 
      action("edit", _("Edit"), _("Edit “{title}”", { title: question })),
      action("remove", _("Remove"), _("Remove “{title}”", { title: question }))));
}

const removedRow = () =>
  make("li", { class: "collected-removed" },
    make("span", {}, n_("Removed.", "{count} questions removed.", removed.length)), " ",
    make("button", { type: "button", class: "plain", "data-gold": "undo" }, _("Undo")));

/** @param {string[]} ids */
async function remove(ids) {
  removed = ids.map((id) => [id, goldKept.text(id) ?? ""]);
  for (const id of ids) goldKept.remove(id);
  await show();
  button("undo").focus();
}

const idOf = (/** @type {HTMLElement} */ within) =>
  /** @type {HTMLElement | null} */ (within.closest("[data-id]"))?.dataset.id ?? "";

/** @type {Record<string, (button: HTMLElement) => unknown>} */
const ACTIONS = {
  edit: (opener) => announce("gold-edit", { id: idOf(opener), opener }),
  remove: (pressed) => remove([idOf(pressed)]),
  clear: () => remove(goldKept.all().map((one) => one.id)),
  async undo() {
    const back = removed;
    removed = [];
    for (const [id, text] of back) goldKept.put(id, text);
    await show();
    part(collected, "#collected-title").focus();
  },
  async download() {
    await show();
    saveFile("gold.jsonl", goldText, "application/jsonl");
  },
  run: () => begin(async () => {
    await show();
    return { name: _("kept from the chat"), gold: goldText, sample: sample() };
  }),
};

collected.addEventListener("click", (event) => {
  const pressed = closest(event, "[data-gold]", HTMLButtonElement);
  if (pressed && !pressed.disabled) attempt(() => ACTIONS[pressed.dataset.gold ?? ""](pressed));
});

// Many may change at once; what is not seen need not be looked up.
let soon = 0;
function showSoon() {
  clearTimeout(soon);
  soon = setTimeout(() => isShown("evaluation") && show(), 30);
}
hear("gold", showSoon);
hear("tab", (name) => name === "evaluation" && show());
showSoon();
