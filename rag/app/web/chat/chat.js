// What Gradio's chat leaves to be wished for. Runs once, after source.js and in the same scope.

// Gradio reads each message out by its Markdown source; its words are better read from the page.
const NAMES = { bot: "Answer", user: "Your question" };
function nameMessages() {
  // Gradio's label of the box also holds the button.
  const box = document.querySelector("#question textarea:not([aria-label])");
  if (box) {
    box.setAttribute("aria-label", "Your question");
    bringBackDraft(box);
  }
  // It calls the examples a list, but they are no list items.
  const examples = document.querySelector("#chat .examples[role=list]");
  if (examples) examples.setAttribute("role", "group");
  for (const message of document.querySelectorAll("#chat [data-testid=bot], #chat [data-testid=user]")) {
    const name = NAMES[message.dataset.testid];
    if (message.getAttribute("aria-label") === name) continue;
    message.setAttribute("aria-label", name);
    message.setAttribute("role", "group");
  }
}

// Gradio reloads the page when the server is there again. What is in the box outlives that.
const DRAFT = "footnote.draft";
function keepDraft() {
  try {
    sessionStorage.setItem(DRAFT, document.querySelector("#question textarea").value);
  } catch (error) {
    // Then a reload empties the box.
  }
}
function bringBackDraft(box) {
  let words = "";
  try {
    words = sessionStorage.getItem(DRAFT) || "";
    sessionStorage.removeItem(DRAFT);
  } catch (error) {
    // Nothing was kept.
  }
  if (!words || box.value) return;
  box.value = words;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
addEventListener("pagehide", keepDraft);

// A question to edit appears as its Markdown source, with character references.
function decodeEdited() {
  const area = document.querySelector("#chat textarea:not([data-decoded])");
  if (!area) return;
  area.dataset.decoded = "true";
  const named = { lt: "<", gt: ">", amp: "&" };
  area.value = area.value
    .replace(/<\/?bdi>/g, "")
    .replace(/&(?:#(\d+)|(lt|gt|amp));/g, (_, code, name) => named[name] || String.fromCodePoint(code));
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

// Searching again -------------------------------------------------------------------------------

// What was searched for says everything by itself: asked again, it is asked by itself.
function searchAgain(button) {
  const words = button.closest(".searched").querySelector(".query").textContent;
  const box = document.querySelector("#question textarea");
  box.value = words;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  const alone = document.querySelector("#alone input");
  if (!alone.checked) alone.click();
  box.focus();
  box.setSelectionRange(words.length, words.length);
}

// The answers are told apart by their number, counted from 0; chat.py looks up the question.
function askUnfiltered(button) {
  const answers = [...document.querySelectorAll("#chat [data-testid=bot]")];
  trigger("ask_unfiltered", { answer: answers.indexOf(button.closest("[data-testid=bot]")) });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("#chat button.again, #chat button.unfiltered");
  if (button) button.classList.contains("again") ? searchAgain(button) : askUnfiltered(button);
});

// Unset, the choice is not shown; the focus must not go with it.
document.addEventListener("change", (event) => {
  if (!event.target.matches("#alone input") || event.target.checked) return;
  document.querySelector("#question textarea").focus();
});

// Copying ----------------------------------------------------------------------------------------

const ASIDE = ".searched, .filtered, .judging, details";
function blocksOf(element) {
  if (element.matches(ASIDE)) return [];
  if (element.matches(".prose, div")) return [...element.children].flatMap(blocksOf);
  // The bar beside a quotation does not come along, so quotation marks do.
  // Nor does the space that keeps a footnote on the line of its sentence.
  const words = element.innerText.trim().replace(/\u00a0(?=\[\d+\])/g, " ");
  return element.matches("blockquote") ? [words.replace(/^(.*?)((?: *\[\d+\])*)$/s, "“$1”$2")] : [words];
}
const wordsOf = (message) => blocksOf(message.querySelector(".prose")).filter(Boolean).join("\n\n");

// Gradio puts a message's Markdown source on the clipboard. Its words are put there after it.
document.addEventListener("click", (event) => {
  const button = event.target.closest('#chat .message-buttons button[aria-label="Copy message"]');
  const row = button && button.closest(".message-row");
  const message = row && row.querySelector("[data-testid=bot], [data-testid=user]");
  if (message) setTimeout(() => toClipboard(wordsOf(message)), 0);
});

// The focus -------------------------------------------------------------------------------------

// Gradio replaces buttons, or disables them, when they are pressed. The focus goes on to the box.
const middle = document.getElementById("middle") || document.body;
let focused = null; // what has or had it in the chat
document.addEventListener("focusin", ({ target }) => (focused = middle.contains(target) ? target : null));
function holdFocus() {
  const lost = focused && (!focused.isConnected || focused.disabled) && document.activeElement === document.body;
  if (lost) document.querySelector("#question textarea").focus({ preventScroll: true });
}

new MutationObserver(() => (nameMessages(), decodeEdited(), holdFocus())).observe(middle, {
  subtree: true, childList: true, attributes: true, attributeFilter: ["aria-label", "disabled"],
});

nameMessages();
