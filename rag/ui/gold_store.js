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

const goldKept = {
  // All entries, the one that was made first first.
  all() {
    const keys = storage ? Array.from({ length: storage.length }, (_, at) => storage.key(at)) : [...goldMemory.keys()];
    const ids = keys.filter((key) => key && key.startsWith(GOLD_PREFIX)).map((key) => key.slice(GOLD_PREFIX.length));
    const found = ids.map((id) => goldEntry(id, this.text(id))).filter(Boolean);
    const made = (one) => String(one.created || "");
    return found.sort((a, b) => (made(a) < made(b) ? -1 : made(a) > made(b) ? 1 : a.id < b.id ? -1 : 1));
  },
  text: (id) => (storage ? storage.getItem(GOLD_PREFIX + id) : goldMemory.get(GOLD_PREFIX + id)),
  // Throws what the browser throws when there is no room.
  put(id, text) {
    if (storage) storage.setItem(GOLD_PREFIX + id, text);
    else goldMemory.set(GOLD_PREFIX + id, text);
    document.dispatchEvent(new CustomEvent("footnote:gold"));
  },
  write({ id, ...entry }) {
    this.put(id, JSON.stringify({ ...entry, version: 1 }));
  },
  remove(id) {
    if (storage) storage.removeItem(GOLD_PREFIX + id);
    else goldMemory.delete(GOLD_PREFIX + id);
    document.dispatchEvent(new CustomEvent("footnote:gold"));
  },
};

addEventListener("storage", (event) => {
  if (event.key === null || event.key.startsWith(GOLD_PREFIX)) document.dispatchEvent(new CustomEvent("footnote:gold"));
});

// Half of a surrogate pair has no encoding, and the server would not take it.
const encodable = (_, value) => (typeof value === "string" && value.toWellFormed ? value.toWellFormed() : value);

// Asks /gold/PATH; an error has words for the user.
async function askGold(path, asked) {
  let response;
  try {
    response = await fetch(new URL("gold/" + path, document.baseURI), {
      method: "POST", body: JSON.stringify(asked, encodable),
      headers: { "content-type": "application/json", "x-footnote": "library" },
    });
  } catch (error) {
    throw new Error("Footnote does not answer. Is it still running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || "The server answered with " + response.status + ".");
  return answer;
}

// An entry as /gold/file takes it.
const sentGold = ({ id, question, history, where, answerable, kind, evidence }) => ({
  id, question, history, where, answerable, kind,
  evidence: evidence.map(({ token, source, quote }) => ({ token, source: source || "", quote: quote || "" })),
});
