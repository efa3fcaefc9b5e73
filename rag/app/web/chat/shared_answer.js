// @ts-check
// An answer as a link, which holds all of it: the server keeps nothing. Whoever opens it sees the quotations
// as their own server finds them.
import { toClipboard } from "../shared/clipboard.js";
import { closest, parts } from "../shared/elements.js";
import { _ } from "../shared/language.js";
import { freshId } from "../shared/storage.js";
import { current, openTalk, skipped, tryToKeep } from "./conversation.js";
import { firstQuestion, fresh, kept } from "./conversation_store.js";
import { say } from "./notices.js";

/** @typedef {import("./conversation_store.js").Turn} Turn */

const LINK = /(?:^#|&)answer=([\w-]+)/;
const LONGEST = 100_000; // characters of what a link holds
// What is looked up again, and what was asked; nothing that the server would have to believe.
const FIELDS = ["question", "query", "where", "alone", "kind", "abstained", "cited", "speakers"];

/**
 * @param {Blob} blob
 * @param {CompressionStream | DecompressionStream} through
 */
async function passed(blob, through) {
  const reader = blob.stream().pipeThrough(through).getReader();
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const chunks = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(chunks);
    length += value.length;
    if (length > LONGEST) throw new Error("too long");
    chunks.push(value);
  }
}

/** @param {Turn} turn */
async function encoded(turn) {
  const statements = (turn.statements ?? []).map(({ text, kind, citations }) => ({ text, kind, citations }));
  const given = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (turn));
  const also = turn.abstained ? given.also : [];
  const held = { ...Object.fromEntries(FIELDS.map((name) => [name, given[name]])), statements, also };
  const packed = await passed(new Blob([JSON.stringify(held)]), new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await packed.arrayBuffer());
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {string} code @returns {Promise<Turn & { shared: true }>} */
async function decoded(code) {
  const text = atob(code.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = Uint8Array.from(text, (mark) => mark.charCodeAt(0));
  const held = await passed(new Blob([bytes]), new DecompressionStream("deflate-raw"));
  const found = JSON.parse(await held.text());
  if (typeof found?.question !== "string" || !found.question) throw new Error("no question");
  const named = Object.fromEntries([...FIELDS, "statements", "also"].map((name) => [name, found[name] ?? undefined]));
  return { ...named, question: found.question, state: "complete", shared: true };
}

/** @param {HTMLElement} button */
async function copyLink(button) {
  const answers = parts(document, "#chat [data-testid=bot]");
  const turn = current.turns[answers.findIndex((one) => one.contains(button)) + skipped];
  if (!turn) return;
  let code;
  try {
    code = await encoded(turn);
  } catch {
    return say(_("This answer is too long for a link. Export it instead."));
  }
  await toClipboard(location.origin + location.pathname + location.search + "#answer=" + code);
  const before = button.textContent;
  button.textContent = _("Link copied");
  setTimeout(() => (button.textContent = before), 2500);
}

/** Open the answer that the address holds, as a conversation of its own. */
async function openLink() {
  const code = location.hash.match(LINK)?.[1];
  if (!code) return;
  history.replaceState(null, "", location.pathname + location.search + location.hash.replace(LINK, ""));
  let turn;
  try {
    turn = await decoded(code);
  } catch {
    return say(_("The link to the answer is damaged: it was probably cut short. Ask for it again."));
  }
  const same = JSON.stringify(turn);
  const known = kept.all().find((one) => one.turns.length === 1 && JSON.stringify(one.turns[0]) === same);
  const talk = known ?? { ...fresh(), turns: [turn], changed: new Date().toISOString(), revision: freshId() };
  talk.title ||= firstQuestion(talk);
  if (!known) tryToKeep(talk);
  openTalk(talk, { focus: false });
}

document.addEventListener("click", (event) => {
  const button = closest(event, "#chat button.share");
  if (button) copyLink(button);
});
addEventListener("hashchange", openLink);
openLink();
