// @ts-check
// Find words in the document that is shown, in its text or on its pages. Where they stand comes from
// /find/TOKEN, as a document may be shown in part.
import { fieldOf, maybe, part, parts } from "../shared/elements.js";
import { hear } from "../shared/events.js";
import { _, number } from "../shared/language.js";
import { fetchJson, wordsOf } from "../shared/server.js";
import { body, panel, shown } from "./panel.js";
import { forgetFound, isPageView, showFound } from "./pdf_view.js";

/** @typedef {{ token: string, start: number, end: number, page: number | null }} Found */

const bar = part(panel, ".find-bar", HTMLFormElement);
const field = part(bar, "input", HTMLInputElement);
const told = part(bar, "output");
const steps = parts(bar, "[data-find-step]", HTMLButtonElement);

/** @type {Found[]} */
let places = [];
let at = -1;
let more = false;
let looked = ""; // what the places are of: the words, and the document
/** @type {AbortController | null} */
let request = null;

const documentOf = (/** @type {string | null} */ token) => (token ?? "").replace(/\.\d+\.\d+$/, "");

/** @type {(start: number) => Promise<void>} */
let reveal = async () => {};

/** How to show the part of a text that has a character. @param {(start: number) => Promise<void>} how */
export function revealWith(how) {
  reveal = how;
}

export function openFind() {
  if (!shown.token) return;
  bar.hidden = false;
  field.focus();
  field.select();
}

function closeFind({ focus = true } = {}) {
  if (bar.hidden) return;
  bar.hidden = true;
  forget();
  if (focus) maybe(body, isPageView() ? ".source-page" : ".source-text")?.focus({ preventScroll: true });
}

function forget() {
  request?.abort();
  [places, at, more, looked] = [[], -1, false, ""];
  told.textContent = "";
  for (const button of steps) button.disabled = true;
  globalThis.CSS.highlights?.clear();
  forgetFound();
}

/** @param {number} by */
async function search(by) {
  const words = field.value.trim();
  const wanted = words + "\n" + documentOf(shown.token);
  if (!words || !shown.token) return forget();
  if (wanted !== looked) {
    forget();
    const mine = (request = new AbortController());
    try {
      const url = "find/" + shown.token + "?" + new URLSearchParams({ words });
      ({ places, more } = await fetchJson(url, undefined, { signal: mine.signal }));
    } catch (error) {
      if (!mine.signal.aborted) told.textContent = wordsOf(error);
      return;
    }
    looked = wanted;
    at = by < 0 ? 0 : -1;
  }
  for (const button of steps) button.disabled = places.length < 2;
  if (!places.length) {
    told.textContent = _("Not found");
    return;
  }
  at = (at + by + places.length) % places.length;
  told.textContent = _("{place} of {all}", { place: at + 1, all: number(places.length) + (more ? "+" : "") });
  await show(places[at]);
}

/** @param {Found} place */
async function show(place) {
  if (isPageView() && place.page !== null) return showFound(place.page, place.token);
  if (!blockOf(place.start)) await reveal(place.start);
  const range = rangeOf(place);
  if (!range) return;
  const here = places.map(rangeOf).filter((one) => one !== null);
  // Browsers without highlights have the selection.
  if (globalThis.CSS.highlights) {
    CSS.highlights.set("found", new Highlight(...here));
    CSS.highlights.set("found-here", new Highlight(range));
  } else getSelection()?.setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
  const text = part(body, ".source-text");
  const distance = range.getBoundingClientRect().top - text.getBoundingClientRect().top;
  text.scrollTop += distance - text.clientHeight / 3;
}

/** The paragraph that has a character, if it is shown. @param {number} start */
function blockOf(start) {
  const blocks = parts(body, ".document [data-start]");
  const block = blocks.filter((one) => Number(one.dataset.start) <= start).pop();
  return block && start < Number(block.dataset.end) ? block : null;
}

/** The characters of a place in the text, if they are shown. @param {Found} place */
function rangeOf({ start, end }) {
  const block = blockOf(start);
  if (!block) return null;
  const first = Number(block.dataset.start);
  const range = document.createRange();
  const text = block.textContent ?? "";
  // Python counts characters, a browser halves of them.
  const units = (/** @type {number} */ count) => [...text].slice(0, count).join("").length;
  range.setStart(...pointAt(block, units(start - first)));
  range.setEnd(...pointAt(block, units(end - first)));
  return range;
}

/**
 * @param {HTMLElement} block
 * @param {number} offset
 * @returns {[Node, number]}
 */
function pointAt(block, offset) {
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.nodeValue?.length ?? 0;
    if (offset <= length) return [node, offset];
    offset -= length;
  }
  return [block, block.childNodes.length];
}

bar.addEventListener("submit", (event) => {
  event.preventDefault();
  search(1);
});
bar.addEventListener("click", (event) => {
  const button = fieldOf(event).closest("button");
  if (button?.dataset.findStep) search(Number(button.dataset.findStep));
  else if (button && "findClose" in button.dataset) closeFind();
});
bar.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.shiftKey) return;
  event.preventDefault();
  search(-1);
});
panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !bar.hidden) {
    event.preventDefault();
    closeFind();
    return;
  }
  if (event.key !== "f" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || !shown.token) return;
  if (fieldOf(event) === field) return; // the browser's own, then
  event.preventDefault();
  openFind();
});
/** Another document is shown, or none: what was found is of the one before. */
export function leaveFind() {
  if (looked && !looked.endsWith("\n" + documentOf(shown.token))) forget();
  if (!shown.token) closeFind({ focus: false });
}
hear("tab", () => closeFind({ focus: false }));
