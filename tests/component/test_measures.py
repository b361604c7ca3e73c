"""Measures over a real database: held against a recount in SQL that shares nothing with the service, and as known at an instant."""

import csv
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.reporting.handlers import Events
from services.reporting.rules.codes import SCALES
from services.reporting.rules.measures import CARE, FAMILIES
from services.reporting.rules.measures.care import SPELL_QUALITY
from services.reporting.rules.measures.family import POPULATIONS
from services.reporting.rules.measures.outcomes import PROM_SCALES
from services.reporting.rules.members import amount, behind
from services.reporting.store.measures import COMPAT, MAIN, Asked, found
from services.reporting.store.measures import counted as counted_now
from services.reporting.store.members import members
from services.waits.handlers import CareEvents
from services.waits.handlers.side_by_side import SideBySide
from services.waits.rules.pace import Pace
from services.waits.store import definitions
from shared import clock
from shared.events.catalogue import RECORDS
from shared.runtime.batch import Batch, Record
from shared.runtime.database import Pool, connect_pool
from tests.support.counted_lives import LSOAS, PCN_CRITERIA, PRACTICES, counted_lives
from tests.support.lives import ID_FIELDS, REFERENCE_ROWS, Event
from tests.support.more_lives import DEDICATED, ORGANISATIONS, PCNS, POPULATION, Additions
from tests.support.recount_lives import COLUMNS
from tests.support.recount_measures import Cells, RecountMeasures, differing, figures

NOW = datetime(2025, 4, 10, 12, tzinfo=UTC)
ENDS = (date(2024, 3, 31), date(2024, 6, 30), date(2024, 7, 31), date(2024, 9, 30), date(2025, 3, 31))
PEOPLE = 300
REFERENCE: dict[str, tuple[Sequence[str], Sequence[Sequence[Any]]]] = {
    **REFERENCE_ROWS,
    "practices": (("practice", "name", "pcn", "icb", "valid_from", "valid_to"), PRACTICES),
    "lsoas": (("lsoa", "local_authority", "icb", "imd_decile"), LSOAS),
    "pcn_criteria": (("pcn", "criteria_met", "valid_from", "valid_to", "fully_transformed"), PCN_CRITERIA),
    "organisations": (("ods", "name", "kind"), ORGANISATIONS),
    "dedicated_pathways": (("pathway", "provider", "live_from"), DEDICATED),
    "pcns": (("pcn", "name", "icb"), PCNS),
    "population": (("area", "group", "age_band", "year", "people"), POPULATION),
}


class Road:
    """Both services over one database: care events to both, what `waits` says to `reporting`."""

    def __init__(self, waits: Pool, reporting: Pool) -> None:
        self.waits, self.reporting = waits, reporting
        self.care, self.events = CareEvents(definitions.definition(definitions.MAIN)), Events()
        self._offsets = count()
        self._heard = 0

    async def hear(self, events: Sequence[Event]) -> None:
        records = [self._record(RECORDS[event.kind].topic, _canonical(event)) for event in events]
        await self._consume(self.waits, self.care.consume, records)
        await self._consume(self.reporting, self.events.consume, records)

    async def _consume(self, pool: Pool, consume: Any, records: list[Record]) -> None:
        async with pool.acquire() as connection, connection.transaction():
            batch = Batch(connection, records, NOW)
            await consume(batch)
            batch.check()
            assert batch.dead == []
            await batch.write()

    def _record(self, topic: str, value: bytes) -> Record:
        return Record(topic, 0, next(self._offsets), None, value)

    async def settle(self) -> None:
        """The clocks under every definition, and all that was said of them since."""
        await self.tell(await self.said())

    async def said(self) -> list[bytes]:
        """What `waits` said since it was last asked."""
        async with self.waits.acquire() as connection, connection.transaction():
            await definitions.add_shipped(connection)
        self.care.pace = Pace()
        jobs = SideBySide(self.care)
        done = 1
        while done:
            async with self.waits.acquire() as connection, connection.transaction():
                done = await jobs.compute_asked(connection)
        rows = await self.waits.fetch(
            "select payload from outbox, unnest(payloads) with ordinality as u (payload, place) order by id, place"
        )
        new, self._heard = rows[self._heard :], len(rows)
        return [row["payload"] for row in new]

    def forget_said(self) -> None:
        """What was said has left the outbox."""
        self._heard = 0

    async def tell(self, said: Sequence[bytes]) -> None:
        records = [self._record("waits.v1", value) for value in said]
        for first in range(0, len(records), 2000):
            await self._consume(self.reporting, self.events.consume, records[first : first + 2000])

    async def follow(self, said: Sequence[dict[str, Any]]) -> None:
        """What `outreach` says, to `reporting`."""
        records = [self._record("outreach.v1", _followed(one)) for one in said]
        await self._consume(self.reporting, self.events.consume, records)


def _canonical(event: Event) -> bytes:
    kind = f"cmh.{event.kind}.{'voided' if event.voided else 'recorded'}.v1"
    instants = {"recordedtime": event.recorded.isoformat(), "receivedtime": event.received.isoformat()}
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": event.id,
            "source": event.source,
            "type": kind,
            **instants,
            "personkey": event.personkey,
            "data": event.data,
        }
    )


def _followed(data: dict[str, Any]) -> bytes:
    head = {"specversion": "1.0", "id": f"follow-up-{data['revision']}", "source": "/clockstop/outreach", "time": NOW.isoformat()}
    return orjson.dumps({**head, "type": "cmh.follow-up.changed.v1", "personkey": data["personkey"], "data": data})


async def load_reference(admin: Any) -> None:
    for table, (columns, rows) in REFERENCE.items():
        named = (*columns, "name") if table == "excluded_providers" else columns
        filled = [(*row, "", "")[: len(named)] for row in rows]
        await admin.copy_records_to_table(table, schema_name="reference", columns=named, records=filled)
    await admin.execute("insert into reference.load (hash, rows) values ('1', '{}')")


def export(folder: Path, people: Sequence[Sequence[Event]], said: Sequence[dict[str, Any]]) -> None:
    rows = [
        (e.provider, e.kind, e.record_id, e.personkey, e.voided, e.source, e.id, json.dumps(e.data), e.recorded, e.received)
        for events in people
        for e in events
    ]
    told: tuple[Sequence[str], Sequence[Sequence[Any]]] = (("personkey", "data"), [(one["personkey"], json.dumps(one)) for one in said])
    for name, (columns, table) in {"events": (COLUMNS, rows), "told_by_outreach": told, **REFERENCE}.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([columns, *table])


@pytest.fixture
async def road(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Road]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    waits, reporting = await connect_pool(database_urls["waits"], "waits"), await connect_pool(database_urls["reporting"], "reporting")
    async with await connect_pool(database_urls["admin"], "public") as admin, waits, reporting:
        async with admin.acquire() as connection:
            await load_reference(connection)
        yield Road(waits, reporting)


async def test_every_measure_is_what_a_recount_finds(road: Road, tmp_path: Path) -> None:
    added = Additions(11)
    people = list(added.to(list(counted_lives(11, PEOPLE))))
    export(tmp_path, people, added.said)
    everything = sorted([event for events in people for event in events], key=lambda event: (event.received, event.id))
    for first in range(0, len(everything), 2000):
        await road.hear(everything[first : first + 2000])
    await road.settle()
    await road.follow(added.said)
    await road.follow(added.said[::-1])  # and again, the newest first
    with RecountMeasures.of(tmp_path) as recount:
        for at in ENDS:
            theirs = recount.measures(at, NOW.date())
            assert differing(await figures(road.reporting, Asked(at)), theirs) == {}, at
            assert len(theirs) > 100
        met: set[str] = set()
        for care_asked in [*map(Asked, ENDS), Asked(ENDS[3], COMPAT)]:
            recounted = recount.care(care_asked.last, care_asked.definition)
            await the_measures_of_care_are_what_a_recount_finds(road.reporting, care_asked, recounted)
            met |= {key[5] for key in recounted}
        assert len(met) > 60, met
    for asked in (Asked(ENDS[3]), Asked(ENDS[1], known_at=datetime(2024, 11, 5, tzinfo=UTC))):
        await every_cell_is_its_members(road.reporting, asked)


async def the_measures_of_care_are_what_a_recount_finds(pool: Pool, asked: Asked, theirs: Cells) -> None:
    """At every place and in every group; of spells, not for their teams, and as the definition has them by default (Q5)."""
    families = [family for family in CARE if asked.definition == MAIN or family is not SPELL_QUALITY]
    ours: Cells = {}
    for family, rows in await counted_now(pool, asked, families):
        for one in rows:
            if family is not SPELL_QUALITY or one.level != "team":
                ours |= {(*one[:5], name): value for name, value in {**one.counts, **one.days}.items() if value}
    names = {measure.id for family in families for measure in family.measures}
    assert differing(ours, {key: value for key, value in theirs.items() if key[5] in names}) == {}, asked


async def every_cell_is_its_members(pool: Pool, asked: Asked) -> None:
    """Each count of each place and group, of people or of things: as many members open behind it, and no member stands in no cell."""
    for family in FAMILIES:
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            cells, all_members = await found(connection, family, asked), await members(connection, family, asked)
            if family is FAMILIES[0]:
                ours = await members(connection, family, asked, "XIB")
                assert ours == [one for one in all_members if one.icb == "XIB"]
                assert 0 < len(ours) < len(all_members)
        if asked.known_at is None:
            assert {one.level for one in cells} >= family.levels | {"footprint"}, family.name
        counted_by = {name for one in cells for name, persons in one.counts.items() if persons and name not in POPULATIONS}
        assert counted_by == {name for one in all_members for name in one.counted}, family.name
        for cell in cells:
            here = [one for one in all_members if one.within(*cell[:5])]
            counts = {name: number for name, number in cell.counts.items() if name not in POPULATIONS}
            shown = {name: amount(family, list(behind(here, name, *cell[:5]))) for name in counts}
            assert shown == counts, (family.name, cell[:5])


def _said(kind: str, record_id: str, received: str, data: dict[str, Any], *, voided: bool = False) -> Event:
    instant = datetime.fromisoformat(received)
    ident = {ID_FIELDS[kind]: record_id} if kind in ID_FIELDS else {}
    whole = {"provider": "RXX", **ident, **data}
    return Event("RXX", kind, record_id, "pk1", voided, instant, instant, "/RXX/epr", f"e-{kind}-{received}", whole)


REFERRED = {"received_on": "2024-09-02", "teams": [{"team_type": "A06"}]}
ADULT = {"birth_date": "1980-01-01", "practice": "XG0101"}
BORN = _said("person", "", "2024-09-02T09:00:00Z", ADULT)


async def counted(road: Road, measure: str, known_at: str | None = None, at: date = date(2024, 9, 30), place: str = "England") -> float:
    told = await figures(road.reporting, Asked(at, known_at=datetime.fromisoformat(known_at) if known_at else None))
    return sum(value for (level, code, name), value in told.items() if (code, name) == (place, measure) and level != "footprint")


async def test_a_month_is_answered_as_known_at_an_instant(road: Road) -> None:
    await road.hear([BORN, _said("referral", "R1", "2024-09-02T09:00:00Z", REFERRED)])
    await road.settle()
    await road.hear(
        [_said("referral", "R1", "2024-10-08T09:00:00Z", REFERRED | {"received_on": "2024-08-20", "discharged_on": "2024-09-10"})]
    )
    await road.hear([_said("person", "", "2024-10-09T09:00:00Z", ADULT | {"practice": "XG0103"})])
    await road.settle()
    instants = ("2024-09-02T08:59:59Z", "2024-09-02T09:00:00Z", "2024-10-08T08:59:59.999999Z", "2024-10-08T09:00:00Z", None)
    assert [await counted(road, "MRS06", instant) for instant in instants] == [0, 1, 1, 0, 0]
    assert [await counted(road, "MRS05", instant) for instant in instants] == [0, 0, 0, 1, 1]
    assert [await counted(road, "Referrals received", instant) for instant in instants] == [0, 1, 1, 0, 0]
    # a version recorded in October says nothing of September
    assert (await counted(road, "MRS05", place="XIB"), await counted(road, "MRS05", place="XIC")) == (1, 0)


async def test_a_month_before_a_stay_counts_the_referral_that_it_took_out(road: Road) -> None:
    stay = {"referral_id": "R1", "admitted_on": "2024-10-05"}
    await road.hear([BORN, _said("referral", "R1", "2024-09-02T09:00:00Z", REFERRED), _said("stay", "S1", "2024-10-06T09:00:00Z", stay)])
    await road.settle()
    assert [await counted(road, "MRS06", at=at) for at in (date(2024, 9, 30), date(2024, 10, 31))] == [1, 0]
    await road.hear([_said("stay", "S1", "2024-10-07T09:00:00Z", {}, voided=True)])
    await road.settle()
    assert [await counted(road, "MRS06", at=at) for at in (date(2024, 9, 30), date(2024, 10, 31))] == [1, 1]


async def test_what_waits_says_may_come_twice_late_and_in_any_order(road: Road) -> None:
    await road.hear([BORN, _said("referral", "R1", "2024-09-02T09:00:00Z", REFERRED)])
    await road.hear([_said("referral", "R1", "2024-09-20T09:00:00Z", REFERRED | {"discharged_on": "2024-09-10"})])
    said = await road.said()
    await road.tell(said[::-1])
    await road.tell(said)
    assert (await counted(road, "MRS06"), await counted(road, "MRS05")) == (0, 1)
    await road.hear([_said("referral", "R1", "2024-09-21T09:00:00Z", {}, voided=True)])
    await road.settle()
    await road.tell(said)  # a relay sends again what was withdrawn since
    assert (await counted(road, "MRS05"), await counted(road, "MRS05", "2024-09-20T09:00:00Z")) == (0, 1)


SCORED = {
    "recovered": [("ReQoL-10 score", 1, 20), ("ReQoL-10 score", 2, 25)],
    "below five": [("ReQoL-10 score", 1, 24), ("ReQoL-10 score", 2, 28)],
    "well before": [("ReQoL-10 score", 1, 25), ("ReQoL-10 score", 2, 30)],
    "first missing": [("DIALOG 1", 1, 8), ("DIALOG 1", 2, 4), ("DIALOG 1", 3, 7), ("DIALOG 1", 4, 3)],
    "one day": [("GBO goal 1", 1, 2), ("GBO goal 1", 1, 9)],
    "out of range": [("GBO goal 1", 1, 2), ("GBO goal 1", 2, 11)],
    "experience": [("DIALOG 9", 1, 2), ("DIALOG 9", 2, 7)],
}
"""What happened -> scale, day of March 2024, score."""


async def test_paired_outcomes_change_from_their_thresholds_on(road: Road) -> None:
    codes = {scale.name: scale.code for scale in SCALES}
    events = [BORN]
    for number, scores in enumerate(SCORED.values()):
        referral, at = f"R{number}", f"2024-09-0{number + 1}"
        events.append(_said("referral", referral, f"{at}T08:00:00Z", REFERRED | {"received_on": "2024-03-01"}))
        for contact in ("a", "b"):
            met = {"referral_id": referral, "on": "2024-03-02", "attendance": "5", "medium": "01"}
            events.append(_said("contact", f"{referral}{contact}", f"{at}T09:00:0{'ab'.index(contact)}Z", met))
        for place, (scale, day, value) in enumerate(scores):
            of = {"referral_id": referral, "on": f"2024-03-0{day}", "code": codes[scale], "value": value}
            events.append(_said("score", f"{referral}{place}", f"{at}T10:00:0{place}Z", of))
    await road.hear(events)
    ((_, found_of_scales),) = await counted_now(road.reporting, Asked(ENDS[3]), [PROM_SCALES])
    (england,) = [one.counts for one in found_of_scales if one.level == "england" and not one.by]
    paired, below = "OpenPairedPROM", "OpenPairedPROMAboveClinicalCutOff"
    assert {name: number for name, number in england.items() if number} == {
        "OpenBaselinePROM ReQoL-10 score": 3, f"{paired} ReQoL-10 score": 3, f"{paired}Improvement ReQoL-10 score": 2,
        f"{paired}NoChange ReQoL-10 score": 1, f"{below} ReQoL-10 score": 2, f"{below}ReliableRecovery ReQoL-10 score": 1,
        "OpenBaselinePROM DIALOG 1": 1, f"{paired} DIALOG 1": 1, f"{paired}Deterioration DIALOG 1": 1,
        "OpenBaselinePROM GBO goal 1": 2, "OpenBaselinePROM DIALOG 9": 1, f"{paired} DIALOG 9": 1,
    }  # fmt: skip
