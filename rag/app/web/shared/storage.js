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

// Texts by id under a common prefix, one entry of localStorage for each; in `memory`, a map, where the
// browser keeps nothing.
const cupboard = (prefix, memory) => ({
  entries() {
    const keys = storage ? Array.from({ length: storage.length }, (_, at) => storage.key(at)) : [...memory.keys()];
    const ids = keys.filter((key) => key && key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    return ids.map((id) => [id, this.text(id)]);
  },
  text: (id) => (storage ? storage.getItem(prefix + id) : memory.get(prefix + id)),
  // Throws what the browser throws when there is no room.
  put(id, text) {
    if (storage) storage.setItem(prefix + id, text);
    else memory.set(prefix + id, text);
  },
  remove(id) {
    if (storage) storage.removeItem(prefix + id);
    else memory.delete(prefix + id);
  },
});
