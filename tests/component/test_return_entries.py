"""Lines entered by hand, over a real database: who may, what is kept, and the ground that a return stands on."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import asyncpg
import pytest

from services.reporting.handlers import entering
from services.reporting.rules.returns import book
from services.reporting.rules.returns.book import definition
from services.reporting.rules.returns.footprint import Pcn
from services.reporting.store import baselines, definitions, entered
from services.reporting.store.footprint import footprint
from shared import clock
from shared.runtime.database import Connection, Pool, connect_pool
from shared.web.people import Person

RETURN = "community-mental-health:XIB:2025-26-Q2"
AMARA = Person("amara", "Amara", "Westside ICB", frozenset({"icb-manager", "analyst"}), frozenset({"RXA"}))
REFERENCE: dict[str, tuple[tuple[str, ...], list[tuple[object, ...]]]] = {
    "organisations": (
        ("ods", "name", "kind", "icb"),
        [
            ("XIB", "Westside ICB", "icb", ""), ("XIC", "Other ICB", "icb", ""),
            ("RXA", "Trust", "nhs trust", "XIB"), ("RXC", "Else", "nhs trust", "XIC"),
        ],
    ),
    "practices": (
        ("practice", "name", "pcn", "icb"),
        [
            ("G1", "One", "P1", "XIB"), ("G2", "Two", "P2", "XIB"), ("G3", "Three", "P2", "XIB"), ("G4", "Four", "P3", "XIB"),
            ("G5", "Far", "P9", "XIC"),
        ],
    ),
    "pcns": (("pcn", "name", "icb"), [("P1", "First", "XIB"), ("P2", "Second", "XIB"), ("P3", "Third", "XIB")]),
    "pcn_criteria": (
        ("pcn", "criteria_met", "fully_transformed", "valid_from", "valid_to"),
        [
            ("P1", 0, "no", date(2024, 4, 1), date(2025, 6, 30)), ("P1", 2, "no", date(2025, 7, 1), None),
            ("P2", 5, "yes", date(2024, 4, 1), None), ("P3", 0, "no", None, None),
        ],
    ),
    "trajectories": (
        ("measure", "organisation", "period", "planned"),
        [("MHS108", "XIB", "2025-Q3", 9000), ("MHS108", "XIB", "2025-09", 1), ("MHS108", "XIC", "2025-26-Q2", 2)],
    ),
    "targets": (
        ("measure", "target", "valid_from", "valid_to"),
        [("smi-health-checks", 0.6, None, date(2024, 3, 31)), ("smi-health-checks", 0.75, date(2024, 4, 1), None)],
    ),
    "dedicated_pathways": (
        ("pathway", "provider", "live_from"),
        [("AED", "RXA", date(2023, 4, 1)), ("AED", "RXC", date(2020, 4, 1)), ("CEN", "RXA", date(2026, 4, 1))],
    ),
}  # fmt: skip


@pytest.fixture
async def connection(database_urls: dict[str, str]) -> AsyncIterator[Connection]:
    async with await connect_pool(database_urls["admin"], "public") as admin, admin.acquire() as loading:
        for table, (columns, rows) in REFERENCE.items():
            await loading.copy_records_to_table(table, schema_name="reference", columns=columns, records=rows)
        await loading.execute("insert into reference.load (hash, rows) values ('1', '{}')")
    pool: Pool
    async with await connect_pool(database_urls["reporting"], "reporting") as pool, pool.acquire() as one:
        yield one


async def test_a_shipped_definition_never_changes_under_its_version(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """And returns that were made with one are read by it when the software brings the next alone."""
    now, key = datetime(2025, 10, 1, tzinfo=UTC), ("smi-checks", 1)
    await definitions.add_shipped(connection, now)
    await definitions.add_shipped(connection, now)
    text = book.shipped_texts()[key]
    monkeypatch.setattr(book, "shipped_texts", lambda: {key: text.replace("deadline_days = ", "deadline_days = 1")})
    with pytest.raises(ValueError, match=r"^version: smi-checks@1 is there already and says something else: give the changed one the next"):
        await definitions.add_shipped(connection, now)
    monkeypatch.setattr(book, "shipped", dict)
    await definitions.load(connection)
    assert definition(*key).key == "smi-checks@1"


async def test_what_a_return_stands_on(connection: Connection) -> None:
    stated = definition("community-mental-health")
    found = await footprint(connection, stated, "XIB", date(2025, 9, 30))
    assert found.pcns == (Pcn("P1", "First", 2, False), Pcn("P2", "Second", 5, True), Pcn("P3", "Third", 0, False))
    assert (found.name, found.inside, found.plans) == ("Westside ICB", ("P1", "P2"), {"MHS108": 9000})
    assert (found.targets, found.live) == ({"smi-health-checks": 0.75}, {"AED": date(2023, 4, 1)})
    assert (await footprint(connection, stated, "XIB", date(2025, 6, 30))).inside == ("P2",), "criteria are dated"
    early, late = (datetime(2025, month, 1, tzinfo=UTC) for month in (7, 8))
    for said, value in ((early, "55"), (late, "60")):
        made = await connection.fetchval(
            baselines.SQL["add"], "mrs", date(2025, 6, 1), "national-2024@1", "r1", early, "amara", said, "why"
        )
        await connection.execute(baselines.SQL["write"], made, ["icb"], ["XIB"], ["MRS01b"], [value], [None])
    words = "June 2025, by national-2024@1, rules r1; set by amara on 2025-07-01"
    assert (await footprint(connection, stated, "XIB", date(2025, 9, 30), at=early)).baselines == {"MRS01b": ("55", words)}
    assert (await footprint(connection, stated, "XIB", date(2025, 9, 30))).baselines["MRS01b"][0] == "60"
    assert (await footprint(connection, definition("smi-checks"), "XIC", date(2025, 9, 30))).pcns == (Pcn("P9", "P9", None, False),)


async def test_a_line_is_entered_by_its_owner_and_every_entry_stays(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, value in ((1, "12"), (2, "013"), (3, "nil")):
        monkeypatch.setattr(clock, "now", lambda day=day: datetime(2025, 10, day, tzinfo=UTC))
        async with connection.transaction():
            await entering.enter(connection, AMARA, RETURN.replace("2025-26-Q2", "2025-Q3"), "arrs", "P1", value, "told by the network")
    assert await entered.standing(connection, RETURN) == {("arrs", "P1"): "nil"}
    assert await entered.standing(connection, RETURN, datetime(2025, 10, 2, 12, tzinfo=UTC)) == {("arrs", "P1"): "13"}
    assert [(one.group, one.value, one.by) for one in await entered.history(connection, RETURN)] == [
        ("P1", value, "amara") for value in ("12", "13", "nil")
    ]
    assert await connection.fetchval("select count(*) from audit where what = 'return entered' and by = 'amara'") == 3
    with pytest.raises(asyncpg.RaiseError, match="entered is only added to"):
        await connection.execute("delete from entered")


REFUSED = (
    ("community", "arrs", "", "1", "'community' names no return: write it as definition:organisation:period"),
    (
        "other:XIB:2025-26-Q2",
        "arrs",
        "",
        "1",
        "no return is called 'other': there is community-mental-health@1, community-mental-health@2, smi-checks@1",
    ),
    ("community-mental-health:RXA:2025-26-Q2", "arrs", "", "1", "'RXA' is no ICB of the reference data"),
    ("community-mental-health:XIB:2025-09", "arrs", "", "1", "2025-09 is no quarter: community-mental-health is for a quarter"),
    ("community-mental-health:XIB:2025-26-Q5", "arrs", "", "1", "2025-26-Q5 is no period"),
    (
        "community-mental-health:XIC:2025-26-Q2",
        "arrs",
        "",
        "1",
        "P9: practices of Other ICB belong to it, pcn_criteria does not know it",
    ),
    (RETURN, "nobody", "", "1", "no line 'nobody' in community-mental-health@2"),
    (RETURN, "people", "", "1", "people: it is not entered by hand"),
    (RETURN, "arrs", "P3", "1", "arrs: 'P3' is no pcn of it: use P1, P2"),
    (RETURN, "arrs", "", "1", "arrs: of which pcn"),
    (RETURN, "eip-teams", "P1", "1", "eip-teams: it is entered once: leave 'P1' out"),
    (RETURN, "arrs", "P1", "1,200", "arrs: '1,200' is no count: write it as 1250"),
    (RETURN, "spend-total", "", "-3", "spend-total: -3 is out of range: at least 0"),
    (RETURN, "local-baseline", "", "101", "local-baseline: 101 is more than 100 percent"),
    (RETURN, "progress", "", " ", "progress: a text is needed"),
)


async def test_what_does_not_fit_is_refused_in_one_line(connection: Connection) -> None:
    for return_id, line, of, value, wrong in REFUSED:
        with pytest.raises(ValueError, match=re.escape(wrong)) as refused:
            await entering.enter(connection, AMARA, return_id, line, of, value, "because")
        assert "\n" not in str(refused.value)
        assert await entered.history(connection, return_id) == []


async def test_others_may_not_enter_it(connection: Connection) -> None:
    clerk = Person("clerk", "Clerk", "Westside ICB", frozenset({"outreach-worker"}), frozenset({"RXA"}))
    elsewhere = Person("far", "Far", "Other ICB", frozenset({"analyst"}), frozenset({"RXA"}))
    for person, wrong in ((clerk, "clerk is no analyst"), (elsewhere, "far is not of Westside ICB")):
        with pytest.raises(PermissionError, match=wrong):
            await entering.enter(connection, person, RETURN, "arrs", "P1", "1", "because")
    with pytest.raises(ValueError, match="say why"):
        await entering.enter(connection, AMARA, RETURN, "arrs", "P1", "1", " ")
