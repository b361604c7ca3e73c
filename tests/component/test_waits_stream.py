"""What `waits` says is all that a reader needs: the greatest revision of each spell is exactly the clock that stands.

Over a real database: made-up lives in batches of any size, their people merged and parted, time passing, reference data that changes.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import orjson
import pytest

from shared import clock
from shared.events.catalogue import event_type
from shared.events.waits import Wait
from shared.runtime.database import Pool, connect_pool
from tests.component.test_waits_handlers import Waits
from tests.spec.reference import DEFINITIONS
from tests.support.lives import MADE_HERE, REFERENCE_ROWS, Event, lives

PEOPLE = 60
TOLD = ("provider", "referral_ids", "start", "end", "stop", "wait_days", "breach_on")
FIRST = datetime(2024, 7, 1, 9, tzinfo=UTC)
MERGE = {"kind": "merge", "source": "/RXX/epr", "id": "merge-1"}

Key = tuple[str, str, str, int]
"""Person, spell, definition and version."""


def canonical(one: Event) -> dict[str, Any]:
    """The event as the front door publishes it."""
    return {
        "specversion": "1.0", "id": one.id, "source": one.source, "type": event_type(one.kind, voided=one.voided),
        "recordedtime": one.recorded.isoformat(), "receivedtime": one.received.isoformat(), "personkey": one.personkey, "data": one.data,
    } | ({"cause": MERGE} if one.source == MADE_HERE else {})  # fmt: skip


@pytest.fixture
async def referrals(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    async with await connect_pool(database_urls["referrals"], "referrals") as pool:
        for table, (columns, rows) in REFERENCE_ROWS.items():
            named = [dict(zip(columns, row, strict=True)) for row in rows]
            if table == "excluded_providers":
                named = [{**row, "name": row["provider"]} for row in named]
            values = "select * from json_populate_recordset(null::reference.%s, $1::json)" % table  # noqa: UP031
            await pool.execute(f"insert into reference.{table} {values}", orjson.dumps(named).decode())
        await pool.execute("insert into reference.load (hash, rows) values ('1', '{}')")
        yield pool


@pytest.fixture
async def waits(database_urls: dict[str, str], referrals: Pool, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Waits]:
    async with await connect_pool(database_urls["waits"], "waits") as pool:
        await pool.execute("insert into cursor values ('care.v1', 0, 'c', 't', 0)")
        waits = Waits(pool)
        monkeypatch.setattr(clock, "now", lambda: waits.now)
        yield waits


def read(said: list[Wait]) -> dict[Key, Wait]:
    """What a reader keeps, in whatever order it reads: the greatest revision of each clock, unless that says it is withdrawn."""
    kept: dict[Key, Wait] = {}
    for one in sorted(said, key=lambda one: one.wait_days or 0):
        key = one.personkey, one.spell_id, one.definition, one.definition_version
        if key not in kept or kept[key].revision < one.revision:
            kept[key] = one
    return {key: one for key, one in kept.items() if one.change != "withdrawn"}


async def held(waits: Waits, said: list[Wait]) -> None:
    """The reader's clocks are those of the table; those of the table are those computed from nothing."""
    rows = {(r["personkey"], r["spell_id"], r["definition"], r["definition_version"]): r for r in await waits.clocks()}
    kept = read(said)
    assert kept.keys() == rows.keys()
    for key, one in kept.items():
        row, whole = rows[key], one.model_dump()
        assert (one.revision, {name: whole[name] for name in TOLD}) == (row["spell_revision"], {name: row[name] for name in TOLD})
        components = {name: met.model_dump(mode="json") for name, met in one.components.items()}
        assert components == orjson.loads(row["components"])


@pytest.mark.parametrize("seed", range(2))
async def test_the_greatest_revisions_are_the_clocks_that_stand(waits: Waits, referrals: Pool, seed: int) -> None:
    random = Random(seed)  # noqa: S311  # shuffles
    events = [event for life in lives(seed, PEOPLE) for event in life]
    random.shuffle(events)  # of one person's events, some come before what they follow
    events.sort(key=lambda event: event.received + timedelta(days=random.choice((0, 0, 0, 90))))
    waits.now, said = FIRST, []
    while events:
        size = random.choice((1, 5, 40, 300))
        await waits.hear(*map(canonical, events[:size]))
        del events[:size]
        if random.random() < 0.2:
            waits.now += timedelta(days=random.choice((1, 4, 30)), hours=random.randrange(24))
            while await waits.do(waits.care.recompute_due) or await waits.do(waits.care.tell_due):
                pass
        if random.random() < 0.1:
            await waits.side_by_side()
    await waits.side_by_side()
    said += await waits.said()
    assert {one.definition for one in said} >= DEFINITIONS.keys() - {"freed-aed"}  # few are young enough for that
    await held(waits, said)
    merged = [one for one in said if one.cause.id == MERGE["id"]]
    assert {one.change for one in merged} >= {"withdrawn", "started"}
    assert {(one.cause.kind, one.cause.source) for one in merged} == {("event", MERGE["source"])}
    people = [row["personkey"] for row in await waits.pool.fetch("select personkey from pathway")]
    await referrals.execute("delete from reference.refset_members where concept_id = 'DEMO-ASSESSMENT'")
    await referrals.execute("insert into reference.load (hash, rows) values ('2', '{}')")
    while await waits.do(waits.care.recompute_due):
        pass
    await waits.side_by_side()
    changed = await waits.said()
    assert {one.cause.kind for one in changed} == {"reference"}
    await held(waits, said + changed)
    assert len(people) > PEOPLE / 2


async def test_revisions_of_one_clock_only_grow(waits: Waits) -> None:
    for event in [event for life in lives(3, 30) for event in life]:
        await waits.hear(canonical(event))
    revisions: defaultdict[Key, list[int]] = defaultdict(list)
    for one in await waits.said():
        revisions[one.personkey, one.spell_id, one.definition, one.definition_version].append(one.revision)
    assert all(found == sorted(set(found)) for found in revisions.values())
    assert sum(len(found) > 2 for found in revisions.values()) > 2
