"""Question sets of other formats as gold questions, with their texts as files to ingest.

BEIR (a folder with ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/SPLIT.tsv``), SQuAD 1.1 and 2.0
(one JSON file), and CSV with a row for each evidence item.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from rag import patience
from rag.errors import GoldError
from rag.evaluation.gold import GoldEvidence, GoldQuestion, gold_line
from rag.language.sentences import split_sentences

Format = Literal["beir", "squad", "csv"]

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Imported:
    """Gold questions, and the texts that came with them: by file name, title and text."""

    questions: list[GoldQuestion]
    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def import_gold(path: Path, *, kind: Format, split: str = "test") -> Imported:
    """Read a question set.

    Raises:
        GoldError: it is not of this format; the message names the file and the line.
    """
    try:
        if kind == "beir":
            imported = _beir(path, split)
        else:
            content = _existing(path).read_text("utf-8-sig")
            imported = (_squad if kind == "squad" else _csv)(path, content)
    except UnicodeDecodeError as error:
        raise GoldError(f"{path} is not UTF-8") from error
    except (KeyError, TypeError, ValueError, AttributeError, csv.Error) as error:
        raise GoldError(f"{path} is not of the format {kind}: {error!r}") from error
    if not imported.questions:
        raise GoldError(f"{path} has no questions in it")
    return imported


def write_imported(imported: Imported, folder: Path) -> tuple[Path, Path | None]:
    """Write ``gold.jsonl``, and ``corpus/`` where there are texts; the paths of both.

    Raises:
        GoldError: the folder has one of them already.
    """
    gold, corpus = folder / "gold.jsonl", folder / "corpus"
    for path in (gold, corpus):
        if path.exists():
            raise GoldError(f"{path} exists: name another folder with --out, or remove it")
    folder.mkdir(parents=True, exist_ok=True)
    if imported.texts:
        corpus.mkdir()
        with (corpus / "metadata.csv").open("w", encoding="utf-8", newline="") as sidecar:
            writer = csv.writer(sidecar)
            writer.writerow(("file", "title"))
            for name, (title, text) in imported.texts.items():
                (corpus / name).write_text(text, "utf-8", errors="replace", newline="\n")
                writer.writerow((name, title))
                patience.progress()
    lines = map(gold_line, imported.questions)
    gold.write_text("".join(f"{line}\n" for line in lines), "utf-8", errors="replace")
    return gold, corpus if imported.texts else None


def _file_name(key: str) -> str:
    """A file name that is valid on every system, and different for different keys."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", key).strip("-")[:60]
    if plain == key:
        return f"{plain}.txt"
    return f"{plain or 'text'}-{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:8]}.txt"


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise GoldError(f"{path} does not exist")
    return path


def _json(text: str, name: str) -> Any:  # noqa: ANN401 - what it is, its reader knows
    try:
        return json.loads(text)
    except ValueError as error:
        raise GoldError(f"{name} is not JSON") from error


def _lines(path: Path) -> Iterator[JsonObject]:
    with _existing(path).open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield _json(line, f"{path}, line {number}")


# BEIR -----------------------------------------------------------------------------------------


def _beir(folder: Path, split: str) -> Imported:
    """A text for each entry of the corpus; evidence is the whole text, as it is judged there."""
    texts: dict[str, tuple[str, str]] = {}
    for entry in _lines(folder / "corpus.jsonl"):
        title, text = str(entry.get("title") or ""), str(entry["text"])
        if text.strip():
            texts[_file_name(str(entry["_id"]))] = (title, text)
    judged: dict[str, list[str]] = {}
    for query, text_id in _qrels(folder / "qrels" / f"{split}.tsv"):
        judged.setdefault(query, []).append(_file_name(text_id))
    questions = [
        GoldQuestion(
            id=str(entry["_id"]),
            question=str(entry["text"]),
            answerable=True,
            evidence=tuple(
                GoldEvidence(source=name) for name in judged[str(entry["_id"])] if name in texts
            ),
        )
        for entry in _lines(folder / "queries.jsonl")
        if str(entry["_id"]) in judged
    ]
    return Imported([each for each in questions if each.evidence], texts)


def _qrels(path: Path) -> Iterator[tuple[str, str]]:
    if not path.is_file():
        found = ", ".join(sorted(each.stem for each in path.parent.glob("*.tsv"))) or "none"
        raise GoldError(f"{path} does not exist; splits that do: {found} (--split)")
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t"), start=1):
            if number == 1 and row and not row[-1].strip().lstrip("-").isdigit():
                continue  # a heading
            if len(row) < 3 or not row[-1].strip().lstrip("-").isdigit():
                raise GoldError(f"{path}, line {number}: expected query, text and a whole number")
            if int(row[-1]) > 0:
                yield row[0], row[-2]


# SQuAD ----------------------------------------------------------------------------------------


def _squad(path: Path, content: str) -> Imported:
    """A text for each article; evidence is the sentence in which the first answer stands."""
    articles = _json(content, str(path))["data"]
    questions: list[GoldQuestion] = []
    texts: dict[str, tuple[str, str]] = {}
    for number, article in enumerate(articles):
        title = str(article.get("title") or f"Article {number + 1}").replace("_", " ")
        name = _file_name(f"{number + 1:04}-{title}")
        contexts = [str(each["context"]) for each in article["paragraphs"]]
        texts[name] = (title, "\n\n".join(context.strip() for context in contexts))
        for paragraph in article["paragraphs"]:
            asked = paragraph["qas"]
            questions += (_squad_question(each, str(paragraph["context"]), name) for each in asked)
    return Imported(questions, texts)


def _squad_question(asked: JsonObject, context: str, source: str) -> GoldQuestion:
    answers = asked.get("answers") or []
    answerable = not asked.get("is_impossible", False) and bool(answers)
    if not answerable:
        return GoldQuestion(id=str(asked["id"]), question=str(asked["question"]), answerable=False)
    at = int(answers[0]["answer_start"])
    sentences = [(start, end) for start, end in split_sentences(context) if start <= at < end]
    start, end = sentences[0] if sentences else (at, at + len(str(answers[0]["text"])))
    return GoldQuestion(
        id=str(asked["id"]),
        question=str(asked["question"]),
        answerable=True,
        answers=tuple(dict.fromkeys(str(each["text"]) for each in answers)),
        evidence=(GoldEvidence(source=source, quote=context[start:end]),),
    )


# CSV ------------------------------------------------------------------------------------------

_COLUMNS = ("id", "question", "answerable", "source", "page", "quote", "answer", "kind", "speaker")
_YES, _NO = ("yes", "true", "1", "y"), ("no", "false", "0", "n")


def _csv(path: Path, content: str) -> Imported:
    """A row for each evidence item; rows of one id, or else of one question, belong together."""
    head = content.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    rows = csv.DictReader(io.StringIO(content), delimiter=delimiter)
    heads = [(each or "").strip().casefold() for each in rows.fieldnames or ()]
    unknown = sorted(set(heads) - set(_COLUMNS))
    if "question" not in heads or unknown:
        wrong = f"unknown: {', '.join(unknown)}" if unknown else "question is missing"
        raise GoldError(f"{path}, line 1: {wrong}; columns are {', '.join(_COLUMNS)}")
    rows.fieldnames = heads
    together: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for row in rows:
        cells = {name: (row.get(name) or "").strip() for name in _COLUMNS}
        if any(cells.values()):
            together.setdefault(cells["id"] or cells["question"], []).append((rows.line_num, cells))
    groups = enumerate(together.values(), start=1)
    return Imported([_csv_question(path, number, each) for number, each in groups])


def _csv_question(path: Path, number: int, rows: list[tuple[int, dict[str, str]]]) -> GoldQuestion:
    line, first = rows[0]
    evidence = [_csv_evidence(path, at, cells) for at, cells in rows if cells["source"]]
    said = first["answerable"].casefold()
    if said not in ("", *_YES, *_NO):
        raise GoldError(f"{path}, line {line}: answerable is {said!r}; write yes or no")
    try:
        return GoldQuestion(
            id=first["id"] or f"q{number:04}",
            question=first["question"],
            answerable=said in _YES if said else bool(evidence),
            kind=first["kind"] or None,
            answers=tuple(dict.fromkeys(cells["answer"] for _, cells in rows if cells["answer"])),
            evidence=tuple(evidence),
            speaker=first["speaker"] or None,
        )
    except ValidationError as error:
        raise GoldError(f"{path}, line {line}: {error.errors()[0]['msg']}") from error


def _csv_evidence(path: Path, line: int, cells: Mapping[str, str]) -> GoldEvidence:
    page = cells["page"]
    if page and not page.isdecimal():
        raise GoldError(f"{path}, line {line}: the page is {page!r}; write the number of the page")
    return GoldEvidence(
        source=cells["source"], page=int(page) if page else None, quote=cells["quote"] or None
    )
