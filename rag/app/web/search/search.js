// @ts-check
// The Search tab: a query in its form and in the address. What is found comes from /search/hits as HTML in
// which everything is escaped.
import { byId, closest, part, showWords } from "../shared/elements.js";
import { announce, hear } from "../shared/events.js";
import { component } from "../shared/gradio.js";
import { SERVER_WORDS, urlOf } from "../shared/server.js";
import { follow, isSpecial, tab } from "../shared/tabs.js";

const finder = part(component("search").element, ".finder");
const form = part(finder, "form", HTMLFormElement);
const queryBox = part(form, "[name=q]", HTMLInputElement);
const sortBox = part(form, "[name=sort]", HTMLSelectElement);
const failure = part(finder, ".finder-error");
const results = part(finder, ".finder-results");

/** @type {AbortController | null} */
let request = null;
let shown = ""; // what the results are of

/**
 * The results of a query from one of them on, or null where they did not come or are not wanted any more.
 * @param {URLSearchParams} asked
 */
async function fetchHits(asked) {
  request?.abort();
  const mine = (request = new AbortController());
  finder.setAttribute("aria-busy", "true");
  showWords(failure, "");
  try {
    const response = await fetch(urlOf("search/hits?" + asked), { signal: mine.signal });
    const content = await response.text();
    if (mine !== request) return null;
    if (response.ok) return content;
    showWords(failure, response.status < 500 ? errorOf(content) : SERVER_WORDS.failed(response.status));
  } catch {
    if (mine !== request) return null;
    showWords(failure, SERVER_WORDS.gone);
  } finally {
    if (mine === request) finder.removeAttribute("aria-busy");
  }
  return null;
}

/** @param {string} content */
function errorOf(content) {
  try {
    return String(JSON.parse(content).error ?? content);
  } catch {
    return content;
  }
}

/** Show what the address asks for. */
async function read() {
  if (tab !== "search") return;
  const asked = new URLSearchParams(location.hash.slice("#search".length));
  const words = asked.get("q") ?? "";
  const sort = asked.get("sort") ?? "relevance";
  const wanted = new URLSearchParams({ q: words, sort });
  if (String(wanted) === shown) return;
  shown = String(wanted);
  queryBox.value = words;
  sortBox.value = sort;
  const content = words.trim() ? await fetchHits(wanted) : "";
  if (content === null && shown === String(wanted)) results.replaceChildren();
  else if (content !== null) results.innerHTML = content;
  finder.dataset.shown = shown;
}

/**
 * The address of a query; it can be shared.
 * @param {string} words
 * @param {string} sort
 */
function go(words, sort = sortBox.value) {
  const hash = "#search&" + new URLSearchParams(sort === "relevance" ? { q: words } : { q: words, sort });
  history.pushState(null, "", location.pathname + location.search + hash);
  follow({ focus: false });
}

/** @param {HTMLElement} button */
async function showMore(button) {
  const content = await fetchHits(new URLSearchParams(shown + "&first=" + button.dataset.more));
  if (content === null) return;
  button.insertAdjacentHTML("afterend", content);
  const link = button.nextElementSibling?.querySelector("a");
  button.remove();
  link?.focus();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  go(queryBox.value.trim());
});
sortBox.addEventListener("change", () => go(queryBox.value.trim()));
finder.addEventListener("click", (event) => {
  const button = closest(event, "[data-try], [data-narrow], [data-more]");
  if (!button) return;
  const { try: example, narrow, more } = button.dataset;
  if (more) showMore(button);
  else if (narrow) go("(" + queryBox.value.trim() + ") " + narrow);
  else go(example ?? "");
});
document.addEventListener("click", (event) => {
  const link = closest(event, "a[href^='#search&']");
  if (!link || isSpecial(event)) return;
  event.preventDefault();
  announce("close-source", null);
  history.pushState(null, "", location.pathname + location.search + link.getAttribute("href"));
  follow({ focus: false });
  byId("finder-title").focus();
});
hear("tab", read);
hear("place", read);
read();
finder.dataset.ready = "true";
