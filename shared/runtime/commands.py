"""What every command of `clockstop` shares: which stack it talks to, and errors of one line."""

import asyncio
import json
import os
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

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


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end."""
    return asyncio.run(work)
