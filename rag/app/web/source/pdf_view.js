// @ts-check
// A PDF as it is printed: all its pages one below the other, drawn when they come near the screen, with
// their text over them to be selected. A page with its marks comes from /page/TOKEN, where everything is
// escaped; its picture is a PNG.
import { fieldOf, make, maybe, part, parts } from "../shared/elements.js";
import { _ } from "../shared/language.js";
import { urlOf } from "../shared/server.js";
import { body, inBody, scrollToMark, selectedWords, shown, tell } from "./panel.js";
import { fit, loadPicture } from "./sheet.js";

const ZOOMS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4]; // of the width of the panel
const AT_ONCE = 2; // pages that are asked for together: the server draws one at a time
const GAP = 12; // pixels between pages

let view = "page"; // how documents are shown that can be shown in two ways
let zoom = 1;
/** The place that is kept when the size changes: a page, and how far down it the top of the view is. */
let anchor = { number: 1, down: 0, across: 0 };
let current = 0;
/** Marks of a word that was looked for: its page, and the token of its place. */
let found = { number: 0, token: "" };

/** @type {AbortController | null} */
let opening = null;
/** @type {IntersectionObserver | null} */
let sight = null;
/** @type {ResizeObserver | null} */
let size = null;
/** @type {Set<HTMLElement>} */
const near = new Set();
/** @type {Map<HTMLElement, AbortController>} */
const loading = new Map();

export const isPageView = () => !!maybe(body, ".page-view:not([hidden])");
const port = () => inBody(".source-page");
const sheets = () => maybe(body, ".sheets");
const last = () => Number(sheets()?.dataset.last ?? 0);
/** @param {number} number */
const leafOf = (number) => /** @type {HTMLElement | undefined} */ (sheets()?.children[number - 1]);

/** @param {string} name */
function setView(name) {
  const pages = maybe(body, ".page-view");
  if (!pages) return;
  pages.hidden = name !== "page";
  inBody(".source-text").hidden = name === "page";
  for (const button of parts(body, "[data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === name));
  }
}

/** Once a source has been loaded: its pages, if it has some and they are wanted. */
export function openPages() {
  closePages();
  if (!maybe(body, ".page-view")) return;
  setView(view);
  if (view === "page") layOut();
}

/** The source is left: nothing of it is asked for any more. */
export function closePages() {
  opening?.abort();
  sight?.disconnect();
  size?.disconnect();
  for (const one of loading.values()) one.abort();
  loading.clear();
  near.clear();
  found = { number: 0, token: "" };
  current = 0;
}

/** @param {string} name */
function chooseView(name) {
  view = name;
  setView(name);
  if (name === "page" && !sheets()) layOut();
  else if (name === "text") scrollToMark();
}

/** @param {string} words */
const warning = (words) => make("p", { class: "warning", role: "alert" }, words).outerHTML;

/** Lay out all pages, and show the one on which the quotation begins. */
async function layOut() {
  const mine = (opening = new AbortController());
  const pages = port();
  pages.setAttribute("aria-busy", "true");
  pages.replaceChildren(make("p", { class: "sheet-wait", role: "status" }, _("Opening the pages …")));
  let response, content;
  try {
    response = await fetch(urlOf("pages/" + shown.token), { signal: mine.signal });
    content = await response.text();
  } catch {
    if (mine.signal.aborted) return;
    content = warning(_("The pages could not be loaded. Is Footnote still running?"));
  }
  if (mine !== opening || !pages.isConnected) return;
  pages.removeAttribute("aria-busy");
  if (!response?.ok) return !response || response.status === 503 ? offerAgain(pages, content) : showTextInstead(content);
  pages.innerHTML = content;
  applyZoom();
  sight = new IntersectionObserver(onSight, { root: pages, rootMargin: "75% 0px" });
  for (const leaf of parts(pages, ".leaf")) sight.observe(leaf);
  size = new ResizeObserver(onResize);
  size.observe(pages);
  pages.addEventListener("scroll", onScroll, { passive: true });
  await showPage(Number(sheets()?.dataset.first), { marked: true });
}

/**
 * @param {HTMLElement} pages
 * @param {string} content
 */
function offerAgain(pages, content) {
  pages.innerHTML = content;
  pages.append(make("p", {}, make("button", { type: "button", class: "plain", "data-again": true }, _("Try again"))));
}

/**
 * The words are there even where the file is not.
 * @param {string} content
 */
function showTextInstead(content) {
  setView("text");
  inBody(".views").hidden = true;
  const notice = make("div", { class: "no-picture" });
  notice.innerHTML = content;
  inBody(".source-text").prepend(notice);
  scrollToMark();
}

// Where the view is -------------------------------------------------------------------------------

/** The page at the upper part of the view. */
function pageInView() {
  const pages = port();
  const at = pages.getBoundingClientRect().top + pages.clientHeight / 4;
  const all = parts(pages, ".leaf");
  let [low, high] = [0, all.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (all[middle].getBoundingClientRect().bottom + GAP <= at) low = middle + 1;
    else high = middle;
  }
  return all[low];
}

function onScroll() {
  const leaf = sheets() && pageInView();
  if (!leaf) return;
  const [outer, inner] = [port().getBoundingClientRect(), leaf.getBoundingClientRect()];
  anchor = {
    number: Number(leaf.dataset.number),
    down: (outer.top - inner.top) / inner.height,
    across: (outer.left + outer.width / 2 - inner.left) / inner.width,
  };
  // One that is seen whole stays the one that is counted, so that the last can be.
  if (!isWhole(leafOf(current))) setCurrent(leaf);
}

/** @param {HTMLElement | undefined} leaf */
function isWhole(leaf) {
  if (!leaf) return false;
  const [outer, inner] = [port().getBoundingClientRect(), leaf.getBoundingClientRect()];
  return outer.top <= inner.top && inner.bottom <= outer.bottom;
}

/** @param {HTMLElement} leaf */
function setCurrent(leaf) {
  const number = Number(leaf.dataset.number);
  if (number === current) return;
  const field = part(body, "[data-sheet-number]", HTMLInputElement);
  const isTyped = document.activeElement === field && field.value !== String(current);
  current = number;
  if (!isTyped) field.value = String(number);
  const label = leaf.dataset.label;
  inBody(".sheet-last").textContent = label
    ? _("of {last} (printed: {label})", { last: last(), label })
    : _("of {last}", { last: last() });
  for (const button of parts(body, "[data-turn]", HTMLButtonElement)) {
    const to = number + Number(button.dataset.turn);
    setDisabled(button, to < 1 || to > last());
  }
}

/**
 * A button that has the focus hands it on to the pages, where keys scroll and zoom.
 * @param {HTMLButtonElement} button
 * @param {boolean} disabled
 */
function setDisabled(button, disabled) {
  if (disabled && document.activeElement === button) port().focus({ preventScroll: true });
  button.disabled = disabled;
}

/** Scroll back to what was in view before the size of the pages changed. */
function keepPlace({ number, down, across } = anchor) {
  const leaf = leafOf(number);
  const pages = port();
  if (!leaf || !pages.clientHeight) return;
  const [outer, inner] = [pages.getBoundingClientRect(), leaf.getBoundingClientRect()];
  pages.scrollTop += inner.top + down * inner.height - outer.top;
  pages.scrollLeft += inner.left + across * inner.width - outer.left - outer.width / 2;
}

function onResize() {
  keepPlace();
  for (const leaf of near) loadPicture(leaf);
}

/**
 * Show a page: from its top, or where something is marked on it.
 * @param {number} number
 * @param {{ marked?: boolean }} [options]
 */
export async function showPage(number, { marked = false } = {}) {
  const leaf = leafOf(number);
  if (!leaf) return;
  const pages = port();
  pages.scrollTop += leaf.getBoundingClientRect().top - pages.getBoundingClientRect().top - GAP;
  onScroll();
  setCurrent(leaf);
  if (!marked) return;
  await load(leaf);
  scrollToBox(maybe(leaf, ".box.found") ?? maybe(leaf, ".box"));
}

/**
 * Mark words that were looked for, on their page.
 * @param {number} number
 * @param {string} token
 */
export async function showFound(number, token) {
  for (const box of parts(body, ".box.found")) box.remove();
  found = { number, token };
  const leaf = leafOf(number);
  if (leaf?.dataset.loaded) await addFound(leaf, new AbortController().signal);
  await showPage(number, { marked: true });
}

export function forgetFound() {
  found = { number: 0, token: "" };
  for (const box of parts(body, ".box.found")) box.remove();
}

/** @param {HTMLElement | null} box */
function scrollToBox(box) {
  if (!box) return;
  const pages = port();
  const [outer, inner] = [pages.getBoundingClientRect(), box.getBoundingClientRect()];
  pages.scrollTop += inner.top - outer.top - pages.clientHeight / 4;
  if (pages.scrollWidth > pages.clientWidth) pages.scrollLeft += inner.left - outer.left - pages.clientWidth / 8;
  onScroll();
}

// Pages that are near -----------------------------------------------------------------------------

/** @param {IntersectionObserverEntry[]} entries */
function onSight(entries) {
  for (const { target, isIntersecting } of entries) {
    const leaf = /** @type {HTMLElement} */ (target);
    if (isIntersecting) near.add(leaf);
    else if (near.delete(leaf)) leave(leaf);
  }
  loadNext();
}

/** Give back what a page needs that is far away now. @param {HTMLElement} leaf */
function leave(leaf) {
  loading.get(leaf)?.abort();
  if (getSelection()?.containsNode(leaf, true) && !getSelection()?.isCollapsed) return; // it is being copied from
  leaf.replaceChildren();
  delete leaf.dataset.loaded;
  delete leaf.dataset.drawn;
}

/** Load what is near, from the page in view on. */
function loadNext() {
  const distance = (/** @type {HTMLElement} */ leaf) => Math.abs(Number(leaf.dataset.number) - (current || 1));
  const waiting = [...near].filter((leaf) => !leaf.dataset.loaded && !leaf.dataset.failed && !loading.has(leaf));
  waiting.sort((a, b) => distance(a) - distance(b));
  for (const leaf of waiting.slice(0, Math.max(0, AT_ONCE - loading.size))) load(leaf);
}

/** Until its words and marks are there; its picture comes after. @param {HTMLElement} leaf */
async function load(leaf) {
  if (leaf.dataset.loaded) return;
  loading.get(leaf)?.abort();
  const mine = new AbortController();
  const { signal } = mine;
  loading.set(leaf, mine);
  delete leaf.dataset.failed;
  let picture;
  try {
    const response = await fetch(urlOf("page/" + shown.token + "?number=" + leaf.dataset.number), { signal });
    const content = await response.text();
    if (response.ok) {
      leaf.innerHTML = content;
      leaf.dataset.loaded = "true";
      fit(leaf);
      picture = loadPicture(leaf, signal);
      if (Number(leaf.dataset.number) === found.number) await addFound(leaf, signal);
    } else fail(leaf, content);
  } catch {
    if (!signal.aborted) fail(leaf, warning(_("The page could not be loaded. Is Footnote still running?")));
  }
  Promise.resolve(picture).then(() => {
    if (loading.get(leaf) === mine) loading.delete(leaf);
    if (!signal.aborted) loadNext();
  });
}

/**
 * @param {HTMLElement} leaf
 * @param {string} content
 */
function fail(leaf, content) {
  leaf.dataset.failed = "true";
  leaf.innerHTML = content;
  const again = make("button", { type: "button", class: "plain", "data-again": leaf.dataset.number }, _("Try again"));
  leaf.append(make("p", {}, again));
}

/**
 * @param {HTMLElement} leaf
 * @param {AbortSignal} signal
 */
async function addFound(leaf, signal) {
  const { number, token } = found;
  const response = await fetch(urlOf("page/" + token + "?number=" + number), { signal });
  if (!response.ok || token !== found.token) return;
  const template = make("template");
  template.innerHTML = await response.text();
  for (const box of parts(template.content, ".box")) {
    box.classList.add("found");
    leaf.append(box);
  }
}

// Zoom --------------------------------------------------------------------------------------------

function applyZoom() {
  sheets()?.style.setProperty("--zoom", String(zoom));
  setDisabled(part(body, '[data-zoom="out"]', HTMLButtonElement), zoom <= ZOOMS[0]);
  setDisabled(part(body, '[data-zoom="in"]', HTMLButtonElement), zoom >= ZOOMS[ZOOMS.length - 1]);
}

/** The zoom with which the whole page in view is seen. */
function wholePage() {
  const leaf = pageInView();
  return (zoom * (port().clientHeight - 2 * GAP)) / leaf.offsetHeight;
}

/** @param {string} what  "in", "out", "fit" for the width, or "page" */
function setZoom(what) {
  if (!sheets()) return;
  const least = 0.001;
  const steps = {
    in: () => ZOOMS.find((one) => one > zoom + least),
    out: () => ZOOMS.filter((one) => one < zoom - least).pop(),
    fit: () => 1,
    page: () => Math.min(Math.max(wholePage(), ZOOMS[0]), ZOOMS[ZOOMS.length - 1]),
  };
  const to = steps[/** @type {keyof typeof steps} */ (what)]();
  if (!to) return;
  onScroll();
  const kept = { ...anchor };
  zoom = to;
  applyZoom();
  keepPlace(what === "page" ? { ...kept, down: -GAP / (leafOf(kept.number)?.offsetHeight ?? 1) } : kept);
  onScroll();
  for (const leaf of near) loadPicture(leaf);
  tell(_("{percent} % of the panel’s width", { percent: Math.round(100 * zoom) }));
}

// Events ------------------------------------------------------------------------------------------

/** What a button of the source does that is about pages. @param {DOMStringMap} button */
export function onPageButton({ view: name, turn, zoom: what, again, quotation }) {
  if (name) chooseView(name);
  else if (what) setZoom(what);
  else if (turn) showPage(current + Number(turn));
  else if (again) retry(Number(again));
  else if (again !== undefined) layOut();
  else if (quotation !== undefined) toQuotation();
}

/** @param {number} number */
function retry(number) {
  const leaf = leafOf(number);
  if (!leaf) return;
  delete leaf.dataset.loaded;
  load(leaf);
}

function toQuotation() {
  if (isPageView()) showPage(Number(sheets()?.dataset.first), { marked: true });
  else scrollToMark();
}

body.addEventListener("change", (event) => {
  const field = fieldOf(event);
  if (!field.matches("[data-sheet-number]")) return;
  const wanted = Math.round(Number(field.value));
  if (wanted >= 1 && wanted <= last()) showPage(wanted);
  field.value = String(current);
});

/** @type {Record<string, string>} */
const ZOOM_KEYS = { "+": "in", "=": "in", "-": "out", 0: "fit" };
body.addEventListener("keydown", (event) => {
  if (!fieldOf(event).matches(".source-page") || event.ctrlKey || event.metaKey || event.altKey) return;
  const what = ZOOM_KEYS[event.key];
  if (!what) return;
  event.preventDefault();
  setZoom(what);
});

body.addEventListener("copy", (event) => {
  const words = selectedWords();
  if (!fieldOf(event).closest?.(".source-page") || !words) return;
  event.preventDefault();
  event.clipboardData?.setData("text/plain", words);
});
