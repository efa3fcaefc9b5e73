// @ts-check
// Keys that lead somewhere, and the sheet that tells them.
import { byId, closest, make, maybe, part, questionBox } from "./elements.js";
import { _ } from "./language.js";

/** @param {string} name */
const tabThen = (name, /** @type {() => void} */ act) => {
  byId("to-" + name).click();
  requestAnimationFrame(act);
};
const press = (/** @type {string} */ selector) => {
  const button = maybe(document, selector);
  if (button instanceof HTMLButtonElement && !button.disabled) button.click();
};

/** @type {{ code: string, plain?: string, keys: string[], words: string, act: () => void }[]} */
const SHORTCUTS = [
  { code: "KeyQ", plain: "/", keys: ["Alt+Q", "/"], words: _("Ask a question"), act: () => tabThen("chat", () => questionBox().focus()) },
  { code: "KeyN", keys: ["Alt+N"], words: _("New conversation"), act: () => tabThen("chat", () => press('[data-talk="new"]')) },
  { code: "KeyS", keys: ["Alt+S"], words: _("Search for all hits"), act: () => tabThen("search", () => part(document, ".finder [name=q]").focus()) },
  { code: "KeyL", keys: ["Alt+L"], words: _("Library"), act: () => tabThen("library", () => byId("to-library").focus()) },
  { code: "Comma", keys: ["Alt+,"], words: _("Previous citation of the answer"), act: () => press('.panel [data-step="-1"]') },
  { code: "Period", keys: ["Alt+."], words: _("Next citation of the answer"), act: () => press('.panel [data-step="1"]') },
  { code: "KeyH", plain: "?", keys: ["Alt+H", "?"], words: _("This sheet"), act: () => sheet.showModal() },
];
const OTHERS = [
  ["Enter", _("Ask; on a footnote: open it")],
  ["Shift+Enter", _("Begin a new line in a question")],
  ["Ctrl+F", _("Find words in the whole document, in the source")],
  ["Escape", _("Close the source, and go back to its footnote")],
];

const row = (/** @type {string} */ keys, /** @type {string} */ words) =>
  make("div", {}, make("dt", {}, make("kbd", { dir: "ltr" }, keys)), make("dd", {}, words));
const sheet = make("dialog", { class: "sheet shortcuts", "aria-labelledby": "shortcuts-title" },
  make("form", { method: "dialog" },
    make("h2", { id: "shortcuts-title", tabindex: -1 }, _("Keyboard shortcuts")),
    make("dl", {}, ...SHORTCUTS.map((one) => row(one.keys.join(_(" or ")), one.words)), ...OTHERS.map(([keys, words]) => row(keys, words))),
    make("div", { class: "sheet-bar" }, make("button", { type: "submit", class: "primary" }, _("Close")))));
(maybe(document, ".gradio-container") ?? document.body).append(sheet);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.isComposing || document.querySelector("dialog[open]")) return;
  const typing = closest(event, "input, textarea, select, [contenteditable]");
  const found = SHORTCUTS.find((one) => (event.altKey ? one.code === event.code : !typing && one.plain === event.key));
  if (!found) return;
  event.preventDefault();
  found.act();
});
document.addEventListener("click", (event) => closest(event, "[data-shortcuts]") && sheet.showModal());
