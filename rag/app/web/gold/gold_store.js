// The gold questions that this browser keeps: one entry of localStorage for each, so that two tabs do
// not write over one another's. Runs after storage.js, in the scope of the conversations and in that
// of the Evaluation tab. What is read may have been changed by anybody: it is shown as text only, and
// the server takes nothing of a place but its token, which it looks up.
const GOLD_PREFIX = "footnote.gold.";

// Without storage they last as long as the page, for both scopes.
const goldMemory = (window.footnoteGold = window.footnoteGold || new Map());

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

// An entry as it was kept; null if it is none.
function goldEntry(id, text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch (error) {
    return null;
  }
  const sound = isObject(found) && found.version === 1 && typeof found.question === "string" && found.question.trim();
  if (!sound || !/^[\w-]{1,64}$/.test(id)) return null;
  const evidence = Array.isArray(found.evidence) ? found.evidence : [];
  return { ...found, id, evidence: evidence.filter((one) => isObject(one) && typeof one.token === "string") };
}

const goldCupboard = cupboard(GOLD_PREFIX, goldMemory);
const goldChanged = () => document.dispatchEvent(new CustomEvent("footnote:gold"));

const goldKept = {
  // All entries, the one that was made first first.
  all() {
    const found = goldCupboard.entries().map(([id, text]) => goldEntry(id, text)).filter(Boolean);
    const made = (one) => String(one.created || "");
    return found.sort((a, b) => (made(a) < made(b) ? -1 : made(a) > made(b) ? 1 : a.id < b.id ? -1 : 1));
  },
  text: goldCupboard.text,
  // Throws what the browser throws when there is no room.
  put(id, text) {
    goldCupboard.put(id, text);
    goldChanged();
  },
  write({ id, ...entry }) {
    this.put(id, JSON.stringify({ ...entry, version: 1 }));
  },
  remove(id) {
    goldCupboard.remove(id);
    goldChanged();
  },
};

addEventListener("storage", (event) => {
  if (event.key === null || event.key.startsWith(GOLD_PREFIX)) goldChanged();
});

// Half of a surrogate pair has no encoding, and the server would not take it.
const encodable = (_, value) => (typeof value === "string" && value.toWellFormed ? value.toWellFormed() : value);

// What /gold/PATH answers.
async function askGold(path, asked) {
  const response = await fetchFrom("gold/" + path, { body: JSON.stringify(asked, encodable) });
  return response.json().catch(() => ({}));
}

// An entry as /gold/file takes it.
const sentGold = ({ id, question, history, where, answerable, kind, evidence }) => ({
  id, question, history, where, answerable, kind,
  evidence: evidence.map(({ token, source, quote }) => ({ token, source: source || "", quote: quote || "" })),
});
