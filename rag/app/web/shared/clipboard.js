// @ts-check
// The clipboard, and words that are shown for a moment.
import { make } from "./elements.js";

/** @param {string} text */
export async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Only pages from this machine or over TLS have the clipboard.
    const area = make("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

/**
 * Shows words in an element for as long as they take to read; the latest have their full time.
 * @param {HTMLElement} place
 * @returns {(words: string) => void}
 */
export function passing(place) {
  let timer = 0;
  return (words) => {
    place.textContent = words;
    clearTimeout(timer);
    timer = setTimeout(() => (place.textContent = ""), 2500 + 60 * words.length);
  };
}
