// References in a style of one's choice, and as files. Runs before source.js and in the same scope.
// What a place is called comes from /reference/TOKEN; without such a route there is nothing here.
const referenceBox = element.querySelector(".panel details.reference");
const styleChoice = referenceBox.querySelector("select");
const STYLE = "footnote:reference-style";
let referenceRequest = null;

try {
  const chosen = localStorage.getItem(STYLE);
  if ([...styleChoice.options].some((option) => option.value === chosen)) styleChoice.value = chosen;
} catch (error) {
  // A browser that keeps nothing: the first style, then.
}

async function refreshReference() {
  if (referenceRequest) referenceRequest.abort();
  const mine = (referenceRequest = new AbortController());
  const words = referenceBox.querySelector(".reference-words");
  if (!token) {
    referenceBox.hidden = true;
    return;
  }
  const path = "reference/" + token;
  try {
    const url = new URL(path + "?style=" + styleChoice.value, document.baseURI);
    const response = await fetch(url, { signal: mine.signal });
    const plain = (response.headers.get("content-type") || "").startsWith("text/plain");
    const text = await response.text();
    if (mine !== referenceRequest) return;
    referenceBox.hidden = !response.ok || !plain;
    words.textContent = referenceBox.hidden ? "" : text.trim();
  } catch (error) {
    if (mine === referenceRequest) referenceBox.hidden = true;
    return;
  }
  if (referenceBox.hidden) referenceBox.open = false;
  for (const link of referenceBox.querySelectorAll("[data-file]")) {
    link.href = new URL(path + "." + link.dataset.file, document.baseURI).href;
  }
}

function copyReference() {
  copy(referenceBox.querySelector(".reference-words").textContent, "Reference copied");
}

styleChoice.addEventListener("change", () => {
  try {
    localStorage.setItem(STYLE, styleChoice.value);
  } catch (error) {
    // It holds until the page is closed.
  }
  refreshReference();
});
