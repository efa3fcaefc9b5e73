// Where this browser keeps its conversations: one entry of localStorage for each, so that two tabs do
// not write over one another's. Runs once, before conversations.js and in the same scope. What is read
// may have been changed by anybody: it is checked here, shown as text only, and looked up again by
// the server before it is shown as an answer.
const PREFIX = "footnote.conversation.";
const VERSION = 1;

// Without storage, as in some private windows, conversations last as long as the page.
const memory = new Map();
const storage = (() => {
  try {
    const probe = PREFIX + "probe";
    localStorage.setItem(probe, "1");
    localStorage.removeItem(probe);
    return localStorage;
  } catch (error) {
    // A full storage can still be read, and made room in.
    return error.name === "QuotaExceededError" && localStorage.length ? localStorage : null;
  }
})();

function entries() {
  if (!storage) return [...memory];
  const keys = Array.from({ length: storage.length }, (_, at) => storage.key(at));
  return keys.filter((key) => key && key.startsWith(PREFIX)).map((key) => [key, storage.getItem(key)]);
}

const isText = (value) => typeof value === "string";
const isTurn = (turn) => turn && typeof turn === "object" && isText(turn.question) && turn.question !== "";
const stamp = (value) => (isText(value) && !Number.isNaN(Date.parse(value)) ? value : new Date(0).toISOString());

// A conversation as it was kept; with `unreadable`, its text, if it is not one.
function parsed(key, text) {
  const id = key.slice(PREFIX.length);
  const bad = { id, unreadable: text, title: "", changed: new Date(0).toISOString(), turns: [] };
  let found;
  try {
    found = JSON.parse(text);
  } catch (error) {
    return bad;
  }
  const sound = found && found.version === VERSION && Array.isArray(found.turns) && found.turns.every(isTurn);
  if (!sound || !/^[\w-]{1,64}$/.test(id)) return bad;
  return {
    id,
    title: isText(found.title) ? found.title.slice(0, 300) : "",
    named: found.named === true,
    revision: isText(found.revision) ? found.revision : "",
    changed: stamp(found.changed),
    turns: found.turns,
  };
}

// What was read before is not read again as long as it is the same.
const known = new Map();
function remembered([key, text]) {
  const before = known.get(key);
  if (before && before.text === text) return before.talk;
  const talk = parsed(key, text);
  known.set(key, { text, talk });
  return talk;
}

const kept = {
  lasting: storage !== null,
  // All conversations, the one that was changed last first; to be looked at, not to be changed.
  all() {
    const talks = entries().map(remembered);
    return talks.sort((a, b) => (a.changed < b.changed ? 1 : a.changed > b.changed ? -1 : a.id < b.id ? 1 : -1));
  },
  read(id) {
    const text = this.text(id);
    return text == null ? null : parsed(PREFIX + id, text);
  },
  // Throws what the browser throws when there is no room.
  write(talk) {
    const { id, title, named, revision, changed, turns } = talk;
    this.put(id, JSON.stringify({ version: VERSION, title, named, revision, changed, turns }));
  },
  put(id, text) {
    if (storage) storage.setItem(PREFIX + id, text);
    else memory.set(PREFIX + id, text);
  },
  text: (id) => (storage ? storage.getItem(PREFIX + id) : memory.get(PREFIX + id)),
  remove(id) {
    if (storage) storage.removeItem(PREFIX + id);
    else memory.delete(PREFIX + id);
  },
};

// Which conversation this tab shows, over a reload.
const shownHere = {
  get() {
    try {
      return sessionStorage.getItem("footnote.shown");
    } catch (error) {
      return null;
    }
  },
  set(id) {
    try {
      sessionStorage.setItem("footnote.shown", id);
    } catch (error) {
      // Then a reload shows none, and the list still has it.
    }
  },
};

const freshId = () => [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
