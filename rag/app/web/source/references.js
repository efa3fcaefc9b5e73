// @ts-check
// References in a style of one's choice, and as files. What a place is called comes from /reference/TOKEN.
import { part, parts } from "../shared/elements.js";
import { _ } from "../shared/language.js";
import { urlOf } from "../shared/server.js";
import { storage } from "../shared/storage.js";
import { copy, panel, shown } from "./panel.js";

const box = part(panel, "details.reference", HTMLDetailsElement);
const words = part(box, ".reference-words");
const styleChoice = part(box, "select", HTMLSelectElement);
const STYLE = "footnote:reference-style";
/** @type {AbortController | null} */
let request = null;

// Where the browser keeps nothing it is the first style.
const chosen = storage?.getItem(STYLE);
if (chosen && [...styleChoice.options].some((option) => option.value === chosen)) styleChoice.value = chosen;

export async function refreshReference() {
  request?.abort();
  const mine = (request = new AbortController());
  if (!shown.token) {
    box.hidden = true;
    return;
  }
  const path = "reference/" + shown.token;
  try {
    const response = await fetch(urlOf(path + "?style=" + styleChoice.value), { signal: mine.signal });
    const plain = (response.headers.get("content-type") || "").startsWith("text/plain");
    const text = await response.text();
    if (mine !== request) return;
    box.hidden = !response.ok || !plain;
    words.textContent = box.hidden ? "" : text.trim();
  } catch {
    if (mine === request) box.hidden = true;
    return;
  }
  if (box.hidden) box.open = false;
  for (const link of parts(box, "[data-file]", HTMLAnchorElement)) link.href = urlOf(path + "." + link.dataset.file);
}

export const copyReference = () => copy(words.textContent ?? "", _("Reference copied"));

styleChoice.addEventListener("change", () => {
  try {
    storage?.setItem(STYLE, styleChoice.value);
  } catch {
    // It holds until the page is closed.
  }
  refreshReference();
});
