"""The Library tab as it stands on the page before its script fills it."""

from __future__ import annotations

from rag.app.library import EDITABLE

__all__ = ["LIBRARY"]

_COLUMNS = (
    ("title", "Title"),
    ("publisher", "Publisher"),
    ("country", "Country"),
    ("date", "Date"),
    ("language", "Language"),
    ("pages", "Pages"),
    ("passages", "Passages"),
    ("added", "Added"),
    ("status", "Status"),
)
_HINTS = {
    "date": "As 2019-03-13, 2019-03 or 2019",
    "language": "As a code: en, fr, am",
}


_UNSORTED = ("language", "status")


def _heading(field: str, label: str) -> str:
    if field in _UNSORTED:
        return f'<th scope="col" class="head-{field}">{label}</th>'
    return (
        f'<th scope="col" class="head-{field}" data-column="{field}">'
        f'<button type="button" data-sort="{field}">{label}'
        '<span class="arrow" aria-hidden="true"></span></button></th>'
    )


def _field(name: str) -> str:
    hint = f'<p class="hint" id="hint-{name}">{_HINTS[name]}</p>' if name in _HINTS else ""
    described = f"{f'hint-{name} ' if name in _HINTS else ''}origin-{name}"
    return (
        f'<div class="field"><label for="edit-{name}">{name.capitalize()}</label>'
        f'<input id="edit-{name}" name="{name}" maxlength="1000" autocomplete="off" dir="auto" '
        f'aria-describedby="{described}">{hint}'
        f'<p class="origin" id="origin-{name}"></p></div>'
    )


def _filter(name: str, label: str) -> str:
    return f'<label><span>{label}</span><select name="{name}"></select></label>'


_HEAD = """
<header class="library-head">
  <h2 id="library-title" tabindex="-1">Library</h2>
  <p class="library-facts"></p>
  <div class="library-actions" hidden>
    <button type="button" class="primary" data-do="choose-files">Add files …</button>
    <button type="button" class="plain" data-do="choose-folder">Add a folder …</button>
    <span class="drop-words">or drop them here</span>
    <input type="file" multiple hidden data-picker="files" aria-label="Files to add">
    <input type="file" webkitdirectory hidden data-picker="folder" aria-label="Folder to add">
  </div>
</header>
<p class="read-only" hidden></p>
<div class="jobs"></div>
"""

_FILTERS = f"""
<form class="library-filters" role="search" aria-label="Documents">
  <label class="search-words"><span>Search</span><input type="search" name="text" maxlength="300"
    autocomplete="off" placeholder="Title, publisher, country, file …"></label>
  <details class="more-filters" open><summary>Filters and order</summary><div>
    {_filter("country", "Country")}{_filter("publisher", "Publisher")}
    {_filter("from", "From year")}{_filter("to", "To year")}
    <label class="order"><span>Order</span><select name="order">
      <option value="title">Title</option><option value="date">Date</option>
      <option value="-date">Date, latest first</option><option value="country">Country</option>
      <option value="publisher">Publisher</option><option value="-added">Added last</option>
    </select></label>
    <button type="reset" class="plain">Clear</button>
  </div></details>
</form>
<div class="selection" role="group" aria-label="Chosen documents" hidden>
  <span class="selection-words"></span>
  <button type="button" class="plain" data-do="remove-selected">Remove …</button>
  <button type="button" class="plain" data-do="unselect">Choose none</button>
</div>
<p class="library-error" role="alert" hidden></p>
"""

_TABLE = f"""
<div class="table-wrap" role="region" aria-label="Documents" tabindex="0">
  <table class="documents">
    <thead><tr>
      <th scope="col" class="choose" hidden><input type="checkbox" data-all
        aria-label="Choose all on this page"></th>
      {"".join(_heading(field, label) for field, label in _COLUMNS)}
      <th scope="col" class="do" hidden><span class="visually-hidden">Change</span></th>
    </tr></thead>
    <tbody></tbody>
  </table>
  <div class="library-empty" hidden></div>
</div>
<nav class="paging" aria-label="Pages of the list" hidden>
  <button type="button" class="plain" data-page="first" aria-label="First page">«</button>
  <button type="button" class="plain" data-page="previous">‹ Previous</button>
  <span class="paging-words"></span>
  <button type="button" class="plain" data-page="next">Next ›</button>
  <button type="button" class="plain" data-page="last" aria-label="Last page">»</button>
</nav>
<p class="visually-hidden" role="status" data-found></p>
<p class="visually-hidden" role="status" data-adding></p>
"""

_DIALOGS = f"""
<dialog class="sheet edit" aria-labelledby="edit-heading">
  <form method="dialog" novalidate>
    <h2 id="edit-heading">Edit metadata</h2>
    <p class="sheet-source"></p>
    <p class="hint">An empty field means that this is not known. The file itself stays as it is.</p>
    {"".join(_field(name) for name in EDITABLE)}
    <p class="library-error" role="alert" hidden></p>
    <div class="sheet-bar">
      <button type="submit" class="primary" data-save>Save</button>
      <button type="button" class="plain" data-dismiss>Cancel</button>
    </div>
  </form>
</dialog>
<dialog class="sheet remove" aria-labelledby="remove-heading">
  <form method="dialog">
    <h2 id="remove-heading" tabindex="-1">Remove?</h2>
    <ul class="remove-names"></ul>
    <p class="remove-words"></p>
    <p class="library-error" role="alert" hidden></p>
    <div class="sheet-bar">
      <button type="submit" class="primary danger" data-remove>Remove</button>
      <button type="button" class="plain" data-dismiss>Keep</button>
    </div>
  </form>
</dialog>
"""

LIBRARY = (
    '<section class="library" aria-labelledby="library-title">'
    f"{_HEAD}{_FILTERS}{_TABLE}{_DIALOGS}"
    '<div class="drop-here" aria-hidden="true" hidden><p>Drop to add to the library</p></div>'
    "</section>"
)
