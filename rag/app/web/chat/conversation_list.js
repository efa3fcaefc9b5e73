// @ts-check
// The list of all conversations of this browser. Whatever was kept is shown as text: nothing here makes
// markup of it.
import { closest, focusedIn, make, maybe, part, saveFile } from "../shared/elements.js";
import { hear } from "../shared/events.js";
import { _, dayOf, n_, nodes_, timeOf } from "../shared/language.js";
import { freshId, ownKey } from "../shared/storage.js";
import { beginConversation, closeDrawer, current, isGrowing, leaveDeleted, openTalk, tryToKeep } from "./conversation.js";
import { showBar } from "./conversation_bar.js";
import { kept, PREFIX, titleOf } from "./conversation_store.js";
import { focusBox, full, say } from "./notices.js";

/** @typedef {import("./conversation_store.js").Talk} Talk */

const list = part(document, "#talks .talks");
const rows = part(list, ".talks-list");
const searchBox = part(list, ".talks-search input", HTMLInputElement);
const clearing = part(list, "dialog", HTMLDialogElement);
const within = (/** @type {string} */ selector) => part(list, selector);

const NO_STORAGE =
  _("This browser keeps nothing for this page, as in a private window: conversations last until you close or reload it. Export what you need.");

/** @type {string | null} */
let renaming = null; // id of the conversation whose name is being edited

/** @param {string} moment */
function when(moment) {
  const date = new Date(moment);
  if (!date.valueOf()) return "";
  const today = date.toDateString() === new Date().toDateString();
  return today ? timeOf(date) : dayOf(date, date.getFullYear() !== new Date().getFullYear());
}

// Opening, deleting and renaming ------------------------------------------------------------------

/** @param {string} id */
function choose(id) {
  if (id === current.id && isGrowing()) {
    closeDrawer();
    return focusBox(); // to open it would stop its answer
  }
  const talk = kept.read(id);
  if (talk === null) refresh();
  else if (talk.unreadable !== undefined) saveFile("conversation.txt", talk.unreadable);
  else openTalk(talk);
}

/** @param {string} id */
function remove(id) {
  if (!kept.remove(id)) return refresh();
  if (id === current.id) leaveDeleted();
  refresh();
  maybe(rows, "[data-undo]")?.focus();
}

const focusRow = (/** @type {string} */ id) => maybe(rows, '[data-id="' + CSS.escape(id) + '"] .talk-open')?.focus();

function bringBack() {
  if (!kept.deleted) return;
  const { id } = kept.deleted;
  try {
    kept.restore();
  } catch {
    return full(true);
  }
  refresh();
  focusRow(id);
}

/**
 * @param {string} id
 * @param {string} words
 */
function rename(id, words) {
  renaming = null;
  const title = words.replace(/\s+/g, " ").trim().slice(0, 300);
  const talk = kept.read(id);
  if (title && talk && talk.unreadable === undefined && title !== talk.title) {
    const before = talk.revision;
    Object.assign(talk, { title, named: true, revision: freshId() });
    const mine = id === current.id && before === current.revision;
    if (tryToKeep(talk) && mine) Object.assign(current, { title, named: true, revision: talk.revision });
  }
  showBar();
}

// The rows --------------------------------------------------------------------------------------

/** @param {Talk} talk */
function wordsIn(talk) {
  const said = talk.turns.flatMap((turn) => [
    turn.question,
    ...(Array.isArray(turn.statements) ? turn.statements.map((one) => one && one.text) : []),
  ]);
  return [titleOf(talk), ...said].filter((one) => typeof one === "string").join("\n").toLowerCase();
}

/** @param {Talk[]} talks */
function matching(talks) {
  const words = searchBox.value.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return talks;
  return talks.filter((talk) => {
    const text = wordsIn(talk);
    return words.every((word) => text.includes(word));
  });
}

/** @type {(what: string, sign: string, title: string, label: string) => HTMLElement} */
const small = (what, sign, title, label) =>
  make("button", { type: "button", class: "talk-do", "data-row": what, "aria-label": label, title },
    make("span", { "aria-hidden": "true" }, sign));

/** @param {Talk} talk */
function renameRow(talk) {
  const input = make("input", {
    type: "text", maxlength: 300, value: titleOf(talk), "aria-label": _("Name of the conversation"), autocomplete: "off",
  });
  const end = (/** @type {string} */ words) => {
    rename(talk.id, words);
    refresh();
    focusRow(talk.id);
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

/** @param {Talk} talk */
function row(talk) {
  if (talk.id === renaming) return renameRow(talk);
  const title = titleOf(talk);
  const bad = talk.unreadable !== undefined;
  const open = { type: "button", class: "talk-open", "data-row": "open", "aria-current": talk.id === current.id && "true" };
  return make("li", { "data-id": talk.id, class: "talk-row" + (bad ? " unreadable" : "") },
    make("button", open,
      make("bdi", { class: "talk-name" }, title),
      make("span", { class: "talk-when" }, bad ? _("Save what is there") : when(talk.changed))),
    !bad && small("rename", "✎", _("Rename"), _("Rename “{title}”", { title })),
    small("delete", "×", _("Delete"), _("Delete “{title}”", { title })));
}

/** @param {string} title */
const deletedRow = (title) =>
  make("li", { class: "talk-row talk-deleted" },
    make("span", {}, ...nodes_("Deleted: {title}", { title: make("bdi", {}, title) })),
    make("button", { type: "button", class: "plain", "data-undo": true }, _("Undo")));

// What is pressed must stay where it is until the press is a click.
let pressed = false;
rows.addEventListener("pointerdown", () => (pressed = true));
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => (pressed = false), true);

function refresh() {
  showBar();
  if (renaming !== null && maybe(rows, '[data-id="' + CSS.escape(renaming) + '"] input')) return;
  if (pressed) {
    setTimeout(refresh, 50);
    return;
  }
  const talks = kept.all();
  const found = matching(talks);
  const back = focusedIn(rows, "data-id", "data-undo", "data-row");
  rows.replaceChildren(...(kept.deleted ? [deletedRow(kept.deleted.title)] : []), ...found.map(row));
  if (back) maybe(rows, back)?.focus({ preventScroll: true });
  within(".talks-empty").hidden = talks.length > 0 || !kept.lasting;
  within(".talks-search").hidden = talks.length < 5 && !searchBox.value;
  within(".talks-kept").hidden = talks.length === 0 || !kept.lasting;
  const none = searchBox.value.trim() && !found.length ? _("No conversation has these words.") : "";
  if (within(".talks-none").textContent !== none) within(".talks-none").textContent = none;
}

// Events ----------------------------------------------------------------------------------------

rows.addEventListener("click", (event) => {
  const button = closest(event, "button");
  if (!button) return;
  if ("undo" in button.dataset) return bringBack();
  const id = /** @type {HTMLElement | null} */ (button.closest("[data-id]"))?.dataset.id ?? "";
  if (button.dataset.row === "delete") remove(id);
  else if (button.dataset.row === "rename") {
    renaming = id;
    refresh();
    const input = part(rows, "input", HTMLInputElement);
    input.select();
    input.focus();
  } else choose(id);
});
searchBox.addEventListener("input", refresh);

document.addEventListener("click", (event) => {
  const what = closest(event, "[data-talk]")?.dataset.talk;
  if (what === "clear") {
    const many = kept.all().length;
    within(".talks-clear-words").textContent =
      n_(
        "The one conversation in this browser will be gone. This cannot be undone.",
        "All {count} conversations in this browser will be gone. This cannot be undone.",
        many,
      );
    clearing.returnValue = "";
    clearing.showModal();
    within("#talks-clear-title").focus();
  } else if (what === "clear-now") clearing.returnValue = "clear-now";
});
clearing.addEventListener("close", () => {
  if (clearing.returnValue !== "clear-now") return within('[data-talk="clear"]').focus();
  kept.clear();
  searchBox.value = "";
  leaveDeleted();
  within("#talks-title").focus();
});

// While an answer grows, its row stays as it is.
hear("conversations", ({ partial }) => {
  if (!partial || !maybe(rows, '[aria-current="true"]')) refresh();
});

/** Another window has kept, renamed or deleted the conversation that is open. */
function noticeElsewhere() {
  const stored = kept.read(current.id);
  if (!stored) return say(_("This conversation was deleted in another window. It stays here until you leave it."));
  if (stored.revision === current.revision) return;
  const { title, named, revision } = stored;
  const same = JSON.stringify(stored.turns) === JSON.stringify(current.turns);
  if (same) Object.assign(current, { title, named, revision });
  else {
    say(_("This conversation was continued in another window."), {
      label: _("Show it as it is there"),
      act: () => choose(current.id),
    });
  }
}
addEventListener("storage", ({ key }) => {
  if (key !== null && !key.startsWith(ownKey(PREFIX))) return;
  if (current.revision && (key === null || key === ownKey(PREFIX + current.id))) noticeElsewhere();
  refresh();
});

if (!kept.lasting) say(NO_STORAGE);
beginConversation();
list.dataset.ready = "true";
