// @ts-check
// What Gradio's chat leaves to be wished for: names, the draft, the focus, copying, asking again.
import { toClipboard } from "../shared/clipboard.js";
import { byId, closest, fieldOf, fillBox, make, maybe, part, parts, questionBox } from "../shared/elements.js";
import { _, language } from "../shared/language.js";
import { session } from "../shared/storage.js";
import { trigger } from "../source/panel.js";

// Gradio's own buttons, which are English.
/** @type {Record<string, string>} */
const GRADIO = {
  "Copy message": _("Copy message"), "Copied message": _("Copied message"), "chatbot conversation": _("Conversation"),
  Retry: _("Retry"), retry: _("Retry"), Undo: _("Undo"), undo: _("Undo"), Edit: _("Edit"), edit: _("Edit"),
  Submit: _("Submit"), Cancel: _("Cancel"), Clear: _("Clear"), Stop: _("Stop"),
};

/** Gradio may name them anew. */
function nameButtons() {
  for (const one of parts(document, ":is(#chat, #collection, #question) :is([aria-label], [title])", Element)) {
    for (const attribute of ["aria-label", "title"]) {
      const name = one.getAttribute(attribute) ?? "";
      if (!Object.hasOwn(GRADIO, name)) continue;
      one.setAttribute("data-gradio", name);
      if (language !== "en" && GRADIO[name] !== name) one.setAttribute(attribute, GRADIO[name]);
    }
  }
}

/** Gradio reads each message out by its Markdown source; its words are better read from the page. */
function nameMessages() {
  // Gradio's label of the box also holds the button.
  const box = maybe(document, "#question textarea:not([aria-label])");
  if (box instanceof HTMLTextAreaElement) {
    box.setAttribute("aria-label", _("Your question"));
    bringBackDraft(box);
  }
  // It calls the examples a list, but they are no list items.
  maybe(document, "#chat .examples[role=list]")?.setAttribute("role", "group");
  for (const message of parts(document, "#chat [data-testid=bot], #chat [data-testid=user]")) {
    const name = message.dataset.testid === "bot" ? _("Answer") : _("Your question");
    if (message.getAttribute("aria-label") === name) continue;
    message.setAttribute("aria-label", name);
    message.setAttribute("role", "group");
  }
}

// Gradio reloads the page when the server is there again. What is in the box outlives that.
const DRAFT = "footnote.draft";
addEventListener("pagehide", () => session.set(DRAFT, questionBox().value));

/** @param {HTMLTextAreaElement} box */
function bringBackDraft(box) {
  const words = session.get(DRAFT);
  session.remove(DRAFT);
  if (words && !box.value) fillBox(box, words);
}

/** A question to edit appears as its Markdown source, with character references. */
function decodeEdited() {
  const area = maybe(document, "#chat textarea:not([data-decoded])");
  if (!(area instanceof HTMLTextAreaElement)) return;
  area.dataset.decoded = "true";
  /** @type {Record<string, string>} */
  const named = { lt: "<", gt: ">", amp: "&" };
  const words = area.value
    .replace(/<\/?bdi>/g, "")
    .replace(/&(?:#(\d+)|(lt|gt|amp));/g, (_whole, code, name) => named[name] || String.fromCodePoint(code));
  fillBox(area, words);
}

// Searching again -------------------------------------------------------------------------------

/**
 * What was searched for says everything by itself: asked again, it is asked by itself.
 * @param {HTMLElement} button
 */
function searchAgain(button) {
  const words = button.closest(".searched")?.querySelector(".query")?.textContent ?? "";
  const box = questionBox();
  fillBox(box, words);
  const alone = part(document, "#alone input", HTMLInputElement);
  if (!alone.checked) alone.click();
  box.focus();
  box.setSelectionRange(words.length, words.length);
}

/** A suggestion goes into the box, where it can be edited before it is asked. */
function suggest(/** @type {string} */ words) {
  const box = questionBox();
  fillBox(box, words.trim());
  box.focus();
}

/**
 * The answers are told apart by their number, counted from 0; Python looks up the question.
 * @param {HTMLElement} button
 */
function askUnfiltered(button) {
  const answers = parts(document, "#chat [data-testid=bot]");
  trigger("ask_unfiltered", { answer: answers.findIndex((one) => one.contains(button)) });
}

document.addEventListener("click", (event) => {
  const button = closest(event, "#chat button:is(.again, .unfiltered, .suggestion)");
  if (button?.classList.contains("again")) searchAgain(button);
  else if (button?.classList.contains("suggestion")) suggest(button.textContent ?? "");
  else if (button) askUnfiltered(button);
});

// Unset, the choice is not shown; the focus must not go with it.
document.addEventListener("change", (event) => {
  if (fieldOf(event).matches("#alone input") && !fieldOf(event).checked) questionBox().focus();
});

// A filter that has the focus is typed into: what is typed takes the place of what is chosen.
document.addEventListener("focusin", (event) => {
  const filter = closest(event, "#collection .form input", HTMLInputElement);
  if (filter) setTimeout(() => document.activeElement === filter && filter.select(), 0);
});

// Copying ----------------------------------------------------------------------------------------

const ASIDE = ".all-passages, .listing, .filtered, .judging, .suggested, details";

/**
 * The words of each block of a message, without what is no part of it.
 * @param {Element} element
 * @returns {string[]}
 */
function blocksOf(element) {
  if (element.matches(ASIDE)) return [];
  if (element.matches(".prose, div")) return [...element.children].flatMap(blocksOf);
  // The bar beside a quotation does not come along, so quotation marks do.
  // Nor does the space that keeps a footnote on the line of its sentence.
  const label = maybe(element, ".whose"); // part of it is out of sight
  const seen = label ? label.textContent ?? "" : /** @type {HTMLElement} */ (element).innerText;
  const words = seen.trim().replace(/\u00a0(?=\[\d+\])/g, " ");
  return element.matches("blockquote") ? [words.replace(/^(.*?)((?: *\[\d+\])*)$/s, "“$1”$2")] : [words];
}
const wordsOf = (/** @type {HTMLElement} */ message) => blocksOf(part(message, ".prose")).filter(Boolean).join("\n\n");

// Gradio puts a message's Markdown source on the clipboard. Its words are put there after it.
document.addEventListener("click", (event) => {
  const row = closest(event, '#chat .message-buttons button[data-gradio="Copy message"]')?.closest(".message-row");
  const message = row && maybe(row, "[data-testid=bot], [data-testid=user]");
  if (message) setTimeout(() => toClipboard(wordsOf(message)), 0);
});

// The focus -------------------------------------------------------------------------------------

// Gradio replaces buttons, or disables them, when they are pressed. The focus goes on to the box.
const middle = byId("middle");
/** @type {HTMLElement | null} */
let focused = null; // what has or had it in the chat
document.addEventListener("focusin", (event) => (focused = middle.contains(fieldOf(event)) ? fieldOf(event) : null));
function holdFocus() {
  if (!focused || document.activeElement !== document.body) return;
  const lost = !focused.isConnected || /** @type {HTMLButtonElement} */ (focused).disabled;
  if (lost) questionBox().focus({ preventScroll: true });
}

/** What a footnote opens is part of its name, and is shown to those who point at it or come to it. */
function nameFootnotes() {
  for (const link of parts(document, "#chat a[href^='#src='][title]")) {
    const number = (link.textContent ?? "").replace(/[[\]]/g, "");
    link.setAttribute("aria-label", _("Footnote {number}: {preview}", { number, preview: link.title }));
    link.dataset.preview = link.title;
    link.removeAttribute("title");
  }
}

const preview = make("div", { class: "preview", hidden: true, "aria-hidden": "true" });
document.body.append(preview);

/** @param {HTMLElement | null} link */
function showPreview(link) {
  preview.hidden = !link;
  if (!link) return;
  preview.textContent = link.dataset.preview ?? "";
  const at = link.getBoundingClientRect();
  const size = preview.getBoundingClientRect();
  const above = at.top - size.height - 8;
  preview.style.top = (above > 4 ? above : at.bottom + 8) + "px";
  preview.style.left = Math.max(8, Math.min(at.left - 24, innerWidth - size.width - 8)) + "px";
}
for (const name of ["pointerover", "focusin"]) {
  document.addEventListener(name, (event) => showPreview(closest(event, "#chat a[data-preview]")));
}
for (const name of ["scroll", "click", "focusout"]) document.addEventListener(name, () => showPreview(null), true);
document.addEventListener("keydown", (event) => event.key === "Escape" && showPreview(null));

function tidy() {
  nameButtons();
  nameMessages();
  nameFootnotes();
  decodeEdited();
  holdFocus();
}
new MutationObserver(tidy).observe(middle, {
  subtree: true,
  childList: true,
  attributes: true,
  attributeFilter: ["aria-label", "disabled"],
});
nameMessages();
