// @ts-check
// The Evaluation tab: runs over gold questions, and comparing them. Reports come from /evaluation/runs/… as
// HTML in which everything is escaped; all else is shown as text.
import { mountReport } from "../../../evaluation/report.js";
import { closest, fieldOf, make, part, saveFile, showWords } from "../shared/elements.js";
import { hear } from "../shared/events.js";
import { component } from "../shared/gradio.js";
import { _, joined, n_, timeOf } from "../shared/language.js";
import { fetchFrom, fetchJson, ServerError, urlOf, wordsOf } from "../shared/server.js";
import { session } from "../shared/storage.js";
import { isShown } from "../shared/tabs.js";

/**
 * @typedef {object} Run  how far a run is
 * @property {string} run  its id
 * @property {string} name
 * @property {"running" | "done" | "cancelled" | "failed"} state
 * @property {number} questions
 * @property {number} done
 * @property {number} wrong
 * @property {number | null} remaining  in seconds
 * @property {string | null} error
 *
 * @typedef {{ name: string, when: string, result: object }} Earlier  a run of this browser session
 *
 * @typedef {{ name?: string, gold?: string, path?: string, sample: number | null }} Asked
 */

/** The tab. */
export const evaluationTab = part(component("evaluation").element, ".evaluation-tab");
const find = (/** @type {string} */ selector) => part(evaluationTab, selector);
const form = part(evaluationTab, ".evaluation-form", HTMLFormElement);
const fileBox = part(form, "[name=file]", HTMLInputElement);
const pathBox = part(form, "[name=path]", HTMLInputElement);
const sampleBox = part(form, "[name=sample]", HTMLInputElement);
const earlierBox = part(evaluationTab, "[name=earlier]", HTMLSelectElement);
const bar = part(evaluationTab, "progress", HTMLProgressElement);
const KEPT_RUNS = "footnote:evaluations";
const LAST_RUN = "footnote:evaluation";
const MOST_KEPT = 6;

/** @type {string | null} */
let current = null; // the run that is shown or under way
/** @type {object | null} */
let result = null; // the figures of the run that is shown
let starting = false; // a run has been asked for, and the server has not answered yet
/** @type {Earlier[]} */
let earlier = [];

/** @type {(path: string, body?: object) => Promise<any>} */
const ask = (path, body) => fetchJson("evaluation/" + path, body);

/** @param {string} words */
const showProblem = (words) => showWords(find(".evaluation-error"), words);

// Earlier runs ----------------------------------------------------------------------------------

function readKept() {
  try {
    earlier = JSON.parse(session.get(KEPT_RUNS) ?? "[]") || [];
  } catch {
    earlier = [];
  }
}

/**
 * What the session has no room for is forgotten, oldest first.
 * @param {string} name
 * @param {object} figures
 */
function keep(name, figures) {
  earlier.unshift({ name, when: new Date().toISOString(), result: figures });
  earlier.length = Math.min(earlier.length, MOST_KEPT);
  let many = earlier.length;
  while (many > 0 && !session.set(KEPT_RUNS, JSON.stringify(earlier.slice(0, many)))) many--;
  offerEarlier();
}

function offerEarlier() {
  const others = earlier.filter((one) => one.result !== result);
  earlierBox.replaceChildren(...others.map((one) => {
    return make("option", { value: earlier.indexOf(one) }, joined([one.name, timeOf(new Date(one.when))]));
  }));
  if (earlierBox.parentElement) earlierBox.parentElement.hidden = !others.length;
  find("[data-do=compare]").hidden = !others.length;
}

// A run -----------------------------------------------------------------------------------------

/** @param {number | null} seconds */
function duration(seconds) {
  if (seconds == null) return "";
  if (seconds < 90) return _("about {seconds} s left", { seconds: Math.max(1, Math.round(seconds)) });
  return _("about {minutes} min left", { minutes: Math.round(seconds / 60) });
}

/**
 * Of Run and Cancel one is there at a time, and has the focus if the other had it.
 * @param {boolean} going
 */
function showGoing(going) {
  const [start, cancel] = [part(form, "[type=submit]", HTMLButtonElement), find("[data-do=cancel]")];
  const focused = document.activeElement === start || document.activeElement === cancel;
  start.disabled = going;
  cancel.hidden = !going;
  if (focused) (going ? cancel : start).focus();
  find(".evaluation-progress").hidden = !going;
}

/** @param {Run} now */
function showState({ state, questions, done, wrong, remaining }) {
  showGoing(state === "running");
  find(".evaluation-empty").hidden = true;
  bar.max = questions;
  bar.value = done;
  find(".evaluation-progress p").textContent =
    joined([
      n_("{done} of {count} question", "{done} of {count} questions", questions, { done }),
      n_("{count} went wrong", "{count} went wrong", wrong),
      duration(remaining),
    ]);
}

/**
 * A server that is not reached is asked again: the run goes on without the page. (A proxy in between says so
 * with 502 to 504.) Otherwise an error is the end of following.
 * @param {unknown} error
 */
const isPassing = (error) =>
  error instanceof ServerError && (!error.status || (error.status >= 502 && error.status <= 504));

/** @param {string} id */
async function followRun(id) {
  for (let unreached = false; ; ) {
    try {
      const now = await ask("runs/" + id);
      if (current !== id) return;
      if (unreached) showProblem("");
      unreached = false;
      showState(now);
      if (now.state !== "running") return await finish(now);
    } catch (error) {
      if (current !== id) return;
      if (!isPassing(error)) {
        showGoing(false);
        throw error;
      }
      unreached = true;
      showProblem(_("{problem} Trying again …", { problem: wordsOf(error) }));
    }
    await new Promise((go) => setTimeout(go, 700));
  }
}

/** @param {Run} ended */
async function finish(ended) {
  if (ended.error) showProblem(ended.error);
  if (!ended.done) return;
  const path = "runs/" + ended.run;
  const [report, figures] = await Promise.all([
    fetchFrom("evaluation/" + path + "/report").then((response) => response.text()),
    ask(path + "/result"),
  ]);
  const place = find(".evaluation-report");
  place.innerHTML = report;
  mountReport(place);
  result = figures;
  const known = earlier.find((one) => JSON.stringify(one.result) === JSON.stringify(figures));
  if (known) known.result = figures;
  else keep(ended.name, figures);
  offerEarlier();
  find(".evaluation-tools").hidden = false;
  part(evaluationTab, "[data-save=page]", HTMLAnchorElement).href = urlOf("evaluation/" + path + "/page");
  find(".evaluation-comparison").hidden = true;
  evaluationTab.dataset.shown = ended.run;
}

/** How many questions are asked at most, as the form says; null for all. */
export const sample = () => (sampleBox.value ? Number(sampleBox.value) : null);

/** @returns {Promise<Asked>} */
async function askedInForm() {
  const given = fileBox.files?.[0];
  if (given) return { name: given.name, gold: await given.text(), sample: sample() };
  const path = pathBox.value.trim();
  if (!path) throw new Error(_("Choose a file with gold questions first."));
  return { path, sample: sample() };
}

/**
 * Begin a run. A second click while the first one is on its way is not a second run.
 * @param {() => Promise<Asked>} whatIsAsked
 */
export async function begin(whatIsAsked) {
  if (starting) return;
  starting = true;
  /** @type {Run} */
  let begun;
  try {
    begun = await ask("runs", await whatIsAsked());
  } finally {
    starting = false;
  }
  current = begun.run;
  session.set(LAST_RUN, current);
  showState(begun);
  await followRun(current);
}

/**
 * Do something, and say what goes wrong.
 * @param {() => unknown} action
 */
export async function attempt(action) {
  showProblem("");
  try {
    await action();
  } catch (error) {
    showProblem(wordsOf(error));
  }
}

// Comparing and saving --------------------------------------------------------------------------

/** @param {object} figures */
async function compareWith(figures) {
  const { html } = await ask("compare", { before: figures, after: result });
  const place = find(".evaluation-comparison");
  place.innerHTML = html;
  place.hidden = false;
  place.focus();
}

/** @param {File} file */
async function loadEarlier(file) {
  let figures;
  try {
    figures = JSON.parse(await file.text());
  } catch {
    throw new Error(_("{file} is not JSON: write it with rag evaluate --json, or save it here.", { file: file.name }));
  }
  if (!figures || typeof figures !== "object" || Array.isArray(figures)) {
    throw new Error(_("{file} is not the result of an evaluation.", { file: file.name }));
  }
  await compareWith(figures);
  keep(file.name, figures);
}

/** @type {Record<string, () => unknown>} */
const ACTIONS = {
  cancel: () => ask("cancel", { run: current }),
  compare: () => compareWith(earlier[Number(earlierBox.value)].result),
  load: () => find("[data-earlier]").click(),
  save: () => saveFile("evaluation.json", JSON.stringify(result) + "\n", "application/json"),
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => begin(askedInForm));
});
evaluationTab.addEventListener("click", (event) => {
  const button = closest(event, "[data-do]", HTMLButtonElement);
  if (button && !button.disabled) attempt(ACTIONS[button.dataset.do ?? ""]);
});
find("[data-earlier]").addEventListener("change", (event) => {
  const file = fieldOf(event).files?.[0];
  fieldOf(event).value = "";
  if (file) attempt(() => loadEarlier(file));
});

/** What may be named is asked when the tab is first opened. */
async function open() {
  if (evaluationTab.dataset.ready) return;
  evaluationTab.dataset.ready = "true";
  readKept();
  offerEarlier();
  await attempt(async () => {
    find("[data-path]").hidden = !(await ask("about")).paths;
  });
  current = session.get(LAST_RUN);
  if (!current) return;
  try {
    await followRun(current);
  } catch (error) {
    if (error instanceof ServerError && error.status === 404) session.remove(LAST_RUN);
    else showProblem(wordsOf(error));
  }
}
hear("tab", (name) => {
  if (name === "evaluation") open();
});
if (isShown("evaluation")) open();
