// @ts-check
// The components that Gradio has put on the page. Each hands itself over as soon as it is there; once all
// are, the page's scripts begin.

/**
 * @typedef {object} Component  what Gradio gives the script of a component
 * @property {HTMLElement} element
 * @property {{ value: string }} props  what is sent along with events; set, it is sent with the next one
 * @property {(event: string, detail: object) => void} trigger  calls what Python has connected to it
 * @property {(property: string, changed: () => void) => void} watch
 */

const NAMES = ["panel", "talk", "filters", "settings", "many", "search", "people", "lookup", "library", "evaluation"];

/** @type {Map<string, Component>} */
const components = new Map();

/**
 * Called by the component itself; see `on_load` in scripts.py.
 * @param {string} name
 * @param {Component} given
 */
export function register(name, given) {
  components.set(name, given);
  if (NAMES.every((each) => components.has(each))) import("../main.js");
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
