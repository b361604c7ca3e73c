"""The hands of `outreach` over a real database: what they keep of care events, what they say, what falls due, what workers enter."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from itertools import count
from random import Random
from typing import Any

import asyncpg
import orjson
import pytest

from services.outreach.handlers import CareEvents
from services.outreach.handlers.due_dates import DueDates
from services.outreach.handlers.entering import Answered, Entering, Result, Tried
from services.outreach.rules.schedule import ELEMENTS
from shared import clock
from shared.events.outreach import FollowUp, FollowUpChanged
from shared.runtime.batch import Batch, Record
from shared.runtime.database import Pool, connect_pool
from shared.web.errors import FieldError
from tests.component.sent_events import RECEIVED, event, raw

ENTERED = "2020-01-01"
REFERENCE = """
insert into reference.practices (practice, name, pcn) values ('XG0101', 'Surgery', 'XP01'), ('XG0202', 'Other', 'XP02');
insert into reference.load (hash, rows) values ('1', '{}')
"""


def canonical(kind: str, record_id: str = "E1", *, person: str = "pk1", **say: Any) -> dict[str, Any]:
    """A care event as the front door publishes it."""
    moved_to = say.pop("moved_to", None)
    received = say.pop("received", "2024-07-10T12:00:00Z")
    one = event(kind, record_id, **say) | {"personkey": person, "receivedtime": received}
    del one["data"]["person"]
    if moved_to:
        one["data"]["moved_to"] = moved_to
    return one


def on_register(person: str = "pk1", entry: str = "E1", **data: Any) -> list[dict[str, Any]]:
    """Somebody who is on a register since 2020."""
    return [canonical("person", person=person), canonical("register", entry, person=person, entered_on=ENTERED, **data)]


def checked(on: str, person: str = "pk1", elements: tuple[str, ...] = ELEMENTS, **data: Any) -> list[dict[str, Any]]:
    """Those elements, recorded on that day; next year's are due on the same day."""
    return [canonical("health-check", f"{person}-{element}-{on}", person=person, element=element, on=on, **data) for element in elements]


class Outreach:
    """The handlers over a database, one transaction for each call, at a time that the test sets."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.care = CareEvents()
        self.dates = DueDates(self.care)
        self.entering = Entering(self.care)
        self.now = RECEIVED
        self._offsets = count()
        self._heard = 0

    def on(self, day: date) -> "Outreach":
        """At the first instant of this London day."""
        self.now = datetime(day.year, day.month, day.day, tzinfo=clock.LONDON).astimezone(UTC)
        return self

    async def hear(self, *events: Any) -> Counter[str]:
        """Care events in one batch; returns what became of them."""
        async with self.pool.acquire() as connection, connection.transaction():
            records = [Record("people.v1", 0, next(self._offsets), None, raw(one)) for one in events]
            batch = Batch(connection, records, self.now)
            await self.care.consume(batch)
            batch.check()
            await batch.write()
            return sum((Counter({outcome: number}) for (*_, outcome), number in batch.outcomes.items()), Counter())

    async def do(self, act: Callable[..., Awaitable[Any]], *values: Any) -> Any:
        async with self.pool.acquire() as connection, connection.transaction():
            return await act(connection, *values)

    async def catch_up(self) -> None:
        """All jobs until nothing is due."""
        for job in (self.dates.sweep, self.dates.recompute_due, self.dates.tell_due):
            while await self.do(job):
                pass

    async def said(self) -> list[FollowUp]:
        """What was said since it was last asked for, in order, each held against the contract."""
        rows = await self.pool.fetch("select u.* from outbox, unnest(topics, keys, payloads) with ordinality u order by id, u.ordinality")
        new, self._heard = rows[self._heard :], len(rows)
        told = [FollowUpChanged.model_validate_json(row[2]) for row in new]
        assert [(row[0], row[1].decode()) for row in new] == [("outreach.v1", one.personkey) for one in told]
        return [one.data for one in told]

    async def changes(self) -> list[tuple[str, str]]:
        return [(one.change, one.element or one.finding or one.schedule) for one in await self.said()]

    async def tasks(self, person: str = "pk1") -> list[asyncpg.Record]:
        return await self.pool.fetch("select * from task where personkey = $1 order by task_id", person)

    async def standing(self, person: str = "pk1") -> asyncpg.Record:
        row = await self.pool.fetchrow("select * from standing where personkey = $1", person)
        assert row is not None
        return row

    async def task(self, element: str, person: str = "pk1") -> asyncpg.Record:
        """The live task of an element."""
        (row,) = [row for row in await self.tasks(person) if row["element"] == element and row["closed_on"] is None]
        return row


@pytest.fixture
async def outreach(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Outreach]:
    async with await connect_pool(database_urls["admin"], "referrals") as admin:
        await admin.execute(REFERENCE)
    async with await connect_pool(database_urls["outreach"], "outreach") as pool:
        await pool.execute("insert into cursor values ('people.v1', 0, 'c', 't', 0)")
        outreach = Outreach(pool)
        monkeypatch.setattr(clock, "now", lambda: outreach.now)
        await outreach.catch_up()  # takes note of the first load
        yield outreach


async def test_somebody_on_a_register_has_six_tasks_and_stands_on_the_worklist(outreach: Outreach) -> None:
    outcome = await outreach.hear(*on_register(), *checked("2023-10-01"))
    assert outcome == {"applied": 8}
    live = [row for row in await outreach.tasks() if row["closed_on"] is None]
    assert {(row["element"], row["due_on"]) for row in live if row["element"]} == {(one, date(2024, 10, 1)) for one in ELEMENTS}
    standing = await outreach.standing()
    assert (standing["complete"], standing["complete_until"], standing["missing"]) == (True, date(2024, 10, 1), [])
    assert (standing["owner"], standing["practice"], standing["providers"]) == ("XG0101", "XG0101", ["RXX", "XG0101"])
    said = await outreach.said()
    assert Counter(one.change for one in said if one.schedule == "annual-recall") == {"opened": 6, "done": 6}
    assert {one.cause.kind for one in said} == {"event"}


async def test_order_and_batching_leave_no_trace(outreach: Outreach) -> None:
    late = {"recorded": "2024-07-10T09:00:00+01:00"}
    story = [*on_register(), *checked("2023-06-01"), *checked("2024-06-03", elements=("bmi", "smoking"))]
    story += [canonical("health-check", "pk1-bmi-2024-06-03", element="bmi", on="2024-06-02", **late)]
    story += [canonical("contact", "C1", attendance="3"), canonical("health-check", "V", on="2024-01-01")]
    story += [canonical("health-check", "V", voided=True, **late), canonical("preference", "", channels=["call"])]
    for number in range(8):
        random = Random(number)  # noqa: S311  # shuffles
        left = [one | {"personkey": f"pk{number}"} for one in (*story, story[3])]
        random.shuffle(left)
        while left:
            size = random.randint(1, len(left))
            await outreach.hear(*left[:size])
            left = left[size:]
    tasks = await outreach.pool.fetch("select * from task")
    alike = {repr([value for name, value in row.items() if name not in ("personkey", "revision")]) for row in tasks}
    assert len(tasks) == 8 * len(alike) == 8 * len(await outreach.tasks("pk1"))
    standings = await outreach.pool.fetch("select * from standing")
    assert len({repr([value for name, value in row.items() if name not in ("personkey", "revision")]) for row in standings}) == 1
    last = {(one.personkey, one.task_id): one for one in await outreach.said()}
    assert {key: one.revision for key, one in last.items() if one.change != "stopped"} == {
        (row["personkey"], row["task_id"]): row["revision"] for row in tasks if row["outcome"] not in ("stopped", "superseded")
    }


async def test_each_due_date_is_told_once_as_it_comes(outreach: Outreach) -> None:
    await outreach.hear(*on_register(), *checked("2023-10-01", elements=("bmi",)))
    await outreach.catch_up()
    await outreach.said()
    told = {}
    for day in (
        date(2024, 9, 2),
        date(2024, 9, 3),
        date(2024, 9, 4),
        date(2024, 9, 30),
        date(2024, 10, 1),
        date(2024, 10, 2),
        date(2025, 2, 1),
    ):
        await outreach.on(day).catch_up()
        told[day] = [change for change, element in await outreach.changes() if element == "bmi"]
    assert told == {
        date(2024, 9, 2): [],
        date(2024, 9, 3): ["due soon"],
        date(2024, 9, 4): [],
        date(2024, 9, 30): [],
        date(2024, 10, 1): ["due"],
        date(2024, 10, 2): ["overdue"],
        date(2025, 2, 1): [],
    }


async def test_after_an_outage_only_the_newest_state_is_told(outreach: Outreach) -> None:
    await outreach.hear(*on_register(), *checked("2023-10-01"))
    await outreach.catch_up()
    await outreach.said()
    await outreach.on(date(2024, 10, 5)).catch_up()
    assert Counter(one for one, element in await outreach.changes() if element in ELEMENTS) == {"overdue": 6}
    assert json_of(await outreach.standing(), "elements")["bmi"]["status"] == "overdue"
    await outreach.catch_up()
    assert await outreach.said() == []


async def test_a_clock_that_jumps_tells_nothing_early_or_again(outreach: Outreach) -> None:
    real = clock.today()
    await outreach.hear(*on_register(), *checked("2023-10-01"))
    await outreach.on(date(2024, 10, 1)).catch_up()
    await outreach.said()
    await outreach.on(date(2024, 9, 1)).catch_up()  # back
    assert await outreach.said() == []
    assert await outreach.pool.fetchval("select day from day") == date(2024, 10, 1)
    assert json_of(await outreach.standing(), "elements")["bmi"]["status"] == "due"
    outreach.now = datetime(2100, 1, 1, tzinfo=UTC)  # ahead of what the database says
    await outreach.catch_up()
    assert await outreach.pool.fetchval("select day <= (clock_timestamp() at time zone 'Europe/London')::date from day")
    assert real < date(2100, 1, 1)


async def test_an_attempt_is_kept_once_told_of_and_moves_the_next_step(outreach: Outreach) -> None:
    await outreach.hear(*on_register(), *checked("2023-07-01"))
    await outreach.catch_up()
    await outreach.said()
    task = await outreach.task("bmi")
    tried = Tried("A1", "pk1", task["task_id"], "letter", date(2024, 7, 10))
    for _ in range(2):
        await outreach.do(outreach.entering.enter_attempt, tried, "amira", anybody)
    said = await outreach.said()
    assert {(one.change, one.channel, one.cause.kind, one.cause.id) for one in said} == {("attempted", "letter", "entry", "A1")}
    assert len(said) == 6
    standing = await outreach.standing()
    assert (standing["attempts"], standing["last_channel"], standing["last_attempt_on"]) == (1, "letter", date(2024, 7, 10))
    assert standing["next_on"] >= date(2024, 7, 17)
    await outreach.do(outreach.entering.enter_result, "A1", Result("agreed", "comes on Friday"), anybody)
    assert (await outreach.standing())["hidden_until"] == date(2024, 8, 9)
    await outreach.do(outreach.entering.void_entry, "attempt", "A1", "amira", anybody)
    assert (await outreach.standing())["attempts"] == 0


async def test_a_declined_element_closes_its_task_alone(outreach: Outreach) -> None:
    await outreach.hear(*on_register(), *checked("2023-07-01"))
    await outreach.catch_up()
    await outreach.said()
    task = await outreach.task("bmi")
    result = Result("declined", "does not want to be weighed", ("bmi",))
    await outreach.do(
        outreach.entering.enter_attempt, Tried("A1", "pk1", task["task_id"], "call", date(2024, 7, 10), result), "amira", anybody
    )
    said = Counter((one.change, one.element) for one in await outreach.said() if one.element)
    assert said[("declined", "bmi")] == said[("opened", "bmi")] == said[("attempted", "smoking")] == 1
    assert (await outreach.standing())["declined"] == ["bmi"]
    old = next(row for row in await outreach.tasks() if row["task_id"] == task["task_id"])
    assert (old["outcome"], old["closed_by"]) == ("declined", "A1")


async def test_what_cannot_be_entered_is_refused_with_its_field(outreach: Outreach) -> None:
    await outreach.hear(*on_register(), *checked("2023-07-01"))
    task_id = (await outreach.task("bmi"))["task_id"]
    good = Tried("A1", "pk1", task_id, "call", date(2024, 7, 10))
    wrong = {
        "task_id": good._replace(task_id="annual-recall:bmi:nothing"),
        "channel": good._replace(channel="pigeon"),
        "made_on": good._replace(made_on=date(2024, 7, 11)),
        "result": good._replace(result=Result("vanished", "why")),
        "reason": good._replace(result=Result("no answer", " ")),
        "until": good._replace(result=Result("declined", "later", until=date(2024, 7, 10))),
        "part": good._replace(result=Result("agreed", "yes", ("bmi",))),
    }
    for field, tried in wrong.items():
        with pytest.raises(FieldError) as refused:
            await outreach.do(outreach.entering.enter_attempt, tried, "amira", anybody)
        assert refused.value.field == field
    with pytest.raises(FieldError, match="no such task"):
        await outreach.do(outreach.entering.enter_attempt, good, "amira", lambda _: False)
    assert await outreach.pool.fetchval("select count(*) from attempt") == 0
    await outreach.do(outreach.entering.enter_attempt, good, "amira", anybody)
    with pytest.raises(FieldError, match="other content"):
        await outreach.do(outreach.entering.enter_attempt, good._replace(channel="text"), "amira", anybody)


async def test_an_answer_closes_an_offer(outreach: Outreach) -> None:
    await outreach.hear(*on_register(), *checked("2024-07-01"))
    await outreach.said()
    (offer,) = [row for row in await outreach.tasks() if row["schedule"] == "community-offer"]
    answered = Answered("N1", "pk1", offer["task_id"], "accepted", "wants to walk more", date(2024, 7, 10), "Walking group")
    for _ in range(2):
        await outreach.do(outreach.entering.enter_answer, answered, "amira", anybody)
    (said,) = await outreach.said()
    assert (said.change, said.result, said.cause.id) == ("done", "accepted", "N1")
    with pytest.raises(FieldError, match="closed already: done"):
        await outreach.do(outreach.entering.enter_answer, answered._replace(answer_id="N2"), "amira", anybody)


async def test_who_dies_has_nothing_left_and_no_message_goes(outreach: Outreach) -> None:
    await outreach.hear(*on_register(), *checked("2023-07-01"))
    await outreach.pool.execute(MESSAGE, outreach.now)
    await outreach.said()
    await outreach.hear(canonical("person", death_date="2024-07-09", recorded="2024-07-10T09:00:00+01:00"))
    assert [row for row in await outreach.tasks() if row["closed_on"] is None] == []
    assert {one.change for one in await outreach.said()} == {"stopped"}
    assert await outreach.pool.fetchval("select state || ', ' || why from message") == "cancelled, died"


async def test_what_was_entered_moves_with_its_record_and_comes_back(outreach: Outreach) -> None:
    await outreach.hear(*on_register("old"), *checked("2023-07-01", "old"))
    await outreach.catch_up()
    task = await outreach.task("bmi", "old")
    await outreach.do(
        outreach.entering.enter_attempt, Tried("A1", "old", task["task_id"], "call", date(2024, 7, 10), Result("no answer", "rang out")),
        "amira", anybody,
    )  # fmt: skip
    merged, parted = {"received": "2024-07-11T12:00:00Z"}, {"received": "2024-07-12T12:00:00Z"}
    away = canonical("register", "E1", person="old", voided=True, moved_to="new", **merged)
    there = canonical("register", "E1", person="new", entered_on=ENTERED, **merged)
    back_away = canonical("register", "E1", person="new", voided=True, moved_to="old", **parted)
    back = canonical("register", "E1", person="old", entered_on=ENTERED, **parted)

    async def holder() -> str:
        return str(await outreach.pool.fetchval("select personkey from attempt"))

    await outreach.hear(away)
    assert await holder() == "new"
    await outreach.hear(there)
    assert (await outreach.standing("new"))["attempts"] == 1
    await outreach.hear(back_away, back)
    assert (await holder(), (await outreach.standing("old"))["attempts"]) == ("old", 1)
    assert await outreach.pool.fetchval("select count(*) from standing where personkey = 'new'") == 0
    await outreach.hear(away, there)  # told again, late
    assert await holder() == "old"


async def test_moves_that_come_in_another_order_end_alike(outreach: Outreach) -> None:
    await outreach.hear(*on_register("old"), *checked("2023-07-01", "old"))
    task = await outreach.task("bmi", "old")
    await outreach.do(outreach.entering.enter_attempt, Tried("A1", "old", task["task_id"], "call", date(2024, 7, 10)), "amira", anybody)
    parted = canonical("register", "E1", person="new", voided=True, moved_to="old", received="2024-07-12T12:00:00Z")
    merged = canonical("register", "E1", person="old", voided=True, moved_to="new", received="2024-07-11T12:00:00Z")
    await outreach.hear(parted)
    await outreach.hear(merged)
    assert await outreach.pool.fetchval("select personkey from attempt") == "old"


async def test_new_settings_and_reference_data_reach_everybody(outreach: Outreach, database_urls: dict[str, str]) -> None:
    for number in range(3):
        await outreach.hear(*on_register(f"pk{number}", f"E{number}"))
    due_on = (await outreach.task("bmi"))["due_on"]
    await outreach.catch_up()
    await outreach.said()
    annual = {
        "rule": "annual", "id": "annual-recall", "version": 2, "title": "Ours", "source": "Ours", "date": "2024-01-01",
        "months": 12, "first_months": 1, "invite_days": 28,
    }  # fmt: skip
    await outreach.pool.execute(SETTING, "*", "schedule.annual-recall", orjson.dumps(annual).decode())
    assert await outreach.pool.fetchval(UNSWEPT) == 3
    await outreach.catch_up()
    assert await outreach.pool.fetchval(UNSWEPT) == 0
    assert (await outreach.task("bmi"))["due_on"] != due_on
    assert {one.cause.kind for one in await outreach.said() if one.change == "opened"} == {"setting"}


async def test_automatic_messages_are_queued_once_for_each_step(outreach: Outreach) -> None:
    await outreach.pool.execute(SETTING, "RXX", "automatic-messages", "true")
    await outreach.catch_up()
    await outreach.hear(*on_register(), *checked("2023-07-01"))
    assert [await outreach.do(outreach.dates.next_steps) for _ in range(2)] == [1, 0]
    row = await outreach.pool.fetchrow("select * from message")
    assert row is not None
    assert (row["channel"], row["template"], row["state"], len(row["task_ids"])) == ("letter", "invitation", "queued", 6)


MESSAGE = """
insert into message
    (id, personkey, key, anchor, schedule, task_ids, owner, channel, template, asked_by, made_at, not_before, expires_on)
values (gen_random_uuid(), 'pk1', 'k', 'RXX|register|E1', 'annual-recall', '{}', 'XG0101', 'text', 'invitation', 'outreach', $1, $1,
    '2024-08-01')
"""
SETTING = """
insert into setting (provider, name, valid_from, value, set_by, reason) values ($1, $2, '2019-01-01', $3, 'amira', 'ours')
"""
UNSWEPT = """select count(*) from pathway, sweep where (version, setting) is distinct from
    ((select max(version) from reference.load), (select max(number) from setting)) or personkey > swept_to"""


def anybody(_task: object) -> bool:
    return True


def json_of(row: asyncpg.Record, name: str) -> Any:
    return orjson.loads(row[name])


async def test_of_people_on_no_register_only_the_document_is_kept(outreach: Outreach) -> None:
    await outreach.hear(canonical("person"), canonical("contact", "C1"), canonical("care-plan", "P1"))
    assert await outreach.tasks() == []
    assert await outreach.said() == []
    await outreach.hear(canonical("contact", "C1", attendance="3", recorded="2024-07-10T09:00:00+01:00"))
    assert [row["schedule"] for row in await outreach.tasks()] == ["after-a-missed-contact"]
    await outreach.hear(canonical("contact", "C1", attendance="5", recorded="2024-07-10T10:00:00+01:00"))
    assert await outreach.tasks() == []
