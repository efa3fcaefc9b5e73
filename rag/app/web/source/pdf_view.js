// Pages of PDFs as pictures, with the quotation marked. Runs before source.js and in the same scope.
// A page with its marks comes from /page/TOKEN, where everything is escaped; its picture is a PNG.
const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4]; // of the width of the panel
const PICTURE_WIDTHS = [800, 1200, 1800, 2600];

let view = "page"; // how documents are shown that can be shown in two ways
let zoom = 1;
let sheetRequest = null;
let sheetAsked = 0; // the page that is being loaded, if its number is known

const inBody = (selector) => element.querySelector(".panel-body " + selector);
const isPageView = () => !!inBody(".page-view:not([hidden])");

function setView(name) {
  const pages = inBody(".page-view");
  if (!pages) return;
  pages.hidden = name !== "page";
  inBody(".source-text").hidden = name === "page";
  inBody(".sheet-tools").hidden = name !== "page";
  for (const button of element.querySelectorAll(".panel-body [data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === name));
  }
}

// Once a source has been loaded: its page, if it has pictures and they are wanted.
function openPages() {
  if (sheetRequest) sheetRequest.abort();
  sheetAsked = 0;
  if (!inBody(".page-view")) return;
  setView(view);
  if (view === "page") showSheet(0);
}

function chooseView(name) {
  view = name;
  setView(name);
  if (name === "page" && !inBody(".leaf")) showSheet(0);
  else if (name === "text") scrollToMark();
}

// Number 0 is the page on which the quotation begins.
async function showSheet(number) {
  if (sheetRequest) sheetRequest.abort();
  const mine = (sheetRequest = new AbortController());
  sheetAsked = Number(number);
  const pages = inBody(".source-page");
  pages.setAttribute("aria-busy", "true");
  if (!inBody(".leaf")) pages.innerHTML = '<p class="sheet-wait" role="status">Opening the page …</p>';
  let response, content;
  try {
    const url = new URL("page/" + token + "?number=" + number, document.baseURI);
    response = await fetch(url, { signal: mine.signal });
    content = await response.text();
  } catch (error) {
    if (mine.signal.aborted) return;
    content = '<p class="warning" role="alert">The page could not be loaded. Is Footnote still running?</p>';
  }
  if (mine !== sheetRequest || !pages.isConnected) return;
  sheetAsked = 0;
  pages.removeAttribute("aria-busy");
  if (response && response.ok) fillSheet(pages, content);
  else if (!response || response.status === 503) offerAgain(pages, content, number);
  else showTextInstead(content);
}

// Counted from the page that was asked for last, which may not have come yet.
function turnSheet(by) {
  const sheet = inBody(".leaf");
  if (!sheet) return;
  const to = (sheetAsked || Number(sheet.dataset.number)) + by;
  if (to >= 1 && to <= Number(sheet.dataset.last)) showSheet(to);
}

// A button that has the focus hands it on to the page, where keys scroll and zoom.
function setDisabled(button, disabled) {
  if (disabled && document.activeElement === button) inBody(".source-page").focus({ preventScroll: true });
  button.disabled = disabled;
}

function fillSheet(pages, content) {
  pages.innerHTML = content;
  const { number, last, label } = inBody(".leaf").dataset;
  const box = inBody("[data-sheet-number]");
  box.value = number;
  inBody(".sheet-last").textContent = "of " + last + (label ? " (printed: " + label + ")" : "");
  for (const button of element.querySelectorAll(".panel-body [data-turn]")) {
    const to = Number(number) + Number(button.dataset.turn);
    setDisabled(button, to < 1 || to > Number(last));
  }
  applyZoom();
  loadPicture();
  scrollToBox();
}

function offerAgain(pages, content, number) {
  pages.innerHTML = content + '<p><button type="button" class="plain">Try again</button></p>';
  pages.querySelector("button").dataset.sheet = number;
}

// The words are there even where the file is not.
function showTextInstead(content) {
  setView("text");
  inBody(".views").hidden = true;
  const notice = document.createElement("div");
  notice.className = "no-picture";
  notice.innerHTML = content;
  inBody(".source-text").prepend(notice);
  scrollToMark();
}

// Pictures --------------------------------------------------------------------------------------

function loadPicture() {
  const sheet = inBody(".leaf");
  const image = sheet.querySelector("img");
  const needed = sheet.clientWidth * devicePixelRatio;
  const width = PICTURE_WIDTHS.find((one) => one >= needed) || PICTURE_WIDTHS.at(-1);
  if (Number(image.dataset.width || 0) >= width) return;
  image.dataset.width = width;
  const url = new URL(image.dataset.picture + "&width=" + width, document.baseURI).href;
  const ready = new Image(); // what is shown stays until the sharper one has come
  ready.onload = () => {
    if (Number(image.dataset.width) !== width) return;
    image.src = url;
    sheet.dataset.drawn = width;
  };
  ready.onerror = () => sheet.isConnected && tellWhy(url, sheet, image);
  ready.src = url;
}

async function tellWhy(url, sheet, image) {
  let words = "The picture of the page could not be loaded. Is Footnote still running?";
  try {
    const response = await fetch(url);
    if (response.ok) return (image.src = url);
    words = await response.text();
  } catch (error) {
    // The words above say so.
  }
  delete image.dataset.width;
  const notes = inBody(".sheet-notes");
  const told = document.createElement("p");
  told.setAttribute("role", "alert");
  told.append(words + " ");
  const again = document.createElement("button");
  Object.assign(again, { type: "button", className: "link", textContent: "Try again" });
  again.dataset.sheet = sheet.dataset.number;
  told.append(again);
  notes.prepend(told);
}

function scrollToBox() {
  const pages = inBody(".source-page");
  const box = inBody(".leaf .box");
  pages.scrollTop = pages.scrollLeft = 0;
  if (!box) return;
  const [outer, inner] = [pages.getBoundingClientRect(), box.getBoundingClientRect()];
  pages.scrollTop = Math.max(0, inner.top - outer.top - pages.clientHeight / 4);
  pages.scrollLeft = Math.max(0, inner.left - outer.left - pages.clientWidth / 8);
}

// Zoom ------------------------------------------------------------------------------------------

function applyZoom() {
  const sheet = inBody(".leaf");
  sheet.style.width = 100 * zoom + "%";
  setDisabled(inBody('[data-zoom="out"]'), zoom === ZOOMS[0]);
  setDisabled(inBody('[data-zoom="in"]'), zoom === ZOOMS.at(-1));
}

function setZoom(what) {
  const at = ZOOMS.indexOf(zoom);
  const to = what === "fit" ? 1 : ZOOMS[at + (what === "in" ? 1 : -1)];
  const sheet = inBody(".leaf");
  if (!to || !sheet) return;
  const pages = inBody(".source-page");
  // What is in the middle stays there.
  const middle = (side, length) => (pages[side] + pages[length] / 2) / pages["scroll" + length.slice(6)];
  const [across, down] = [middle("scrollLeft", "clientWidth"), middle("scrollTop", "clientHeight")];
  zoom = to;
  applyZoom();
  pages.scrollLeft = across * pages.scrollWidth - pages.clientWidth / 2;
  pages.scrollTop = down * pages.scrollHeight - pages.clientHeight / 2;
  loadPicture();
  tell(Math.round(100 * zoom) + " % of the panel’s width");
}

// Events ----------------------------------------------------------------------------------------

function onPageButton({ view: name, turn, zoom: what, sheet }) {
  if (name) chooseView(name);
  else if (what) setZoom(what);
  else if (turn) turnSheet(Number(turn));
  else if (sheet !== undefined) showSheet(Number(sheet));
}

element.addEventListener("change", (event) => {
  if (!event.target.matches("[data-sheet-number]")) return;
  const { number, last } = inBody(".leaf").dataset;
  const wanted = Math.round(Number(event.target.value));
  if (wanted >= 1 && wanted <= Number(last)) showSheet(wanted);
  else event.target.value = number;
});

element.addEventListener("keydown", (event) => {
  if (!event.target.matches(".source-page") || event.ctrlKey || event.metaKey || event.altKey) return;
  const what = { "+": "in", "=": "in", "-": "out", 0: "fit" }[event.key];
  if (!what) return;
  event.preventDefault();
  setZoom(what);
});
