// What the buttons and keys of the Citation lookup tab do. Runs after lookup.js, in the same scope.
const tell = passing(find(".lookup-said"));
const copy = (words, done) => toClipboard(words).then(() => tell(done));

// Offsets come in code points; a text box counts in UTF-16.
const units = (text, points) => [...text].slice(0, points).join("").length;

const DOINGS = {
  stop: () => run && run.abort(),
  clear() {
    if (run) run.abort();
    run = null;
    fill({ text: "", how: "auto", source: "", speaker: "" });
    showError("");
    checks.replaceChildren();
    find(".lookup-summary").hidden = true;
    find(".lookup-empty").hidden = false;
    find("progress").hidden = true;
    find('[data-do="stop"]').hidden = true;
    lookup.removeAttribute("aria-busy");
    checked = null;
    shownState = "";
    drafts.delete(at);
    at = "";
    keep();
    if (stateInAddress()) history.pushState(null, "", linkTo(""));
    textBox.focus();
  },
  async example() {
    try {
      const { text } = await request("lookup/example");
      if (!text) return showError("There is no report to take a sentence from: add some in the Library.");
      if (textBox.value.trim()) return; // begun meanwhile
      fill({ text, how: "auto", source: "", speaker: "" });
      textBox.focus(); // the button is about to go
      submit();
    } catch (error) {
      showError(error.message);
    }
  },
  link() {
    if (shownState) copy(location.origin + linkTo(shownState), "Link copied");
    else tell("The text is too long for a link; each quotation has one of its own.");
  },
  "link-piece"({ piece }) {
    const { text } = pieces[piece];
    copy(location.origin + linkTo(stateOf({ ...checked, text, how: "whole" })), "Link copied");
  },
  locate({ piece }) {
    if (textBox.value !== checked.text) {
      tell("The text has changed since: check it again.");
      return;
    }
    const { start, end: last } = pieces[piece];
    textBox.focus();
    textBox.setSelectionRange(units(checked.text, start), units(checked.text, last));
    // The browser scrolls to a selection only when something is typed.
    const share = start / Math.max(1, [...checked.text].length);
    textBox.scrollTop = share * textBox.scrollHeight - textBox.clientHeight / 2;
  },
};

lookup.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (button) DOINGS[button.dataset.do](button.dataset);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});

textBox.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.shiftKey) return;
  if (!event.ctrlKey && !event.metaKey && textBox.value.trim().includes("\n")) return;
  event.preventDefault();
  submit();
});

textBox.addEventListener("input", () => {
  unfinished = null;
  suit();
  keep();
});

find("[data-only]").addEventListener("change", (event) => {
  checks.classList.toggle("only-others", event.target.checked);
});

// Names of sources to choose from, as they are typed.
let naming = 0;
sourceBox.addEventListener("input", async () => {
  const mine = ++naming;
  await pause(250);
  if (mine !== naming) return;
  try {
    const asked = new URLSearchParams({ text: sourceBox.value.slice(0, 300) });
    const { documents } = await request("library/documents?" + asked);
    if (mine !== naming) return;
    const options = documents.map((one) => Object.assign(document.createElement("option"), { value: one.source }));
    find("datalist").replaceChildren(...options);
  } catch (error) {
    // A name can be typed without being offered.
  }
});

addEventListener("popstate", () => setTimeout(follow, 0));
document.addEventListener("footnote:tab", follow);
restore();
follow();
lookup.dataset.ready = "true";
