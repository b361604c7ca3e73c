"""Files for others to fetch: written whole beside their place, moved there, and never over another."""

import asyncio
import contextlib
import os
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from services.reporting.publish.transport import DoubtError, Known, Letter, NotTakenError


class FileDrop:
    """A directory. The name of a file says all that it is, so the same one twice is one file."""

    certain_after = timedelta(0)
    tracks = False

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def is_open(self, _now: datetime) -> bool:
        return True

    def refusal(self, _recipient: str) -> str | None:
        return None

    async def send(self, letter: Letter) -> Known:
        try:
            return await asyncio.to_thread(self._place, letter)
        except OSError as error:
            raise NotTakenError(f"cannot write to RETURNS_DROP: {error.strerror}") from None

    async def find(self, letter: Letter, _witness: str | None, _now: datetime) -> Known | None:
        try:
            return Known(letter.name, "accepted") if await asyncio.to_thread(self._holds, letter) else None
        except OSError as error:
            raise DoubtError(f"cannot read RETURNS_DROP: {error.strerror}") from None

    async def track(self, message_id: str, _now: datetime) -> Known | None:
        return Known(message_id, "accepted")

    async def complete(self, _message_id: str, _letter: Letter) -> None:
        raise AssertionError("a file is never there in part")

    def _place(self, letter: Letter) -> Known:
        """A link fails where a file is: it is the rename that never overwrites."""
        self._directory.mkdir(parents=True, exist_ok=True)
        part = self._directory / f".{letter.local_id}-{uuid4().hex}.part"
        try:
            with part.open("xb") as file:
                file.write(letter.content)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                (self._directory / letter.name).hardlink_to(part)
        finally:
            part.unlink(missing_ok=True)
        folder = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        if not self._holds(letter):
            raise NotTakenError(f"RETURNS_DROP: {letter.name} is there with other content: move it away")
        return Known(letter.name, "accepted")

    def _holds(self, letter: Letter) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return (self._directory / letter.name).read_bytes() == letter.content
        return False
