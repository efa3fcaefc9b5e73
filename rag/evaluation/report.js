// @ts-check
// Filters the questions of a report: by kind, by what went wrong, by words. Without it all of them are
// shown. It stands alone, because a report that is saved as a page holds it.

/**
 * @param {ParentNode} root  what holds a report
 */
export function mountReport(root) {
  const form = root.querySelector("form.filters");
  const list = root.querySelector(".questions ol");
  const none = root.querySelector(".questions .none");
  const told = root.querySelector(".questions .shown");
  if (!(form instanceof HTMLFormElement) || !list || !(none instanceof HTMLElement) || !told) return;
  const items = /** @type {HTMLElement[]} */ ([...list.children]);
  const texts = new Map(items.map((item) => [item, (item.textContent ?? "").toLowerCase()]));

  /** @type {(item: HTMLElement, kind: string, failure: string, words: string[]) => boolean} */
  function fits(item, kind, failure, words) {
    const failures = item.dataset.failures ? item.dataset.failures.split("|") : [];
    if (kind && item.dataset.kind !== kind) return false;
    if (failure === "*" && !failures.length) return false;
    if (failure === "-" && failures.length) return false;
    if (failure && failure !== "*" && failure !== "-" && !failures.includes(failure)) return false;
    return words.every((word) => texts.get(item)?.includes(word));
  }

  function filter() {
    const chosen = new FormData(/** @type {HTMLFormElement} */ (form));
    const [kind, failure, typed] = ["kind", "failure", "words"].map((name) => String(chosen.get(name) ?? ""));
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
    const fitting = items.filter((item) => fits(item, kind, failure, words));
    // Putting a few in is many times quicker than hiding a thousand.
    list?.replaceChildren(...fitting);
    const { all, some } = /** @type {HTMLElement} */ (told).dataset;
    const shown = fitting.length === items.length ? all : some;
    /** @type {HTMLElement} */ (told).textContent = (shown ?? "").replace("{shown}", String(fitting.length));
    /** @type {HTMLElement} */ (none).hidden = fitting.length > 0;
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  root.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-failure]") : null;
    const select = form.querySelector("[name=failure]");
    if (!(button instanceof HTMLElement) || !(select instanceof HTMLSelectElement)) return;
    select.value = button.dataset.failure ?? "";
    filter();
    root.querySelector("#evaluation-questions")?.scrollIntoView();
    select.focus({ preventScroll: true });
  });
  filter();
}
