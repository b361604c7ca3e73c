"""What every command of `clockstop` shares: which stack it talks to, and errors of one line."""

import asyncio
import json
import os
import sys
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO, TypeVar

import typer

from shared import clock
from shared.runtime.documents import not_known
from shared.runtime.errors import CommandError

SETTINGS_FILE = "environment.json"
"""In a stack's directory: the settings that reach it, by environment variable."""

T = TypeVar("T")


def enter_stack(directory: Path) -> Path:
    """Take over the settings of the stack in this directory; without one, the environment must hold them. Raises CommandError."""
    file = directory / SETTINGS_FILE
    if file.exists():
        os.environ.update(json.loads(file.read_text("utf-8")))
    elif "KAFKA_BOOTSTRAP_SERVERS" not in os.environ:
        raise CommandError(f"nothing runs in {directory}: start it with `clockstop up --dir {directory}`")
    return directory


Directory = Annotated[Path, typer.Option("--dir", callback=enter_stack, help="The stack's directory.")]
DEFAULT = Path(".clockstop")


def instant(option: str, text: str) -> datetime:
    """An instant as RFC 3339 writes it, with its offset. Raises CommandError naming the option."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise CommandError(f"{option}: {text!r} is no instant: write it as 2024-08-20T09:00:00Z, with its offset or Z")
    return found


def day(option: str, text: str) -> date:
    """The day that an option names; today without one. Raises CommandError."""
    if not text:
        return clock.today()
    try:
        if len(text) != 10:
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{option}: {text!r} is not a date: write it as 2024-09-30") from None


KnownAt = Annotated[
    str, typer.Option("--known-at", help="As known at this instant, as 2024-09-30T09:00:00Z: only what had been received by then.")
]


def known_at(text: str) -> datetime | None:
    """None where nothing was said: all that has been received is known. Raises CommandError."""
    if not text:
        return None
    found = instant("--known-at", text)
    if (problem := not_known(found)) is not None:
        raise CommandError(f"--known-at: {problem[0]}: {problem[1]}")
    return found


@contextmanager
def output(target: str) -> Iterator[TextIO]:
    """Where `--csv` writes to; `-` is standard output. Raises CommandError."""
    with ExitStack() as stack:
        try:
            yield sys.stdout if target == "-" else stack.enter_context(Path(target).open("w", encoding="utf-8", newline=""))
        except OSError as error:
            raise CommandError(f"--csv: cannot write {target}: {error.strerror}") from None


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end. What fails among things that are done at once is raised by itself, the first of them."""
    try:
        return asyncio.run(work)
    except ExceptionGroup as group:
        first: Exception = group
        while isinstance(first, ExceptionGroup):
            first = first.exceptions[0]
        raise first from None
