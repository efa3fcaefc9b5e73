// @ts-check
// Judging answers: the dialog in which a user says what answers a question, for a gold question. What
// can be chosen comes from /gold/offer and /gold/find, and everything is shown as text.
import { current, skipped } from "../chat/conversation.js";
import { say } from "../chat/notices.js";
import { byId, closest, fieldOf, make, maybe, part, parts, showWords } from "../shared/elements.js";
import { announce, hear } from "../shared/events.js";
import { _, n_, p_ } from "../shared/language.js";
import { wordsOf } from "../shared/server.js";
import { freshId } from "../shared/storage.js";
import { goldOffer } from "./gold_choices.js";
import { askGold, goldFile, goldKept, isObject } from "./gold_store.js";

/** @typedef {import("./gold_store.js").Place} Place */
/** @typedef {import("./gold_store.js").GoldEntry} GoldEntry */

/**
 * @typedef {object} Draft  what is being judged
 * @property {string} question
 * @property {{ role: string, content: string }[]} history
 * @property {object} where
 * @property {string} filters
 * @property {string} key
 * @property {boolean} abstained
 * @property {Place[]} cited
 * @property {import("./gold_choices.js").Passage[]} passages
 * @property {Place[]} own  places that the user has added
 * @property {Set<string>} chosen  tokens of places
 * @property {string} kind
 * @property {"answered" | "nothing"} [verdict]
 * @property {{ talk: string, at: number }} [from]
 * @property {string} [id]  of a question that is kept already, as is `created`
 * @property {string} [created]
 * @property {string} [asking]  where the evidence was found first: the question that was chosen for it
 * @property {Place[]} [found]  then: the places that were found
 * @property {string} [near]  then: the token of the place that was open
 */

const sheet = make("dialog", { class: "sheet gold-sheet", "aria-labelledby": "gold-title" });
sheet.innerHTML = `
<form method="dialog" novalidate>
  <h2 id="gold-title" tabindex="-1">${_("Gold question")}</h2>
  <p class="gold-context">${_("A question whose right answer you know. It is kept in this browser; on the Evaluation tab all of them can be run, and downloaded as a file.")}</p>
  <div class="gold-asked"></div>
  <fieldset class="gold-verdict"><legend>${_("What is right?")}</legend>
    <label><input type="radio" name="verdict" value="answered">
      <span>${_("The sentences that I choose answer it")}</span></label>
    <label><input type="radio" name="verdict" value="nothing">
      <span>${_("Nothing in the reports answers this")}</span></label>
  </fieldset>
  <div class="gold-offer"></div>
  <div class="gold-find">
    <label for="gold-words">${_("Another sentence of the reports")}</label>
    <textarea id="gold-words" rows="2" maxlength="20000"></textarea>
    <button type="button" class="plain" data-gold="find">${_("Find it")}</button>
    <p role="status"></p>
  </div>
  <label class="gold-kind"><span>${_("Kind of question (optional)")}</span>
    <input name="kind" maxlength="200" autocomplete="off" list="gold-kinds"></label>
  <datalist id="gold-kinds"></datalist>
  <p class="gold-error" role="alert" hidden></p>
  <div class="sheet-bar">
    <button type="button" class="plain" data-gold="remove">${_("Remove")}</button>
    <button type="submit" class="primary">${_("Keep")}</button>
    <button type="button" class="plain" data-gold="cancel">${_("Cancel")}</button>
  </div>
</form>`;
(maybe(document, ".gradio-container") ?? document.body).append(sheet);
const form = part(sheet, "form", HTMLFormElement);
const words = part(sheet, "#gold-words", HTMLTextAreaElement);
words.placeholder = _("Paste it here");
const kindBox = part(form, "[name=kind]", HTMLInputElement);
const findTold = part(sheet, ".gold-find p");
const verdicts = parts(form, "[name=verdict]", HTMLInputElement);
const NEW_QUESTION = "new";
const EARLIER_TURNS = 30; // more than the server remembers

let goldDraft = emptyDraft();
/** @type {HTMLElement | null} */
let opener = null;
let choosing = 0; // the last question that was chosen to be shown

const showError = (/** @type {string} */ told) => showWords(part(sheet, ".gold-error"), told);

// Drafts ----------------------------------------------------------------------------------------

/** @returns {Draft} */
function emptyDraft() {
  return {
    question: "", history: [], where: {}, filters: "", key: "", abstained: false, cited: [], passages: [], own: [],
    chosen: new Set(), kind: "",
  };
}

const tokensOf = (/** @type {Place[]} */ places) => new Set(places.map((one) => one.token));
const entryWith = (/** @type {string} */ key) => goldKept.all().find((one) => one.key === key);

/**
 * What was kept of a question, as far as a draft has it not from the server.
 * @param {Draft} draft
 * @param {GoldEntry} entry
 * @returns {Draft}
 */
function withKept(draft, { id, created, from, kind = "", answerable, evidence }) {
  const own = evidence.map((one) => ({ page: "", title: "", ...one }));
  const verdict = answerable === false ? "nothing" : "answered";
  return { ...draft, id, created, from: draft.from || from, kind, verdict, own, chosen: tokensOf(own) };
}

/**
 * @param {number} at
 * @returns {Promise<Draft>}
 */
async function draftOfTurn(at, right = true) {
  const turns = current.turns.slice(Math.max(0, at - EARLIER_TURNS), at + 1);
  const offered = await askGold("offer", { turns });
  const draft = /** @type {Draft} */ ({ ...emptyDraft(), ...offered, from: { talk: current.id, at } });
  const entry = entryWith(draft.key);
  if (entry) return withKept(draft, entry);
  if (!right) return draft;
  // What the program said is the first suggestion, where it said one thing.
  if (draft.abstained) return { ...draft, verdict: "nothing" };
  if (draft.cited.length === 1) return { ...draft, verdict: "answered", chosen: tokensOf(draft.cited) };
  return draft;
}

/** @param {GoldEntry} entry */
async function draftOfEntry(entry) {
  const { question, history, where, filters, key } = entry;
  const draft = withKept({ ...emptyDraft(), question, history, where, filters, key }, entry);
  const [{ places }] = (await goldFile([entry])).questions;
  return places.length ? { ...draft, own: places, chosen: tokensOf(places) } : draft;
}

// Showing ---------------------------------------------------------------------------------------

function showAsked() {
  const { question, history, filters, asking } = goldDraft;
  const before = (Array.isArray(history) ? history : []).filter((one) => one && one.role === "user").length;
  const context = [
    before && n_("The question before it is kept with it.", "The {count} questions before it are kept with it.", before),
    filters && _("Filters: {filters}.", { filters }),
  ].filter(Boolean);
  const shown = asking === NEW_QUESTION
    ? make("label", {}, make("span", {}, _("The question")), make("textarea", { name: "question", rows: 2, maxlength: 2000 }))
    : make("p", { class: "gold-question" }, make("bdi", {}, question));
  part(sheet, ".gold-asked").replaceChildren(
    ...(asking !== undefined ? [questionChoice(asking)] : []),
    shown,
    ...(context.length ? [make("p", { class: "gold-context" }, context.join(" "))] : []),
  );
}

const showOffer = () => part(sheet, ".gold-offer").replaceChildren(...goldOffer(goldDraft, goldDraft.chosen));

/** @param {Draft} draft */
function showDraft(draft) {
  goldDraft = draft;
  showAsked();
  showOffer();
  for (const radio of verdicts) radio.checked = radio.value === draft.verdict;
  kindBox.value = draft.kind;
  part(sheet, '[data-gold="remove"]').hidden = !draft.id;
  findTold.textContent = "";
  showError("");
}

/**
 * @param {Draft} draft
 * @param {HTMLElement} button
 */
function openSheet(draft, button) {
  opener = button;
  const kinds = [...new Set(goldKept.all().map((one) => one.kind).filter(Boolean))];
  part(sheet, "datalist").replaceChildren(...kinds.map((value) => make("option", { value })));
  words.value = "";
  showDraft(draft);
  if (!sheet.open) sheet.showModal();
  sheet.scrollTop = 0;
  part(sheet, "#gold-title").focus();
}

/**
 * @param {HTMLElement} button
 * @param {() => Promise<Draft>} makeDraft
 */
async function openedBy(button, makeDraft) {
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  try {
    openSheet(await makeDraft(), button);
  } catch (error) {
    openSheet(emptyDraft(), button);
    showError(wordsOf(error));
  } finally {
    button.removeAttribute("aria-busy");
  }
}

// Evidence that was found first, and the question then ------------------------------------------

/** @param {string} asking */
function questionChoice(asking) {
  const asked = current.turns.map((turn, at) => ({ turn, at })).filter(({ turn }) => turn.state === "complete").reverse();
  /** @type {(value: string, question: string) => HTMLElement} */
  const option = (value, question) =>
    make("option", { value, selected: value === asking }, question.length > 120 ? question.slice(0, 119) + "…" : question);
  /** @type {[string, HTMLElement[]][]} */
  const groups = [
    [_("This conversation"), asked.map(({ turn, at }) => option("turn:" + at, turn.question))],
    [_("Kept questions"), goldKept.all().map((one) => option("kept:" + one.id, one.question))],
  ];
  const offered = groups.filter(([, options]) => options.length);
  return make("label", {}, make("span", {}, _("Evidence for")),
    make("select", { name: "asking" },
      ...offered.map(([label, options]) => make("optgroup", { label }, ...options)),
      option(NEW_QUESTION, _("Another question …"))));
}

/**
 * @param {string} asking
 * @param {Place[]} found
 * @param {string} near
 * @returns {Promise<Draft>}
 */
async function draftFor(asking, found, near) {
  const [kind, name] = [asking.slice(0, asking.indexOf(":")), asking.slice(asking.indexOf(":") + 1)];
  const entry = kind === "kept" ? goldKept.all().find((one) => one.id === name) : null;
  let draft = emptyDraft();
  if (kind === "turn" && current.turns[Number(name)]) draft = await draftOfTurn(Number(name));
  else if (entry) draft = await draftOfEntry(entry);
  // Of several places with the same words, the one that is open is meant.
  const meant = found.length === 1 ? found[0] : found.find((one) => one.token === near);
  const chosen = draft.id ? new Set(draft.chosen) : new Set();
  if (meant) chosen.add(meant.token);
  return { ...draft, asking, found, near, own: [...draft.own, ...found], chosen, verdict: "answered" };
}

/** @param {{ token: string, text: string }} evidence */
async function draftFromPanel({ token, text }) {
  let { places } = await askGold("find", { token, text });
  if (!places.length) ({ places } = await askGold("find", { token, text: "" }));
  if (!places.length) throw new Error(_("select the words in the report that are the evidence, or open a citation"));
  const last = current.turns.map((turn) => turn.state).lastIndexOf("complete");
  return draftFor(last < 0 ? NEW_QUESTION : "turn:" + last, places, token);
}

/** @param {string} asking */
async function chooseQuestion(asking) {
  const mine = ++choosing;
  const draft = await draftFor(asking, goldDraft.found ?? [], goldDraft.near ?? "");
  if (mine !== choosing || !sheet.open) return;
  showDraft(draft);
  part(form, "[name=asking]").focus();
}

// Doing -----------------------------------------------------------------------------------------

async function findSentence() {
  const text = words.value.trim();
  const tell = (/** @type {string} */ told) => void (findTold.textContent = told);
  if (!text) return tell(_("Paste a sentence first."));
  tell(_("Looking …"));
  const draft = goldDraft; // what is found is for this question, not for one that is shown by then
  const isShown = () => goldDraft === draft && sheet.open;
  let found;
  try {
    found = await askGold("find", { text });
  } catch (error) {
    if (isShown()) tell(wordsOf(error));
    return;
  }
  if (!isShown()) return;
  const many = found.places.length;
  if (!many) return tell(_("It does not stand in the reports."));
  goldDraft.own.push(...found.places);
  const near = found.status === "near";
  if (!near && many === 1) tick(found.places[0].token, true);
  if (near) tell(_("It does not stand like this in the reports. What comes close is above, to choose from."));
  else tell(n_("Found, and chosen above.", "It stands in {count} places: choose above.", many));
  showOffer();
}

/**
 * @param {string} token
 * @param {boolean} on
 */
function tick(token, on) {
  if (!on) {
    goldDraft.chosen.delete(token);
    return;
  }
  goldDraft.chosen.add(token);
  for (const radio of verdicts) radio.checked = radio.value === "answered";
}

/**
 * The places that are ticked, each once, with what finds them again in a report that is read anew.
 * @returns {Place[]}
 */
function chosenPlaces() {
  const places = [...goldDraft.cited, ...goldDraft.own, ...goldDraft.passages.flatMap((one) => one.sentences)];
  const known = new Map(places.map((one) => [one.token, one]));
  const ticked = [...known.values()].filter((one) => goldDraft.chosen.has(one.token));
  return ticked.map(({ token, source, quote }) => ({ token, source, quote }));
}

async function keepGold() {
  const verdict = verdicts.find((radio) => radio.checked)?.value;
  let evidence = verdict === "answered" ? chosenPlaces() : [];
  if (!verdict) throw new Error(_("say first what is right: sentences, or nothing in the reports"));
  if (verdict === "answered" && !evidence.length) throw new Error(_("choose at least one sentence that answers the question"));
  let draft = goldDraft;
  if (draft.asking === NEW_QUESTION) {
    const question = part(form, "[name=question]", HTMLTextAreaElement).value.trim();
    if (!question) throw new Error(_("write the question first"));
    draft = { ...draft, ...(await askGold("offer", { turns: [{ question }] })) };
    const entry = entryWith(draft.key);
    if (entry) {
      draft = { ...draft, id: entry.id, created: entry.created, from: entry.from };
      evidence = [...entry.evidence.filter((one) => !draft.chosen.has(one.token)), ...evidence];
    }
  }
  if (!draft.question) throw new Error(_("there is no question to keep"));
  const { id = freshId(), created, key, question, history, where, filters, from } = draft;
  const changed = new Date().toISOString();
  const kind = kindBox.value.trim();
  const answerable = verdict === "answered";
  const asked = { key, question, history, where, filters, from };
  try {
    goldKept.write({ id, created: created || changed, changed, ...asked, answerable, kind, evidence });
  } catch {
    throw new Error(_("this browser has no room for more: remove conversations or gold questions, and keep it again"));
  }
  sheet.close();
  tellUser(_("Kept as a gold question."));
}

/**
 * Where the user is: over the chat, or at the source panel.
 * @param {string} told
 */
function tellUser(told) {
  const act = () => {
    const tab = byId("to-evaluation");
    tab.click();
    tab.focus(); // what was clicked is hidden with the chat
  };
  if (opener?.closest("#chat")) say(told, { label: _("Show on the Evaluation tab"), act });
  else if (opener?.closest(".panel")) announce("tell", told);
}

/** @type {Record<string, (button: HTMLElement) => void>} */
const ACTIONS = {
  find: findSentence,
  cancel: () => sheet.close(),
  remove() {
    if (goldDraft.id) goldKept.remove(goldDraft.id);
    sheet.close();
    tellUser(_("Removed from the gold questions."));
  },
  all(button) {
    const group = button.closest(".gold-group") ?? sheet;
    for (const box of parts(group, "input", HTMLInputElement)) tick(box.value, (box.checked = true));
  },
};

const showFailure = (/** @type {unknown} */ error) => showError(wordsOf(error));

sheet.addEventListener("click", (event) => {
  const button = closest(event, "[data-gold]");
  if (button) ACTIONS[button.dataset.gold ?? ""](button);
});
sheet.addEventListener("change", (event) => {
  const field = fieldOf(event);
  if (field.matches(".gold-offer input")) tick(field.value, field.checked);
  else if (field.name === "asking") chooseQuestion(field.value).catch(showFailure);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  keepGold().catch(showFailure);
});
sheet.addEventListener("close", () => {
  if (opener?.isConnected) opener.focus();
});

// Events ----------------------------------------------------------------------------------------

const answers = () => parts(document, "#chat [data-testid=bot]");
const judgeButtons = () => answers().map((one) => maybe(one, "button.judge"));

document.addEventListener("click", (event) => {
  const button = closest(event, "#chat button:is(.judge, .doubt)");
  if (!button) return;
  const at = answers().findIndex((one) => one.contains(button));
  openedBy(button, () => draftOfTurn(skipped + at, button.classList.contains("judge")));
});
hear("evidence", (evidence) => openedBy(evidence.opener, () => draftFromPanel(evidence)));
hear("gold-edit", ({ id, opener: button }) => {
  const entry = goldKept.all().find((one) => one.id === id);
  if (entry) openedBy(button, () => draftOfEntry(entry));
});

// An answer that was judged says so.
/** @type {Set<string>} */
let marks = new Set();
const markOf = (/** @type {unknown[]} */ ...identity) => identity.join("\n");
function readMarks() {
  const judged = goldKept.all().filter((one) => isObject(one.from));
  marks = new Set(judged.map((one) => markOf(one.from?.talk, one.from?.at, one.question)));
  showMarks();
}
function showMarks() {
  for (const [index, button] of judgeButtons().entries()) {
    const turn = current.turns[skipped + index];
    const is = turn && marks.has(markOf(current.id, skipped + index, turn.question));
    const told = is ? _("✓ Kept as gold question – change …") : p_("an answer", "Right");
    if (button && button.textContent !== told) button.textContent = told;
  }
}
hear("gold", readMarks);
new MutationObserver(showMarks).observe(byId("middle"), { subtree: true, childList: true });
readMarks();
