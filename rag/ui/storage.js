// What this browser keeps for the page: localStorage, or null where it keeps nothing, as in some
// private windows. Runs before the scripts that keep something, in their scope.
const storage = (() => {
  try {
    const probe = "footnote.probe";
    localStorage.setItem(probe, "1");
    localStorage.removeItem(probe);
    return localStorage;
  } catch (error) {
    // A full storage can still be read, and made room in.
    return error.name === "QuotaExceededError" && localStorage.length ? localStorage : null;
  }
})();
