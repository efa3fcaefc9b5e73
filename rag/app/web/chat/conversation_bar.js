// The bar over the chat: the name of the conversation, its export, and what there is to say. Runs
// once, after conversations.js and in the same scope; `element` is the component that holds it.
const bar = element.querySelector(".talk-bar");
const notice = element.querySelector(".talk-notice");
const menu = element.querySelector(".export-menu");
const exportButton = bar.querySelector('[data-talk="export"]');

// Notices ---------------------------------------------------------------------------------------

const NO_STORAGE =
  "This browser keeps nothing for this page, as in a private window: conversations last until you close or reload it. Export what you need.";
const FULL =
  "This browser has no room for more: this conversation is not being kept. Delete conversations that you no longer need, or export this one.";

function say(words, action) {
  const button = action && make("button", { type: "button", class: "plain" }, action.label);
  if (button) button.addEventListener("click", () => (say(""), action.act()));
  const close = make("button", { type: "button", class: "plain close", "aria-label": "Dismiss" }, "×");
  close.addEventListener("click", () => (say(""), focusBox()));
  notice.replaceChildren(...(words ? [make("p", {}, words), button, close].filter(Boolean) : []));
}

let isFull = false;
function full(now) {
  if (now && !isFull) say(FULL);
  else if (!now && isFull && notice.textContent.includes(FULL)) say("");
  isFull = now;
}

// Export ----------------------------------------------------------------------------------------

function saveFile(name, content) {
  const link = make("a", { href: URL.createObjectURL(new Blob([content])), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const exported = (turn) => ({
  question: turn.question,
  abstained: turn.abstained === true,
  reason: turn.reason || null,
  notes: Array.isArray(turn.notes) ? turn.notes : [],
  statements: (Array.isArray(turn.statements) ? turn.statements : []).map(
    ({ text, kind, support, fault, citations }) => ({ text, kind, support, fault: fault || null, citations })
  ),
});

const fileName = () =>
  titleOf(current).normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "conversation";

async function exportAs(format) {
  const body = JSON.stringify({
    turns: current.turns.map(exported),
    style: menu.querySelector("select").value,
  });
  const headers = { "content-type": "application/json", "x-footnote": "library" };
  let response;
  try {
    response = await fetch(new URL("export/" + format, document.baseURI), { method: "POST", headers, body });
  } catch (error) {
    return say("Footnote does not answer, so nothing was exported. Is it still running?");
  }
  if (!response.ok) {
    const told = await response.text().catch(() => "");
    return say("The conversation could not be exported: " + (told.slice(0, 300) || "the server answered with " + response.status + "."));
  }
  saveFile(fileName() + "." + format, await response.blob());
  toggleMenu(false);
  exportButton.focus();
}

function toggleMenu(open) {
  menu.hidden = !open;
  exportButton.setAttribute("aria-expanded", String(open));
  if (open) menu.querySelector("select").focus();
}

function showBar() {
  bar.hidden = current.turns.length === 0;
  const title = titleOf(current);
  const heading = bar.querySelector(".talk-title");
  if (heading.textContent !== title) heading.replaceChildren(make("bdi", {}, title));
  if (bar.hidden) toggleMenu(false);
}

// Events ----------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-talk], [data-export]");
  if (!menu.hidden && !event.target.closest(".export")) toggleMenu(false);
  if (!button) return;
  if (button.dataset.export) exportAs(button.dataset.export);
  else if (button.dataset.talk === "new") startNew();
  else if (button.dataset.talk === "export") toggleMenu(menu.hidden);
  else if (button.dataset.talk === "clear") {
    const count = kept.all().length;
    within(".talks-clear-words").textContent =
      (count === 1 ? "The one conversation" : "All " + count + " conversations") +
      " in this browser will be gone. This cannot be undone.";
    clearing.returnValue = "";
    clearing.showModal();
    within("#talks-clear-title").focus();
  } else if (button.dataset.talk === "clear-now") clearing.returnValue = "clear-now";
});

bar.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || menu.hidden) return;
  event.preventDefault();
  toggleMenu(false);
  exportButton.focus();
});

// A server that is gone -------------------------------------------------------------------------

const GONE = "Footnote does not answer. Is it still running? Your question is still in the box.";
const isThere = () => fetch(new URL("favicon.ico", document.baseURI), { cache: "no-store" }).then(() => true, () => false);
async function findServer() {
  if (!(await isThere())) say(GONE, { label: "Try again", act: findServer });
  else if (notice.textContent.includes(GONE)) say("");
}
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && event.target.matches("#question textarea")) findServer();
}, true);
document.addEventListener("click", (event) => event.target.closest("#question button, #chat .example") && findServer(), true);

// Beginning -------------------------------------------------------------------------------------

watch("value", () => {
  try {
    onNews(JSON.parse(props.value));
  } catch (error) {
    console.error(error);
  }
});

if (!kept.lasting) say(NO_STORAGE);
const before = shownHere.get();
const reopened = before && kept.read(before);
if (reopened && reopened.unreadable === undefined) showTalk(reopened);
else tellServer();
refresh();
list.dataset.ready = "true";
