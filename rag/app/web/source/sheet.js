// @ts-check
// One page of a PDF: its picture, as sharp as the screen needs it, and its text over it.
import { make, maybe, part, parts } from "../shared/elements.js";
import { _ } from "../shared/language.js";
import { urlOf } from "../shared/server.js";

const PICTURE_WIDTHS = [800, 1200, 1800, 2600];

/**
 * Give each line of text the width that it has in the picture, by the space between its letters: Chromium
 * loses what is selected in text that is scaled.
 * @param {HTMLElement} leaf
 */
export function fit(leaf) {
  const { width, height } = leaf.getBoundingClientRect();
  const lines = parts(leaf, ".words span").map((line) => {
    const level = line.matches(".turn-0, .turn-2");
    const box = line.getBoundingClientRect();
    const missing = Number(line.dataset.share) * (level ? width : height) - (level ? box.width : box.height);
    const letters = [...(line.textContent ?? "")].length || 1;
    return { line, spacing: missing / letters / parseFloat(getComputedStyle(line).fontSize) };
  });
  for (const { line, spacing } of lines) line.style.letterSpacing = spacing.toFixed(4) + "em";
}

/**
 * Load the picture of a page, unless one is there that is sharp enough.
 * @param {HTMLElement} leaf
 * @param {AbortSignal} [signal]
 */
export async function loadPicture(leaf, signal) {
  const image = /** @type {HTMLImageElement | null} */ (maybe(leaf, "img"));
  if (!image) return;
  const needed = leaf.clientWidth * devicePixelRatio;
  const width = PICTURE_WIDTHS.find((one) => one >= needed) ?? PICTURE_WIDTHS[PICTURE_WIDTHS.length - 1];
  if (Number(image.dataset.width ?? 0) >= width) return;
  image.dataset.width = String(width);
  const url = urlOf(image.dataset.picture + "&width=" + width);
  const ready = new Image(); // what is shown stays until the sharper one has come
  ready.src = url;
  try {
    await ready.decode();
    if (Number(image.dataset.width) !== width || signal?.aborted) return;
    image.src = url;
    leaf.dataset.drawn = String(width);
  } catch {
    if (leaf.contains(image)) await tellWhy(leaf, url);
  }
}

/**
 * @param {HTMLElement} leaf
 * @param {string} url
 */
async function tellWhy(leaf, url) {
  let words = _("The picture of the page could not be loaded. Is Footnote still running?");
  try {
    const response = await fetch(url);
    if (!response.ok) words = await response.text();
  } catch {
    // The words above say so.
  }
  delete part(leaf, "img").dataset.width;
  const again = make("button", { type: "button", class: "link", "data-again": leaf.dataset.number }, _("Try again"));
  leaf.append(make("p", { class: "sheet-note", role: "alert" }, words + " ", again));
}
