// @ts-check
// The settings of this browser, in one place: language, how sure an answer must be, colours,
// style of references.
import { chooseTheme, chosenTheme } from "./colours.js";
import { closest, maybe, part, parts } from "./elements.js";
import { component } from "./gradio.js";
import { chooseLanguage, language } from "./language.js";
import { storage } from "./storage.js";

const { element, props } = component("settings");
const sheet = part(element, "dialog", HTMLDialogElement);
const themeBox = part(sheet, "[name=theme]", HTMLSelectElement);
const styleBox = part(sheet, "[name=style]", HTMLSelectElement);
const languageBox = part(sheet, "[name=language]", HTMLSelectElement);
const cautions = parts(sheet, "[name=caution]", HTMLInputElement);
const CAUTION = "footnote.caution";
const STYLE = "footnote:reference-style"; // references.js keeps it

/** How sure an answer must be; nothing where that is left as it is. */
export const caution = () => props.value || "";

/** Everywhere that a style is chosen. */
const styleBoxes = () => parts(document, "[data-reference-style], .export-menu [name=style]", HTMLSelectElement);

function showStyle() {
  const style = storage?.getItem(STYLE);
  if (style && [...styleBox.options].some((one) => one.value === style)) styleBox.value = style;
}

function showAll() {
  for (const one of cautions) one.checked = one.value === caution();
  languageBox.value = language;
  themeBox.value = ["light", "dark"].includes(chosenTheme()) ? chosenTheme() : "";
  showStyle();
}

/** @param {string} wanted */
function beSure(wanted) {
  props.value = wanted;
  try {
    if (wanted) storage?.setItem(CAUTION, wanted);
    else storage?.removeItem(CAUTION);
  } catch {
    // It holds until the page is closed.
  }
}

sheet.addEventListener("change", (event) => {
  if (event.target === languageBox) chooseLanguage(languageBox.value);
  else if (event.target === themeBox) chooseTheme(themeBox.value);
  else if (event.target === styleBox) {
    for (const box of styleBoxes()) {
      box.value = styleBox.value;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
  } else beSure(cautions.find((one) => one.checked)?.value ?? "");
});
document.addEventListener("click", (event) => {
  if (!closest(event, "[data-settings]")) return;
  showAll();
  sheet.showModal();
});

document.addEventListener("change", (event) => {
  const box = closest(event, "[data-language]", HTMLSelectElement);
  if (box) chooseLanguage(box.value);
});

(maybe(document, ".gradio-container") ?? document.body).append(sheet);
const kept = storage?.getItem(CAUTION);
if (kept && cautions.some((one) => one.value === kept)) beSure(kept);
showStyle();
for (const box of styleBoxes()) box.value = styleBox.value;
sheet.dataset.ready = "true";
