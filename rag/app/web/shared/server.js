// @ts-check
// How the page's scripts ask the server.
import { _ } from "./language.js";

/** An error with words for the user, and the status if the server has answered. */
export class ServerError extends Error {
  /**
   * @param {string} words
   * @param {number} [status]
   */
  constructor(words, status) {
    super(words);
    this.status = status;
  }
}

export const SERVER_WORDS = {
  gone: _("Footnote does not answer. Is it still running?"),
  /** @param {number} status */
  failed: (status) => _("The server answered with {status}.", { status: String(status) }),
};

/**
 * The words of an error for the user.
 * @param {unknown} error
 */
export const wordsOf = (error) => (error instanceof Error ? error.message : String(error));

/** A header that a page of another site cannot send. */
export const OWN_PAGE = { "x-footnote": "library" };

/**
 * The address of a route.
 * @param {string} path
 */
export const urlOf = (path) => new URL(path, document.baseURI).href;

/**
 * Half of a surrogate pair has no encoding, and the server would not take it.
 * @param {string} _key
 * @param {unknown} value
 */
const encodable = (_key, value) => (typeof value === "string" && value.toWellFormed ? value.toWellFormed() : value);

/**
 * @typedef {object} Options
 * @property {AbortSignal} [signal]
 * @property {typeof SERVER_WORDS} [words]
 */

/**
 * The response of a route, to which a body is posted as JSON if there is one.
 * @param {string} path
 * @param {object} [body]
 * @param {Options} [options]
 * @throws {ServerError}
 */
export async function fetchFrom(path, body, { signal, words = SERVER_WORDS } = {}) {
  /** @type {RequestInit | undefined} */
  const posted = body && {
    method: "POST",
    headers: { "content-type": "application/json", ...OWN_PAGE },
    body: JSON.stringify(body, encodable),
  };
  let response;
  try {
    response = await fetch(urlOf(path), { ...posted, signal });
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    throw new ServerError(words.gone);
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  throw new ServerError(answer.error || words.failed(response.status), response.status);
}

/**
 * What a route answers, as an object.
 * @param {string} path
 * @param {object} [body]
 * @param {Options} [options]
 * @returns {Promise<any>}
 * @throws {ServerError}
 */
export async function fetchJson(path, body, options) {
  const response = await fetchFrom(path, body, options);
  return response.json().catch(() => ({}));
}
