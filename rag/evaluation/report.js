// Filters the questions of a report: by kind, by what went wrong, by words. Without it all of them
// are shown.
function mountReport(root) {
  const form = root.querySelector(".filters");
  if (!form) return;
  const list = root.querySelector(".questions ol");
  const items = [...list.children];
  const none = root.querySelector(".questions .none");
  const words = items.map((item) => item.textContent.toLowerCase());

  function fits(item, at, kind, failure, wanted) {
    const failures = item.dataset.failures ? item.dataset.failures.split("|") : [];
    if (kind && item.dataset.kind !== kind) return false;
    if (failure === "*" && !failures.length) return false;
    if (failure === "-" && failures.length) return false;
    if (failure && failure !== "*" && failure !== "-" && !failures.includes(failure)) return false;
    return wanted.every((word) => words[at].includes(word));
  }

  function filter() {
    const { kind, failure, words: typed } = form.elements;
    const wanted = typed.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fitting = items.filter((item, at) => fits(item, at, kind.value, failure.value, wanted));
    const shown = fitting.length;
    // Putting a few in is many times quicker than hiding a thousand.
    list.replaceChildren(...fitting);
    none.hidden = shown > 0;
    root.querySelector(".questions .shown").textContent =
      shown === items.length ? "All " + shown + " questions, worst first"
        : shown + " of " + items.length + " questions, worst first";
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-failure]");
    if (!button) return;
    form.elements.failure.value = button.dataset.failure;
    filter();
    root.querySelector("#evaluation-questions").scrollIntoView();
    form.elements.failure.focus({ preventScroll: true });
  });
  filter();
}
