// The gold questions that were kept from the chat, on the Evaluation tab: shown as they stand in the
// reports now, edited, removed, downloaded and run. Runs after evaluation.js and gold_store.js, in the
// same scope. What was kept and what /gold/file tells is shown as text.
const collected = part(".collected");
const inCollected = (selector) => collected.querySelector(selector);
let collectedGold = ""; // the gold file, as it would be downloaded
let goldRemoved = []; // what was removed last: [id, text]
let goldShowing = null; // the last showing that was begun

const goldCount = (count, noun) => count + " " + noun + (count === 1 ? "" : "s");

// Until what is shown is what is kept.
function showCollected() {
  const mine = (goldShowing = {});
  return (mine.done = lookCollectedUp(mine));
}

async function lookCollectedUp(mine) {
  const entries = goldKept.all();
  collected.hidden = !entries.length && !goldRemoved.length;
  if (collected.hidden) return;
  let told = { gold: "", questions: [] };
  let failed = "";
  try {
    if (entries.length) told = await askGold("file", { questions: entries.map(sentGold) });
  } catch (error) {
    failed = error.message;
  }
  if (mine !== goldShowing) return goldShowing.done;
  collectedGold = told.gold;
  const written = told.questions.filter((one) => one.written).length;
  const left = told.questions.length - written;
  inCollected(".collected-words").textContent = failed ||
    goldCount(entries.length, "question") + (left ? ", of which " + left + " cannot be used as they are" : "") +
      (storage ? ", in this browser only." : ", until the page is closed or reloaded: this browser keeps nothing.");
  for (const name of ["run", "download"]) inCollected('[data-gold="' + name + '"]').disabled = !written;
  inCollected('[data-gold="clear"]').hidden = !entries.length;
  const looked = new Map(told.questions.map((one) => [one.id, one]));
  const shown = entries.map((entry) => collectedRow(entry, looked.get(entry.id)));
  const back = focusedIn(inCollected(".collected-list"));
  inCollected(".collected-list").replaceChildren(...(goldRemoved.length ? [removedRow()] : []), ...shown);
  if (back && inCollected(back)) inCollected(back).focus();
  collected.dataset.shown = String(entries.length);
}

// A selector of the button that has the focus in a list which is about to be made anew.
function focusedIn(list) {
  const button = list.contains(document.activeElement) && document.activeElement.closest("[data-gold]");
  const row = button && button.closest("[data-id]");
  return button && (row ? '[data-id="' + CSS.escape(row.dataset.id) + '"] ' : "") + '[data-gold="' + button.dataset.gold + '"]';
}

function collectedRow(entry, looked) {
  const { places, faults } = looked || { places: [], faults: [] };
  const quotes = places.map((place) =>
    make("li", {}, make("a", { href: "#src=" + place.token }, make("bdi", { dir: "auto" }, place.quote)), " ",
      make("bdi", { class: "gold-from" }, [place.title || place.source, place.page].filter(Boolean).join(", "))));
  const before = Array.isArray(entry.history) && entry.history.length ? "with the conversation before it" : "";
  const about = [entry.kind, before, entry.filters].filter((one) => typeof one === "string" && one).join(" · ");
  const button = (what, words) =>
    make("button", { type: "button", class: "plain", "data-gold": what, "aria-label": words + " “" + entry.question + "”" }, words);
  return make("li", { "data-id": entry.id },
    make("p", { class: "collected-question" }, make("bdi", {}, entry.question)),
    about ? make("p", { class: "gold-from" }, make("bdi", {}, about)) : null,
    entry.answerable === false ? make("p", {}, "Nothing in the reports answers this.") : make("ul", {}, ...quotes),
    ...faults.map((words) => make("p", { class: "collected-fault" }, words.charAt(0).toUpperCase() + words.slice(1) + ".")),
    make("div", { class: "evaluation-actions" }, button("edit", "Edit"), button("remove", "Remove")));
}

const removedRow = () =>
  make("li", { class: "collected-removed" },
    make("span", {}, goldRemoved.length === 1 ? "Removed." : goldCount(goldRemoved.length, "question") + " removed."), " ",
    make("button", { type: "button", class: "plain", "data-gold": "undo" }, "Undo"));

async function removeGold(ids) {
  goldRemoved = ids.map((id) => [id, goldKept.text(id)]);
  for (const id of ids) goldKept.remove(id);
  await showCollected();
  inCollected('[data-gold="undo"]').focus();
}

const COLLECTED_DOINGS = {
  edit: (button) =>
    document.dispatchEvent(new CustomEvent("footnote:gold-edit", { detail: { id: button.closest("li").dataset.id, opener: button } })),
  remove: (button) => removeGold([button.closest("[data-id]").dataset.id]),
  clear: () => removeGold(goldKept.all().map((one) => one.id)),
  async undo() {
    const removed = goldRemoved;
    goldRemoved = [];
    for (const [id, text] of removed) goldKept.put(id, text);
    await showCollected();
    inCollected("#collected-title").focus();
  },
  async download() {
    await showCollected();
    const link = make("a", { href: URL.createObjectURL(new Blob([collectedGold], { type: "application/jsonl" })), download: "gold.jsonl" });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  },
  run: () => begin(async () => {
    await showCollected();
    const { sample } = startForm.elements;
    return { name: "kept from the chat", gold: collectedGold, sample: sample.value ? Number(sample.value) : null };
  }),
};

collected.addEventListener("click", (event) => {
  const button = event.target.closest("[data-gold]");
  if (button && !button.disabled) attempt(() => COLLECTED_DOINGS[button.dataset.gold](button));
});
// Many may change at once; what is not seen need not be looked up.
let goldSoon = null;
function collectedChanged() {
  clearTimeout(goldSoon);
  goldSoon = setTimeout(() => document.getElementById("tab-evaluation").hidden || showCollected(), 30);
}
document.addEventListener("footnote:gold", collectedChanged);
document.addEventListener("footnote:tab", (event) => event.detail === "evaluation" && showCollected());
collectedChanged();
