// @ts-check
// Correcting and removing documents.
import { closest, make, part, parts, showWords } from "../shared/elements.js";
import { announce } from "../shared/events.js";
import { _, n_, nodes_ } from "../shared/language.js";
import { wordsOf } from "../shared/server.js";
import { ACTIONS, changed, chosen, fieldName, find, found, icon, isolated, library, request, rows, showError } from "./library.js";

/** @typedef {import("./library.js").Document} Document */

const editing = part(library, "dialog.edit", HTMLDialogElement);
const removing = part(library, "dialog.remove", HTMLDialogElement);
const inputs = parts(editing, "input", HTMLInputElement);
const inputOf = (/** @type {string} */ name) => part(editing, "#edit-" + name, HTMLInputElement);

/** @type {Document | null} */
let edited = null; // the document in the dialog, as it was when the dialog was opened
/** @type {Record<string, string | null>} */
let asRead = {}; // what its fields would be without corrections
/** @type {Set<string>} */
let taken = new Set(); // corrections that are to be taken back
/** @type {[string, string][]} */
let toRemove = []; // id and title of each document
let opening = 0; // each time that a dialog is opened is another

// Editing ---------------------------------------------------------------------------------------

/** @param {HTMLElement} button */
async function openEdit(button) {
  const one = found.documents.find((each) => each.id === button.dataset.id);
  if (!one) return;
  const mine = (edited = { ...one });
  asRead = {};
  taken = new Set();
  part(editing, ".sheet-source").replaceChildren(isolated(mine.source));
  for (const input of inputs) input.value = mine.values[input.name] || "";
  showOrigins(mine);
  openAnew(editing, _("Save"));
  if (!mine.edited.length) return;
  try {
    const { values } = await request("read/" + encodeURIComponent(mine.id));
    if (edited !== mine) return;
    asRead = values;
    showOrigins(mine);
  } catch (error) {
    if (edited === mine) showWords(part(editing, ".library-error"), wordsOf(error));
  }
}

/** @param {Document} document */
function showOrigins(document) {
  for (const { name } of inputs) {
    const origin = part(editing, "#origin-" + name);
    const byHand = document.edited.includes(name);
    origin.hidden = !byHand;
    origin.replaceChildren();
    if (!byHand) continue;
    const known = asRead[name];
    const was = make("span");
    if (known) was.append(...nodes_("read: {value}", { value: isolated(known) }));
    else was.append(name in asRead ? _("nothing was read") : "…");
    if (taken.has(name)) origin.append(icon("↶"), ...nodes_("Correction taken back; {was}", { was }));
    else {
      origin.append(icon("✎"), ...nodes_("Edited by hand; {was}", { was }), " ",
        make("button", { type: "button", class: "plain", "data-take-back": name, disabled: !(name in asRead),
          "aria-label": _("Take back the {field}", { field: fieldName(name) }) }, _("Take back")));
    }
  }
}

/** @param {string} name */
function takeBack(name) {
  taken.add(name);
  const input = inputOf(name);
  input.value = asRead[name] || "";
  if (edited) showOrigins(edited);
  input.focus();
}

/** @param {Document} document */
function changes(document) {
  /** @type {Record<string, string | null>} */
  const made = {};
  for (const { name, value: given } of inputs) {
    const value = given.trim();
    if (taken.has(name) && value === (asRead[name] || "")) made[name] = null;
    else if (value !== (document.values[name] || "")) made[name] = value;
  }
  return made;
}

async function save() {
  if (!edited) return;
  const made = changes(edited);
  if (!Object.keys(made).length) return editing.close();
  const { id, title } = edited;
  await working(editing, _("Saving …"), title, async (isOpen) => {
    await request("edit", { document: id, changes: made });
    const open = isOpen();
    if (open) editing.close();
    await changed();
    if (open) refocusRow(id);
  });
}

// Removing --------------------------------------------------------------------------------------

/** @param {[string, string][]} documents */
function openRemove(documents) {
  toRemove = documents;
  const title = part(removing, "#remove-heading");
  title.textContent = n_("Remove this document?", "Remove {count} documents?", documents.length);
  const named = documents.slice(0, 20).map(([, name]) => make("li", {}, isolated(name)));
  const more = documents.length - named.length;
  if (more > 0) named.push(make("li", {}, n_("and {count} more", "and {count} more", more)));
  part(removing, ".remove-names").replaceChildren(...named);
  part(removing, ".remove-words").textContent = n_(
    "The program will no longer answer from it, and links to quotations in it will lead nowhere. Files elsewhere on this machine are not touched.",
    "The program will no longer answer from them, and links to quotations in them will lead nowhere. Files elsewhere on this machine are not touched.",
    documents.length,
  );
  openAnew(removing, _("Remove"));
  title.focus();
}

async function remove() {
  const mine = toRemove;
  const named = mine.length === 1 ? mine[0][1] : n_("{count} document", "{count} documents", mine.length);
  await working(removing, _("Removing …"), named, async (isOpen) => {
    await request("remove", { documents: mine.map(([id]) => id) });
    const open = isOpen();
    const source = location.hash.match(/src=([\w.-]+)/)?.[1];
    const gone = found.documents.some((one) => one.token === source && mine.some(([id]) => id === one.id));
    for (const [id] of mine) chosen.delete(id);
    if (open) removing.close();
    if (gone) announce("close-source", null);
    find("[data-found]").textContent = n_("{count} document removed", "{count} documents removed", mine.length);
    await changed();
    if (open) find("#library-title").focus();
  });
}

// Both ------------------------------------------------------------------------------------------

/**
 * What was begun from an earlier dialog may still be under way: it has nothing to say in this one.
 * @param {HTMLDialogElement} dialog
 * @param {string} words
 */
function openAnew(dialog, words) {
  opening++;
  setButton(dialog, words, false);
  showWords(part(dialog, ".library-error"), "");
  dialog.showModal();
}

const buttonOf = (/** @type {HTMLDialogElement} */ dialog) => part(dialog, "[type=submit]", HTMLButtonElement);

/** @type {(dialog: HTMLDialogElement, words: string, disabled: boolean) => void} */
const setButton = (dialog, words, disabled) => void Object.assign(buttonOf(dialog), { textContent: words, disabled });

/**
 * Do something while the dialog says so. It stays open, with the reason, if it cannot be done. It may have
 * been closed meanwhile, and be open for something else: `isOpen` tells, and the reason is shown over the
 * table then.
 * @param {HTMLDialogElement} dialog
 * @param {string} words
 * @param {string} named
 * @param {(isOpen: () => boolean) => Promise<void>} action
 */
async function working(dialog, words, named, action) {
  const button = buttonOf(dialog);
  if (button.disabled) return;
  const mine = opening;
  const isOpen = () => mine === opening && dialog.open;
  const before = button.textContent ?? "";
  setButton(dialog, words, true);
  showWords(part(dialog, ".library-error"), "");
  try {
    await action(isOpen);
  } catch (error) {
    if (isOpen()) showWords(part(dialog, ".library-error"), wordsOf(error));
    else showError(named + ": " + wordsOf(error));
  }
  if (mine === opening) setButton(dialog, before, false);
}

/** @param {string} id */
function refocusRow(id) {
  const button = parts(rows, '[data-do="edit"]').find((one) => one.dataset.id === id);
  (button || find("#library-title")).focus();
}

/** @type {[HTMLDialogElement, () => Promise<void>][]} */
const dialogs = [[editing, save], [removing, remove]];
for (const [dialog, action] of dialogs) {
  part(dialog, "form").addEventListener("submit", (event) => {
    event.preventDefault();
    action();
  });
  part(dialog, "[data-dismiss]").addEventListener("click", () => dialog.close());
}
// The button that opened it may have been made anew meanwhile, and the focus is then nowhere.
editing.addEventListener("close", () => {
  if (edited && document.activeElement === document.body) refocusRow(edited.id);
});
editing.addEventListener("click", (event) => {
  const name = closest(event, "[data-take-back]")?.dataset.takeBack;
  if (name) takeBack(name);
});

Object.assign(ACTIONS, {
  edit: openEdit,
  /** @param {HTMLElement} button */
  remove: ({ dataset }) => openRemove(found.documents.filter((one) => one.id === dataset.id).map((one) => [one.id, one.title])),
  "remove-selected": () => openRemove([...chosen].map(([id, { title }]) => [id, title])),
});
