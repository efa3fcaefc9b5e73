"""Intervals, failures, floors, comparisons and the report, on cases worked by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from lxml import html
from scipy.stats import bootstrap
from sklearn.metrics import accuracy_score, brier_score_loss, f1_score, roc_auc_score
from test_measures import DOCUMENTS, TEXT, answer, hit, judged, question

from rag.cite.answers import Answer
from rag.errors import GoldError, QueryError
from rag.evaluation.bounds import misses, parse_bound
from rag.evaluation.comparison import compare
from rag.evaluation.failures import FAILURES, Outcome, judge
from rag.evaluation.gold import GoldQuestion
from rag.evaluation.intervals import SEED, intervals, resampled
from rag.evaluation.measures import Scores, score
from rag.evaluation.plots import plots, rank_curve
from rag.evaluation.records import Evaluation, as_object, fingerprint, from_object
from rag.evaluation.report import report_page
from rag.evaluation.run import sample
from rag.evaluation.summary import statistics_of, summarise

ALL = (hit(1, "d2", 0, 50), hit(2, "d1", 0, 50))


def outcome(gold: GoldQuestion, said: Answer) -> Outcome:
    return judge(gold, said, DOCUMENTS, 5)


def evaluation(*outcomes: Outcome, asked: int | None = None) -> Evaluation:
    questions = [each.question for each in outcomes]
    return Evaluation("g.jsonl", fingerprint(questions), asked or len(outcomes), 0.45, outcomes)


def many(count: int = 40) -> list[Scores]:
    """Scores of all kinds, the same each time."""
    draw = np.random.default_rng(1)
    found = []
    for number in range(count):
        gold = question("Two were freed.", answerable=bool(number % 3), answers=("two",))
        spans = ((15, 30), (0, 14)) if number % 2 else ((31, 50),)
        said = replace(
            answer(*spans, hits=ALL[: 1 + number % 2], abstained=False),
            confidence=round(float(draw.random()), 1),
        )
        if number % 5 == 0:
            said = replace(said, abstained=True, statements=(), citations=())
        gold = gold.model_copy(update={"id": f"q{number}", "kind": "ab"[number % 2]})
        found.append(score(gold, said, DOCUMENTS, float(1 + draw.integers(500))))
    return found


# Intervals ------------------------------------------------------------------------------------


def test_figures_are_those_of_the_libraries() -> None:
    scores = many()
    figures = summarise(scores)
    sure, answerable = [s.confidence for s in scores], [s.answerable for s in scores]
    unanswerable, abstained = [not each for each in answerable], [s.abstained for s in scores]
    assert figures["AUROC"] == pytest.approx(roc_auc_score(answerable, sure))
    assert figures["Brier"] == pytest.approx(brier_score_loss(answerable, sure))
    assert figures["abstention F1"] == pytest.approx(f1_score(unanswerable, abstained))
    assert figures["abstention accuracy"] == accuracy_score(unanswerable, abstained)


def test_of_many_draws_at_once_every_statistic_gives_what_each_gives_alone() -> None:
    scores = many()
    found = statistics_of(scores)
    assert {"Hit@1", "AUROC", "ECE", "AURC", "abstention F1", "latency p95 ms"} <= found.keys()
    for name, statistic in found.items():
        drawn = resampled(len(scores), resamples=5)
        alone = [float(statistic(row)) for row in drawn]
        assert statistic(drawn) == pytest.approx(np.array(alone), nan_ok=True), name


def test_an_interval_is_what_scipy_gives_for_a_mean() -> None:
    scores = [judged(True, abstained, 0.5) for abstained in [True] * 12 + [False] * 18]
    low, high = intervals(scores)["false abstention"]
    wrong = np.array([each.abstained for each in scores], float)
    theirs = bootstrap(
        (wrong,), np.mean, method="percentile", n_resamples=9999, rng=np.random.default_rng(SEED)
    ).confidence_interval
    assert (low, high) == pytest.approx(theirs, abs=0.04)
    assert intervals(scores) == intervals(list(scores))
    assert intervals([]) == {}


# Failures -------------------------------------------------------------------------------------

GOLD = question("Two were freed.")
SPOKEN = GOLD.model_copy(update={"speaker": "Kozak"})
GONE = question("Two were never freed.")
LONG = question(TEXT)


@pytest.mark.parametrize(
    ("gold", "said", "failures"),
    [
        (GOLD, answer((15, 30), hits=ALL), ()),
        (GOLD, answer((0, 14), hits=ALL), ("retrieved but not chosen",)),
        (GOLD, answer((0, 14), (15, 30), hits=ALL), ("right sentence not first",)),
        (GOLD, answer((0, 14), hits=ALL[:1]), ("not retrieved",)),
        (GOLD, answer(hits=ALL, abstained=True), ("wrongly abstained",)),
        (GOLD, answer(hits=(), abstained=True), ("not retrieved", "wrongly abstained")),
        (GONE, answer((0, 14), hits=ALL), ("not in the collection",)),
        (LONG, answer((0, 14), hits=ALL), ("incomplete",)),
        (SPOKEN, answer((15, 30), hits=ALL), ("speaker missing",)),
        (question(answerable=False), answer(hits=ALL, abstained=True), ()),
        (
            question(answerable=False),
            answer((0, 14), hits=ALL),
            ("answered though unanswerable",),
        ),
        (GOLD.model_copy(update={"refuse": True}), answer((15, 30), hits=ALL), ("counted",)),
        (GOLD, answer((15, 30), (15, 30), hits=ALL), ("repeats itself",)),
    ],
)
def test_what_went_wrong_is_named(
    gold: GoldQuestion, said: Answer, failures: tuple[str, ...]
) -> None:
    assert outcome(gold, said).failures == failures


def test_a_wrong_name_and_a_false_quote_are_the_worst() -> None:
    said = answer((15, 30), hits=ALL)
    (cited,) = said.citations
    misnamed = replace(said, citations=(replace(cited, speaker="Pompeo"),))
    assert outcome(SPOKEN, misnamed).failures == ("wrong speaker",)
    false = replace(said, citations=(replace(cited, quote="None were freed.", speaker="Pompeo"),))
    assert outcome(SPOKEN, false).failures == ("broken citation", "wrong speaker")
    assert list(FAILURES)[:2] == ["broken citation", "wrong speaker"]


# Floors ---------------------------------------------------------------------------------------


def test_a_miss_names_the_measure_the_figure_and_what_costs_most() -> None:
    run = evaluation(
        outcome(GOLD, answer((15, 30), hits=ALL)),
        outcome(GOLD, answer((0, 14), hits=ALL)),
        outcome(GOLD, answer((0, 14), hits=ALL)),
        outcome(GOLD, answer(abstained=True, hits=ALL)),
    )
    bounds = [parse_bound("hit@1=0.5"), parse_bound("HIT@1=0.25"), parse_bound("integrity=1.0")]
    assert misses(run, bounds) == [
        "hit@1 is 0.250, under 0.5; most is lost to: retrieved but not chosen (67% of the loss)"
    ]
    (late,) = misses(run, [parse_bound("R@1=0.9")])
    assert late == "R@1 is 0.000, under 0.9; most is lost to: " + (
        "retrieved, but at a lower rank (100% of the loss)"
    )
    (often,) = misses(run, [parse_bound("false abstention=0.2", at_most=True)])
    assert "is 0.250, over 0.2; most is lost to: wrongly abstained" in often
    assert misses(run, [parse_bound("auroc=0.5")]) == [
        "auroc cannot be measured on these questions"
    ]


@pytest.mark.parametrize("given", ["hit=0.5", "hit@1", "hit@1=much", "ECE=0.1", "=1", ""])
def test_a_floor_that_cannot_be_meant_is_refused(given: str) -> None:
    with pytest.raises(QueryError):
        parse_bound(given)


def test_a_sample_has_every_kind_and_is_always_the_same() -> None:
    questions = [
        GoldQuestion(id=f"{kind}{n}", question="?", answerable=True, kind=kind)
        for n in range(20)
        for kind in ("a", "b", "c")
    ]
    taken = sample(questions, 9)
    assert taken == sample(questions, 9)
    assert sorted(each.kind or "" for each in taken) == ["a"] * 3 + ["b"] * 3 + ["c"] * 3
    assert sample(questions, 100) == questions


# Two runs -------------------------------------------------------------------------------------


def recorded(*said: Answer, gold: GoldQuestion = GOLD) -> object:
    judged_ = [
        outcome(gold.model_copy(update={"id": f"q{number}"}), each)
        for number, each in enumerate(said)
    ]
    return json.loads(json.dumps(as_object(evaluation(*judged_))))


RIGHT, WRONG = answer((15, 30), hits=ALL), answer((0, 14), hits=ALL)


def test_a_difference_is_told_from_chance() -> None:
    before = from_object(recorded(*[WRONG] * 20, *[RIGHT] * 5), where="A")
    after = from_object(recorded(*[RIGHT] * 18, *[WRONG] * 2, *[RIGHT] * 4, WRONG), where="B")
    found = compare(before, after)
    by_name = {each.measure: each for each in found.differences}
    hits = by_name["Hit@1"]
    assert (hits.before, hits.after, hits.better) == (0.2, 0.88, True)
    assert hits.interval is not None
    assert 0.4 < hits.interval[0] < 0.68 < hits.interval[1] < 1
    assert hits.p is not None
    assert hits.p < 0.01
    # Nothing changed here: nothing is tested, and nothing claimed.
    assert (by_name["R@5"].p, by_name["R@5"].better) == (None, None)
    assert [each.id for each in found.lost] == ["q24"]
    assert len(found.gained) == 18
    assert found.gained[0].before == ("retrieved but not chosen",)
    assert not found.cautions


def test_a_difference_on_few_questions_is_no_difference() -> None:
    before = from_object(recorded(WRONG, WRONG, RIGHT), where="A")
    after = from_object(recorded(RIGHT, WRONG, RIGHT), where="B")
    hits = next(each for each in compare(before, after).differences if each.measure == "Hit@1")
    assert hits.better is None
    # Of the eight ways to swap sides, every one is as far from nothing.
    assert hits.p == 1


def test_only_the_same_questions_are_compared() -> None:
    before = from_object(recorded(RIGHT, RIGHT, RIGHT), where="A")
    after = from_object(recorded(RIGHT, RIGHT), where="B")
    found = compare(before, after)
    assert found.questions == 2
    assert found.cautions == ("1 question is in A only, and is left out",)
    other = GOLD.model_copy(update={"question": "Who?"})
    with pytest.raises(GoldError, match="no question in common"):
        compare(before, from_object(recorded(RIGHT, gold=other), where="C"))


@pytest.mark.parametrize("value", [[], {}, {"run": {}}, {"run": {"format": 1}}, "text", None])
def test_something_else_is_not_taken_for_a_run(value: object) -> None:
    with pytest.raises(GoldError, match="is not what"):
        from_object(value, where="x.json")


# The report -----------------------------------------------------------------------------------

HOSTILE = "<script>window.pwn = 1</script><img src=https://example.org/x>\" ' & ]]> \ud800"


def hostile() -> Evaluation:
    gold = question("Two were freed.", answers=(HOSTILE,)).model_copy(
        update={"id": HOSTILE, "question": HOSTILE, "kind": HOSTILE, "speaker": HOSTILE}
    )
    cited = answer((0, 14), hits=ALL)
    (citation,) = cited.citations
    said = replace(
        cited,
        citations=(replace(citation, title=HOSTILE, section=HOSTILE, speaker=HOSTILE),),
        statements=(replace(cited.statements[0], text=HOSTILE),),
        notes=(HOSTILE,),
        hits=tuple(
            replace(each, source=HOSTILE, passage=replace(each.passage, text=HOSTILE))
            for each in ALL
        ),
    )
    right = outcome(question(answerable=False), answer(abstained=True))
    return replace(evaluation(outcome(gold, said), right), name=HOSTILE)


def test_a_report_loads_nothing_and_shows_markup_as_text() -> None:
    page = report_page(hostile())
    root: Any = html.fromstring(page.encode("utf-8", "replace"))
    assert root.xpath("count(//script)") == root.xpath("count(//style)") == 1
    assert not root.xpath("//img | //link | //iframe | //object | //form[@action] | //*[@style]")
    attributes = [(name, value) for each in root.iter() for name, value in each.items()]
    assert not [name for name, _ in attributes if name.startswith("on")]
    assert not [value for name, value in attributes if name in ("src", "href") and ":" in value]
    (policy,) = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert page.count("window.pwn") == page.count("&lt;script&gt;window.pwn") > 8


def test_a_report_has_the_plots_and_the_questions_worst_first() -> None:
    run = evaluation(
        outcome(GOLD.model_copy(update={"id": "fine", "kind": "fact"}), RIGHT),
        outcome(GOLD.model_copy(update={"id": "missed"}), WRONG),
        outcome(question(answerable=False).model_copy(update={"id": "bold"}), WRONG),
        asked=9,
    )
    root: Any = html.fromstring(report_page(run).encode())
    names = root.xpath("//figure/@data-plot")
    assert names == ["retrieval", "reliability", "abstaining", "latency", "kinds"]
    assert [each.name for each in plots(run)] == names
    failures = root.xpath("//section[@class='questions']/ol/li/@data-failures")
    assert failures == ["answered though unanswerable", "retrieved but not chosen", ""]
    assert "6 of 9 questions were not asked" in root.text_content()
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    used = {value.partition("(#")[2].rstrip(")") for value in root.xpath("//@clip-path")}
    assert used
    assert used <= set(ids)


def test_the_curve_of_retrieval_counts_evidence_by_rank() -> None:
    ids, found = rank_curve([outcome(GOLD, RIGHT), outcome(question(answerable=False), RIGHT)])
    assert ids == ["q"]
    assert found.tolist() == [[0.0, 1.0]]


def test_a_report_of_nothing_is_a_report() -> None:
    assert "0 questions" in report_page(replace(hostile(), outcomes=()))
