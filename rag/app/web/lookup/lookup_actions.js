// @ts-check
// What the buttons and keys of the Citation lookup tab do.
import { passing, toClipboard } from "../shared/clipboard.js";
import { closest, fieldOf, make } from "../shared/elements.js";
import { hear } from "../shared/events.js";
import { _ } from "../shared/language.js";
import { wordsOf } from "../shared/server.js";
import {
  checks, clear, fill, find, follow, form, linkTo, lookup, onInput, pause, request, restore, results, showError,
  sourceBox, stateOf, stop, submit, textBox,
} from "./lookup.js";

const tell = passing(find(".lookup-said"));
/** @param {string} state */
const copyLink = (state) => toClipboard(location.origin + linkTo(state)).then(() => tell(_("Link copied")));

/**
 * Offsets come in code points; a text box counts in UTF-16.
 * @param {string} text
 * @param {number} points
 */
const units = (text, points) => [...text].slice(0, points).join("").length;

async function tryExample() {
  try {
    const { text } = await request("lookup/example");
    if (!text) return showError(_("There is no report to take a sentence from: add some in the Library."));
    if (textBox.value.trim()) return; // begun meanwhile
    fill({ text, how: "auto", source: "", speaker: "" });
    textBox.focus(); // the button is about to go
    submit();
  } catch (error) {
    showError(wordsOf(error));
  }
}

/** @param {number} piece */
function locate(piece) {
  const text = results.checked?.text ?? "";
  if (textBox.value !== text) {
    tell(_("The text has changed since: check it again."));
    return;
  }
  const { start, end } = results.pieces[piece];
  textBox.focus();
  textBox.setSelectionRange(units(text, start), units(text, end));
  // The browser scrolls to a selection only when something is typed.
  const share = start / Math.max(1, [...text].length);
  textBox.scrollTop = share * textBox.scrollHeight - textBox.clientHeight / 2;
}

/** @type {Record<string, (piece: number) => void>} */
const ACTIONS = {
  stop,
  clear,
  locate,
  example: tryExample,
  link() {
    if (results.state) copyLink(results.state);
    else tell(_("The text is too long for a link; each quotation has one of its own."));
  },
  "link-piece"(piece) {
    const { text } = results.pieces[piece];
    if (results.checked) copyLink(stateOf({ ...results.checked, text, how: "whole" }));
  },
};

lookup.addEventListener("click", (event) => {
  const button = closest(event, "button[data-do]");
  if (button) ACTIONS[button.dataset.do ?? ""](Number(button.dataset.piece));
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});

textBox.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.shiftKey) return;
  if (!event.ctrlKey && !event.metaKey && textBox.value.trim().includes("\n")) return;
  event.preventDefault();
  submit();
});

textBox.addEventListener("input", onInput);

find("[data-only]").addEventListener("change", (event) => {
  checks.classList.toggle("only-others", fieldOf(event).checked);
});

// Names of sources to choose from, as they are typed.
let naming = 0;
sourceBox.addEventListener("input", async () => {
  const mine = ++naming;
  await pause(250);
  if (mine !== naming) return;
  try {
    const asked = new URLSearchParams({ text: sourceBox.value.slice(0, 300) });
    const { documents } = await request("library/documents?" + asked);
    if (mine !== naming) return;
    find("datalist").replaceChildren(
      ...documents.map((/** @type {{ source: string }} */ one) => make("option", { value: one.source })),
    );
  } catch {
    // A name can be typed without being offered.
  }
});

addEventListener("popstate", () => setTimeout(follow, 0));
hear("tab", follow);
restore();
follow();
lookup.dataset.ready = "true";
