// Where this browser keeps its conversations: one entry of localStorage for each, so that two tabs do
// not write over one another's. Runs once, after storage.js and before conversations.js, in the
// same scope. What is read may have been changed by anybody: it is checked here, shown as text only, and
// looked up again by the server before it is shown as an answer.
const PREFIX = "footnote.conversation.";
const VERSION = 1;

// Without storage, as in some private windows, conversations last as long as the page.
const talkCupboard = cupboard(PREFIX, new Map());

const isText = (value) => typeof value === "string";
const isTurn = (turn) => turn && typeof turn === "object" && isText(turn.question) && turn.question !== "";
const stamp = (value) => (isText(value) && !Number.isNaN(Date.parse(value)) ? value : new Date(0).toISOString());

// A conversation as it was kept; with `unreadable`, its text, if it is not one.
function parsed(id, text) {
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
function remembered([id, text]) {
  const before = known.get(id);
  if (before && before.text === text) return before.talk;
  const talk = parsed(id, text);
  known.set(id, { text, talk });
  return talk;
}

const kept = {
  lasting: storage !== null,
  // All conversations, the one that was changed last first; to be looked at, not to be changed.
  all() {
    const talks = talkCupboard.entries().map(remembered);
    return talks.sort((a, b) => (a.changed < b.changed ? 1 : a.changed > b.changed ? -1 : a.id < b.id ? 1 : -1));
  },
  read(id) {
    const text = this.text(id);
    return text == null ? null : parsed(id, text);
  },
  // Throws what the browser throws when there is no room.
  write(talk) {
    const { id, title, named, revision, changed, turns } = talk;
    this.put(id, JSON.stringify({ version: VERSION, title, named, revision, changed, turns }));
  },
  put: talkCupboard.put,
  text: talkCupboard.text,
  remove: talkCupboard.remove,
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
