// @ts-check
// The source panel: its elements, what it shows, and what is told at its foot.
import { passing, toClipboard } from "../shared/clipboard.js";
import { maybe, part, parts } from "../shared/elements.js";
import { hear } from "../shared/events.js";
import { component } from "../shared/gradio.js";

export const { element, trigger } = component("panel");
export const panel = part(element, ".panel");
export const body = part(panel, ".panel-body");

/** What the panel shows: the token of a place, or null. */
export const shown = { token: /** @type {string | null} */ (null) };

/** An element of the source that is shown, which has it. @param {string} selector */
export const inBody = (selector) => part(body, selector);

/** Words for a moment. */
export const tell = passing(part(panel, ".toast"));
hear("tell", tell);

/**
 * @param {string} text
 * @param {string} done
 */
export const copy = (text, done) => toClipboard(text).then(() => tell(done));

export function scrollToMark() {
  const mark = maybe(body, "mark");
  const text = maybe(body, ".source-text");
  if (!mark || !text) return;
  const distance = mark.getBoundingClientRect().top - text.getBoundingClientRect().top;
  text.scrollTop = Math.max(0, distance - text.clientHeight / 4);
}

/** What is selected in the text or on the pages: lines of print are put together, and broken words. */
export function selectedWords() {
  const selection = getSelection();
  if (!selection?.rangeCount) return "";
  const within = selection.getRangeAt(0).commonAncestorContainer;
  if (!parts(body, ".source-text, .source-page").some((one) => one.contains(within))) return "";
  return selection.toString().replace(/\u00ad\n?/g, "").replace(/\s+/g, " ").trim();
}
