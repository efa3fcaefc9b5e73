// @ts-check
// Light or dark, where the user has chosen. It runs before Gradio does, which goes by the device.

const THEME = "footnote.theme";
const device = matchMedia("(prefers-color-scheme: dark)");

/** light, dark, or nothing: as on this device */
export function chosenTheme() {
  try {
    return localStorage.getItem(THEME) ?? "";
  } catch {
    return "";
  }
}

function apply() {
  const chosen = chosenTheme();
  const dark = chosen === "dark";
  if (chosen && document.body.classList.contains("dark") !== dark) document.body.classList.toggle("dark", dark);
}

/** @param {string} theme */
export function chooseTheme(theme) {
  try {
    if (theme) localStorage.setItem(THEME, theme);
    else localStorage.removeItem(THEME);
  } catch {
    // It holds until the page is closed.
  }
  document.body.classList.toggle("dark", theme ? theme === "dark" : device.matches);
}

new MutationObserver(apply).observe(document.body, { attributes: true, attributeFilter: ["class"] });
apply();
