"""The public interface: complete, documented, cheap to import, and enough for a program."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
import typing
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel

import rag
from rag import errors

ROOT = Path(__file__).parent.parent
PUBLIC = [name for name in rag.__all__ if name != "__version__"]
OBJECTS = {name: getattr(rag, name) for name in PUBLIC}


def run(*command: object, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_name_is_listed_twice_and_all_are_offered() -> None:
    assert len(set(rag.__all__)) == len(rag.__all__)
    assert set(rag.__all__) <= set(dir(rag))


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_documented(name: str) -> None:
    found = OBJECTS[name]
    if isinstance(found, str):
        return
    assert found.__module__.startswith("rag.")
    text = inspect.getdoc(found) or ""
    # What dataclass writes by itself is only the signature.
    assert text, name
    assert not text.startswith(f"{found.__name__}("), name


def test_every_error_is_public() -> None:
    assert set(errors.__all__) <= set(PUBLIC)


def is_record(found: object) -> bool:
    """Whether it is a class of ours that holds data, or says what another object must do."""
    return (
        inspect.isclass(found)
        and found.__module__.startswith("rag.")
        and (
            is_dataclass(found)
            or issubclass(found, BaseModel)
            or getattr(found, "_is_protocol", False)
        )
    )


def named_in(annotation: object) -> Iterator[object]:
    """The classes in an annotation such as ``dict[str, tuple[Hit, ...]] | None``."""
    yield annotation
    for inner in typing.get_args(annotation):
        if isinstance(inner, list):  # the arguments of a Callable
            for each in inner:
                yield from named_in(each)
        else:
            yield from named_in(inner)


def types_of(found: object) -> dict[str, object]:
    """Annotations by name; those that are imported for type checkers only are public, too."""
    return typing.get_type_hints(found, localns=OBJECTS)


def hints(found: object) -> Iterator[object]:
    """The annotations of a function, or of a class's fields, methods and properties."""
    if not inspect.isclass(found):
        yield from types_of(found).values()
        return
    if is_record(found):
        fields = types_of(found)
        yield from (each for name, each in fields.items() if not name.startswith("_"))
    for name, member in vars(found).items():
        if name.startswith("_") and name != "__init__":
            continue
        function = (
            member.fget
            if isinstance(member, property)
            else inspect.unwrap(getattr(member, "__func__", member))
        )
        if inspect.isfunction(function):
            yield from types_of(function).values()


@pytest.mark.parametrize("name", [name for name in PUBLIC if callable(OBJECTS[name])])
def test_every_record_in_a_public_signature_is_public(name: str) -> None:
    records = {each for hint in hints(OBJECTS[name]) for each in named_in(hint) if is_record(each)}
    missing = {each.__name__ for each in records} - set(PUBLIC)  # type: ignore[attr-defined]
    assert not missing, f"{name} tells of {sorted(missing)}: add them to rag.__all__"


def test_importing_the_package_imports_nothing_big() -> None:
    told = run("-X", "importtime", "-c", "import rag").stderr
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in told.splitlines()}
    assert "rag" in imported
    assert not imported & {
        "torch", "chromadb", "gradio", "openvino", "numpy", "pydantic", "tantivy", "transformers",
    }  # fmt: skip


def test_a_name_that_is_not_there_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        rag.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_the_program_of_the_documentation_answers(sample_corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "reports").symlink_to(sample_corpus, target_is_directory=True)
    page = (ROOT / "docs" / "python.md").read_text("utf-8")
    program = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]
    lines = [line for line in program.splitlines() if line.strip()]
    assert len(lines) <= 10
    assert all("rag." not in line for line in lines)
    (tmp_path / "program.py").write_text(program, "utf-8")
    done = run("program.py", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "between 128 and 156" in done.stdout
    assert "azerbaijan-2018-country-report.md" in done.stdout
