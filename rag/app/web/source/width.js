// @ts-check
// How wide the source is beside the rest: by dragging its edge, or with the arrow keys on it.
import { byId, part } from "../shared/elements.js";
import { isRightToLeft, n_ } from "../shared/language.js";
import { storage } from "../shared/storage.js";
import { panel } from "./panel.js";

const KEY = "footnote.source-width"; // in pixels
const [LEAST, REST, STEP] = [360, 640, 24]; // the narrowest source, the room for what is beside it

const divider = part(panel, ".divider");
const columns = byId("columns");
const source = byId("source");

const most = () => Math.max(LEAST, innerWidth - REST);

/** @param {number | null} width  in pixels; null: as it is without a choice */
function setWidth(width) {
  const chosen = width === null ? null : Math.round(Math.min(Math.max(width, LEAST), most()));
  if (chosen === null) columns.style.removeProperty("--source");
  else columns.style.setProperty("--source", chosen + "px");
  tellWidth();
  return chosen;
}

function tellWidth() {
  const now = Math.round(source.getBoundingClientRect().width);
  const values = { valuemin: LEAST, valuemax: most(), valuenow: now, valuetext: n_("{count} pixel", "{count} pixels", now) };
  for (const [name, value] of Object.entries(values)) divider.setAttribute("aria-" + name, String(value));
}

/** @param {number | null} width */
function choose(width) {
  const chosen = setWidth(width);
  if (chosen === null) storage?.removeItem(KEY);
  else storage?.setItem(KEY, String(chosen));
}

divider.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  divider.setPointerCapture(event.pointerId);
  divider.classList.add("dragged");
});
divider.addEventListener("pointermove", (event) => {
  if (divider.hasPointerCapture(event.pointerId)) setWidth(isRightToLeft ? event.clientX : innerWidth - event.clientX);
});
divider.addEventListener("lostpointercapture", () => {
  divider.classList.remove("dragged");
  choose(source.getBoundingClientRect().width);
});
divider.addEventListener("dblclick", () => choose(null));
divider.addEventListener("keydown", (event) => {
  const now = source.getBoundingClientRect().width;
  const outwards = isRightToLeft ? -STEP : STEP;
  const to = { ArrowLeft: now + outwards, ArrowRight: now - outwards, Home: most(), End: LEAST }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  choose(to);
});

const kept = Number(storage?.getItem(KEY));
if (kept) setWidth(kept);
addEventListener("resize", () => {
  const wanted = Number(storage?.getItem(KEY));
  if (wanted) setWidth(wanted);
});
divider.addEventListener("focus", tellWidth);
tellWidth();
