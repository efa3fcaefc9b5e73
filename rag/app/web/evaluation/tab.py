"""The Evaluation tab as it stands on the page before its script fills it."""

from __future__ import annotations

from pathlib import Path

from rag.evaluation.report import report_style

__all__ = ["EVALUATION", "EVALUATION_STYLE"]

_HERE = Path(__file__).parent
EVALUATION_STYLE = f"{report_style()}{(_HERE / 'evaluation.css').read_text('utf-8')}"

EVALUATION = """
<section class="evaluation-tab" aria-labelledby="evaluation-title">
<h2 id="evaluation-title" tabindex="-1">Evaluation</h2>
<form class="evaluation-form">
  <label><span>Gold questions</span><input type="file" name="file" accept=".jsonl,.json"></label>
  <label data-path hidden><span>or a file on this machine</span><input name="path"
    maxlength="4000" autocomplete="off" placeholder="folder/gold.jsonl"></label>
  <label><span>Ask at most (empty: all)</span><input name="sample" type="number" min="1"
    inputmode="numeric"></label>
  <div class="evaluation-actions">
    <button type="submit" class="primary">Run</button>
    <button type="button" class="plain" data-do="cancel" hidden>Cancel</button>
  </div>
</form>
<section class="collected" aria-labelledby="collected-title" hidden>
  <h3 id="collected-title" tabindex="-1">Kept from the chat</h3>
  <p class="collected-words"></p>
  <div class="evaluation-actions">
    <button type="button" class="plain" data-gold="run">Run these</button>
    <button type="button" class="plain" data-gold="download">Download gold.jsonl</button>
    <button type="button" class="plain" data-gold="clear">Remove all</button>
  </div>
  <p class="collected-said" role="status"></p>
  <details open><summary>The questions</summary><ol class="collected-list"></ol></details>
</section>
<p class="evaluation-error" role="alert" hidden></p>
<div class="evaluation-progress" hidden>
  <progress max="1" value="0" aria-label="Questions asked"></progress>
  <p role="status"></p>
</div>
<div class="evaluation-tools" hidden>
  <a class="plain" data-save="page" download="evaluation.html">Save as a page</a>
  <button type="button" class="plain" data-do="save">Save the figures (JSON)</button>
  <label><span>Compare with</span><select name="earlier"></select></label>
  <button type="button" class="plain" data-do="compare">Compare</button>
  <button type="button" class="plain" data-do="load">Earlier run from a file …</button>
  <input type="file" accept=".json" hidden data-earlier aria-label="Earlier run">
</div>
<div class="evaluation evaluation-comparison" tabindex="-1" hidden></div>
<div class="evaluation evaluation-report"></div>
<div class="evaluation-empty">
  <h3>How good are the answers, on your own questions?</h3>
  <p>Give a file of questions whose answers you know, one JSON object a line: <code>id</code>,
    <code>question</code>, <code>answerable</code>, and for what is to be found
    <code>evidence</code> with <code>source</code>, <code>page</code> and <code>quote</code>.
    Every question is asked as in the chat, and what went wrong is shown, worst first.</p>
  <p>“rag gold check” tells whether such a file stands on these reports, “rag gold import” makes
    one of a BEIR or SQuAD set or a table.</p>
  <p>Or make one as you go: “Keep as gold question …” stands under every answer in the chat.</p>
</div>
</section>
"""
