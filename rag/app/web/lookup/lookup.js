// The Citation lookup tab: its address, its form, and checking. Runs once, before lookup_actions.js and
// in the same scope; `element` is the component that holds the tab. Results come from /lookup/check as
// HTML in which everything is escaped; all else is shown as text.
const lookup = element.querySelector(".lookup");
const find = (selector) => lookup.querySelector(selector);
const form = find("form");
const { text: textBox, how: howBox, source: sourceBox, speaker: speakerBox } = form.elements;
const checks = find(".checks");
const LONGEST = Number(textBox.dataset.longest);
const LONGEST_IN_LINK = 2000;
const KEPT = "footnote:lookup";
const NAMES = { verbatim: "verbatim", near: "near", not_found: "not found", unchecked: "not checked" };

let run = null; // the check under way: its controller
let pieces = []; // what has been checked, in order
let checked = null; // the text and the fields that the results are of
let shownState = ""; // what of the address the results are of
let at = null; // what of the address the form belongs to
let unfinished = null; // what had been checked before the page was loaded anew
const drafts = new Map(); // what stood in the form when an address was left, where it does not say so

// The server ------------------------------------------------------------------------------------

const LOOKUP_WORDS = {
  gone: SERVER_WORDS.gone + " What you typed is kept.",
  failed: (status) => "the server answered with " + status,
};
async function request(path, body, signal) {
  const response = await fetchFrom(path, { body: body && JSON.stringify(body), signal, words: LOOKUP_WORDS });
  return response.json().catch(() => ({}));
}

const pause = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));

// A server that is busy is asked again; other errors are the user's to see.
async function patiently(path, body, signal) {
  for (let tries = 0; ; tries++) {
    try {
      return await request(path, body, signal);
    } catch (error) {
      if (error.status !== 503 || tries === 5) throw error;
      await pause(500 * (tries + 1));
    }
  }
}

// The address -----------------------------------------------------------------------------------

// The text and the fields as they stand in a link; empty where the text is too long for one.
function stateOf({ text, how, source, speaker }) {
  if (!text.trim() || text.length > LONGEST_IN_LINK) return "";
  const parts = { q: text, as: how === "auto" ? "" : how, in: source, by: speaker };
  return Object.entries(parts)
    .filter(([, value]) => value)
    .map(([name, value]) => name + "=" + encodeURIComponent(value))
    .join("&");
}

function stateInAddress() {
  const parts = location.hash.slice(1).split("&");
  if (parts[0] !== "lookup") return "";
  return parts.filter((part) => /^(q|as|in|by)=/.test(part)).join("&");
}

function fieldsOf(state) {
  const found = {};
  try {
    for (const part of state.split("&")) {
      const [name, value] = part.split("=");
      found[name] = decodeURIComponent(value || "");
    }
  } catch (error) {
    return null; // cut short
  }
  const how = [...howBox.options].some((option) => option.value === found.as) ? found.as : "auto";
  return { text: found.q || "", how, source: found.in || "", speaker: found.by || "" };
}

const linkTo = (state) => location.pathname + location.search + "#lookup" + (state ? "&" + state : "");

const isShown = () => document.getElementById("columns").dataset.tab === "lookup";

// What the address asks for, if it is something else than what is shown. What was typed and not
// checked is there again on the way back.
function follow() {
  if (!isShown()) return;
  const state = stateInAddress();
  if (state === at) return;
  leave();
  at = state;
  const draft = drafts.get(state);
  const linked = state ? fieldsOf(state) : unfinished || (draft && draft.wasChecked ? draft : null);
  const readable = linked && linked.text ? linked : null;
  if (draft || readable) fill(draft || readable);
  if (readable && !isSame(readable, checked)) check(readable, { state: state || stateOf(readable) });
  else keep();
}

// Remembers the form, unless the address that is left says the same.
function leave() {
  if (at === null) return;
  if (at && isSame(fields(), fieldsOf(at))) drafts.delete(at);
  else drafts.set(at, formNow());
}

// The form --------------------------------------------------------------------------------------

function fields() {
  return { text: textBox.value, how: howBox.value, source: sourceBox.value.trim(), speaker: speakerBox.value.trim() };
}

const formNow = () => ({ ...fields(), wasChecked: isSame(fields(), checked) });

const isSame = (one, other) =>
  !!one && !!other && ["text", "how", "source", "speaker"].every((name) => one[name] === other[name]);

function fill({ text, how, source, speaker }) {
  textBox.value = text;
  howBox.value = how;
  sourceBox.value = source;
  speakerBox.value = speaker;
  suit();
}

// The box is as high as its text, and an example takes the place of none.
function suit() {
  textBox.style.height = "auto";
  textBox.style.height = Math.min(textBox.scrollHeight + 2, innerHeight * 0.4) + "px";
  const example = find('[data-do="example"]');
  example.disabled = !!textBox.value.trim();
  example.title = example.disabled ? "There is a text in the box: check it, or clear it first." : "";
}

// What was typed outlives a reload, whatever its length.
function keep() {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ ...formNow(), at: at || "" }));
  } catch (error) {
    // Too long for the browser: a reload loses it then.
  }
}

function restore() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    const state = stateInAddress();
    if (!kept || (state && state !== kept.at)) return;
    fill(kept);
    if (state) drafts.set(state, kept);
    else if (kept.wasChecked) unfinished = kept;
  } catch (error) {
    // Nothing that could be restored.
  }
}

function showError(words) {
  const place = find(".lookup-error");
  place.hidden = !words;
  place.textContent = words ? words.charAt(0).toUpperCase() + words.slice(1) : "";
}

// Checking --------------------------------------------------------------------------------------

const many = (number, noun) => number.toLocaleString("en") + " " + noun + (number === 1 ? "" : "s");

function submit() {
  const given = fields();
  const state = stateOf(given);
  if (given.text.length > LONGEST) {
    showError("The text has " + many(given.text.length, "character") + ", and " + LONGEST.toLocaleString("en") +
      " is the most: check it in parts, chapter by chapter.");
    return;
  }
  const focused = document.activeElement;
  const link = linkTo(state);
  if (link !== location.pathname + location.search + location.hash) history.pushState(null, "", link);
  drafts.delete(at); // it is checked now
  at = state;
  document.dispatchEvent(new CustomEvent("footnote:close-source"));
  focused.focus({ preventScroll: true });
  check(given, { state });
}

async function check(given, { state }) {
  if (run) run.abort();
  const mine = (run = new AbortController());
  shownState = state;
  unfinished = null;
  begin(given);
  keep();
  try {
    const chosen = await patiently("lookup/pieces", { text: given.text, how: given.how }, mine.signal);
    if (mine !== run) return;
    pieces = chosen.pieces;
    find(".lookup-note").hidden = !chosen.note;
    find(".lookup-note").textContent = chosen.note || "";
    for (const [at, piece] of pieces.entries()) {
      showProgress(at);
      const asked = { text: piece.text, source: given.source, speaker: given.speaker };
      const result = await patiently("lookup/check", asked, mine.signal);
      if (mine !== run) return;
      if (!piece.perhaps || ["verbatim", "near"].includes(result.status)) add(piece, result, at);
    }
    end("");
  } catch (error) {
    if (mine !== run) return;
    if (mine.signal.aborted) end("Stopped. ");
    else {
      showError(error.message);
      end(checks.childElementCount ? "Not complete. " : null);
    }
  }
}

function begin(given) {
  showError("");
  checks.replaceChildren();
  checked = given;
  pieces = [];
  lookup.setAttribute("aria-busy", "true");
  lookup.removeAttribute("data-done");
  find(".lookup-empty").hidden = true;
  find(".lookup-summary").hidden = false;
  find(".lookup-tools").hidden = true;
  find(".lookup-note").hidden = true;
  find('[data-do="stop"]').hidden = false;
  find(".lookup-count").textContent = "Checking …";
  const bar = find("progress");
  bar.hidden = false;
  bar.removeAttribute("value");
}

function showProgress(done) {
  const bar = find("progress");
  bar.max = pieces.length;
  bar.value = done;
  // Read out once; the bar tells the rest.
  if (done === 0 && pieces.length > 1) {
    find(".lookup-count").textContent = "Checking " + many(pieces.length, "quotation") + " …";
  }
}

function add(piece, result, number) {
  const item = document.createElement("li");
  item.className = "check";
  item.dataset.status = result.status;
  item.dataset.citations = "";
  item.innerHTML = result.html;
  const actions = document.createElement("p");
  actions.className = "check-actions";
  const button = (what, words) => {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", className: "plain", textContent: words });
    made.dataset.do = what;
    made.dataset.piece = number;
    actions.append(made);
  };
  if (pieces.length > 1) {
    button("locate", "Show in my text");
    if (piece.text.length <= LONGEST_IN_LINK) button("link-piece", "Copy link");
  }
  if (actions.childElementCount) item.append(actions);
  checks.append(item);
}

// The focus does not go with the button.
function hideStop() {
  const stop = find('[data-do="stop"]');
  const focused = document.activeElement === stop;
  stop.hidden = true;
  if (focused) find("[type=submit]").focus();
}

// `before` is null where there is nothing to sum up.
function end(before) {
  run = null;
  lookup.removeAttribute("aria-busy");
  find("progress").hidden = true;
  hideStop();
  find(".lookup-tools").hidden = !checks.childElementCount;
  find(".lookup-summary").hidden = before === null;
  if (before !== null) find(".lookup-count").textContent = before + summary();
  else find(".lookup-empty").hidden = false;
  lookup.dataset.done = "true";
}

function summary() {
  const statuses = [...checks.children].map((item) => item.dataset.status);
  const counts = Object.keys(NAMES)
    .map((name) => [statuses.filter((status) => status === name).length, NAMES[name]])
    .filter(([number]) => number);
  const told = counts.map(([number, words]) => number + " " + words).join(", ");
  return many(statuses.length, "quotation") + " checked" + (told ? ": " + told : "") + ".";
}
