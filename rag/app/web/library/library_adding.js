// @ts-check
// Adding files to the library: choosing, dropping, sending, and telling how far it is. The server knows the
// state of every file; this shows it.
import { byId, closest, make, maybe, part, parts, sentence } from "../shared/elements.js";
import { hear } from "../shared/events.js";
import { _, joined, n_, nodes_, p_ } from "../shared/language.js";
import { OWN_PAGE, urlOf, wordsOf } from "../shared/server.js";
import { about, ACTIONS, changed, find, icon, isolated, isShown, library, request, showError, showLatest } from "./library.js";

/**
 * @typedef {object} AddedFile  a file of a job as library/view.py tells it
 * @property {number} number
 * @property {string} name
 * @property {string} source
 * @property {string} state
 * @property {string} message
 * @property {boolean} ended
 * @property {string | null} token
 * @property {string | null} counts
 *
 * @typedef {object} Job  files that are added together
 * @property {string} id
 * @property {"receiving" | "waiting" | "running" | "done"} state
 * @property {AddedFile[]} files
 * @property {number} total
 * @property {Record<string, number>} counts
 * @property {number} share
 * @property {number} passages
 * @property {number | null} remaining
 * @property {string | null} message
 */

const AT_ONCE = 3;
const POLL = 600;
const jobsPlace = find(".jobs");
const cards = () => parts(jobsPlace, ":scope > *");

/** @type {Job[]} */
let jobs = [];
let polling = 0;
let lost = false; // the server did not answer last time
/** @type {Map<string, number>} */
let done = new Map(); // files that each job has finished, to notice when there are more
/** @type {Map<string, boolean>} */
const folded = new Map(); // which jobs that have ended show no files, by the user's choice
/** @type {Map<string, AbortController>} */
const sending = new Map(); // what stops the sending of a file, by job and number

// Words -----------------------------------------------------------------------------------------

/** @type {Record<string, [string, string]>} */
const STATES = {
  expected: ["…", _("Waiting")], receiving: ["↑", _("Uploading")], waiting: ["…", _("Waiting")],
  reading: ["◔", _("Reading")], embedding: ["◑", _("Embedding")], added: ["✓", p_("a file", "Added")],
  updated: ["✓", _("Updated")], unpacked: ["▤", _("Unpacked")], unchanged: ["=", _("Already there")],
  duplicate: ["=", _("Duplicate")], failed: ["✕", _("Failed")], cancelled: ["–", _("Cancelled")],
};

/** @param {number | null} seconds */
function timeLeft(seconds) {
  if (seconds == null) return "";
  if (seconds < 10) return _("a few seconds left");
  if (seconds < 55) return _("about {seconds} seconds left", { seconds: Math.ceil(seconds / 10) * 10 });
  if (seconds < 3300) return n_("about {count} minute left", "about {count} minutes left", Math.round(seconds / 60) || 1);
  return n_("about {count} hour left", "about {count} hours left", Math.round(seconds / 3600));
}

/** @type {(job: Job, ...states: string[]) => number} */
const inState = (job, ...states) => states.reduce((sum, state) => sum + (job.counts[state] || 0), 0);

/** @param {Job} job */
function result(job) {
  const [added, there] = [inState(job, "added", "updated"), inState(job, "unchanged", "duplicate")];
  const [failed, cancelled] = [inState(job, "failed"), inState(job, "cancelled")];
  return joined([
    added > 0 && n_("{count} added", "{count} added", added),
    there > 0 && n_("{count} already there", "{count} already there", there),
    failed > 0 && n_("{count} failed", "{count} failed", failed),
    cancelled > 0 && n_("{count} cancelled", "{count} cancelled", cancelled),
  ]);
}

/** @param {Job} job */
function headline(job) {
  if (job.state === "done") {
    const told = result(job);
    return told ? _("Finished: {result}", { result: told }) : _("Finished: nothing to add");
  }
  if (job.state === "receiving") return n_("Uploading {count} file", "Uploading {count} files", job.total);
  if (job.state === "running") return n_("Adding {count} file", "Adding {count} files", job.total);
  return n_("Waiting with {count} file", "Waiting with {count} files", job.total);
}

/** @param {Job} job */
function detail(job) {
  if (job.state !== "running") return job.message || "";
  const soFar = n_("{count} passage so far", "{count} passages so far", job.passages);
  return joined([soFar, timeLeft(job.remaining)]);
}

// Showing ---------------------------------------------------------------------------------------

/**
 * @param {Job} job
 * @param {AddedFile} file
 */
function fileRow(job, file) {
  const [sign, words] = STATES[file.state];
  const name = file.token ? make("a", { href: "#src=" + file.token }, isolated(file.source)) : isolated(file.source);
  const cancel = { type: "button", class: "plain", "data-do": "cancel-file", "data-job": job.id,
    "data-file": file.number, "aria-label": _("Cancel {file}", { file: file.name }) };
  return make("li", { "data-state": file.state },
    make("span", { class: "state" }, icon(sign), words),
    make("span", { class: "name" }, name, file.counts && make("span", { class: "counts" }, " · " + file.counts)),
    file.message && message(file),
    !file.ended && make("button", cancel, _("Cancel")));
}

/** @param {AddedFile} file */
function message({ state, message: words }) {
  if (state === "duplicate") return make("span", { class: "message" }, 
    ...nodes_("The same content as {source}", { source: isolated(words) }));
  const warning = ["added", "updated"].includes(state);
  return make("span", { class: warning ? "message warns" : "message" },
    warning && icon("⚠"), isolated(sentence(words)));
}

/**
 * The files of a job that has ended can be folded away; those of the latest are not.
 * @param {Job} job
 * @param {boolean} latest
 */
function fileList(job, latest) {
  const list = make("ol", { tabindex: "0", "aria-label": _("Files") }, ...job.files.map((file) => fileRow(job, file)));
  const more = job.total - job.files.length;
  const rest = more > 0 && make("p", { class: "hint" }, n_("and {count} more file", "and {count} more files", more));
  if (job.state !== "done") return [list, rest];
  const open = folded.has(job.id) ? !folded.get(job.id) : latest;
  return [make("details", { open }, make("summary", {}, n_("{count} file", "{count} files", job.total)), list, rest)];
}

/**
 * @param {Job} job
 * @param {number} at
 */
function jobCard(job, at) {
  const ended = job.state === "done";
  const label = n_("Progress of {count} file", "Progress of {count} files", job.total);
  const arriving = job.state === "receiving";
  const share = arriving ? inState(job, "waiting", "failed", "cancelled") / job.total : job.share;
  return make("div", { class: "job", role: "group", "data-job": job.id, "data-state": job.state, "aria-label": headline(job) },
    make("div", { class: "job-head" },
      make("h3", {}, headline(job)),
      make("span", { class: "job-detail" }, detail(job)),
      make("button", { type: "button", class: "plain", "data-do": ended ? "forget" : "cancel-all", "data-job": job.id },
        ended ? _("Dismiss") : _("Cancel all"))),
    !ended && make("progress", { max: 1, value: share, "aria-label": label }),
    ...fileList(job, at === 0));
}

/** A card is replaced whole, so what has the focus in it is found again. */
function showJobs() {
  const active = document.activeElement;
  const held = active instanceof HTMLElement && jobsPlace.contains(active) ? active.dataset : null;
  const scrolled = new Map(cards().map((card) => [card.dataset.job, part(card, "ol").scrollTop]));
  const made = jobs.map(jobCard);
  const before = cards().map((card) => card.outerHTML).join("");
  if (before === made.map((card) => card.outerHTML).join("")) return;
  jobsPlace.replaceChildren(...made);
  for (const card of made) scrollFiles(card, scrolled.get(card.dataset.job) || 0, held !== null);
  if (held) refocus(held);
}

/**
 * What is being read is in sight, unless somebody is busy with the list.
 * @param {HTMLElement} card
 * @param {number} before
 * @param {boolean} busy
 */
function scrollFiles(card, before, busy) {
  const list = part(card, "ol");
  const active = maybe(list, '[data-state="reading"], [data-state="embedding"]');
  list.scrollTop = before;
  if (!active || busy || list.matches(":hover")) return;
  const top = active.offsetTop - list.offsetTop;
  if (top < before || top > before + list.clientHeight - 40) list.scrollTop = Math.max(0, top - 40);
}

/** @param {DOMStringMap} held */
function refocus(held) {
  const same = parts(jobsPlace, "button").find(
    ({ dataset }) => dataset.job === held.job && dataset.do === held.do && dataset.file === held.file,
  );
  const card = cards().find((one) => one.dataset.job === held.job);
  const next = same || (card && maybe(card, ".job-head button")) || find("#library-title");
  next.focus({ preventScroll: true });
}

let told = "";
let toldAt = 0;
function tell() {
  const active = jobs.find((job) => job.state !== "done");
  const latest = active || jobs[0];
  if (!latest) return;
  const percent = Math.round(100 * latest.share);
  const words = active
    ? _("{what}, {percent} percent. {detail}", { what: headline(latest), percent, detail: detail(latest) })
    : headline(latest) + ".";
  // While it goes on, often enough to know that it does.
  if (words === told || (active && Date.now() - toldAt < 10000)) return;
  told = words;
  toldAt = Date.now();
  find("[data-adding]").textContent = words;
}

const isActive = () => jobs.some((job) => job.state !== "done");

async function poll() {
  clearTimeout(polling);
  try {
    const first = !done.size && !jobs.length;
    jobs = (await request("jobs")).jobs;
    if (lost) showError("");
    lost = false;
    showJobs();
    if (!first || isActive()) tell();
    noticeChanges(first);
  } catch (error) {
    lost = true;
    showError(wordsOf(error));
  }
  if (isActive()) polling = setTimeout(poll, POLL);
}

let changedAt = 0;
/** @param {boolean} first */
function noticeChanges(first) {
  const now = new Map(jobs.map((job) => [job.id, inState(job, "added", "updated") + (job.state === "done" ? 0.5 : 0)]));
  const more = [...now].some(([id, many]) => many >= 1 && many !== done.get(id));
  const ended = [...now].some(([id, many]) => many % 1 && !((done.get(id) || 0) % 1));
  // Large libraries take a moment to show: not after every file, but always at the end.
  if (first) done = now;
  else if (more && (ended || Date.now() - changedAt > 3000)) {
    done = now;
    changedAt = Date.now();
    changed();
  }
}

// Sending ---------------------------------------------------------------------------------------

/** @typedef {{ path: string, file: File }} Named  a file with its path in the folder that was chosen */

/** @param {Named[]} files */
async function add(files) {
  if (!files.length) return;
  showError("");
  /** @type {string} */
  let job;
  try {
    const announced = files.map(({ path, file }) => ({ name: path, size: file.size }));
    job = (await request("jobs", { files: announced })).job;
  } catch (error) {
    showError(wordsOf(error));
    return;
  }
  poll();
  const waiting = [...files.entries()];
  const sendAll = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await send(job, next[0], next[1].file);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sendAll));
  poll();
}

/**
 * What goes wrong with one file the server knows, and shows beside it.
 * @param {string} job
 * @param {number} at
 * @param {File} file
 */
async function send(job, at, file) {
  const url = urlOf("library/upload?job=" + job + "&file=" + at);
  const headers = { "content-type": "application/octet-stream", ...OWN_PAGE };
  for (const pause of [500, 2000, 5000, 0]) {
    const stop = new AbortController();
    sending.set(job + " " + at, stop);
    try {
      const response = await fetch(url, { method: "POST", headers, body: file, signal: stop.signal });
      if (response.status !== 429) break;
    } catch {
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  sending.delete(job + " " + at);
}

// Choosing and dropping -------------------------------------------------------------------------

/** A folder brings files along that nobody means, such as .DS_Store. @param {string} path */
const isHidden = (path) => path.split("/").some((one) => one.startsWith("."));

/**
 * The files of what was dropped, a file or a folder.
 * @param {FileSystemEntry} entry
 * @param {string} [folder]
 * @returns {Promise<Named[]>}
 */
async function entryFiles(entry, folder = "") {
  const path = folder + entry.name;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject));
    return isHidden(path) && folder ? [] : [{ path, file }];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const inside = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    for (const one of some) inside.push(...(await entryFiles(one, path + "/")));
  }
  return inside;
}

for (const picker of parts(library, "[data-picker]", HTMLInputElement)) {
  picker.addEventListener("change", () => {
    const files = [...(picker.files ?? [])].filter((file) => !isHidden(file.webkitRelativePath || ""));
    picker.value = "";
    add(files.map((file) => ({ path: file.webkitRelativePath || file.name, file })));
  });
}

// Anywhere on the page: a file that is dropped beside the place for it must not take its place.
const dropHere = find(".drop-here");
(maybe(document, ".gradio-container") ?? document.body).append(dropHere);
let inside = 0;
/** @param {DragEvent} event */
const bringsFiles = (event) => !!event.dataTransfer?.types.includes("Files") && !closest(event, "input[type=file]");
/** @type {(event: DragEvent, step: number) => void} */
function hover(event, step) {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  inside = Math.max(0, inside + step);
  dropHere.hidden = !inside;
  part(dropHere, "p").textContent = about.read_only || _("Drop to add to the library");
}
document.addEventListener("dragenter", (event) => hover(event, 1));
document.addEventListener("dragover", (event) => hover(event, 0));
document.addEventListener("dragleave", (event) => hover(event, -1));
document.addEventListener("drop", async (event) => {
  if (!bringsFiles(event) || !event.dataTransfer) return;
  event.preventDefault();
  inside = 0;
  dropHere.hidden = true;
  if (about.read_only) return;
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.());
  const plain = [...event.dataTransfer.files];
  const files = [];
  for (const [at, entry] of entries.entries()) {
    if (entry) files.push(...(await entryFiles(entry)));
    else if (plain[at]) files.push({ path: plain[at].name, file: plain[at] });
  }
  if (!isShown()) byId("to-library").click();
  add(files);
});

jobsPlace.addEventListener("click", (event) => {
  const details = closest(event, "summary")?.parentElement;
  const card = /** @type {HTMLElement | null | undefined} */ (details?.closest("[data-job]"));
  if (details instanceof HTMLDetailsElement && card) folded.set(card.dataset.job ?? "", details.open);
});

/** @type {(path: string, body: object) => Promise<void>} */
async function change(path, body) {
  try {
    jobs = (await request(path, body)).jobs;
    showJobs();
  } catch (error) {
    showError(wordsOf(error));
  }
  poll();
}

Object.assign(ACTIONS, {
  "choose-files": () => find('[data-picker="files"]').click(),
  "choose-folder": () => find('[data-picker="folder"]').click(),
  /** @param {HTMLElement} button */
  async "cancel-file"({ dataset }) {
    await change("cancel", { job: dataset.job, file: Number(dataset.file) });
    sending.get(dataset.job + " " + dataset.file)?.abort();
  },
  /** @param {HTMLElement} button */
  async "cancel-all"({ dataset }) {
    await change("cancel", { job: dataset.job });
    for (const [key, stop] of sending) if (key.startsWith(dataset.job + " ")) stop.abort();
  },
  /** @param {HTMLElement} button */
  forget: ({ dataset }) => change("forget", { job: dataset.job }),
});

hear("tab", () => {
  showLatest();
  if (isShown()) poll();
});
showLatest();
poll();
library.dataset.ready = "true";
