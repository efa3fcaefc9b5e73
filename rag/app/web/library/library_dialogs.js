// Correcting and removing documents. Runs last of the Library's scripts, in their scope.
const editing = find("dialog.edit");
const removing = find("dialog.remove");
const FIELDS = [...editing.querySelectorAll("input")].map((input) => input.name);

let edited = null; // the document in the dialog, as it was when the dialog was opened
let asRead = {}; // what its fields would be without corrections
let taken = new Set(); // corrections that are to be taken back
let toRemove = [];
let opening = 0; // each time that a dialog is opened is another

// Editing ---------------------------------------------------------------------------------------

async function openEdit(button) {
  const mine = (edited = { ...found.documents.find((one) => one.id === button.dataset.id) });
  asRead = {};
  taken = new Set();
  editing.querySelector(".sheet-source").replaceChildren(isolated(edited.source));
  for (const name of FIELDS) editing.querySelector("#edit-" + name).value = edited.values[name] || "";
  showOrigins();
  openAnew(editing, "Save");
  if (!mine.edited.length) return;
  try {
    const { values } = await request("read/" + encodeURIComponent(mine.id));
    if (edited !== mine) return;
    asRead = values;
    showOrigins();
  } catch (error) {
    if (edited === mine) showError(editing.querySelector(".library-error"), error.message);
  }
}

function showOrigins() {
  for (const name of FIELDS) {
    const origin = editing.querySelector("#origin-" + name);
    const byHand = edited.edited.includes(name);
    origin.hidden = !byHand;
    origin.replaceChildren();
    if (!byHand) continue;
    const read = name in asRead ? (asRead[name] ? ["read: ", isolated(asRead[name])] : ["nothing was read"]) : ["…"];
    if (taken.has(name)) origin.append(icon("↶"), "Correction taken back; ", ...read);
    else {
      origin.append(icon("✎"), "Edited by hand; ", ...read, " ",
        make("button", { type: "button", class: "plain", "data-take-back": name, disabled: !(name in asRead),
          "aria-label": "Take back the " + name }, "Take back"));
    }
  }
}

function takeBack(name) {
  taken.add(name);
  const input = editing.querySelector("#edit-" + name);
  input.value = asRead[name] || "";
  showOrigins();
  input.focus();
}

function changes() {
  const made = {};
  for (const name of FIELDS) {
    const value = editing.querySelector("#edit-" + name).value.trim();
    if (taken.has(name) && value === (asRead[name] || "")) made[name] = null;
    else if (value !== (edited.values[name] || "")) made[name] = value;
  }
  return made;
}

async function save() {
  const made = changes();
  if (!Object.keys(made).length) return editing.close();
  const { id, title } = edited;
  await working(editing, "Saving …", title, async (isOpen) => {
    await request("edit", { document: id, changes: made });
    const open = isOpen();
    if (open) editing.close();
    await changed();
    if (open) refocusRow(id, "edit");
  });
}

// Removing --------------------------------------------------------------------------------------

function openRemove(documents) {
  toRemove = documents;
  const title = removing.querySelector("#remove-heading");
  title.textContent = documents.length === 1 ? "Remove this document?" : "Remove " + count(documents.length, "document") + "?";
  const named = documents.slice(0, 20).map(([, name]) => make("li", {}, isolated(name)));
  const more = documents.length - named.length;
  if (more > 0) named.push(make("li", {}, "and " + more.toLocaleString("en") + " more"));
  removing.querySelector(".remove-names").replaceChildren(...named);
  removing.querySelector(".remove-words").textContent =
    "The program will no longer answer from " + (documents.length === 1 ? "it" : "them") +
    ", and links to quotations in " + (documents.length === 1 ? "it" : "them") +
    " will lead nowhere. Files elsewhere on this machine are not touched.";
  openAnew(removing, "Remove");
  title.focus();
}

async function remove() {
  const mine = toRemove;
  const named = mine.length === 1 ? mine[0][1] : count(mine.length, "document");
  await working(removing, "Removing …", named, async (isOpen) => {
    await request("remove", { documents: mine.map(([id]) => id) });
    const open = isOpen();
    const source = (location.hash.match(/src=([\w.-]+)/) || [])[1];
    const gone = found.documents.some((one) => one.token === source && mine.some(([id]) => id === one.id));
    for (const [id] of mine) chosen.delete(id);
    if (open) removing.close();
    if (gone) document.dispatchEvent(new CustomEvent("footnote:close-source"));
    find("[data-found]").textContent = count(mine.length, "document") + " removed";
    await changed();
    if (open) find("#library-title").focus();
  });
}

// Both ------------------------------------------------------------------------------------------

// What was begun from an earlier dialog may still be under way: it has nothing to say in this one.
function openAnew(dialog, words) {
  opening++;
  setButton(dialog, { words, disabled: false });
  showError(dialog.querySelector(".library-error"), "");
  dialog.showModal();
}

function setButton(dialog, { words, disabled }) {
  Object.assign(dialog.querySelector("[type=submit]"), { textContent: words, disabled });
}

// The dialog stays open, with the reason, if it cannot be done. It may have been closed meanwhile, and
// be open for something else: `isOpen` tells, and the reason is shown over the table then.
async function working(dialog, words, named, action) {
  const button = dialog.querySelector("[type=submit]");
  if (button.disabled) return;
  const mine = opening;
  const isOpen = () => mine === opening && dialog.open;
  const before = button.textContent;
  setButton(dialog, { words, disabled: true });
  showError(dialog.querySelector(".library-error"), "");
  try {
    await action(isOpen);
  } catch (error) {
    if (isOpen()) showError(dialog.querySelector(".library-error"), error.message);
    else showError(find(":scope > .library-error"), named + ": " + error.message);
  }
  if (mine === opening) setButton(dialog, { words: before, disabled: false });
}

function refocusRow(id, what) {
  const buttons = [...rows.querySelectorAll('[data-do="' + what + '"]')];
  (buttons.find((one) => one.dataset.id === id) || find("#library-title")).focus();
}

for (const [dialog, action] of [[editing, save], [removing, remove]]) {
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    action();
  });
  dialog.querySelector("[data-dismiss]").addEventListener("click", () => dialog.close());
}
// The button that opened it may have been made anew meanwhile, and the focus is then nowhere.
editing.addEventListener("close", () => {
  if (document.activeElement === document.body) refocusRow(edited.id, "edit");
});
editing.addEventListener("click", (event) => {
  const name = event.target.dataset.takeBack;
  if (name) takeBack(name);
});

Object.assign(DOINGS, {
  edit: openEdit,
  remove: ({ dataset }) => openRemove(found.documents.filter((one) => one.id === dataset.id).map((one) => [one.id, one.title])),
  "remove-selected": () => openRemove([...chosen]),
});

// The beginning ---------------------------------------------------------------------------------

document.addEventListener("footnote:tab", () => {
  if (isShown() && stale) reload({ announce: false });
  if (isShown()) poll();
});
if (isShown()) reload({ announce: false });
poll();
library.dataset.ready = "true";
