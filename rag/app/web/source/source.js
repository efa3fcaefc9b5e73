// The source panel and the drawers. Runs once, when Gradio has put the panel on the page;
// `element` is the component that holds it. What it inserts comes from /source/TOKEN, where
// everything is escaped. Runs after tabs.js, in the same scope.
const panel = element.querySelector(".panel");
const body = panel.querySelector(".panel-body");
const position = panel.querySelector(".position");
const isOpen = (name) => document.getElementById(name).classList.contains("open");
const narrow = matchMedia("(max-width: 1099px)");
const EMPTY =
  '<div class="panel-empty"><h2 id="source-title" tabindex="-1">Source</h2>' +
  "<p>Open a footnote number to read the sentence where it stands in its report.</p></div>";

let token = null; // what the panel shows
let answer = null; // the message whose citations the arrows step through
let request = null;
let opener = null; // what had the focus before a drawer opened

const hrefOf = (link) => link.getAttribute("href").slice("#src=".length);

// Drawers ---------------------------------------------------------------------------------------

function setDrawer(name, open) {
  document.getElementById(name).classList.toggle("open", open);
  const button = document.querySelector('[data-open="' + name + '"]');
  if (button) button.setAttribute("aria-expanded", String(open));
  makeInert();
}

// A drawer covers the page on narrow screens: what is behind it must not be reachable.
function makeInert() {
  const top = ["source", "collection"].find(isOpen);
  const others = [...document.querySelectorAll(".tab-panel:not(#tab-chat)")].map((one) => one.id);
  for (const id of ["masthead", "collection", "middle", "source", ...others]) {
    const drawer = ["collection", "source"].includes(id);
    document.getElementById(id).inert = narrow.matches && (top ? id !== top : drawer);
  }
}

// What slides in is hidden at first, and cannot take the focus before it is seen.
function focusSoon(target, tries = 60) {
  target.focus({ preventScroll: true });
  if (document.activeElement === target || !tries || !target.isConnected) return;
  requestAnimationFrame(() => focusSoon(target, tries - 1));
}

function returnFocus() {
  const link = opener && opener.isConnected ? opener : null;
  const shown = panelOf(tab);
  const again = token && shown.querySelector('a[href="#src=' + token + '"]');
  const target =
    link || again || shown.querySelector("#question textarea") || document.getElementById("to-" + tab);
  if (target) target.focus({ preventScroll: false });
  opener = null;
}

function closeCollection() {
  setDrawer("collection", false);
  document.querySelector('[data-open="collection"]').focus();
}

// The source ------------------------------------------------------------------------------------

// What has citations that belong together: an answer, or a quotation that was looked up.
const TOGETHER = "[data-testid=bot], [data-citations]";

// The footnotes of one answer, by number, each place once.
function footnotes() {
  const found = new Map();
  if (!answer || !answer.isConnected) return [];
  for (const link of answer.querySelectorAll('a[href^="#src="]')) {
    const number = link.dataset.number || (link.textContent.match(/^\[(\d+)\]$/) || [])[1];
    if (number && !found.has(hrefOf(link))) found.set(hrefOf(link), Number(number));
  }
  return [...found].sort((a, b) => a[1] - b[1]).map(([id, number]) => ({ id, number }));
}

function findAnswer() {
  if (answer && answer.isConnected && footnotes().some((one) => one.id === token)) return;
  const links = [...panelOf(tab).querySelectorAll('a[href="#src=' + token + '"]')];
  const last = links.filter((link) => link.closest(TOGETHER)).at(-1);
  answer = last ? last.closest(TOGETHER) : null;
}

function refreshBar() {
  findAnswer();
  const all = footnotes();
  const at = all.findIndex((one) => one.id === token);
  position.textContent = at < 0 ? "" : "Citation " + all[at].number + " of " + all.length;
  for (const button of panel.querySelectorAll("[data-step]")) {
    button.disabled = at < 0 || !all[at + Number(button.dataset.step)];
  }
  panel.querySelector('[data-copy="quotation"]').disabled = !body.querySelector("[data-clipping]");
  panel.querySelector('[data-copy="link"]').disabled = !token;
  for (const link of document.querySelectorAll('a[href^="#src="]')) {
    if (token && hrefOf(link) === token) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function scrollToMark() {
  const mark = body.querySelector("mark");
  const text = body.querySelector(".source-text");
  if (!mark) return;
  const distance = mark.getBoundingClientRect().top - text.getBoundingClientRect().top;
  text.scrollTop = Math.max(0, distance - text.clientHeight / 4);
}

async function load(id, part) {
  if (request) request.abort();
  const mine = (request = new AbortController());
  body.setAttribute("aria-busy", "true");
  let content;
  try {
    const url = new URL("source/" + id + "?" + new URLSearchParams(part), document.baseURI);
    const response = await fetch(url, { signal: mine.signal });
    content = await response.text();
  } catch (error) {
    if (mine.signal.aborted) return false;
    content =
      '<div class="source-head"><h2 id="source-title" tabindex="-1">The source could not be loaded' +
      "</h2><p>Is Footnote still running? Open the footnote again to retry.</p></div>";
  }
  if (mine !== request) return false;
  body.innerHTML = content;
  body.removeAttribute("aria-busy");
  token = id;
  return true;
}

// `part` is what to show of a long document, other than what is around the place.
async function show(id, { part = {}, focus = true } = {}) {
  if (!(await load(id, part))) return;
  setDrawer("collection", false);
  setDrawer("source", true);
  refreshBar();
  refreshReference();
  openPages();
  scrollToMark();
  if (focus) focusSoon(body.querySelector("#source-title"));
  panel.dataset.shown = id;
}

// A heading of the outline: on the picture of its page, or in the text.
async function jump({ heading, number }) {
  for (const outline of body.querySelectorAll(".outline")) outline.open = false;
  if (isPageView()) {
    inBody(".source-page").focus();
    return showSheet(number);
  }
  const target = () => document.getElementById("heading-" + heading);
  if (!target()) await show(token, { part: { around: heading }, focus: false });
  if (!target()) return;
  const text = body.querySelector(".source-text");
  text.scrollTop += target().getBoundingClientRect().top - text.getBoundingClientRect().top - 12;
  target().focus({ preventScroll: true });
}

function hide({ focus = true } = {}) {
  if (request) request.abort();
  request = null;
  const had = isOpen("source");
  setDrawer("source", false);
  body.innerHTML = EMPTY;
  delete panel.dataset.shown;
  if (had && focus) returnFocus();
  token = null;
  answer = null;
  refreshBar();
  refreshReference();
}

function go(id) {
  if (place().source !== id) history.pushState(null, "", address(tab, id));
  if (id) show(id);
  else hide();
}

// Copying, and what is told at the foot of the panel ------------------------------------------------

const tell = passing(panel.querySelector(".toast"));
document.addEventListener("footnote:tell", (event) => tell(event.detail));
const copy = (text, done) => toClipboard(text).then(() => tell(done));

// Evidence --------------------------------------------------------------------------------------

// What is selected in the text; a press on the button must not lose it.
function selectedWords() {
  const selection = getSelection();
  const text = body.querySelector(".source-text");
  const range = text && selection.rangeCount ? selection.getRangeAt(0) : null;
  return range && text.contains(range.commonAncestorContainer) ? selection.toString().trim() : "";
}
panel.addEventListener("pointerdown", (event) => event.target.closest("[data-evidence]") && event.preventDefault());

// Events ----------------------------------------------------------------------------------------

function onButton(button) {
  const { step, copy: what, close, open, heading } = button.dataset;
  if (step) {
    const all = footnotes();
    go(all[all.findIndex((one) => one.id === token) + Number(step)].id);
  } else if (what === "link") {
    copy(location.origin + location.pathname + location.search + "#src=" + token, "Link copied");
  } else if (what === "reference") copyReference();
  else if (what === "quotation") {
    copy(body.querySelector("[data-clipping]").textContent, "Quotation copied");
  } else if ("evidence" in button.dataset) {
    const detail = { token, text: selectedWords(), opener: button };
    document.dispatchEvent(new CustomEvent("footnote:evidence", { detail }));
  } else if (close === "source") go(null);
  else if (close === "collection") closeCollection();
  else if (open) {
    setDrawer(open, true);
    focusSoon(document.querySelector("#" + open + " [data-close]"));
  } else if (heading) jump(button.dataset);
  else if ("whole" in button.dataset) show(token, { part: { whole: true } });
  else if ("back" in button.dataset) show(token);
  else if ("more" in button.dataset) {
    button.hidden = true;
    button.parentElement.classList.add("complete");
  } else onPageButton(button.dataset);
}

// What is unfolded over the panel is folded again by a click elsewhere, and by Escape.
const unfolded = () => [...panel.querySelectorAll("details.outline[open], details.reference[open]")];

document.addEventListener("click", (event) => {
  for (const one of unfolded()) if (!one.contains(event.target)) one.open = false;
});

document.addEventListener("click", (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest('a[href^="#src="]');
  if (link) {
    event.preventDefault();
    opener = link;
    answer = link.closest(TOGETHER);
    go(hrefOf(link));
    return;
  }
  const button = event.target.closest(
    "[data-step],[data-copy],[data-close],[data-open],.panel-body button",
  );
  if (button && !button.disabled) onButton(button);
});

// In a field Escape means something else: it ends a search, a list, or what is being composed.
const inField = ({ target }) =>
  !target.closest("#question") && target.closest('input:not(:placeholder-shown), textarea, select, [role="listbox"]');

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing) return;
  if (inField(event) || document.querySelector("dialog[open]")) return;
  const [over] = unfolded();
  if (over) {
    over.open = false;
    over.querySelector("summary").focus();
  } else if (narrow.matches && isOpen("collection")) closeCollection();
  else if (isOpen("source")) go(null);
});

addEventListener("popstate", () => follow());
document.addEventListener("footnote:close-source", () => go(null));
narrow.addEventListener("change", makeInert);

body.innerHTML = EMPTY;
makeInert();
showTab(place().tab);
if (place().source) show(place().source, { focus: false });
panel.dataset.ready = "true";
