// Judging answers: the dialog in which a user says what answers a question, for a gold question. Runs
// after conversation_bar.js and gold_choices.js, in the scope of the conversations. What can be chosen
// comes from /gold/offer and /gold/find, and everything is shown as text.
const goldSheet = make("dialog", { class: "sheet gold-sheet", "aria-labelledby": "gold-title" });
goldSheet.innerHTML = `
<form method="dialog" novalidate>
  <h2 id="gold-title" tabindex="-1">Gold question</h2>
  <p class="gold-context">A question whose right answer you know. It is kept in this browser; on the
    Evaluation tab all of them can be run, and downloaded as a file.</p>
  <div class="gold-asked"></div>
  <fieldset class="gold-verdict"><legend>What is right?</legend>
    <label><input type="radio" name="verdict" value="answered">
      <span>The sentences that I choose answer it</span></label>
    <label><input type="radio" name="verdict" value="nothing">
      <span>Nothing in the reports answers this</span></label>
  </fieldset>
  <div class="gold-offer"></div>
  <div class="gold-find">
    <label for="gold-words">Another sentence of the reports</label>
    <textarea id="gold-words" rows="2" maxlength="20000" placeholder="Paste it here"></textarea>
    <button type="button" class="plain" data-gold="find">Find it</button>
    <p role="status"></p>
  </div>
  <label class="gold-kind"><span>Kind of question (optional)</span>
    <input name="kind" maxlength="200" autocomplete="off" list="gold-kinds"></label>
  <datalist id="gold-kinds"></datalist>
  <p class="gold-error" role="alert" hidden></p>
  <div class="sheet-bar">
    <button type="button" class="plain" data-gold="remove">Remove</button>
    <button type="submit" class="primary">Keep</button>
    <button type="button" class="plain" data-gold="cancel">Cancel</button>
  </div>
</form>`;
(document.querySelector(".gradio-container") || document.body).append(goldSheet);
const inGold = (selector) => goldSheet.querySelector(selector);
const goldForm = inGold("form");
const NEW_QUESTION = "new";
const EARLIER_TURNS = 30; // more than the server remembers

// What is being judged: as /gold/offer tells it, with `own` places, the tokens that are `chosen`, and
// of a question that is kept already its `id`, `created`, `verdict` and `kind`.
let goldDraft = null;
let goldOpener = null;
let goldChoosing = 0; // the last question that was chosen to be shown

// Drafts ----------------------------------------------------------------------------------------

const emptyDraft = () =>
  ({ question: "", history: [], where: {}, filters: "", key: "", abstained: false, cited: [], passages: [], own: [], chosen: new Set(), kind: "" });

const verdictOf = (entry) => (entry.answerable === false ? "nothing" : "answered");

// What was kept of a question, as far as a draft has it not from the server.
function withKept(draft, entry) {
  if (!entry) return draft;
  const { id, created, from } = entry;
  const own = entry.evidence.map((one) => ({ page: "", title: "", ...one }));
  return { ...draft, id, created, from: draft.from || from, kind: entry.kind || "", verdict: verdictOf(entry), own, chosen: new Set(own.map((one) => one.token)) };
}

async function draftOfTurn(at) {
  const turns = current.turns.slice(Math.max(0, at - EARLIER_TURNS), at + 1);
  const draft = { ...emptyDraft(), ...(await askGold("offer", { turns })), from: { talk: current.id, at } };
  const entry = goldKept.all().find((one) => one.key === draft.key);
  if (entry) return withKept(draft, entry);
  // What the program said is the first suggestion, where it said one thing.
  if (draft.abstained) return { ...draft, verdict: "nothing" };
  if (draft.cited.length === 1) return { ...draft, verdict: "answered", chosen: new Set([draft.cited[0].token]) };
  return draft;
}

async function draftOfEntry(entry) {
  const { question, history, where, filters, key } = entry;
  const draft = withKept({ ...emptyDraft(), question, history, where, filters, key }, entry);
  const [looked] = (await askGold("file", { questions: [sentGold(entry)] })).questions;
  return looked.places.length ? { ...draft, own: looked.places, chosen: new Set(looked.places.map((one) => one.token)) } : draft;
}

// Showing ---------------------------------------------------------------------------------------

function showGoldError(words) {
  inGold(".gold-error").hidden = !words;
  inGold(".gold-error").textContent = words ? words.charAt(0).toUpperCase() + words.slice(1) : "";
}

function showAsked() {
  const { question, history, filters } = goldDraft;
  const before = (Array.isArray(history) ? history : []).filter((one) => one && one.role === "user").length;
  const context = [
    before && (before === 1 ? "The question before it is" : "The " + before + " questions before it are") + " kept with it.",
    filters && "Filters: " + filters + ".",
  ].filter(Boolean);
  const words = goldDraft.asking === NEW_QUESTION
    ? make("label", {}, make("span", {}, "The question"), make("textarea", { name: "question", rows: "2", maxlength: "2000" }))
    : make("p", { class: "gold-question" }, make("bdi", {}, question));
  inGold(".gold-asked").replaceChildren(...[
    goldDraft.asking !== undefined ? questionChoice() : null,
    words,
    context.length ? make("p", { class: "gold-context" }, context.join(" ")) : null,
  ].filter(Boolean));
}

function showOffer() {
  inGold(".gold-offer").replaceChildren(...goldOffer(goldDraft, goldDraft.chosen));
}

function showDraft(draft) {
  goldDraft = draft;
  showAsked();
  showOffer();
  for (const radio of goldForm.elements.verdict) radio.checked = radio.value === draft.verdict;
  goldForm.elements.kind.value = draft.kind;
  inGold('[data-gold="remove"]').hidden = !draft.id;
  inGold(".gold-find p").textContent = "";
  showGoldError("");
}

function openGold(draft, opener) {
  goldOpener = opener;
  const kinds = [...new Set(goldKept.all().map((one) => one.kind).filter(Boolean))];
  inGold("datalist").replaceChildren(...kinds.map((value) => make("option", { value })));
  inGold("#gold-words").value = "";
  showDraft(draft);
  if (!goldSheet.open) goldSheet.showModal();
  goldSheet.scrollTop = 0;
  inGold("#gold-title").focus();
}

async function openedBy(button, make_) {
  if (button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  try {
    openGold(await make_(), button);
  } catch (error) {
    openGold(emptyDraft(), button);
    showGoldError(error.message);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

// Evidence that was found first, and the question then ------------------------------------------

function questionChoice() {
  const asked = current.turns.map((turn, at) => [turn, at]).filter(([turn]) => turn.state === "complete").reverse();
  const option = (value, words) =>
    make("option", { value, selected: value === goldDraft.asking }, words.length > 120 ? words.slice(0, 119) + "…" : words);
  const groups = [
    ["This conversation", asked.map(([turn, at]) => option("turn:" + at, turn.question))],
    ["Kept questions", goldKept.all().map((one) => option("kept:" + one.id, one.question))],
  ].filter(([, options]) => options.length);
  const select = make("select", { name: "asking" },
    ...groups.map(([label, options]) => make("optgroup", { label }, ...options)), option(NEW_QUESTION, "Another question …"));
  return make("label", {}, make("span", {}, "Evidence for"), select);
}

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

async function draftFromPanel({ token: place, text }) {
  let { places } = await askGold("find", { token: place, text });
  if (!places.length) ({ places } = await askGold("find", { token: place, text: "" }));
  if (!places.length) throw new Error("select the words in the report that are the evidence, or open a citation");
  const last = current.turns.findLastIndex((turn) => turn.state === "complete");
  return draftFor(last < 0 ? NEW_QUESTION : "turn:" + last, places, place);
}

async function chooseQuestion(asking) {
  const mine = ++goldChoosing;
  const draft = await draftFor(asking, goldDraft.found, goldDraft.near);
  if (mine !== goldChoosing || !goldSheet.open) return;
  showDraft(draft);
  goldForm.elements.asking.focus();
}

// Doing -----------------------------------------------------------------------------------------

async function findSentence() {
  const text = inGold("#gold-words").value.trim();
  const told = inGold(".gold-find p");
  if (!text) return (told.textContent = "Paste a sentence first.");
  told.textContent = "Looking …";
  const draft = goldDraft; // what is found is for this question, not for one that is shown by then
  const isShown = () => goldDraft === draft && goldSheet.open;
  let found;
  try {
    found = await askGold("find", { text });
  } catch (error) {
    if (isShown()) told.textContent = error.message;
    return;
  }
  if (!isShown()) return;
  if (!found.places.length) return (told.textContent = "It does not stand in the reports.");
  goldDraft.own.push(...found.places);
  const near = found.status === "near";
  if (!near && found.places.length === 1) tick(found.places[0].token, true);
  const count = found.places.length;
  told.textContent = near ? "It does not stand like this in the reports. What comes close is above, to choose from."
    : count === 1 ? "Found, and chosen above." : "It stands in " + count + " places: choose above.";
  showOffer();
}

function tick(token, on) {
  if (on) goldDraft.chosen.add(token);
  else goldDraft.chosen.delete(token);
  if (on) goldForm.elements.verdict.value = "answered";
}

// The places that are ticked, each once, with what finds them again in a report that is read anew.
function chosenPlaces() {
  const places = [...goldDraft.cited, ...goldDraft.own, ...goldDraft.passages.flatMap((one) => one.sentences)];
  const known = new Map(places.map((one) => [one.token, one]));
  const ticked = [...known.values()].filter((one) => goldDraft.chosen.has(one.token));
  return ticked.map(({ token, source, quote }) => ({ token, source, quote }));
}

async function keepGold() {
  const verdict = goldForm.elements.verdict.value;
  let evidence = verdict === "answered" ? chosenPlaces() : [];
  if (!verdict) throw new Error("say first what is right: sentences, or nothing in the reports");
  if (verdict === "answered" && !evidence.length) throw new Error("choose at least one sentence that answers the question");
  let draft = goldDraft;
  if (draft.asking === NEW_QUESTION) {
    const question = goldForm.elements.question.value.trim();
    if (!question) throw new Error("write the question first");
    draft = { ...draft, ...(await askGold("offer", { turns: [{ question }] })) };
    const entry = goldKept.all().find((one) => one.key === draft.key);
    if (entry) {
      draft = { ...draft, id: entry.id, created: entry.created, from: entry.from };
      evidence = [...entry.evidence.filter((one) => !draft.chosen.has(one.token)), ...evidence];
    }
  }
  if (!draft.question) throw new Error("there is no question to keep");
  const { question, history, where, filters, key, from } = draft;
  const now = new Date().toISOString();
  const kind = goldForm.elements.kind.value.trim();
  const answerable = verdict === "answered";
  try {
    goldKept.write({ id: draft.id || freshId(), created: draft.created || now, changed: now, key, question, history, where, filters, from, answerable, kind, evidence });
  } catch (error) {
    throw new Error("this browser has no room for more: remove conversations or gold questions, and keep it again");
  }
  goldSheet.close();
  goldSaid("Kept as a gold question.");
}

// Where the user is: over the chat, or at the source panel.
function goldSaid(words) {
  const show = () => {
    const tab = document.getElementById("to-evaluation");
    tab.click();
    tab.focus(); // what was clicked is hidden with the chat
  };
  if (goldOpener && goldOpener.closest("#chat")) say(words, { label: "Show on the Evaluation tab", act: show });
  else if (goldOpener && goldOpener.closest(".panel")) {
    document.dispatchEvent(new CustomEvent("footnote:tell", { detail: words }));
  }
}

const GOLD_DOINGS = {
  find: findSentence,
  cancel: () => goldSheet.close(),
  remove() {
    goldKept.remove(goldDraft.id);
    goldSheet.close();
    goldSaid("Removed from the gold questions.");
  },
  all(button) {
    for (const box of button.closest(".gold-group").querySelectorAll("input")) tick(box.value, (box.checked = true));
  },
};

goldSheet.addEventListener("click", (event) => {
  const button = event.target.closest("[data-gold]");
  if (button) GOLD_DOINGS[button.dataset.gold](button);
});
goldSheet.addEventListener("change", (event) => {
  if (event.target.matches(".gold-offer input")) tick(event.target.value, event.target.checked);
  else if (event.target.name === "asking") chooseQuestion(event.target.value).catch((error) => showGoldError(error.message));
});
goldForm.addEventListener("submit", (event) => {
  event.preventDefault();
  keepGold().catch((error) => showGoldError(error.message));
});
goldSheet.addEventListener("close", () => {
  if (goldOpener && goldOpener.isConnected) goldOpener.focus();
});

// Events ----------------------------------------------------------------------------------------

const judgeButtons = () => [...document.querySelectorAll("#chat [data-testid=bot]")].map((one) => one.querySelector("button.judge"));

document.addEventListener("click", (event) => {
  const button = event.target.closest("#chat button.judge");
  if (button) openedBy(button, () => draftOfTurn(skipped + judgeButtons().indexOf(button)));
});
document.addEventListener("footnote:evidence", ({ detail }) => openedBy(detail.opener, () => draftFromPanel(detail)));
document.addEventListener("footnote:gold-edit", ({ detail }) => {
  const entry = goldKept.all().find((one) => one.id === detail.id);
  if (entry) openedBy(detail.opener, () => draftOfEntry(entry));
});

// An answer that was judged says so.
let goldMarks = new Set();
const markOf = (talk, at, question) => [talk, at, question].join("\n");
function readMarks() {
  const judged = goldKept.all().filter((one) => isObject(one.from));
  goldMarks = new Set(judged.map((one) => markOf(one.from.talk, one.from.at, one.question)));
  showMarks();
}
function showMarks() {
  for (const [index, button] of judgeButtons().entries()) {
    const turn = button && current.turns[skipped + index];
    const is = turn && goldMarks.has(markOf(current.id, skipped + index, turn.question));
    const words = is ? "✓ Kept as gold question – change …" : "Keep as gold question …";
    if (button && button.textContent !== words) button.textContent = words;
  }
}
document.addEventListener("footnote:gold", readMarks);
new MutationObserver(showMarks).observe(document.getElementById("middle"), { subtree: true, childList: true });
readMarks();
