// @ts-check
// The tabs, and what the address says: "#library", "#src=TOKEN" or "#library&src=TOKEN"; a tab may keep
// more there as "name=value".
import { byId, closest, part, parts } from "./elements.js";
import { announce } from "./events.js";
import { isRightToLeft } from "./language.js";

const tabButtons = parts(document, '#masthead [role="tab"]');
const nameOf = (/** @type {HTMLElement} */ button) => button.dataset.tab ?? "";
const FIRST = nameOf(tabButtons[0]);
const [AHEAD, BACK] = isRightToLeft ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
const isTab = (/** @type {string} */ name) => tabButtons.some((button) => nameOf(button) === name);

/** @param {string} name */
export const panelOf = (name) => byId("tab-" + name);

/** @param {string} name */
export const isShown = (name) => !panelOf(name).hidden;

/** The tab that is shown. */
export let tab = FIRST;

/** @type {Record<string, string | null>} */
const opened = {}; // the source that each tab has open
/** @type {Record<string, string[]>} */
const kept = {}; // what else each tab has in the address

/** The tab and the token of the source that the address names. */
export function place() {
  const hash = location.hash.slice(1).split("&");
  const name = isTab(hash[0]) ? String(hash.shift()) : FIRST;
  const source = hash.find((one) => /^src=[\w.-]+$/.test(one));
  kept[name] = hash.filter((one) => /^(?!src=)[a-z]+=/.test(one));
  return { tab: name, source: source ? source.slice("src=".length) : null };
}

/**
 * The address of a tab with a source.
 * @param {string} name
 * @param {string | null} source
 */
export function address(name, source) {
  const more = kept[name] || [];
  const hash = [name === FIRST ? "" : name, ...more, source ? "src=" + source : ""].filter(Boolean);
  return location.pathname + location.search + (hash.length ? "#" + hash.join("&") : "");
}

/** @param {string} name */
export function showTab(name) {
  tab = name;
  byId("columns").dataset.tab = name;
  for (const button of tabButtons) {
    const current = nameOf(button) === name;
    button.setAttribute("aria-selected", String(current));
    button.tabIndex = current ? 0 : -1;
    panelOf(nameOf(button)).hidden = !current;
  }
  part(document, '[data-open="collection"]').hidden = name !== FIRST;
  announce("tab", name);
}

/** Show what the address says. */
export function follow({ focus = true } = {}) {
  const { tab: name, source } = place();
  if (name !== tab) showTab(name);
  announce("place", { source, focus });
}

/** @param {string} name */
function switchTab(name) {
  if (name === tab) return;
  opened[tab] = place().source;
  history.pushState(null, "", address(name, opened[name] || null));
  follow({ focus: false });
}

/** @param {KeyboardEvent} event */
function onTabKey(event) {
  const at = tabButtons.findIndex((button) => button === closest(event, '[role="tab"]'));
  const last = tabButtons.length - 1;
  /** @type {Record<string, number>} */
  const keys = { [AHEAD]: at + 1, [BACK]: at + last, Home: 0, End: last };
  const to = keys[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  const button = tabButtons[to % tabButtons.length];
  button.focus();
  switchTab(nameOf(button));
}

for (const button of tabButtons) {
  const panel = panelOf(nameOf(button));
  panel.setAttribute("role", "tabpanel");
  panel.setAttribute("aria-labelledby", button.id);
  button.addEventListener("click", () => switchTab(nameOf(button)));
  button.addEventListener("keydown", onTabKey);
}

/**
 * Whether a click means to open something elsewhere.
 * @param {MouseEvent} event
 */
export const isSpecial = (event) =>
  Boolean(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

document.addEventListener("click", (event) => {
  const name = closest(event, "a[href^='#']")?.getAttribute("href")?.slice(1);
  if (!name || !isTab(name) || isSpecial(event)) return;
  event.preventDefault();
  switchTab(name);
  byId("to-" + name).focus();
});
addEventListener("popstate", () => follow());
