// What Gradio's chat leaves to be wished for. Runs once, after source.js and in the same scope.

// Gradio reads each message out by its Markdown source; its words are better read from the page.
const NAMES = { bot: "Answer", user: "Your question" };
function nameMessages() {
  // Gradio's label of the box also holds the button.
  const box = document.querySelector("#question textarea:not([aria-label])");
  if (box) box.setAttribute("aria-label", "Your question");
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

new MutationObserver(() => (nameMessages(), decodeEdited())).observe(document.getElementById("middle") || document.body, {
  subtree: true, childList: true, attributes: true, attributeFilter: ["aria-label"],
});

nameMessages();
