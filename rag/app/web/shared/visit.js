// @ts-check
// Who is logged in, and the collections that can be switched to. The server puts both into the page.
import { root } from "./base.js";
import { make, part } from "./elements.js";
import { nodes_ } from "./language.js";

/**
 * @type {{ collection?: string, collections?: [string, string][], user?: string, log_out?: string | null }}
 * a collection is its name and its title
 */
const visit = JSON.parse(document.getElementById("visit")?.textContent || "{}");

/** @param {string} name */
const addressOf = (name) => root + "c/" + encodeURIComponent(name) + "/";

function showCollections() {
  const known = visit.collections ?? [];
  const switcher = part(document, "#masthead .collections");
  const box = part(switcher, "select", HTMLSelectElement);
  const options = known.map(([name, title]) => make("option", { value: name, selected: name === visit.collection }, title));
  box.replaceChildren(...options);
  switcher.hidden = known.length < 2;
  box.addEventListener("change", () => location.assign(addressOf(box.value)));
  // Back leads to a page that was left with another choice in the box.
  addEventListener("pageshow", () => (box.value = visit.collection ?? ""));
}

function showUser() {
  const place = part(document, "[data-visit]");
  place.hidden = !visit.user;
  part(place, "span").replaceChildren(...nodes_("Logged in as {name}", { name: make("bdi", {}, visit.user) }));
  part(place, "button").hidden = !visit.log_out;
  part(document, "#log-out", HTMLFormElement).action = visit.log_out ?? "";
}

showCollections();
showUser();
