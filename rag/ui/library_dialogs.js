// Correcting and removing documents. Runs last of the Library's scripts, in their scope.
const editing = find("dialog.edit");
const removing = find("dialog.remove");
const FIELDS = [...editing.querySelectorAll("input")].map((input) => input.name);

let edited = null; // the document in the dialog
let asRead = {}; // what its fields would be without corrections
let taken = new Set(); // corrections that are to be taken back
let toRemove = [];

// Editing ---------------------------------------------------------------------------------------

async function openEdit(button) {
  edited = found.documents.find((one) => one.id === button.dataset.id);
  asRead = {};
  taken = new Set();
  editing.querySelector(".sheet-source").replaceChildren(isolated(edited.source));
  for (const name of FIELDS) editing.querySelector("#edit-" + name).value = edited.values[name] || "";
  showError(editing.querySelector(".library-error"), "");
  showOrigins();
  editing.showModal();
  if (!edited.edited.length) return;
  try {
    asRead = (await request("read/" + encodeURIComponent(edited.id))).values;
    showOrigins();
  } catch (error) {
    showError(editing.querySelector(".library-error"), error.message);
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
  await working(editing, "[data-save]", "Saving …", async () => {
    await request("edit", { document: edited.id, changes: made });
    editing.close();
    await changed();
    refocusRow(edited.id, "edit");
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
  showError(removing.querySelector(".library-error"), "");
  removing.showModal();
  title.focus();
}

async function remove() {
  await working(removing, "[data-remove]", "Removing …", async () => {
    await request("remove", { documents: toRemove.map(([id]) => id) });
    const open = (location.hash.match(/src=([\w.-]+)/) || [])[1];
    const gone = found.documents.some((one) => one.token === open && toRemove.some(([id]) => id === one.id));
    for (const [id] of toRemove) chosen.delete(id);
    removing.close();
    if (gone) document.dispatchEvent(new CustomEvent("footnote:close-source"));
    find("[data-found]").textContent = count(toRemove.length, "document") + " removed";
    await changed();
    find("#library-title").focus();
  });
}

// Both ------------------------------------------------------------------------------------------

// The dialog stays open, with the reason, if it cannot be done.
async function working(dialog, selector, words, action) {
  const button = dialog.querySelector(selector);
  const before = button.textContent;
  if (button.disabled) return;
  button.disabled = true;
  button.textContent = words;
  showError(dialog.querySelector(".library-error"), "");
  try {
    await action();
  } catch (error) {
    showError(dialog.querySelector(".library-error"), error.message);
  }
  button.disabled = false;
  button.textContent = before;
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
