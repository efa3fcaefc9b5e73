// The tabs, and what the address says: "#library", "#src=TOKEN" or "#library&src=TOKEN"; a tab may
// keep more there as "name=value". Runs once, before source.js and in the same scope. Other scripts
// hear of a switch by "footnote:tab".
const tabButtons = [...document.querySelectorAll('#masthead [role="tab"]')];
const FIRST = tabButtons[0].dataset.tab;
const panelOf = (name) => document.getElementById("tab-" + name);

let tab = FIRST; // the tab that is shown
const opened = {}; // the source that each tab has open
const kept = {}; // what else each tab has in the address

function place() {
  const parts = location.hash.slice(1).split("&");
  const known = tabButtons.some((button) => button.dataset.tab === parts[0]);
  const name = known ? parts.shift() : FIRST;
  const source = parts.find((part) => /^src=[\w.-]+$/.test(part));
  kept[name] = parts.filter((part) => /^(?!src=)[a-z]+=/.test(part));
  return { tab: name, source: source ? source.slice("src=".length) : null };
}

function address(name, source) {
  const more = kept[name] || [];
  const parts = [name === FIRST ? "" : name, ...more, source ? "src=" + source : ""].filter(Boolean);
  return location.pathname + location.search + (parts.length ? "#" + parts.join("&") : "");
}

function showTab(name) {
  tab = name;
  document.getElementById("columns").dataset.tab = name;
  for (const button of tabButtons) {
    const current = button.dataset.tab === name;
    button.setAttribute("aria-selected", String(current));
    button.tabIndex = current ? 0 : -1;
    panelOf(button.dataset.tab).hidden = !current;
  }
  document.querySelector('[data-open="collection"]').hidden = name !== FIRST;
  document.dispatchEvent(new CustomEvent("footnote:tab", { detail: name }));
}

// What the address says is shown; source.js defines show and hide.
function follow({ focus = true } = {}) {
  const { tab: name, source } = place();
  if (name !== tab) showTab(name);
  if (source) show(source, { focus });
  else hide({ focus });
}

function switchTab(name) {
  if (name === tab) return;
  opened[tab] = place().source;
  history.pushState(null, "", address(name, opened[name] || null));
  follow({ focus: false });
}

function onTabKey(event) {
  const at = tabButtons.indexOf(event.target.closest('[role="tab"]'));
  const count = tabButtons.length;
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + count, Home: 0, End: count - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  const button = tabButtons[to % count];
  button.focus();
  switchTab(button.dataset.tab);
}

for (const button of tabButtons) {
  const panelElement = panelOf(button.dataset.tab);
  panelElement.setAttribute("role", "tabpanel");
  panelElement.setAttribute("aria-labelledby", button.id);
  button.addEventListener("click", () => switchTab(button.dataset.tab));
  button.addEventListener("keydown", onTabKey);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  const name = link && link.getAttribute("href").slice(1);
  if (!name || !tabButtons.some((button) => button.dataset.tab === name)) return;
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  switchTab(name);
  document.getElementById("to-" + name).focus();
});
