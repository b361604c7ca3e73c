"""What the documents tell a reader to type: run as a reader would, block by block, on a stack of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.architecture.source import ROOT
from tests.contract import guide

BLOCK = re.compile(r"^```(sh|python|)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def script(document: str) -> str:
    """The blocks of a document as one script; it stops at the first that fails."""
    blocks = BLOCK.findall((ROOT / "docs" / document).read_text("utf-8"))
    steps = [f"python - <<'END_OF_PYTHON'\n{text}END_OF_PYTHON" if language == "python" else text for language, text in blocks]
    return "\n".join(["set -euo pipefail", *steps])


@pytest.fixture
def desk() -> Iterator[Path]:
    """A reader's folder: the documents, and `clockstop` and `python` on the path."""
    with TemporaryDirectory(prefix="clockstop-reader-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "docs").symlink_to(ROOT / "docs")
        programs = folder / "bin"
        programs.mkdir()
        for program, words in (("clockstop", "-m deploy.cli"), ("python", "")):
            (programs / program).write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n', "utf-8")
            (programs / program).chmod(0o755)
        yield folder
        run(folder, "clockstop down")


def run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("KAFKA", "DATABASE_URL", "PORT"))}
    settings |= {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    return subprocess.run(["bash", "-c", text], cwd=folder, env=settings, capture_output=True, text=True, check=False)


@pytest.mark.timeout(600)  # a whole stack, and every command a process of its own
@pytest.mark.parametrize(
    ("document", "told"),
    [
        (
            "send-your-first-event.md",
            [
                '"verdict":"accepted"',
                "started the clock on 1 July 2024",
                "met: baseline outcome on 29 July 2024",
                "stopped the clock at day 28",
                "no effect: medium not counted",
                "1 rows refused or taken in part",
                "RXX,R-20,2024-08-05",
                '"reason":"missing-field","field":"data.received_on"',
            ],
        ),
        ("follow-a-referral.md", ['"verdict":"accepted"', "RXX,EX-R1,2024-07-01"]),
    ],
)
def test_every_command_of_the_document_does_what_it_says(document: str, told: list[str], desk: Path) -> None:
    done = run(desk, script(document))
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert [words for words in told if words not in done.stdout] == [], done.stdout


def test_the_guides_tables_are_those_of_the_catalogue() -> None:
    text = guide.GUIDE.read_text("utf-8")
    assert guide.BEGIN in text
    assert guide.renewed(text) == text, f"docs/send-your-first-event.md is out of date: `{guide.COMMAND}`"
