"""The API does what its specification tells, whatever it is sent: nothing else, and no crash."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from page_support import REPORTS, Served, make_chatbot, served

from rag.models.embedding import SentenceEmbedding

pytest.importorskip("schemathesis")

_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
)
# Requests made at random for each operation; those at the bounds of the schema come besides.
_EXAMPLES = 20
# A text that is longer than the schema allows may make the body longer than any may be.
_CONFIGURATION = """
[checks.negative_data_rejection]
expected-statuses = ["400", "404", "405", "413", "415", "422"]
"""


@pytest.fixture
def site(tmp_path: Path, embedding: SentenceEmbedding) -> Iterator[Served]:
    with served(*make_chatbot(tmp_path, REPORTS, embedding=embedding)) as running:
        running.chatbot.warm_up()
        yield running


def test_every_answer_is_one_that_the_specification_tells(site: Served, tmp_path: Path) -> None:
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(_CONFIGURATION, "utf-8")
    arguments = [
        *(f"--config-file={configuration}", "run", f"{site.address}api/v1/openapi.json"),
        *("--checks", ",".join(_CHECKS), "--max-examples", str(_EXAMPLES)),
        *("--phases", "examples,coverage,fuzzing", "--generation-deterministic", "--no-color"),
    ]
    ran = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", *arguments],
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    told = "\n".join(line[:400] for line in (ran.stdout + ran.stderr).splitlines())
    assert ran.returncode == 0, told[-8_000:]
    assert "13 selected / 13 total" in told
    assert httpx.get(f"{site.address}api/v1/models").status_code == 200
