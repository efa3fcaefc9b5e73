// @ts-check
// Elements of the page: made without markup, and found with their types.

/** @typedef {string | Node | null | undefined | false} Child */

/**
 * An element with attributes and children. Text is shown as text, never as markup; attributes that
 * are false, null or undefined, and children that are nothing, are left out.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    made.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children) if (child) made.append(child);
  return made;
}

/**
 * The element that a selector finds; the page has it.
 * @template {Element} [Kind=HTMLElement]
 * @param {ParentNode} within
 * @param {string} selector
 * @param {abstract new () => Kind} [kind]
 * @returns {Kind}
 */
export function part(within, selector, kind) {
  const found = within.querySelector(selector);
  if (!(found instanceof (kind ?? HTMLElement))) throw new Error("the page has no " + selector);
  return /** @type {Kind} */ (found);
}

/**
 * The element that a selector finds, or null.
 * @param {ParentNode} within
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export const maybe = (within, selector) => within.querySelector(selector);

/**
 * All elements that a selector finds.
 * @template {Element} [Kind=HTMLElement]
 * @param {ParentNode} within
 * @param {string} selector
 * @param {abstract new () => Kind} [kind]
 * @returns {Kind[]}
 */
export function parts(within, selector, kind) {
  const found = [...within.querySelectorAll(selector)];
  return /** @type {Kind[]} */ (found.filter((one) => one instanceof (kind ?? HTMLElement)));
}

/**
 * The element with this id; the page has it.
 * @param {string} id
 */
export const byId = (id) => part(document, "#" + CSS.escape(id));

/**
 * The element at or around the target of an event that fits a selector, or null.
 * @template {Element} [Kind=HTMLElement]
 * @param {Event} event
 * @param {string} selector
 * @param {abstract new () => Kind} [kind]
 * @returns {Kind | null}
 */
export function closest(event, selector, kind) {
  const found = event.target instanceof Element ? event.target.closest(selector) : null;
  return found instanceof (kind ?? HTMLElement) ? /** @type {Kind} */ (found) : null;
}

/**
 * The field that an event is about.
 * @param {Event} event
 */
export const fieldOf = (event) => /** @type {HTMLInputElement} */ (event.target);

/** The box for the question. */
export const questionBox = () => part(document, "#question textarea", HTMLTextAreaElement);

/**
 * Put words into a box of Gradio's, which hears of them.
 * @param {HTMLTextAreaElement} box
 * @param {string} words
 */
export function fillBox(box, words) {
  box.value = words;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

/**
 * A selector of what has the focus in a list that is about to be made anew: by the attribute of its
 * row, if it is in one, and by the first of the attributes that it has itself. Empty if there is none.
 * @param {Element} list
 * @param {string} row
 * @param {...string} attributes
 */
export function focusedIn(list, row, ...attributes) {
  const focused = document.activeElement;
  const name = focused && list.contains(focused) && attributes.find((one) => focused.hasAttribute(one));
  if (!name) return "";
  /** @type {(attribute: string, element: Element) => string} */
  const is = (attribute, element) => `[${attribute}="${CSS.escape(element.getAttribute(attribute) ?? "")}"]`;
  const own = focused.closest(`[${row}]`);
  return (own ? is(row, own) + " " : "") + is(name, focused);
}

/**
 * The words with a capital.
 * @param {string} words
 */
export const sentence = (words) => words.charAt(0).toUpperCase() + words.slice(1);

/**
 * Words in an element that is hidden without any.
 * @param {HTMLElement} place
 * @param {string} words
 */
export function showWords(place, words) {
  place.hidden = !words;
  place.textContent = sentence(words);
}

/**
 * @param {string} name
 * @param {BlobPart} content
 * @param {string} [type]
 */
export function saveFile(name, content, type) {
  const link = make("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
