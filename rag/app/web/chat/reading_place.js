// @ts-check
// Where an answer is read: its question is brought to the top of the chat, and stays there while the answer
// grows under it.
import { byId, maybe, parts } from "../shared/elements.js";
import { hear } from "../shared/events.js";

const PATIENCE = 120; // frames until the question is on the page

let held = false; // the last question stays at the top

const wrap = () => maybe(document, "#chat .message-wrap");
/** What scrolls the conversation. */
const scroller = () => maybe(document, "#chat .bubble-wrap, #chat .panel-wrap");
const questions = () => parts(document, "#chat [data-testid=user]");

/** So much room under the last answer that its question can stand at the top. */
function makeRoom() {
  const [inner, outer, last] = [wrap(), scroller(), questions().pop()];
  if (!inner || !outer || !last) return;
  const rows = parts(inner, ".message-row");
  const end = rows[rows.length - 1].getBoundingClientRect().bottom;
  const room = outer.clientHeight - (end - last.getBoundingClientRect().top) - 8;
  inner.style.paddingBottom = Math.max(8, Math.floor(room)) + "px";
  if (held) outer.scrollTop += last.getBoundingClientRect().top - outer.getBoundingClientRect().top - 8;
}

/**
 * Bring the last question to the top, once there are so many.
 * @param {number} wanted
 */
function bringUp(wanted, frames = PATIENCE) {
  const last = questions()[wanted - 1];
  const outer = scroller();
  if (!last || !outer) {
    if (frames) requestAnimationFrame(() => bringUp(wanted, frames - 1));
    return;
  }
  held = true;
  makeRoom();
}

// Whoever begins to read, or goes elsewhere, is not called back.
for (const name of ["wheel", "touchmove", "pointerdown", "keydown"]) {
  byId("chat").addEventListener(name, () => (held = false), { passive: true });
}

hear("asked", ({ questions: wanted }) => bringUp(wanted));
const sizes = new ResizeObserver(makeRoom);
new MutationObserver(() => {
  const [inner, outer] = [wrap(), scroller()];
  if (inner) sizes.observe(inner);
  if (outer) sizes.observe(outer);
  makeRoom();
}).observe(byId("chat"), { subtree: true, childList: true });
