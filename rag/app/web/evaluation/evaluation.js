// The Evaluation tab. Runs once, after the report's script and in the same scope; `element` is the
// component that holds the tab. Reports come from /evaluation/runs/… as HTML in which everything
// is escaped; all else is shown as text.
const tabOfRuns = element.querySelector(".evaluation-tab");
const part = (selector) => tabOfRuns.querySelector(selector);
const startForm = part(".evaluation-form");
const KEPT_RUNS = "footnote:evaluations";
const LAST_RUN = "footnote:evaluation";
const MOST_KEPT = 6;

let current = null; // the run that is shown or under way
let result = null; // the figures of the run that is shown
let starting = false; // a run has been asked for, and the server has not answered yet
let earlier = []; // runs of this browser session: {name, when, result}

// The server ------------------------------------------------------------------------------------

const call = (path, body) => fetchFrom("evaluation/" + path, { body: body && JSON.stringify(body) });
const told = async (path, body) => (await call(path, body)).json();

function showProblem(words) {
  const place = part(".evaluation-error");
  place.hidden = !words;
  place.textContent = words ? words.charAt(0).toUpperCase() + words.slice(1) : "";
}

// Earlier runs ----------------------------------------------------------------------------------

function readKept() {
  try {
    earlier = JSON.parse(sessionStorage.getItem(KEPT_RUNS)) || [];
  } catch (error) {
    earlier = [];
  }
}

// What the session has no room for is forgotten, oldest first.
function keep(name, figures) {
  earlier.unshift({ name, when: new Date().toISOString(), result: figures });
  earlier.length = Math.min(earlier.length, MOST_KEPT);
  for (let count = earlier.length; count > 0; count--) {
    try {
      sessionStorage.setItem(KEPT_RUNS, JSON.stringify(earlier.slice(0, count)));
      break;
    } catch (error) {
      continue;
    }
  }
  offerEarlier();
}

function offerEarlier() {
  const select = part("[name=earlier]");
  const others = earlier.filter((one) => one.result !== result);
  select.replaceChildren(...others.map((one) => {
    const when = new Date(one.when).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    const option = document.createElement("option");
    option.value = String(earlier.indexOf(one));
    option.textContent = one.name + ", " + when;
    return option;
  }));
  select.parentElement.hidden = part("[data-do=compare]").hidden = !others.length;
}

// A run -----------------------------------------------------------------------------------------

const duration = (seconds) =>
  seconds == null ? "" : seconds < 90 ? ", about " + Math.max(1, Math.round(seconds)) + " s left"
    : ", about " + Math.round(seconds / 60) + " min left";

// Of Run and Cancel one is there at a time, and has the focus if the other had it.
function showGoing(going) {
  const [run, cancel] = [startForm.querySelector("[type=submit]"), part("[data-do=cancel]")];
  const focused = [run, cancel].includes(document.activeElement);
  run.disabled = going;
  cancel.hidden = !going;
  if (focused) (going ? cancel : run).focus();
  part(".evaluation-progress").hidden = !going;
}

function showState(run) {
  showGoing(run.state === "running");
  part(".evaluation-empty").hidden = true;
  part("progress").max = run.questions;
  part("progress").value = run.done;
  part(".evaluation-progress p").textContent =
    run.done + " of " + run.questions + " questions, " + run.wrong + " went wrong" + duration(run.remaining);
}

// A server that is not reached is asked again: the run goes on without the page. (A proxy in between
// says so with 502 to 504.) Otherwise an error is the end of following.
const isPassing = (error) => !error.status || (error.status >= 502 && error.status <= 504);

async function follow_(id) {
  for (let unreached = false; ; ) {
    try {
      const run = await told("runs/" + id);
      if (current !== id) return;
      if (unreached) showProblem("");
      unreached = false;
      showState(run);
      if (run.state !== "running") return finish(run);
    } catch (error) {
      if (current !== id) return;
      if (!isPassing(error)) {
        showGoing(false);
        throw error;
      }
      unreached = true;
      showProblem(error.message + " Trying again …");
    }
    await new Promise((go) => setTimeout(go, 700));
  }
}

async function finish(run) {
  if (run.error) showProblem(run.error);
  if (!run.done) return;
  const [report, figures] = await Promise.all([
    call("runs/" + run.run + "/report").then((response) => response.text()),
    told("runs/" + run.run + "/result"),
  ]);
  const place = part(".evaluation-report");
  place.innerHTML = report;
  mountReport(place);
  result = figures;
  const known = earlier.find((one) => JSON.stringify(one.result) === JSON.stringify(figures));
  if (known) known.result = result;
  else keep(run.name, result);
  offerEarlier();
  part(".evaluation-tools").hidden = false;
  part("[data-save=page]").href = new URL("evaluation/runs/" + run.run + "/page", document.baseURI);
  part(".evaluation-comparison").hidden = true;
  tabOfRuns.dataset.shown = run.run;
}

async function askedInForm() {
  const { file, path, sample } = startForm.elements;
  const asked = { sample: sample.value ? Number(sample.value) : null };
  const given = file.files[0];
  if (given) Object.assign(asked, { name: given.name, gold: await given.text() });
  else if (path.value.trim()) asked.path = path.value.trim();
  else throw new Error("Choose a file with gold questions first.");
  return asked;
}

// A second click while the first one is on its way is not a second run.
async function begin(whatIsAsked) {
  if (starting) return;
  starting = true;
  let run;
  try {
    run = await told("runs", await whatIsAsked());
  } finally {
    starting = false;
  }
  current = run.run;
  sessionStorage.setItem(LAST_RUN, current);
  showState(run);
  await follow_(current);
}

async function attempt(action) {
  showProblem("");
  try {
    await action();
  } catch (error) {
    showProblem(error.message);
  }
}

// Comparing and saving --------------------------------------------------------------------------

async function compareWith(figures) {
  const { html } = await told("compare", { before: figures, after: result });
  const place = part(".evaluation-comparison");
  place.innerHTML = html;
  place.hidden = false;
  place.focus();
}

async function loadEarlier(file) {
  let figures;
  try {
    figures = JSON.parse(await file.text());
  } catch (error) {
    throw new Error(file.name + " is not JSON: write it with rag evaluate --json, or save it here.");
  }
  if (!figures || typeof figures !== "object" || Array.isArray(figures)) {
    throw new Error(file.name + " is not the result of an evaluation.");
  }
  await compareWith(figures);
  keep(file.name, figures);
}

function saveFigures() {
  const blob = new Blob([JSON.stringify(result) + "\n"], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "evaluation.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const RUN_DOINGS = {
  cancel: () => told("cancel", { run: current }),
  compare: () => compareWith(earlier[Number(part("[name=earlier]").value)].result),
  load: () => part("[data-earlier]").click(),
  save: saveFigures,
};

startForm.addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => begin(askedInForm));
});
tabOfRuns.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button && !button.disabled) attempt(RUN_DOINGS[button.dataset.do]);
});
part("[data-earlier]").addEventListener("change", (event) => {
  const file = event.target.files[0];
  event.target.value = "";
  if (file) attempt(() => loadEarlier(file));
});

// What may be named is asked when the tab is first opened.
async function open_() {
  if (tabOfRuns.dataset.ready) return;
  tabOfRuns.dataset.ready = "true";
  readKept();
  offerEarlier();
  await attempt(async () => {
    part("[data-path]").hidden = !(await told("about")).paths;
  });
  current = sessionStorage.getItem(LAST_RUN);
  if (!current) return;
  try {
    await follow_(current);
  } catch (error) {
    if (error.status === 404) sessionStorage.removeItem(LAST_RUN);
    else showProblem(error.message);
  }
}
document.addEventListener("footnote:tab", (event) => {
  if (event.detail === "evaluation") open_();
});
if (!document.getElementById("tab-evaluation").hidden && location.hash.startsWith("#evaluation")) open_();
