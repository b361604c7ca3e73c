"""Which version of a definition an instant knows, and how the command line refuses an instant."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from services.waits.store.definitions import MAIN, Definitions, Held, definition

JANUARY, MARCH = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)


def held(version: int, finished: datetime | None, state: str) -> tuple[tuple[str, int], Held]:
    stated = replace(definition(MAIN), version=version)
    return (MAIN, version), Held(stated, "", "shipped", None, state, 0, 0, None, finished)


def test_an_instant_knows_the_version_whose_clocks_were_computed_last_by_then() -> None:
    kept = Definitions(dict([held(1, JANUARY, "retired"), held(2, MARCH, "running"), held(3, None, "computing")]))
    assert kept.named(MAIN).version == 2
    instants = {datetime(2025, 12, 1, tzinfo=UTC): 1, JANUARY: 1, datetime(2026, 3, 9, tzinfo=UTC): 1, MARCH: 2}
    assert {instant: kept.named(MAIN, instant).version for instant in instants} == instants
    assert kept.named(f"{MAIN}@3", JANUARY).version == 3
    assert Definitions(dict([held(1, None, "computing")])).named(MAIN, JANUARY).version == 1


@pytest.mark.parametrize(
    ("known_at", "told"),
    [
        ("2024-07-02T13:00", "--known-at: '2024-07-02T13:00' is no instant: write it as 2024-08-20T09:00:00Z, with its offset or Z"),
        ("2999-01-01T00:00:00Z", "is too recent: what was received then may still be on its way: name one at least 20 seconds ago"),
        ("0001-01-01T00:00:00+14:00", "lies before anything was known: name an instant from 2000 on"),
    ],
)
@pytest.mark.parametrize("command", [["clocks"], ["effects", "e-1"]])
def test_the_command_line_refuses_in_one_line(
    command: list[str], known_at: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    done = CliRunner().invoke(app, [*command, "--known-at", known_at, "--dir", str(tmp_path)])
    assert done.exit_code == 1
    assert told in str(done.exception)
    assert "\n" not in str(done.exception)
