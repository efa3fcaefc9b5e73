// @ts-check
// Words in the language of the page. A message stands in the scripts in English, as a whole sentence with
// gaps in braces; the server puts its translations into the page.
import { root } from "./base.js";

const COOKIE = "footnote-language"; // reader_language.py reads it
const page = document.documentElement;

/** The language of the page. */
export const language = page.lang || "en";

export const isRightToLeft = page.dir === "rtl";

/** @type {{ messages?: Record<string, string[]>, forms?: number[] }} */
const known = JSON.parse(document.getElementById("messages")?.textContent || "{}");

// The figures of pages and years are those of the documents.
const locale = language === "en" ? "en-GB" : language + "-u-nu-latn";
const numbers = new Intl.NumberFormat(locale);

/**
 * A number as the language writes it.
 * @param {number} value
 */
export const number = (value) => numbers.format(value);

/** @typedef {Record<string, string | number>} Values  of gaps, by name; a number is written as one */

/**
 * @param {string} message
 * @param {Values} values
 */
function filled(message, values) {
  return message.replace(/\{(\w+)\}/g, (gap, name) => {
    const value = values[name];
    return value === undefined ? gap : typeof value === "number" ? number(value) : value;
  });
}

/**
 * A message.
 * @param {string} message
 * @param {Values} [values]
 */
export const _ = (message, values = {}) => filled(known.messages?.[message]?.[0] ?? message, values);

/**
 * A message about a number, the value `count`: its form for one, or for more.
 * @param {string} one
 * @param {string} many
 * @param {number} count
 * @param {Values} [values]
 */
export function n_(one, many, count, values = {}) {
  const forms = known.messages?.[one];
  // What rules of plurals look at is the number up to 199, and its last two digits beyond.
  const form = known.forms?.[count < 200 ? count : 100 + (count % 100)] ?? 0;
  return filled(forms?.[form] ?? (count === 1 ? one : many), { count, ...values });
}

/**
 * A message that can mean several things; the context says which.
 * @param {string} context
 * @param {string} message
 * @param {Values} [values]
 */
export const p_ = (context, message, values = {}) =>
  filled(known.messages?.[context + "\u0004" + message]?.[0] ?? message, values);

/**
 * A message with elements in its gaps, as children of an element.
 * @param {string} message
 * @param {Record<string, string | Node>} values
 * @returns {(string | Node)[]}
 */
export function nodes_(message, values) {
  const pieces = (known.messages?.[message]?.[0] ?? message).split(/\{(\w+)\}/);
  return pieces.map((piece, at) => (at % 2 ? (values[piece] ?? "") : piece));
}

/**
 * Things that are listed, with the comma of the language; empty ones are left out.
 * @param {(string | null | undefined | false)[]} things
 */
export const joined = (things) => things.filter(Boolean).join(p_("between things that are listed", ", "));

/** @param {Date} date */
export const timeOf = (date) => date.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });

/**
 * A day such as "3 May", with its year if that is asked for.
 * @param {Date} date
 * @param {boolean} withYear
 */
export const dayOf = (date, withYear) =>
  date.toLocaleDateString(locale, { day: "numeric", month: "short", year: withYear ? "numeric" : undefined });

/** @param {Date} date */
export const momentOf = (date) => date.toLocaleString(locale);

/**
 * Have the page in a language from now on.
 * @param {string} code
 */
export function chooseLanguage(code) {
  document.cookie = COOKIE + "=" + code + "; path=" + root + "; max-age=31536000; samesite=lax";
  location.reload();
}
