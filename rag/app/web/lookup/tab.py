"""The Citation lookup tab as it stands on the page before its script fills it."""

from __future__ import annotations

from rag.app.web.lookup.pieces import LONGEST_TEXT

__all__ = ["LOOKUP"]

_HOW = {
    "auto": "Quotations in it, or else all of it",
    "whole": "All of it, as one quotation",
    "quotations": "Only the quotations in it",
    "sentences": "Every sentence",
}


def _options() -> str:
    return "".join(f'<option value="{name}">{words}</option>' for name, words in _HOW.items())


LOOKUP = f"""
<section class="lookup" aria-labelledby="lookup-title">
<h2 id="lookup-title" tabindex="-1">Citation lookup</h2>
<form class="lookup-form">
  <label class="lookup-text"><span>A quotation, a sentence, or a whole draft</span>
    <textarea name="text" rows="5" dir="auto" spellcheck="false" data-longest="{LONGEST_TEXT}"
      aria-describedby="lookup-keys"></textarea></label>
  <p class="hint" id="lookup-keys">Enter checks a text of one line, Ctrl+Enter any text;
    Shift+Enter begins a new line.</p>
  <div class="lookup-fields">
    <label><span>Check</span><select name="how">{_options()}</select></label>
    <label><span>Said to stand in (optional)</span><input name="source" maxlength="2000"
      autocomplete="off" list="lookup-sources" placeholder="for example report.pdf"></label>
    <label><span>Said by (optional)</span><input name="speaker" maxlength="300"
      autocomplete="off" placeholder="a speaker’s name"></label>
    <datalist id="lookup-sources"></datalist>
    <div class="lookup-actions">
      <button type="submit" class="primary">Check</button>
      <button type="button" class="plain" data-do="stop" hidden>Stop</button>
      <button type="button" class="plain" data-do="clear">Clear</button>
    </div>
  </div>
</form>
<p class="lookup-error" role="alert" hidden></p>
<div class="lookup-summary" hidden>
  <p class="lookup-count" role="status"></p>
  <progress hidden aria-label="Quotations checked"></progress>
  <p class="lookup-note" hidden></p>
  <div class="lookup-tools" hidden>
    <label class="only"><input type="checkbox" data-only> Hide what is verbatim</label>
    <button type="button" class="plain" data-do="link">Copy link to this check</button>
    <span class="lookup-said" role="status"></span>
  </div>
</div>
<ol class="checks"></ol>
<div class="lookup-empty">
  <h3>Does it stand there, word for word?</h3>
  <p>Paste what you want to quote. Every report in the collection is searched, and you are told
    whether the words stand there <b>verbatim</b>, come <b>near</b>, or are <b>not found</b>:
    with every place, its page and speaker, and each word that differs.</p>
  <p>In a draft, everything between quotation marks and every block quote is checked. Different
    kinds of quotation marks, dashes and spaces make no difference; every word does.</p>
  <p><button type="button" class="plain" data-do="example">Try it with a sentence of your
    reports</button></p>
</div>
</section>
"""
