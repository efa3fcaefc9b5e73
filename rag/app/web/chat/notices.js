// @ts-check
// What there is to say over the chat, and whether the server is there.
import { closest, make, part, questionBox } from "../shared/elements.js";
import { component } from "../shared/gradio.js";
import { _ } from "../shared/language.js";
import { urlOf } from "../shared/server.js";

const notice = part(component("talk").element, ".talk-notice");

const FULL =
  _("This browser has no room for more: this conversation is not being kept. Delete conversations that you no longer need, or export this one.");
const GONE = _("Footnote does not answer. Is it still running? Your question is still in the box.");

export const focusBox = () => questionBox().focus();

/**
 * Say something until it is dismissed, with an action that is offered; nothing ends what was said.
 * @param {string} words
 * @param {{ label: string, act: () => void }} [action]
 */
export function say(words, action) {
  const button = action && make("button", { type: "button", class: "plain" }, action.label);
  button?.addEventListener("click", () => {
    say("");
    action?.act();
  });
  const close = make("button", { type: "button", class: "plain close", "aria-label": _("Dismiss") }, "×");
  close.addEventListener("click", () => {
    say("");
    focusBox();
  });
  notice.replaceChildren(...(words ? [make("p", {}, words), ...(button ? [button] : []), close] : []));
}

const says = (/** @type {string} */ words) => (notice.textContent ?? "").includes(words);

let isFull = false;
/**
 * Say once that the browser has no room, or take it back.
 * @param {boolean} now
 */
export function full(now) {
  if (now && !isFull) say(FULL);
  else if (!now && isFull && says(FULL)) say("");
  isFull = now;
}

/** What was said is about another conversation now; that there is no room is said again. */
export function clearNotice() {
  say("");
  isFull = false;
}

/** Whether the server answers. */
export const isThere = () =>
  fetch(urlOf("favicon.ico"), { cache: "no-store" }).then(
    () => true,
    () => false,
  );

async function findServer() {
  if (!(await isThere())) say(GONE, { label: _("Try again"), act: findServer });
  else if (says(GONE)) say("");
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.key === "Enter" && !event.shiftKey && closest(event, "#question textarea")) findServer();
}
addEventListener("keydown", onKey, true);
document.addEventListener("click", (event) => closest(event, "#question button, #chat .example") && findServer(), true);
