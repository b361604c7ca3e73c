"""`clockstop outreach`: what is due and complete as at a day, a provider's settings, and the rebuild."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
import uvloop
from typer.testing import CliRunner

from services.outreach.commands import COMPLETE, DUE, outreach
from services.outreach.handlers.entering import Tried
from shared import clock
from shared.runtime.database import connect_pool
from shared.runtime.errors import CommandError
from tests.component.test_outreach_handlers import REFERENCE, Outreach, anybody, checked, on_register

DAY = date(2024, 7, 10)


@pytest.fixture
def filled(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A stack's directory over a database with two people on registers, one of them complete and once tried."""

    async def fill() -> None:
        async with await connect_pool(database_urls["admin"], "referrals", size=1) as admin:
            await admin.execute(REFERENCE)
        async with await connect_pool(database_urls["outreach"], "outreach") as pool:
            await pool.execute("insert into cursor values ('people.v1', 0, 'c', 't', 0)")
            hands = Outreach(pool)
            monkeypatch.setattr(clock, "now", lambda: hands.now)
            await hands.hear(*on_register(), *checked("2023-07-20"))
            await hands.hear(*on_register("pk2", "E2"), *checked("2023-07-01", "pk2", ("bmi", "smoking")))
            task = await hands.task("bmi", "pk2")
            await hands.do(hands.entering.enter_attempt, Tried("A1", "pk2", task["task_id"], "call", DAY), "amira", anybody)

    uvloop.run(fill())
    settings = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "DATABASE_URL_OUTREACH": database_urls["outreach"]}
    (tmp_path / "environment.json").write_text(json.dumps(settings), "utf-8")
    return tmp_path


def run(directory: Path, *words: str) -> str:
    found = CliRunner().invoke(outreach, [*words, "--dir", str(directory)], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


def lines(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_due_lists_what_somebody_could_be_asked_about(filled: Path) -> None:
    header, *rows = lines(run(filled, "due", "--at", str(DAY)))
    assert tuple(header) == DUE
    annual = [row for row in rows if row[2] == "annual-recall"]
    assert {tuple(row[5:]) for row in annual if row[1] == "pk1"} == {("due soon", "0", "")}
    assert {(row[3], row[4]) for row in annual if row[1] == "pk2" and row[3] in ("bmi", "smoking")} == {
        ("bmi", "2024-07-01"),
        ("smoking", "2024-07-01"),
    }
    assert {(row[5], row[6]) for row in annual if row[1] == "pk2"} == {("overdue", "1")}
    assert rows == sorted(rows)
    assert [row for row in lines(run(filled, "due", "--at", "2023-07-25"))[1:] if row[1] == "pk1" and row[2] == "annual-recall"] == []


def test_complete_counts_the_register_by_group(filled: Path) -> None:
    header, *rows = lines(run(filled, "complete", "--at", str(DAY), "--by", "pcn"))
    assert tuple(header) == COMPLETE
    assert [row[:4] for row in rows] == [["XP01", "2", "1", "0.5000"], ["all", "2", "1", "0.5000"]]
    assert [row[1:3] for row in lines(run(filled, "complete", "--at", "2023-07-20", "--by", "age"))[1:]][-1] == ["2", "1"]
    with pytest.raises(CommandError, match="--by: 'moon' is not known"):
        run(filled, "complete", "--by", "moon")


def test_settings_are_checked_kept_and_shown(filled: Path) -> None:
    words = ("--provider", "XG0101", "--from", "2024-08-01", "--reason", "agreed")
    run(filled, "settings", "set", "declined-months", "6", *words)
    (told,) = [json.loads(line) for line in run(filled, "settings", "show").splitlines()]
    assert (told["provider"], told["name"], told["value"], told["valid_from"]) == ("XG0101", "declined-months", 6, "2024-08-01")
    for wrong, field in (("declined-months", "declined-months"), ("moon", "moon")):
        with pytest.raises(CommandError, match=field):
            run(filled, "settings", "set", wrong, "0", *words)
    with pytest.raises(CommandError, match="--provider"):
        run(filled, "settings", "set", "declined-months", "6", "--provider", "NOBODY", "--reason", "agreed")
