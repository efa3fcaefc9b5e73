// @ts-check
// The components that Gradio has put on the page. Each hands itself over as soon as it is there; once all
// are, and Gradio's own chat and question box too, the page's scripts begin.

/**
 * @typedef {object} Component  what Gradio gives the script of a component
 * @property {HTMLElement} element
 * @property {{ value: string }} props  what is sent along with events; set, it is sent with the next one
 * @property {(event: string, detail: object) => void} trigger  calls what Python has connected to it
 * @property {(property: string, changed: () => void) => void} watch
 */

const NAMES = ["panel", "talk", "filters", "settings", "many", "search", "people", "lookup", "library", "evaluation"];

// Gradio loads these by scripts of their own, which may come after everything else.
const LATE = ["#chat", "#question textarea"];

/** @type {Map<string, Component>} */
const components = new Map();

function begin() {
  const isThere = () => LATE.every((each) => document.querySelector(each));
  const watching = new MutationObserver(beginIfThere);
  function beginIfThere() {
    if (!isThere()) return;
    watching.disconnect();
    import("../main.js");
  }
  watching.observe(document.body, { subtree: true, childList: true });
  beginIfThere();
}

/**
 * Called by the component itself; see `on_load` in scripts.py.
 * @param {string} name
 * @param {Component} given
 */
export function register(name, given) {
  components.set(name, given);
  if (NAMES.every((each) => components.has(each))) begin();
}

/**
 * The component of this name.
 * @param {string} name
 */
export function component(name) {
  const found = components.get(name);
  if (!found) throw new Error("the page has no component " + name);
  return found;
}
