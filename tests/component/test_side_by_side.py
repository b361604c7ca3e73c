"""Several clock definitions on the same events over a real database: soon after each event, for everybody when one is new."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.waits.handlers import _told as told_still
from services.waits.handlers.side_by_side import SideBySide
from services.waits.store import definitions
from services.waits.store.definitions import DefinitionError, Definitions
from shared.runtime.database import Pool
from tests.component.test_waits_handlers import Waits, canonical, care, referrals, wait, waits  # noqa: F401  # fixtures

NATIONAL = definitions.shipped()["national-2024", 1].toml
LOCAL = NATIONAL.replace('id = "national-2024"', 'id = "local-14"').replace("target_days = 28", "target_days = 14")
NEXT = LOCAL.replace("version = 1", "version = 2").replace("target_days = 14", "target_days = 10")


@pytest.fixture
async def local(waits: Waits) -> Waits:  # noqa: F811
    """Two people known before a provider's own definition comes."""
    await waits.hear(*wait(), *wait("pk2", "R2"), *care())
    await add(waits, LOCAL)
    return waits


async def add(waits: Waits, text: str) -> None:  # noqa: F811
    async with waits.pool.acquire() as connection, connection.transaction():
        await definitions.add(connection, text, "RXX")


async def kept(waits: Waits) -> Definitions:  # noqa: F811
    async with waits.pool.acquire() as connection:
        return await definitions.load(connection)


async def targets(waits: Waits, key: str) -> dict[str, int]:  # noqa: F811
    """Days until the first day past the target, of each person's clock under one definition."""
    name, _, version = key.partition("@")
    rows = await waits.pool.fetch(
        "select personkey, breach_on - start as days from clock where definition = $1 and definition_version = $2", name, int(version)
    )
    return {row["personkey"]: row["days"] for row in rows}


async def test_a_new_definition_is_computed_for_everybody_then_named_by_its_id(local: Waits) -> None:
    jobs = SideBySide(local.care)
    assert (await kept(local)).held["local-14", 1].state == "computing"
    assert await local.do(jobs.compute_new) == 2
    assert await targets(local, "local-14@1") == {"pk1": 15, "pk2": 15}
    held = (await kept(local)).held["local-14", 1]
    assert (held.state, held.computed, held.people) == ("computing", 2, 2)
    assert await local.do(jobs.compute_new) == 0
    assert (await kept(local)).held["local-14", 1].state == "running"
    told = [one for one in await local.said() if one.definition == "local-14"]
    assert {(one.change, one.cause.kind, one.cause.id) for one in told} == {("started", "definition", "local-14@1")}


async def test_an_event_moves_every_clock_and_names_itself_as_the_cause(local: Waits) -> None:
    await local.side_by_side()
    await local.said()
    await local.hear(*wait("pk3", "R3"))
    assert await targets(local, "local-14@1") == {"pk1": 15, "pk2": 15}
    [main] = await local.said()
    await local.side_by_side()
    told = {one.definition: one for one in await local.said()}
    assert told["local-14"].cause == main.cause
    assert (main.definition, told["local-14"].change, told["local-14"].spell_id) == ("national-2024", "started", "RXX:R3")
    assert await targets(local, "local-14@1") == {"pk1": 15, "pk2": 15, "pk3": 15}


async def test_while_events_come_fast_who_was_just_asked_for_waits(local: Waits, monkeypatch: pytest.MonkeyPatch) -> None:
    await local.side_by_side()
    monkeypatch.setattr("services.waits.rules.pace.MANY", 1)
    monkeypatch.setattr("services.waits.rules.pace.LATELY", timedelta(hours=1))
    await local.hear(*wait("pk3", "R3"))
    jobs = SideBySide(local.care)
    await local.do(jobs.compute_asked)
    assert await targets(local, "local-14@1") == {"pk1": 15, "pk2": 15}
    await local.pool.execute("update to_compute set since = since - interval '10 seconds'")
    await local.do(jobs.compute_asked)
    assert await targets(local, "local-14@1") == {"pk1": 15, "pk2": 15, "pk3": 15}


async def test_the_next_version_leaves_the_old_ones_answers_readable(local: Waits) -> None:
    await local.side_by_side()
    await add(local, NEXT)
    assert (await kept(local)).named("local-14").version == 1  # until everybody is computed
    await local.side_by_side()
    assert (await kept(local)).named("local-14").version == 2
    assert await targets(local, "local-14@2") == {"pk1": 11, "pk2": 11}
    assert await targets(local, "local-14@1") == {"pk1": 15, "pk2": 15}
    await local.hear(*wait("pk3", "R3"))
    await local.side_by_side()
    assert "pk3" in await targets(local, "local-14@1")


async def test_a_retired_version_is_computed_no_longer(local: Waits) -> None:
    await add(local, NEXT)
    await local.side_by_side()
    async with local.pool.acquire() as connection, connection.transaction():
        await definitions.retire(connection, (await definitions.load(connection)).named("local-14@1"))
    jobs = SideBySide(local.care)
    assert await local.do(jobs.sweep) == 2
    assert await local.do(jobs.sweep) == 0
    await local.hear(*wait("pk3", "R3"))
    await local.side_by_side()
    assert (await targets(local, "local-14@1"), len(await targets(local, "local-14@2"))) == ({}, 3)
    assert (await kept(local)).named("local-14@1").target_days == 14


async def test_a_recompute_goes_on_where_it_stopped(local: Waits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.waits.handlers.side_by_side.MANY", 1)
    assert await local.do(SideBySide(local.care).compute_new) == 1
    again = SideBySide(local.care)  # another worker
    assert [await local.do(again.compute_new) for _ in range(2)] == [1, 0]
    assert (await kept(local)).held["local-14", 1].computed == 2


async def test_while_one_worker_holds_a_person_another_leaves_them_alone(local: Waits, referrals: Pool) -> None:  # noqa: F811
    await local.side_by_side()
    await local.hear(*wait("pk3", "R3"))
    jobs = SideBySide(local.care)
    async with local.pool.acquire() as connection, connection.transaction():
        await connection.execute("select from pathway where personkey = 'pk3' for update")
        assert await local.do(jobs.compute_asked) == 0
    assert await local.do(jobs.compute_asked) == 1


async def test_a_clock_that_stands_still_is_computed_again_on_the_next_day(waits: Waits) -> None:  # noqa: F811
    async def paused(of: Waits) -> list[tuple[int, date]]:
        rows = await of.pool.fetch("select paused_days, breach_on from clock where definition = 'local-pausable'")
        return [tuple(row) for row in rows]

    await waits.hear(*wait(), canonical("pause", "W1", **{"from": "2024-07-05"}), *wait("pk2", "R2", received_on="2023-07-01"))
    await waits.side_by_side()
    assert sorted(await paused(waits)) == [(0, date(2023, 7, 30)), (6, date(2024, 8, 5))]  # today is 10 July
    assert await waits.on(11).do(waits.care.recompute_due) == 1
    await waits.side_by_side()
    assert sorted(await paused(waits)) == [(0, date(2023, 7, 30)), (7, date(2024, 8, 6))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LOCAL.replace("target_days = 14", "target_days = 13"), "version: local-14@1 is there already and says something else"),
        (LOCAL.replace("target_days = 14", ""), "target_days: a whole number is needed"),
        ("id = ", "not TOML"),
    ],
)
async def test_what_cannot_be_added_changes_nothing(local: Waits, text: str, said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        await add(local, text)
    assert (await kept(local)).held["local-14", 1].definition.target_days == 14


async def test_a_definition_that_is_there_already_is_no_change(local: Waits) -> None:
    async with local.pool.acquire() as connection, connection.transaction():
        assert await definitions.add(connection, LOCAL, "RXX") is None


def test_every_shipped_definition_is_named_after_its_file() -> None:
    folder = Path(definitions.__file__).parents[1] / "rules" / "definitions"
    assert {name for name, _ in definitions.shipped()} == {file.stem for file in folder.glob("*.toml")}


async def test_that_an_old_wait_is_past_a_new_target_is_no_news(waits: Waits) -> None:  # noqa: F811
    await waits.on(30).hear(*wait())
    await waits.do(waits.care.tell_due)
    await add(waits, LOCAL)
    await waits.side_by_side()
    await waits.said()
    assert await waits.do(waits.care.tell_due) == 0
    assert [row["told"] for row in await waits.clocks() if row["definition"] in {"national-2024", "local-14"}] == [2, 2]


def test_a_pause_moves_the_target_and_tells_nothing_anew() -> None:
    def row(day: int, paused: int, told: int = 0) -> dict[str, Any]:
        return {"breach_on": date(2024, 7, day), "paused_days": paused, "told": told}

    today = date(2024, 7, 20)
    assert told_still(row(25, 1, told=1), row(26, 2), today) == 1
    assert told_still(row(20, 1, told=2), row(26, 7), today) == 1  # no longer past it, but still due
    assert told_still(row(27, 1, told=1), row(28, 2), today) == 0  # due again once the pause is over
    assert told_still(row(25, 1, told=1), row(24, 1), today) == 0  # a correction is news
    assert told_still(None, row(25, 0), today) == 0


async def test_processes_beside_the_worker_compute_many(
    local: Waits,
    database_urls: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.waits.handlers.side_by_side.FEW", 1)
    monkeypatch.setattr("services.waits.handlers.bulk.PART", 1)
    jobs = SideBySide(local.care, database_urls["waits"])
    for _ in range(60):  # on a busy machine they take their time to be there
        await local.do(jobs.compute_new)
        if (await kept(local)).held["local-14", 1].state == "running":
            break
    assert await targets(local, "local-14@1") == {"pk1": 15, "pk2": 15}
    told = [one for one in await local.said() if one.definition == "local-14"]
    assert [(one.change, one.cause.kind, one.cause.id) for one in told] == [("started", "definition", "local-14@1")] * 2
