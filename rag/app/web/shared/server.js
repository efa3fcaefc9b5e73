// How the page's scripts ask the server. Runs first, in the scope of the scripts after it.
const SERVER_WORDS = {
  gone: "Footnote does not answer. Is it still running?",
  failed: (status) => "The server answered with " + status + ".",
};

// The response of a route; with a body, the text of some JSON, it is posted. An error has words for the
// user, and the status if the server has answered.
async function fetchFrom(path, { body, signal, words = SERVER_WORDS } = {}) {
  const posted = { method: "POST", headers: { "content-type": "application/json", "x-footnote": "library" }, body };
  let response;
  try {
    response = await fetch(new URL(path, document.baseURI), { ...(body === undefined ? {} : posted), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(words.gone);
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  throw Object.assign(new Error(answer.error || words.failed(response.status)), { status: response.status });
}
