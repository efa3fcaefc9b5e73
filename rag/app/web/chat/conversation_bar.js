// @ts-check
// The bar over the chat: the name of the conversation, and its export.
import { closest, make, part, saveFile } from "../shared/elements.js";
import { component } from "../shared/gradio.js";
import { _ } from "../shared/language.js";
import { OWN_PAGE, SERVER_WORDS, urlOf } from "../shared/server.js";
import { current, startNew } from "./conversation.js";
import { titleOf } from "./conversation_store.js";
import { say } from "./notices.js";

const { element } = component("talk");
const bar = part(element, ".talk-bar");
const heading = part(bar, ".talk-title");
const menu = part(element, ".export-menu");
const styleChoice = part(menu, "select", HTMLSelectElement);
const exportButton = part(bar, '[data-talk="export"]');

/**
 * A turn as /export takes it.
 * @param {import("./conversation_store.js").Turn} turn
 */
const exported = ({ question, abstained, heading: words, reason, notes, statements }) => ({
  question,
  abstained: abstained === true,
  heading: words || "",
  reason: reason || null,
  notes: Array.isArray(notes) ? notes : [],
  statements: (Array.isArray(statements) ? statements : []).map(({ text, kind, support, fault, citations }) => ({
    text, kind, support, fault: fault || null, citations,
  })),
});

function fileName() {
  const words = titleOf(current).normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, "-");
  return words.replace(/^-+|-+$/g, "").slice(0, 60) || "conversation";
}

/** @param {string} format */
async function exportAs(format) {
  const body = JSON.stringify({ turns: current.turns.map(exported), style: styleChoice.value });
  const headers = { "content-type": "application/json", ...OWN_PAGE };
  let response;
  try {
    response = await fetch(urlOf("export/" + format), { method: "POST", headers, body });
  } catch {
    return say(_("Footnote does not answer, so nothing was exported. Is it still running?"));
  }
  if (!response.ok) {
    const told = (await response.text().catch(() => "")).slice(0, 300);
    const reason = told || SERVER_WORDS.failed(response.status);
    return say(_("The conversation could not be exported: {reason}", { reason }));
  }
  saveFile(fileName() + "." + format, await response.blob());
  toggleMenu(false);
  exportButton.focus();
}

/** @param {boolean} open */
function toggleMenu(open) {
  menu.hidden = !open;
  exportButton.setAttribute("aria-expanded", String(open));
  if (open) styleChoice.focus();
}

export function showBar() {
  bar.hidden = current.turns.length === 0;
  const title = titleOf(current);
  if (heading.textContent !== title) heading.replaceChildren(make("bdi", {}, title));
  if (bar.hidden) toggleMenu(false);
}

document.addEventListener("click", (event) => {
  if (!menu.hidden && !closest(event, ".export")) toggleMenu(false);
  const { talk, export: format } = closest(event, "[data-talk], [data-export]")?.dataset ?? {};
  if (format) exportAs(format);
  else if (talk === "new") startNew();
  else if (talk === "export") toggleMenu(menu.hidden);
});

bar.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || menu.hidden) return;
  event.preventDefault();
  toggleMenu(false);
  exportButton.focus();
});
