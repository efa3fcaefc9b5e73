// @ts-check
// What the parts of the page tell one another, where neither needs to know the other.

/**
 * @typedef {object} Events
 * @property {string} tab  the tab of this name is shown now
 * @property {{ source: string | null, focus: boolean }} place  the address names this source, or none
 * @property {null} close-source  the source panel is to be closed
 * @property {string} tell  words to show at the foot of the source panel
 * @property {{ token: string, text: string, opener: HTMLElement }} evidence  a place, or the words
 *   selected in it, is evidence for a gold question
 * @property {{ questions: number }} asked  the last of so many questions is to be brought into view
 * @property {{ partial: boolean }} conversations  a conversation has changed; partial while an answer grows
 * @property {null} filters  other filters are on than before
 * @property {null} gold  the gold questions of this browser have changed
 * @property {{ id: string, opener: HTMLElement }} gold-edit  a gold question is to be changed
 */

/**
 * @template {keyof Events} Name
 * @param {Name} name
 * @param {Events[Name]} detail
 */
export const announce = (name, detail) => document.dispatchEvent(new CustomEvent("footnote:" + name, { detail }));

/**
 * @template {keyof Events} Name
 * @param {Name} name
 * @param {(detail: Events[Name]) => void} act
 */
export const hear = (name, act) =>
  document.addEventListener("footnote:" + name, (event) => act(/** @type {CustomEvent} */ (event).detail));
