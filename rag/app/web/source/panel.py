"""The source panel as it stands on the page before its script fills it."""

from __future__ import annotations

__all__ = ["PANEL", "STYLES"]

STYLES = {
    "chicago": "Chicago",
    "apa": "APA",
    "mla": "MLA",
    "oscola": "OSCOLA",
    "bluebook": "Bluebook",
}
"""Styles of references: their names in ``/reference/TOKEN?style=…``, and for people."""

_FILES = {"bib": "BibTeX", "ris": "RIS", "json": "CSL JSON"}


def _options() -> str:
    return "".join(f'<option value="{name}">{words}</option>' for name, words in STYLES.items())


def _downloads() -> str:
    return "".join(
        f'<a class="plain" download data-file="{ending}">{words}</a>'
        for ending, words in _FILES.items()
    )


PANEL = f"""
<aside class="panel" aria-label="Source" tabindex="-1">
  <div class="panel-bar" role="toolbar" aria-label="Source">
    <button type="button" class="plain" data-step="-1" disabled
      aria-label="Previous citation">←</button>
    <span class="position" aria-live="polite"></span>
    <button type="button" class="plain" data-step="1" disabled
      aria-label="Next citation">→</button>
    <span class="gap"></span>
    <button type="button" class="plain" data-copy="quotation" disabled>Copy quotation</button>
    <button type="button" class="plain" data-copy="link" disabled>Copy link</button>
    <details class="reference" hidden><summary class="plain">Reference</summary>
      <div class="reference-sheet">
        <label>Style <select data-reference-style>{_options()}</select></label>
        <p class="reference-words" tabindex="0" role="region" aria-label="Reference"
          aria-live="polite"></p>
        <div class="reference-actions">
          <button type="button" class="plain" data-copy="reference">Copy reference</button>
          <span>Download for a reference manager: {_downloads()}</span>
        </div>
      </div></details>
    <button type="button" class="plain close" data-close="source"
      aria-label="Close the source">×</button>
  </div>
  <div class="panel-body"></div>
  <p class="toast" role="status"></p>
</aside>
"""
