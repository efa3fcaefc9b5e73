// @ts-check
// Pages of PDFs as pictures, with the quotation marked. A page with its marks comes from /page/TOKEN,
// where everything is escaped; its picture is a PNG.
import { fieldOf, make, maybe, part, parts } from "../shared/elements.js";
import { urlOf } from "../shared/server.js";
import { body, inBody, scrollToMark, shown, tell } from "./panel.js";

const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4]; // of the width of the panel
const PICTURE_WIDTHS = [800, 1200, 1800, 2600];

let view = "page"; // how documents are shown that can be shown in two ways
let zoom = 1;
/** @type {AbortController | null} */
let request = null;
let asked = 0; // the page that is being loaded, if its number is known

/** The page that is shown, with its marks. */
const leaf = () => maybe(body, ".leaf");
export const isPageView = () => !!maybe(body, ".page-view:not([hidden])");

/** @param {string} name */
function setView(name) {
  const pages = maybe(body, ".page-view");
  if (!pages) return;
  pages.hidden = name !== "page";
  inBody(".source-text").hidden = name === "page";
  inBody(".sheet-tools").hidden = name !== "page";
  for (const button of parts(body, "[data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === name));
  }
}

/** Once a source has been loaded: its page, if it has pictures and they are wanted. */
export function openPages() {
  request?.abort();
  asked = 0;
  if (!maybe(body, ".page-view")) return;
  setView(view);
  if (view === "page") showPage(0);
}

/** @param {string} name */
function chooseView(name) {
  view = name;
  setView(name);
  if (name === "page" && !leaf()) showPage(0);
  else if (name === "text") scrollToMark();
}

/**
 * Show a page; number 0 is the one on which the quotation begins.
 * @param {number} number
 */
export async function showPage(number) {
  request?.abort();
  const mine = (request = new AbortController());
  asked = number;
  const pages = inBody(".source-page");
  pages.setAttribute("aria-busy", "true");
  if (!leaf()) pages.innerHTML = '<p class="sheet-wait" role="status">Opening the page …</p>';
  let response, content;
  try {
    response = await fetch(urlOf("page/" + shown.token + "?number=" + number), { signal: mine.signal });
    content = await response.text();
  } catch {
    if (mine.signal.aborted) return;
    content = '<p class="warning" role="alert">The page could not be loaded. Is Footnote still running?</p>';
  }
  if (mine !== request || !pages.isConnected) return;
  asked = 0;
  pages.removeAttribute("aria-busy");
  if (response?.ok) fill(pages, content);
  else if (!response || response.status === 503) offerAgain(pages, content, number);
  else showTextInstead(content);
}

/**
 * Counted from the page that was asked for last, which may not have come yet.
 * @param {number} by
 */
function turn(by) {
  const sheet = leaf();
  if (!sheet) return;
  const to = (asked || Number(sheet.dataset.number)) + by;
  if (to >= 1 && to <= Number(sheet.dataset.last)) showPage(to);
}

/**
 * A button that has the focus hands it on to the page, where keys scroll and zoom.
 * @param {HTMLButtonElement} button
 * @param {boolean} disabled
 */
function setDisabled(button, disabled) {
  if (disabled && document.activeElement === button) inBody(".source-page").focus({ preventScroll: true });
  button.disabled = disabled;
}

/**
 * @param {HTMLElement} pages
 * @param {string} content
 */
function fill(pages, content) {
  pages.innerHTML = content;
  const { number, last, label } = inBody(".leaf").dataset;
  part(body, "[data-sheet-number]", HTMLInputElement).value = number ?? "";
  inBody(".sheet-last").textContent = "of " + last + (label ? " (printed: " + label + ")" : "");
  for (const button of parts(body, "[data-turn]", HTMLButtonElement)) {
    const to = Number(number) + Number(button.dataset.turn);
    setDisabled(button, to < 1 || to > Number(last));
  }
  applyZoom();
  loadPicture();
  scrollToBox();
}

/**
 * @param {HTMLElement} pages
 * @param {string} content
 * @param {number} number
 */
function offerAgain(pages, content, number) {
  pages.innerHTML = content;
  pages.append(make("p", {}, make("button", { type: "button", class: "plain", "data-sheet": number }, "Try again")));
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

// Pictures --------------------------------------------------------------------------------------

function loadPicture() {
  const sheet = inBody(".leaf");
  const image = part(sheet, "img", HTMLImageElement);
  const needed = sheet.clientWidth * devicePixelRatio;
  const width = PICTURE_WIDTHS.find((one) => one >= needed) || PICTURE_WIDTHS[PICTURE_WIDTHS.length - 1];
  if (Number(image.dataset.width || 0) >= width) return;
  image.dataset.width = String(width);
  const url = urlOf(image.dataset.picture + "&width=" + width);
  const ready = new Image(); // what is shown stays until the sharper one has come
  ready.onload = () => {
    if (Number(image.dataset.width) !== width) return;
    image.src = url;
    sheet.dataset.drawn = String(width);
  };
  ready.onerror = () => {
    if (sheet.isConnected) tellWhy(url, sheet, image);
  };
  ready.src = url;
}

/**
 * @param {string} url
 * @param {HTMLElement} sheet
 * @param {HTMLImageElement} image
 */
async function tellWhy(url, sheet, image) {
  let words = "The picture of the page could not be loaded. Is Footnote still running?";
  try {
    const response = await fetch(url);
    if (response.ok) {
      image.src = url;
      return;
    }
    words = await response.text();
  } catch {
    // The words above say so.
  }
  delete image.dataset.width;
  const again = make("button", { type: "button", class: "link", "data-sheet": sheet.dataset.number }, "Try again");
  inBody(".sheet-notes").prepend(make("p", { role: "alert" }, words + " ", again));
}

function scrollToBox() {
  const pages = inBody(".source-page");
  const box = maybe(body, ".leaf .box");
  pages.scrollTop = pages.scrollLeft = 0;
  if (!box) return;
  const [outer, inner] = [pages.getBoundingClientRect(), box.getBoundingClientRect()];
  pages.scrollTop = Math.max(0, inner.top - outer.top - pages.clientHeight / 4);
  pages.scrollLeft = Math.max(0, inner.left - outer.left - pages.clientWidth / 8);
}

// Zoom ------------------------------------------------------------------------------------------

function applyZoom() {
  inBody(".leaf").style.width = 100 * zoom + "%";
  setDisabled(part(body, '[data-zoom="out"]', HTMLButtonElement), zoom === ZOOMS[0]);
  setDisabled(part(body, '[data-zoom="in"]', HTMLButtonElement), zoom === ZOOMS[ZOOMS.length - 1]);
}

/** @param {string} what  "in", "out" or "fit" */
function setZoom(what) {
  const at = ZOOMS.indexOf(zoom);
  const to = what === "fit" ? 1 : ZOOMS[at + (what === "in" ? 1 : -1)];
  if (!to || !leaf()) return;
  const pages = inBody(".source-page");
  // What is in the middle stays there.
  const across = (pages.scrollLeft + pages.clientWidth / 2) / pages.scrollWidth;
  const down = (pages.scrollTop + pages.clientHeight / 2) / pages.scrollHeight;
  zoom = to;
  applyZoom();
  pages.scrollLeft = across * pages.scrollWidth - pages.clientWidth / 2;
  pages.scrollTop = down * pages.scrollHeight - pages.clientHeight / 2;
  loadPicture();
  tell(Math.round(100 * zoom) + " % of the panel’s width");
}

// Events ----------------------------------------------------------------------------------------

/** What a button of the source does that is about pages. @param {DOMStringMap} button */
export function onPageButton({ view: name, turn: by, zoom: what, sheet }) {
  if (name) chooseView(name);
  else if (what) setZoom(what);
  else if (by) turn(Number(by));
  else if (sheet !== undefined) showPage(Number(sheet));
}

body.addEventListener("change", (event) => {
  const field = fieldOf(event);
  if (!field.matches("[data-sheet-number]")) return;
  const { number, last } = inBody(".leaf").dataset;
  const wanted = Math.round(Number(field.value));
  if (wanted >= 1 && wanted <= Number(last)) showPage(wanted);
  else field.value = number ?? "";
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
