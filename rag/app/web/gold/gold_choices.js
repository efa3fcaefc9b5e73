// What the dialog of a gold question offers: sentences to choose, as elements whose words are text.
// Runs after gold_store.js and before gold_dialog.js, in the scope of the conversations.

// A sentence with its report and page; `chosen` are the tokens that are ticked.
function goldChoice(place, chosen) {
  const box = make("input", { type: "checkbox", value: place.token });
  box.checked = chosen.has(place.token);
  const from = [place.title || place.source, place.page].filter(Boolean).join(", ");
  return make("li", {},
    make("label", {}, box, make("span", { class: "gold-words" },
      make("bdi", { class: "gold-quote", dir: "auto" }, place.quote),
      make("bdi", { class: "gold-from" }, from))));
}

const goldChoices = (places, chosen) =>
  make("ul", { class: "gold-choices" }, ...places.map((place) => goldChoice(place, chosen)));

// A passage to unfold; open if something in it is chosen.
function goldPassage(passage, chosen) {
  const open = passage.sentences.some((one) => chosen.has(one.token));
  return make("details", { class: "gold-passage", open },
    make("summary", {}, make("bdi", { class: "gold-from" }, passage.name), make("bdi", { class: "gold-opening" }, passage.opening)),
    goldChoices(passage.sentences, chosen));
}

function goldGroup(title, ...children) {
  return make("div", { class: "gold-group", role: "group", "aria-label": title }, make("h3", {}, title), ...children);
}

// Everything that can be chosen, each place once; the most likely first.
function goldOffer({ abstained, cited, passages, own }, chosen) {
  const seen = new Set();
  const fresh = (place) => !seen.has(place.token) && seen.add(place.token);
  const groups = [];
  const first = cited.filter(fresh);
  const all = make("button", { type: "button", class: "plain", "data-gold": "all" }, "Choose all of these");
  if (first.length) groups.push(goldGroup("Cited in the answer", goldChoices(first, chosen), first.length > 1 ? all : null));
  const added = own.filter(fresh);
  if (added.length) groups.push(goldGroup("Chosen or added by you", goldChoices(added, chosen)));
  const others = passages
    .map((one) => ({ ...one, sentences: one.sentences.filter(fresh) }))
    .filter((one) => one.sentences.length);
  if (others.length) {
    const title = abstained ? "In the nearest passages" : "In the passages that were found";
    groups.push(goldGroup(title, ...others.map((one) => goldPassage(one, chosen))));
  }
  return groups;
}
