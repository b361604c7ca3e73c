"""The command line's manners: wrong words and a stack that is not there are one line each, without a traceback."""

import asyncio
import sys
from pathlib import Path

import pytest

from deploy.cli import main
from shared.runtime import commands


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["up", "--port", "99999"], 2, "'--port'"),
        (["clocks", "--nope"], 2, "No such option: --nope"),
        (["bogus"], 2, "No such command 'bogus'"),
        (["emit"], 2, "Missing argument"),
        (["clocks", "--dir", "DIR"], 1, "nothing runs in DIR: start it with `clockstop up --dir DIR`"),
        (["receipts", "e-1", "--dir", "DIR"], 1, "nothing runs in DIR"),
        (["status", "--dir", "DIR"], 1, "nothing runs in DIR"),
        (["down", "--dir", "DIR"], 0, ""),
    ],
)
def test_a_failure_is_one_line_that_names_it(
    words: list[str], code: int, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    monkeypatch.setattr(sys, "argv", ["clockstop", *(str(tmp_path) if word == "DIR" else word for word in words)])
    with pytest.raises(SystemExit) as ended:
        main()
    left = ended.value.code
    error = capsys.readouterr().err + (left if isinstance(left, str) else "")
    assert (1 if isinstance(left, str) else left or 0) == code
    assert told.replace("DIR", str(tmp_path)) in error
    assert len(error.strip().splitlines()) <= 1


def test_what_fails_among_things_done_at_once_is_told_by_itself() -> None:
    async def fails() -> None:
        raise ConnectionResetError("gone")

    async def work() -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(fails())
            both.create_task(asyncio.sleep(60))

    with pytest.raises(ConnectionResetError, match="gone"):
        commands.run(work())
