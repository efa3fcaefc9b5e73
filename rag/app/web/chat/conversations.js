// The conversation that is open, and the list of all. Runs once, after conversation_store.js and in
// the same scope. Whatever was kept is shown as text: nothing here makes markup of it.
const list = document.querySelector("#talks .talks");
const within = (selector) => list.querySelector(selector);
const rows = within(".talks-list");
const searchBox = within(".talks-search input");
const clearing = within("dialog");
const LONGEST_TITLE = 70;

const fresh = () => ({ id: freshId(), title: "", named: false, revision: "", changed: "", turns: [] });
let current = fresh(); // what this tab shows; it may be ahead of what is kept
let skipped = 0; // turns at the beginning that the server was not sent back
let renaming = null; // id of the conversation whose name is being edited
let deleted = null; // the last one that was deleted, for bringing it back

function titleOf(talk) {
  if (talk.unreadable !== undefined) return "A conversation that cannot be read";
  return talk.title || firstQuestion(talk);
}

function firstQuestion(talk) {
  const words = talk.turns.length ? talk.turns[0].question.replace(/\s+/g, " ").trim() : "";
  if (!words) return "New conversation";
  return words.length <= LONGEST_TITLE ? words : words.slice(0, LONGEST_TITLE).replace(/\s+\S*$/, "") + " …";
}

function when(moment) {
  const date = new Date(moment);
  if (!date.valueOf()) return "";
  const today = date.toDateString() === new Date().toDateString();
  if (today) return date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year });
}

// Keeping -----------------------------------------------------------------------------------------

// The server passes the id on to what it tells of an answer.
const tellServer = () => (props.value = JSON.stringify({ talk: current.id }));

let formerId = null; // the id that the server still tells of an answer that became a copy's

// Two tabs can show the same conversation. Whoever comes second goes on with a copy.
function branchIfChanged() {
  if (!current.revision) return;
  const stored = kept.read(current.id);
  if (stored && stored.revision === current.revision) return;
  const gone = stored === null;
  formerId = current.id;
  if (!gone) current.title = titleOf(current) + " (2)";
  current.id = freshId();
  current.named = true;
  shownHere.set(current.id);
  tellServer();
  say(
    gone
      ? "This conversation was deleted in another window. It is kept again, because you went on with it here."
      : "This conversation was continued in another window. What you asked here is kept apart, as “" + current.title + "”.",
  );
}

function keep({ branch = true } = {}) {
  if (branch) branchIfChanged();
  if (!current.turns.length) return;
  const before = current.revision;
  if (!current.named) current.title = firstQuestion(current);
  current.changed = new Date().toISOString();
  current.revision = freshId();
  try {
    kept.write(current);
    full(false);
  } catch (error) {
    current.revision = before;
    full(true);
  }
  shownHere.set(current.id);
}

// What came after a question that was edited is no part of the conversation any more.
function keepFormer(at) {
  const former = { ...fresh(), title: titleOf(current) + " (before the edit)", named: true, turns: current.turns };
  former.changed = current.changed || new Date().toISOString();
  former.revision = freshId();
  try {
    kept.write(former);
  } catch (error) {
    full(true);
    return;
  }
  const count = current.turns.length - at - 1;
  say(
    "The " + (count === 1 ? "question" : count + " questions") + " after the one you edited " +
      (count === 1 ? "is" : "are") + " kept with the former answers, as “" + former.title + "”.",
  );
}

// What the server tells -------------------------------------------------------------------------

// An answer to a question of another conversation: it was left while the answer was being made.
function keepElsewhere(news) {
  const talk = kept.read(news.talk);
  if (!talk || talk.unreadable !== undefined || !news.turn || news.at > talk.turns.length) return;
  if (talk.turns[news.at] && talk.turns[news.at].question !== news.turn.question) return;
  talk.turns[news.at] = news.turn;
  try {
    kept.write(talk);
  } catch (error) {
    full(true);
  }
}

let growing = -1; // the turn that is being answered
let awaited = false; // what was opened is not shown yet

function onTurn(news) {
  const at = Math.min(news.at + skipped, current.turns.length);
  if (growing !== at) {
    branchIfChanged();
    if (current.turns.length > at + 1) keepFormer(at);
    current.turns.length = Math.min(current.turns.length, at);
    written = 0;
  }
  growing = at;
  current.turns[at] = { ...news.turn, asked: new Date().toISOString() };
  // Many words come one by one; what is kept need not be written for each.
  if (news.turn.state === "partial" && Date.now() - written < 1000) return;
  written = Date.now();
  keep({ branch: false });
  if (news.turn.state !== "partial") growing = -1;
}
let written = 0;

function onDropped(count) {
  growing = -1;
  current.turns.length = Math.min(current.turns.length, count + skipped);
  if (current.turns.length) return keep();
  takeAway(current.id);
  current = fresh();
  shownHere.set(current.id);
  tellServer();
}

function onNews(news) {
  if (news.talk === formerId) news.talk = current.id;
  if (news.talk !== current.id) {
    tellServer();
    if (news.turn) keepElsewhere(news);
    // Another was chosen since; or an answer that was left has come after what was opened, and over it.
    if ("opened" in news || (news.turn && !awaited && growing < 0)) showTalk(current);
    return;
  }
  if (news.turn) onTurn(news);
  else if ("stopped" in news) onStopped();
  else if ("dropped" in news) onDropped(news.dropped);
  else if ("opened" in news || "failed" in news) onOpened(news);
  if (formerId && growing < 0) {
    formerId = null;
    tellServer();
  }
  const under = news.turn && news.turn.state === "partial" && rows.querySelector('[aria-current="true"]');
  if (!under) refresh();
}

function onStopped() {
  growing = -1;
  keep({ branch: false });
}

function onOpened(news) {
  awaited = false;
  setOpening(false);
  if ("failed" in news) {
    current = fresh();
    tellServer();
    return say("The conversation could not be opened: " + news.failed);
  }
  skipped = Math.max(0, current.turns.length - news.opened);
  const parts = [];
  if (skipped) parts.push("The first " + skipped + " questions of this conversation are kept, but not shown.");
  if (news.gone) {
    parts.push(
      (news.gone === 1 ? "One sentence" : news.gone + " sentences") +
        " of this conversation can no longer be cited; the answers say which.",
    );
  }
  if (parts.length) say(parts.join(" "));
}

// Opening ---------------------------------------------------------------------------------------

// An answer that is being made is stopped; what has come of it is kept.
function flush() {
  if (growing >= 0 && current.turns.length) keep({ branch: false });
}

// An edit that was begun would go on in whatever conversation is shown next. Gradio does not let it
// be cancelled while an answer is being made; its buttons are found by their place, for their names
// are in the language of the browser.
function leaveEdit() {
  const area = document.querySelector("#chat textarea");
  const cancel = area && area.closest(".message-row").querySelector(".message-buttons button:last-child");
  if (!cancel) return;
  cancel.disabled = false;
  cancel.click();
}

// Until it has been opened, a question would be asked without it.
let focusThen = false;
function setOpening(now) {
  const box = document.getElementById("question");
  if (now) document.getElementById("middle").setAttribute("aria-busy", "true");
  else document.getElementById("middle").removeAttribute("aria-busy");
  if (box) box.inert = now;
  if (!now && focusThen) box.querySelector("textarea").focus();
  if (!now) focusThen = false;
}

function showTalk(talk) {
  current = talk;
  skipped = 0;
  growing = -1;
  formerId = null;
  shownHere.set(talk.id);
  tellServer();
  refresh();
  if (talk.turns.length) setOpening(true);
  awaited = true;
  trigger("open_talk", { talk: talk.id, turns: talk.turns });
}

function closeDrawer() {
  const drawer = document.querySelector("#collection.open [data-close]");
  if (drawer) drawer.click();
}

const focusBox = () => document.querySelector("#question textarea").focus();

async function openTalk(talk, { focus = true } = {}) {
  flush();
  say("");
  isFull = false; // said again of the next one that is not kept
  document.dispatchEvent(new CustomEvent("footnote:close-source"));
  closeDrawer();
  leaveEdit();
  const before = { talk: current, skipped };
  showTalk(talk);
  focusThen = focus && talk.turns.length > 0;
  if (focus && !focusThen) focusBox();
  if (!(await isThere()) && awaited && current === talk) goBack(before, talk);
}

// The server is gone: what the chat shows is still the conversation before.
function goBack(before, talk) {
  awaited = false;
  current = before.talk;
  skipped = before.skipped;
  shownHere.set(current.id);
  tellServer();
  setOpening(false);
  refresh();
  say("Footnote does not answer, so this is still the conversation before. Is it still running?", {
    label: "Try again",
    act: () => openTalk(talk),
  });
}

function choose(id) {
  if (id === current.id && growing >= 0) {
    closeDrawer();
    return focusBox(); // to open it would stop its answer
  }
  const talk = kept.read(id);
  if (talk === null) refresh();
  else if (talk.unreadable !== undefined) saveFile("conversation.txt", talk.unreadable);
  else openTalk(talk);
}

function startNew() {
  openTalk(fresh());
}

// Deletes one, in such a way that it can be brought back.
function takeAway(id) {
  const talk = kept.read(id);
  if (talk === null) return false;
  deleted = { id, text: kept.text(id), title: titleOf(talk) };
  kept.remove(id);
  return true;
}

function remove(id) {
  if (!takeAway(id)) return refresh();
  if (id === current.id) {
    growing = -1;
    openTalk(fresh(), { focus: false });
  }
  refresh();
  const undo = rows.querySelector("[data-undo]");
  if (undo) undo.focus();
}

function bringBack() {
  if (!deleted) return;
  try {
    kept.put(deleted.id, deleted.text);
  } catch (error) {
    return full(true);
  }
  const { id } = deleted;
  deleted = null;
  refresh();
  const row = rows.querySelector('[data-id="' + CSS.escape(id) + '"] .talk-open');
  if (row) row.focus();
}

function rename(id, words) {
  renaming = null;
  const title = words.replace(/\s+/g, " ").trim().slice(0, 300);
  const talk = kept.read(id);
  if (title && talk && talk.unreadable === undefined && title !== talk.title) {
    const before = talk.revision;
    Object.assign(talk, { title, named: true, revision: freshId() });
    try {
      kept.write(talk);
      const mine = id === current.id && before === current.revision;
      if (mine) Object.assign(current, { title, named: true, revision: talk.revision });
    } catch (error) {
      full(true);
    }
  }
  showBar();
}

// The list --------------------------------------------------------------------------------------

function wordsIn(talk) {
  const said = talk.turns.flatMap((turn) => [
    turn.question,
    ...(Array.isArray(turn.statements) ? turn.statements.map((one) => one && one.text) : []),
  ]);
  return [titleOf(talk), ...said].filter(isText).join("\n").toLowerCase();
}

function matching(talks) {
  const words = searchBox.value.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return talks;
  return talks.filter((talk) => {
    const text = wordsIn(talk);
    return words.every((word) => text.includes(word));
  });
}

const small = (what, sign, label) =>
  make("button", { type: "button", class: "talk-do", "data-row": what, "aria-label": label, title: label.split(" “")[0] },
    make("span", { "aria-hidden": "true" }, sign));

function renameRow(talk) {
  const input = make("input", { type: "text", maxlength: "300", value: titleOf(talk), "aria-label": "Name of the conversation", autocomplete: "off" });
  const end = (words) => {
    rename(talk.id, words);
    refresh();
    const row = rows.querySelector('[data-id="' + CSS.escape(talk.id) + '"] .talk-open');
    if (row) row.focus();
  };
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault(); // else the key goes on to what has the focus then, and opens it
    end(event.key === "Enter" ? input.value : "");
  });
  // What was clicked instead has the focus after that, and must still be there.
  input.addEventListener("blur", () => {
    if (renaming !== talk.id || document.activeElement === input) return; // ended, or the window was left
    rename(talk.id, input.value);
    setTimeout(refresh);
  });
  return make("li", { "data-id": talk.id, class: "talk-row" }, input);
}

function row(talk) {
  if (talk.id === renaming) return renameRow(talk);
  const title = titleOf(talk);
  const bad = talk.unreadable !== undefined;
  const opener = make("button", { type: "button", class: "talk-open", "aria-current": talk.id === current.id && "true" },
    make("bdi", { class: "talk-name" }, title), make("span", { class: "talk-when" }, bad ? "Save what is there" : when(talk.changed)));
  return make("li", { "data-id": talk.id, class: "talk-row" + (bad ? " unreadable" : "") }, opener,
    bad ? null : small("rename", "✎", "Rename “" + title + "”"), small("delete", "×", "Delete “" + title + "”"));
}

const deletedRow = () =>
  make("li", { class: "talk-row talk-deleted" }, make("span", {}, "Deleted: ", make("bdi", {}, deleted.title)),
    make("button", { type: "button", class: "plain", "data-undo": true }, "Undo"));

// A selector of the button that has the focus in the list, which is about to be made anew.
function focusedRow() {
  const button = rows.contains(document.activeElement) && document.activeElement.closest("button");
  if (!button) return null;
  if ("undo" in button.dataset) return "[data-undo]";
  const { row: what } = button.dataset;
  return '[data-id="' + CSS.escape(button.closest("[data-id]").dataset.id) + '"] ' + (what ? '[data-row="' + what + '"]' : ".talk-open");
}

// What is pressed must stay where it is until the press is a click.
let pressed = false;
rows.addEventListener("pointerdown", () => (pressed = true));
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => (pressed = false), true);

function refresh() {
  showBar();
  if (renaming !== null && rows.querySelector('[data-id="' + CSS.escape(renaming) + '"] input')) return;
  if (pressed) return setTimeout(refresh, 50);
  const talks = kept.all();
  const found = matching(talks);
  const back = focusedRow();
  rows.replaceChildren(...(deleted ? [deletedRow()] : []), ...found.map(row));
  if (back && rows.querySelector(back)) rows.querySelector(back).focus({ preventScroll: true });
  within(".talks-empty").hidden = talks.length > 0 || !kept.lasting;
  within(".talks-search").hidden = talks.length < 5 && !searchBox.value;
  within(".talks-kept").hidden = talks.length === 0 || !kept.lasting;
  const none = searchBox.value.trim() && !found.length ? "No conversation has these words." : "";
  if (within(".talks-none").textContent !== none) within(".talks-none").textContent = none;
}

rows.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if ("undo" in button.dataset) return bringBack();
  const { id } = button.closest("[data-id]").dataset;
  if (button.dataset.row === "delete") remove(id);
  else if (button.dataset.row === "rename") {
    renaming = id;
    refresh();
    rows.querySelector("input").select();
    rows.querySelector("input").focus();
  } else choose(id);
});
searchBox.addEventListener("input", refresh);

clearing.addEventListener("close", () => {
  if (clearing.returnValue !== "clear-now") return within('[data-talk="clear"]').focus();
  for (const talk of kept.all()) kept.remove(talk.id);
  deleted = null;
  growing = -1;
  searchBox.value = "";
  openTalk(fresh(), { focus: false });
  within("#talks-title").focus();
});

// Another tab has kept, renamed or deleted one.
addEventListener("storage", (event) => {
  if (event.key !== null && !event.key.startsWith(PREFIX)) return;
  const mine = current.revision && (event.key === null || event.key === PREFIX + current.id);
  if (mine) {
    const stored = kept.read(current.id);
    if (!stored) say("This conversation was deleted in another window. It stays here until you leave it.");
    else if (stored.revision !== current.revision) {
      const same = JSON.stringify(stored.turns) === JSON.stringify(current.turns);
      if (same) current = { ...current, title: stored.title, named: stored.named, revision: stored.revision };
      else say("This conversation was continued in another window.", { label: "Show it as it is there", act: () => choose(current.id) });
    }
  }
  refresh();
});
addEventListener("pagehide", flush);
