// Adding files to the library: choosing, dropping, sending, and telling how far it is. Runs after
// library.js and in the same scope. The server knows the state of every file; this shows it.
const AT_ONCE = 3;
const POLL = 600;
const jobsPlace = find(".jobs");

let jobs = [];
let polling = 0;
let lost = false; // the server did not answer last time
let done = new Map(); // files that each job has finished, to notice when there are more
const folded = new Map(); // which jobs that have ended show no files, by the user's choice
const sending = new Map(); // what stops the sending of a file, by job and number

// Words -----------------------------------------------------------------------------------------

const STATES = {
  expected: ["…", "Waiting"], receiving: ["↑", "Uploading"], waiting: ["…", "Waiting"],
  reading: ["◔", "Reading"], embedding: ["◑", "Embedding"], added: ["✓", "Added"],
  updated: ["✓", "Updated"], unpacked: ["▤", "Unpacked"], unchanged: ["=", "Already there"], duplicate: ["=", "Duplicate"],
  failed: ["✕", "Failed"], cancelled: ["–", "Cancelled"],
};

function timeLeft(seconds) {
  if (seconds == null) return "";
  if (seconds < 10) return "a few seconds left";
  if (seconds < 55) return "about " + Math.ceil(seconds / 10) * 10 + " seconds left";
  if (seconds < 3300) return "about " + count(Math.round(seconds / 60) || 1, "minute") + " left";
  return "about " + count(Math.round(seconds / 3600) || 1, "hour") + " left";
}

const number = (job, ...states) => states.reduce((sum, state) => sum + (job.counts[state] || 0), 0);

function result(job) {
  const parts = [
    [number(job, "added", "updated"), "added"], [number(job, "unchanged", "duplicate"), "already there"],
    [number(job, "failed"), "failed"], [number(job, "cancelled"), "cancelled"],
  ];
  return parts.filter(([many]) => many).map(([many, words]) => many.toLocaleString("en") + " " + words).join(", ");
}

function headline(job) {
  if (job.state === "done") return "Finished: " + (result(job) || "nothing to add");
  if (job.state === "receiving") return "Uploading " + count(job.total, "file");
  if (job.state === "running") return "Adding " + count(job.total, "file");
  return "Waiting with " + count(job.total, "file");
}

function detail(job) {
  if (job.state !== "running") return job.message || "";
  return [count(job.passages, "passage") + " so far", timeLeft(job.remaining)].filter(Boolean).join(", ");
}

// Showing ---------------------------------------------------------------------------------------

function fileRow(job, file) {
  const [sign, words] = STATES[file.state];
  const name = file.token ? make("a", { href: "#src=" + file.token }, isolated(file.source)) : isolated(file.source);
  const row = make("li", { "data-state": file.state },
    make("span", { class: "state" }, icon(sign), words),
    make("span", { class: "name" }, name, file.counts ? make("span", { class: "counts" }, " · " + file.counts) : ""));
  if (file.message) row.append(message(file));
  if (!file.ended) {
    row.append(make("button", { type: "button", class: "plain", "data-do": "cancel-file", "data-job": job.id,
      "data-file": file.number, "aria-label": "Cancel " + file.name }, "Cancel"));
  }
  return row;
}

function message(file) {
  const made = make("span", { class: "message" });
  if (file.state === "duplicate") made.append("The same content as ", isolated(file.message));
  else {
    const warning = ["added", "updated"].includes(file.state);
    made.classList.toggle("warns", warning);
    made.append(warning ? icon("⚠") : "", isolated(sentence(file.message)));
  }
  return made;
}

// The files of a job that has ended can be folded away; those of the latest are not.
function fileList(job, latest) {
  const list = make("ol", { tabindex: "0", "aria-label": "Files" }, ...job.files.map((file) => fileRow(job, file)));
  const more = job.total - job.files.length;
  const rest = more > 0 ? make("p", { class: "hint" }, "and " + count(more, "more file")) : "";
  if (job.state !== "done") return [list, rest];
  const open = folded.has(job.id) ? !folded.get(job.id) : latest;
  return [make("details", { open }, make("summary", {}, count(job.total, "file")), list, rest)];
}

function jobCard(job, at) {
  const ended = job.state === "done";
  const label = "Progress of " + count(job.total, "file");
  const arriving = job.state === "receiving";
  const share = arriving ? number(job, "waiting", "failed", "cancelled") / job.total : job.share;
  const bar = ended ? "" : make("progress", { max: "1", value: String(share), "aria-label": label });
  return make("div", { class: "job", role: "group", "data-job": job.id, "data-state": job.state, "aria-label": headline(job) },
    make("div", { class: "job-head" },
      make("h3", {}, headline(job)),
      make("span", { class: "job-detail" }, detail(job)),
      make("button", { type: "button", class: "plain", "data-do": ended ? "forget" : "cancel-all", "data-job": job.id },
        ended ? "Dismiss" : "Cancel all")),
    bar,
    ...fileList(job, at === 0));
}

// A card is replaced whole, so what has the focus in it is found again.
function showJobs() {
  const held = jobsPlace.contains(document.activeElement) ? document.activeElement.dataset : null;
  const scrolled = new Map([...jobsPlace.children].map((card) => [card.dataset.job, card.querySelector("ol").scrollTop]));
  const cards = jobs.map(jobCard);
  const before = [...jobsPlace.children].map((card) => card.outerHTML).join("");
  if (before === cards.map((card) => card.outerHTML).join("")) return;
  jobsPlace.replaceChildren(...cards);
  for (const card of cards) scrollFiles(card, scrolled.get(card.dataset.job) || 0, held);
  if (held) refocus(held);
}

// What is being read is in sight, unless somebody is busy with the list.
function scrollFiles(card, before, held) {
  const list = card.querySelector("ol");
  const active = list.querySelector('[data-state="reading"], [data-state="embedding"]');
  list.scrollTop = before;
  if (!active || held || list.matches(":hover")) return;
  const top = active.offsetTop - list.offsetTop;
  if (top < before || top > before + list.clientHeight - 40) list.scrollTop = Math.max(0, top - 40);
}

function refocus(held) {
  const all = [...jobsPlace.querySelectorAll("button")];
  const same = all.find((one) => one.dataset.job === held.job && one.dataset.do === held.do && one.dataset.file === held.file);
  const card = [...jobsPlace.children].find((one) => one.dataset.job === held.job);
  const next = same || (card && card.querySelector(".job-head button")) || find("#library-title");
  next.focus({ preventScroll: true });
}

let told = "";
let toldAt = 0;
function tell() {
  const active = jobs.find((job) => job.state !== "done");
  const latest = active || jobs[0];
  if (!latest) return;
  const words = headline(latest) + (active ? ", " + Math.round(100 * latest.share) + " percent. " + detail(latest) : ".");
  // While it goes on, often enough to know that it does.
  if (words === told || (active && Date.now() - toldAt < 10000)) return;
  told = words;
  toldAt = Date.now();
  find("[data-adding]").textContent = words;
}

async function poll() {
  clearTimeout(polling);
  let active = jobs.some((job) => job.state !== "done");
  try {
    const first = !done.size && !jobs.length;
    jobs = (await request("jobs")).jobs;
    if (lost) showError(find(":scope > .library-error"), "");
    lost = false;
    showJobs();
    if (!first || jobs.some((job) => job.state !== "done")) tell();
    noticeChanges(first);
    active = jobs.some((job) => job.state !== "done");
  } catch (error) {
    lost = true;
    showError(find(":scope > .library-error"), error.message);
  }
  if (active) polling = setTimeout(poll, POLL);
}

let changedAt = 0;
function noticeChanges(first) {
  const now = new Map(jobs.map((job) => [job.id, number(job, "added", "updated") + (job.state === "done" ? 0.5 : 0)]));
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

async function add(files) {
  if (!files.length) return;
  const named = files.map((file) => ({ name: file.path || file.webkitRelativePath || file.name, file }));
  showError(find(":scope > .library-error"), "");
  let job;
  try {
    const sizes = named.map(({ name, file }) => ({ name, size: file.size }));
    job = (await request("jobs", { files: sizes })).job;
  } catch (error) {
    showError(find(":scope > .library-error"), error.message);
    return;
  }
  poll();
  const waiting = named.map(({ file }, at) => ({ file, at }));
  await Promise.all(Array.from({ length: AT_ONCE }, () => sendAll(job, waiting)));
  poll();
}

async function sendAll(job, waiting) {
  while (waiting.length) {
    const { file, at } = waiting.shift();
    await send(job, at, file);
  }
}

// What goes wrong with one file the server knows, and shows beside it.
async function send(job, at, file) {
  const url = new URL("library/upload?job=" + job + "&file=" + at, document.baseURI);
  const headers = { "content-type": "application/octet-stream", "x-footnote": "library" };
  for (const pause of [500, 2000, 5000, 0]) {
    const stop = new AbortController();
    sending.set(job + " " + at, stop);
    try {
      const response = await fetch(url, { method: "POST", headers, body: file, signal: stop.signal });
      if (response.status !== 429) break;
    } catch (error) {
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  sending.delete(job + " " + at);
}

// Choosing and dropping -------------------------------------------------------------------------

// A folder brings files along that nobody means, such as .DS_Store.
const isHidden = (path) => path.split("/").some((part) => part.startsWith("."));

async function entryFiles(entry, path = "") {
  const name = path + entry.name;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    file.path = name;
    return isHidden(name) && path ? [] : [file];
  }
  const reader = entry.createReader();
  const inside = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    for (const one of some) inside.push(...(await entryFiles(one, name + "/")));
  }
  return inside;
}

for (const picker of library.querySelectorAll("[data-picker]")) {
  picker.addEventListener("change", () => {
    const files = [...picker.files].filter((file) => !isHidden(file.webkitRelativePath || ""));
    picker.value = "";
    add(files);
  });
}

const bringsFiles = (event) => !about.read_only && [...event.dataTransfer.types].includes("Files");
const dropPlace = document.getElementById("tab-library");
let inside = 0;
function hover(event, step) {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  inside = Math.max(0, inside + step);
  find(".drop-here").hidden = !inside;
}
dropPlace.addEventListener("dragenter", (event) => hover(event, 1));
dropPlace.addEventListener("dragover", (event) => hover(event, 0));
dropPlace.addEventListener("dragleave", (event) => hover(event, -1));
dropPlace.addEventListener("drop", async (event) => {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  inside = 0;
  find(".drop-here").hidden = true;
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
  const plain = [...event.dataTransfer.files];
  const files = [];
  for (const [at, entry] of entries.entries()) {
    if (entry) files.push(...(await entryFiles(entry)));
    else if (plain[at]) files.push(plain[at]);
  }
  add(files);
});

jobsPlace.addEventListener("click", (event) => {
  const summary = event.target.closest("summary");
  if (summary) folded.set(summary.closest("[data-job]").dataset.job, summary.parentElement.open);
});

async function change(path, body) {
  try {
    jobs = (await request(path, body)).jobs;
    showJobs();
  } catch (error) {
    showError(find(":scope > .library-error"), error.message);
  }
  poll();
}

Object.assign(DOINGS, {
  "choose-files": () => find('[data-picker="files"]').click(),
  "choose-folder": () => find('[data-picker="folder"]').click(),
  async "cancel-file"({ dataset }) {
    await change("cancel", { job: dataset.job, file: Number(dataset.file) });
    const stop = sending.get(dataset.job + " " + dataset.file);
    if (stop) stop.abort();
  },
  async "cancel-all"({ dataset }) {
    await change("cancel", { job: dataset.job });
    for (const [key, stop] of sending) if (key.startsWith(dataset.job + " ")) stop.abort();
  },
  forget: ({ dataset }) => change("forget", { job: dataset.job }),
});
