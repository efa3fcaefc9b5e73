// @ts-check
// What the source panel shows, and the drawers. What is inserted comes from /source/TOKEN, where
// everything is escaped.
import { byId, closest, fieldOf, make, maybe, part, parts, questionBox } from "../shared/elements.js";
import { announce, hear } from "../shared/events.js";
import { _ } from "../shared/language.js";
import { urlOf } from "../shared/server.js";
import { address, isSpecial, panelOf, place, showTab, tab } from "../shared/tabs.js";
import { body, copy, inBody, panel, scrollToMark, selectedWords, shown, trigger } from "./panel.js";
import { leaveFind, openFind, revealWith } from "./find.js";
import { closePages, isPageView, onPageButton, openPages, showPage } from "./pdf_view.js";
import { copyReference, refreshReference } from "./references.js";
import "./width.js";

const position = part(panel, ".position");
const narrow = matchMedia("(max-width: 1099px)");
/** @type {(name: string, title: string, words: string) => string} */
const message = (name, title, words) =>
  make("div", { class: name }, make("h2", { id: "source-title", tabindex: -1 }, title), make("p", {}, words)).outerHTML;
const EMPTY =
  message("panel-empty", _("Source"), _("Open a footnote number to read the sentence where it stands in its report."));
const NOT_LOADED = message("source-head", _("The source could not be loaded"),
  _("Is Footnote still running? Open the footnote again to retry."));
const LINK = 'a[href^="#src="]';

/** @type {Element | null} */
let answer = null; // the message whose citations the arrows step through
/** @type {AbortController | null} */
let request = null;
/** @type {HTMLElement | null} */
let opener = null; // what had the focus before a drawer opened

const isOpen = (/** @type {string} */ name) => byId(name).classList.contains("open");
const hrefOf = (/** @type {Element} */ link) => (link.getAttribute("href") ?? "").slice("#src=".length);

// Drawers ---------------------------------------------------------------------------------------

/**
 * @param {string} name
 * @param {boolean} open
 */
function setDrawer(name, open) {
  byId(name).classList.toggle("open", open);
  maybe(document, '[data-open="' + name + '"]')?.setAttribute("aria-expanded", String(open));
  makeInert();
}

// A drawer covers the page on narrow screens: what is behind it must not be reachable.
function makeInert() {
  const top = ["source", "collection"].find(isOpen);
  const others = parts(document, ".tab-panel:not(#tab-chat)").map((one) => one.id);
  for (const id of ["masthead", "collection", "middle", "source", ...others]) {
    const drawer = ["collection", "source"].includes(id);
    byId(id).inert = narrow.matches && (top ? id !== top : drawer);
  }
}

/**
 * What slides in is hidden at first, and cannot take the focus before it is seen.
 * @param {HTMLElement} target
 */
function focusSoon(target, tries = 60) {
  target.focus({ preventScroll: true });
  if (document.activeElement === target || !tries || !target.isConnected) return;
  requestAnimationFrame(() => focusSoon(target, tries - 1));
}

function returnFocus() {
  const link = opener?.isConnected ? opener : null;
  const here = panelOf(tab);
  const again = shown.token && maybe(here, 'a[href="#src=' + shown.token + '"]');
  const target = link || again || maybe(here, "#question textarea") || byId("to-" + tab);
  target.focus({ preventScroll: false });
  opener = null;
}

function closeCollection() {
  setDrawer("collection", false);
  part(document, '[data-open="collection"]').focus();
}

// The source ------------------------------------------------------------------------------------

// What has citations that belong together: an answer, or a quotation that was looked up.
const TOGETHER = "[data-testid=bot], [data-citations]";

/** The footnotes of one answer, by number, each place once. */
function footnotes() {
  /** @type {Map<string, number>} */
  const found = new Map();
  if (!answer?.isConnected) return [];
  for (const link of parts(answer, LINK)) {
    const number = link.dataset.number || (link.textContent ?? "").match(/^\[(\d+)\]$/)?.[1];
    if (number && !found.has(hrefOf(link))) found.set(hrefOf(link), Number(number));
  }
  return [...found].sort((a, b) => a[1] - b[1]).map(([id, number]) => ({ id, number }));
}

function findAnswer() {
  if (answer?.isConnected && footnotes().some((one) => one.id === shown.token)) return;
  const links = parts(panelOf(tab), 'a[href="#src=' + shown.token + '"]');
  answer = links.map((link) => link.closest(TOGETHER)).filter(Boolean).pop() ?? null;
}

function refreshBar() {
  findAnswer();
  const all = footnotes();
  const at = all.findIndex((one) => one.id === shown.token);
  const noun = make("span", { class: "visually-hidden" }, _("Citation"), " ");
  const words = at < 0 ? "" : _("{place} of {all}", { place: all[at].number, all: all.length });
  position.replaceChildren(...(at < 0 ? [] : [noun, words]));
  for (const button of parts(panel, "[data-step]", HTMLButtonElement)) {
    button.disabled = at < 0 || !all[at + Number(button.dataset.step)];
  }
  part(panel, '[data-copy="quotation"]', HTMLButtonElement).disabled = !maybe(body, "[data-clipping]");
  part(panel, '[data-copy="link"]', HTMLButtonElement).disabled = !shown.token;
  for (const link of parts(document, LINK)) {
    if (shown.token && hrefOf(link) === shown.token) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** @typedef {Record<string, string>} Part  what to show of a long document, other than what is around the place */

/**
 * Whether the source has come, and is still wanted.
 * @param {string} id
 * @param {Part} section
 */
async function load(id, section) {
  request?.abort();
  const mine = (request = new AbortController());
  body.setAttribute("aria-busy", "true");
  let content;
  try {
    const response = await fetch(urlOf("source/" + id + "?" + new URLSearchParams(section)), { signal: mine.signal });
    content = await response.text();
  } catch {
    if (mine.signal.aborted) return false;
    content = NOT_LOADED;
  }
  if (mine !== request) return false;
  closePages();
  body.innerHTML = content;
  body.removeAttribute("aria-busy");
  shown.token = id;
  return true;
}

/**
 * @param {string} id
 * @param {{ section?: Part, focus?: boolean }} [options]
 */
async function show(id, { section = {}, focus = true } = {}) {
  if (!(await load(id, section))) return;
  setDrawer("collection", false);
  setDrawer("source", true);
  refreshBar();
  refreshReference();
  leaveFind();
  openPages();
  scrollToMark();
  if (focus) focusSoon(inBody("#source-title"));
  panel.dataset.shown = id;
}

/**
 * A heading of the outline: on the picture of its page, or in the text.
 * @param {DOMStringMap} entry
 */
async function jump({ heading = "", number }) {
  for (const outline of parts(body, ".outline", HTMLDetailsElement)) outline.open = false;
  if (isPageView()) {
    inBody(".source-page").focus();
    return showPage(Number(number));
  }
  const target = () => document.getElementById("heading-" + heading);
  if (!target() && shown.token) await show(shown.token, { section: { around: heading }, focus: false });
  const found = target();
  if (!found) return;
  const text = inBody(".source-text");
  text.scrollTop += found.getBoundingClientRect().top - text.getBoundingClientRect().top - 12;
  found.focus({ preventScroll: true });
}

function hide({ focus = true } = {}) {
  request?.abort();
  request = null;
  const had = isOpen("source");
  setDrawer("source", false);
  closePages();
  body.innerHTML = EMPTY;
  delete panel.dataset.shown;
  if (had && focus) returnFocus();
  shown.token = null;
  leaveFind();
  answer = null;
  refreshBar();
  refreshReference();
}

/** @param {string | null} id */
function go(id) {
  if (place().source !== id) history.pushState(null, "", address(tab, id));
  if (id) show(id);
  else hide();
}

// A press on the button must not lose what is selected.
panel.addEventListener("pointerdown", (event) => closest(event, "[data-evidence]") && event.preventDefault());

// Events ----------------------------------------------------------------------------------------

/** @param {string} what */
function copyFrom(what) {
  if (what === "link") copy(location.origin + location.pathname + location.search + "#src=" + shown.token, _("Link copied"));
  else if (what === "reference") copyReference();
  else copy(inBody("[data-clipping]").textContent ?? "", _("Quotation copied"));
}

/** @param {HTMLElement} button */
function onButton(button) {
  const { step, copy: what, close, open, heading } = button.dataset;
  const token = shown.token ?? "";
  if (step) {
    const all = footnotes();
    go(all[all.findIndex((one) => one.id === token) + Number(step)].id);
  } else if (what) copyFrom(what);
  else if ("evidence" in button.dataset) announce("evidence", { token, text: selectedWords(), opener: button });
  else if ("askOnly" in button.dataset) askOnly(token);
  else if (close === "source") go(null);
  else if (close === "collection") closeCollection();
  else if (open) {
    setDrawer(open, true);
    focusSoon(part(document, "#" + open + " [data-close]"));
  } else if (heading) jump(button.dataset);
  else if ("whole" in button.dataset) show(token, { section: { whole: "true" } });
  else if ("back" in button.dataset) show(token);
  else if ("find" in button.dataset) openFind();
  else if ("quotation" in button.dataset && !isPageView() && !maybe(body, "mark")) show(token);
  else if ("more" in button.dataset) {
    const complete = button.parentElement?.classList.toggle("complete");
    button.setAttribute("aria-expanded", String(complete));
  } else onPageButton(button.dataset);
}

/** @param {string} token */
function askOnly(token) {
  trigger("ask_documents", { tokens: [token] });
  if (narrow.matches) go(null);
  if (tab !== "chat") byId("to-chat").click();
  focusSoon(questionBox());
}

/** What is unfolded over the panel: folded again by a click elsewhere, and by Escape. */
const unfolded = () => parts(panel, "details.outline[open], details.reference[open]", HTMLDetailsElement);

document.addEventListener("click", (event) => {
  for (const one of unfolded()) if (!one.contains(fieldOf(event))) one.open = false;
});

document.addEventListener("click", (event) => {
  if (isSpecial(event)) return;
  const link = closest(event, LINK);
  if (link) {
    event.preventDefault();
    opener = link;
    answer = link.closest(TOGETHER);
    go(hrefOf(link));
    return;
  }
  const button = closest(event, "[data-step],[data-copy],[data-close],[data-open],.panel-body button", HTMLButtonElement);
  if (button && !button.disabled) onButton(button);
});

// In a field Escape means something else: it ends a search, a list, or what is being composed.
const FIELDS = 'input:not(:placeholder-shown), textarea, select, [role="listbox"]';
const inField = (/** @type {Event} */ event) => !closest(event, "#question") && closest(event, FIELDS);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
  if (inField(event) || document.querySelector("dialog[open]")) return;
  const [over] = unfolded();
  if (over) {
    over.open = false;
    part(over, "summary").focus();
  } else if (narrow.matches && isOpen("collection")) closeCollection();
  else if (isOpen("source")) go(null);
});

hear("place", ({ source, focus }) => (source ? show(source, { focus }) : hide({ focus })));
revealWith(async (start) => {
  if (shown.token) await show(shown.token, { section: { around: String(start) }, focus: false });
});
hear("close-source", () => go(null));
narrow.addEventListener("change", makeInert);

body.innerHTML = EMPTY;
makeInert();
showTab(place().tab);
const { source } = place();
if (source) show(source, { focus: false });
panel.dataset.ready = "true";
