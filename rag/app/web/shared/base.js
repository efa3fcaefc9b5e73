// @ts-check
// Where this page is on its host: "/", or the path that a proxy or a collection has given it.

/** The path of the page, with a slash at its end. */
export const base = new URL(document.baseURI).pathname;

/** The path of the whole program: that of the page, or above its collections. */
export const root = base.replace(/c\/[a-z0-9-]+\/$/, "");
