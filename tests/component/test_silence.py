"""Feeds over a real database: heard in the batch, learned, looked at, measured; late events and gaps kept with them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.waits.store import quality, silence
from services.waits.store.quality import Wanting
from shared.clock import LONDON
from shared.runtime.database import Pool
from tests.component.test_waits_handlers import Waits, canonical, referrals, wait, waits

__all__ = ["referrals", "waits"]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def came(at: datetime, kind: str = "contact", record_id: str = "C1", **say: Any) -> dict[str, Any]:
    return canonical(kind, record_id, received=at.isoformat(), **say)


async def office_days(waits: Waits, first: date, last: date, kind: str = "contact") -> datetime:
    """What would have been heard of RXX from 8 to 18 on working days, every four minutes; returns when the last came."""
    days = [first + number * DAY for number in range((last - first).days + 1)]
    hours = [
        datetime(day.year, day.month, day.day, hour, tzinfo=LONDON) for day in days if not silence.is_rest_day(day) for hour in range(8, 18)
    ]
    at = hours[-1] + 58 * MINUTE
    await waits.pool.executemany("insert into heard_hour values ('RXX', $1, $2, 15)", [(kind, hour) for hour in hours])
    await waits.pool.execute("insert into hearing values ('RXX', $1, $2, $2)", kind, at)
    return at


async def look(waits: Waits, now: datetime) -> int:
    """A look at `now`, after others before it."""
    await waits.pool.execute("update silence_look set since = $1, looked_at = $1", now - 5 * MINUTE)
    await waits.pool.execute("update silence_look set looked_at = $1", now - 10 * timedelta(seconds=1))
    waits.now = now
    return await waits.do(silence.look)


async def silent(waits: Waits) -> list[tuple[str, str]]:
    return [(feed.provider, feed.kind) for feed in await silence.silent(waits.pool, frozenset({"RXX"}))]


async def test_a_batch_is_heard_by_provider_kind_and_quarter_of_an_hour(waits: Waits) -> None:
    at = datetime(2024, 7, 10, 11, 14, 59, tzinfo=UTC)
    waits.now = at + MINUTE
    moved = came(at + 40 * MINUTE, "score", "S1") | {"source": "/clockstop/referrals"}
    await waits.hear(came(at), came(at + MINUTE, "contact", "C2"), came(at + 31 * MINUTE, "contact", "C3"), moved)
    rows = await waits.pool.fetch("select * from heard_hour")
    assert [(row["provider"], row["kind"], row["hour"].hour, row["quarters"]) for row in rows] == [("RXX", "contact", 11, 0b1011)]
    heard = {(feed.provider, feed.kind): feed.last_received_at for feed in await silence.feeds(waits.pool, frozenset({"RXX"}))}
    assert heard == {("RXX", "any"): at + 31 * MINUTE, ("RXX", "contact"): at + 31 * MINUTE}
    assert await waits.pool.fetchval("select last_received_at from feed") == at + 31 * MINUTE
    await waits.hear(came(at))  # again: nothing new
    assert await waits.pool.fetchval("select quarters from heard_hour") == 0b1011


async def test_history_loaded_today_teaches_no_hours(waits: Waits) -> None:
    waits.now = at = datetime(2024, 7, 10, 11, tzinfo=UTC)
    await waits.hear(came(at - 30 * DAY), came(at - 25 * timedelta(hours=1), record_id="C2"))
    assert await silence.feeds(waits.pool, None) == []
    assert await waits.pool.fetchval("select count(*) from heard_hour") == 0
    assert await waits.pool.fetchval("select last_received_at from feed") == at - 25 * timedelta(hours=1)
    assert [row.events for row in await quality.late(waits.pool, Wanting(frozenset({"RXX"})))] == [1, 1]


async def test_a_feed_falls_silent_and_is_heard_again(waits: Waits) -> None:
    last = await office_days(waits, date(2024, 5, 1), date(2024, 7, 12))
    waits.now = last + MINUTE
    assert await waits.do(silence.learn_due) == 2  # the contacts, and the provider as a whole
    assert await waits.do(silence.learn_due) == 0
    assert await look(waits, last + timedelta(hours=60)) == 0  # the weekend
    assert await silent(waits) == []
    assert await look(waits, last + timedelta(hours=64)) == 2  # Monday at 10
    assert await silent(waits) == [("RXX", "any")]  # of a provider silent as a whole, only that
    assert await silence.silent(waits.pool, frozenset({"RXY"})) == []
    assert await waits.pool.fetchval("select changes from silence_look") == 1
    await waits.hear(came(waits.now))
    assert await look(waits, waits.now + MINUTE) == 2
    assert await silent(waits) == []


async def test_one_kind_may_be_silent_while_another_comes(waits: Waits) -> None:
    await office_days(waits, date(2024, 5, 1), date(2024, 7, 12))
    last = await office_days(waits, date(2024, 5, 1), date(2024, 7, 15), "score")
    waits.now = last + MINUTE
    assert await waits.do(silence.learn_due) == 3
    await look(waits, last + MINUTE)
    assert await silent(waits) == [("RXX", "contact")]


async def test_nobody_is_silent_while_it_is_we_who_do_not_read(waits: Waits) -> None:
    last = await office_days(waits, date(2024, 5, 1), date(2024, 7, 12))
    waits.now = last + MINUTE
    await waits.do(silence.learn_due)
    waits.now = last + timedelta(hours=66)
    assert await waits.do(silence.look) == 0  # the first look after a pause: events may lie unread in the log
    waits.now += 59 * timedelta(seconds=1)
    assert await waits.do(silence.look) == 0
    await waits.hear(came(last + timedelta(hours=62), "referral", "R9"))  # read now, received hours ago: more may follow
    assert await look(waits, waits.now + timedelta(seconds=5)) == 0
    assert await look(waits, waits.now + 5 * MINUTE) == 2


async def test_what_is_learned_outlives_what_it_was_learned_from(waits: Waits) -> None:
    last = await office_days(waits, date(2024, 2, 1), date(2024, 7, 12))
    waits.now = last + MINUTE
    await waits.do(silence.learn_due)
    first = await waits.pool.fetchval("select min(hour) from heard_hour")
    assert last - 93 * DAY < first < last - 90 * DAY
    waits.now = last + 200 * DAY
    assert await waits.do(silence.learn_due) == 2
    assert {feed.rhythm.manner for feed in await silence.feeds(waits.pool, None) if feed.rhythm} == {"flow"}
    await look(waits, waits.now)
    assert await silent(waits) == [("RXX", "any")]


def gauge(name: str, kind: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"provider": "RXX", "kind": kind})


async def test_silence_is_measured(waits: Waits) -> None:
    last = await office_days(waits, date(2024, 5, 1), date(2024, 7, 12))
    await waits.hear(came(last, "score", "S1"))
    waits.now = last + MINUTE
    await waits.do(silence.learn_due)
    await silence.measure(waits.pool)
    assert (gauge("cmh_silence_seconds", "contact"), gauge("cmh_silence_overdue_seconds", "contact")) == (60, 0)
    assert (gauge("cmh_silence_seconds", "score"), gauge("cmh_silence_overdue_seconds", "score")) == (60, None)  # learning
    await look(waits, last + timedelta(hours=66))
    await silence.measure(waits.pool)
    assert gauge("cmh_silence_seconds", "any") == 66 * 3600
    assert 2 * 3600 < (gauge("cmh_silence_overdue_seconds", "any") or 0) < 4 * 3600


async def test_late_is_first_told_of_more_than_60_days_after_it_happened(waits: Waits) -> None:
    """Received on 1 July in London, still 30 June by UTC: 60 days before is 2 May."""
    waits.now = at = datetime(2024, 6, 30, 23, 30, tzinfo=UTC)
    early = [came(at, record_id="C-in-time", on="2024-05-02"), came(at, record_id="C-late", on="2024-05-01")]
    await waits.hear(*early, came(at, "referral", "R2", received_on="2024-01-01"))
    assert [tuple(row) for row in await quality.late(waits.pool, Wanting(frozenset({"RXX"})))] == [("RXX", date(2024, 7, 1), 2, 1)]
    waits.now = at = at + 100 * DAY
    await waits.hear(came(at, record_id="C-in-time", on="2024-05-03", recorded="2024-10-01T09:00:00Z"))  # a correction is not late
    assert (await quality.late(waits.pool, Wanting(frozenset({"RXX"}))))[0] == ("RXX", date(2024, 10, 1), 1, 0)


async def gaps(waits: Waits) -> list[tuple[str, str, str]]:
    _, rows, _ = await quality.gap_list(waits.pool, Wanting(frozenset({"RXX"})), None, 100)
    return sorted((row["what"], row["kind"], row["record_id"]) for row in rows)


async def test_an_event_waits_for_its_referral_and_is_listed_meanwhile(waits: Waits) -> None:
    contact, score, assessment = (
        canonical("contact", "C1", medium=None),
        canonical("score", "S1", contact_id="C9"),
        canonical("stay", "H1", referral_id="R1"),
    )
    direct = canonical("contact", "C2", referral_id=None, direct_access=True)
    await waits.hear(contact, score, assessment, direct)
    parentless = [
        ("no-contact", "score", "S1"),
        *(("no-referral", kind, name) for kind, name in (("contact", "C1"), ("score", "S1"), ("stay", "H1"))),
    ]
    assert await gaps(waits) == sorted([*parentless, ("no-medium", "contact", "C1")])
    _, [row], _ = await quality.gap_list(waits.pool, Wanting(frozenset({"RXX"}), what="no-contact"), None, 9)
    assert (row["happened_on"], row["received_at"]) == (date(2024, 7, 5), datetime(2024, 7, 10, 12, tzinfo=UTC))
    later = {"recorded": "2024-07-10T09:00:00Z"}
    await waits.hear(canonical("referral"), canonical("contact", "C9"), canonical("contact", "C1", medium="01", **later))
    unsaid = [(what, "person", "") for what in ("no-area", "no-birth-date", "no-ethnicity", "no-practice")]
    assert await gaps(waits) == unsaid
    known = {"ethnicity": "A", "local_authority": "E08000001", "practice": "DEMO1"}
    await waits.hear(canonical("person", **known))
    assert await gaps(waits) == []
    await waits.hear(canonical("person", **known | {"ethnicity": "99"}, **later))
    assert await gaps(waits) == [("no-ethnicity", "person", "")]
    await waits.hear(canonical("referral", discharged_on="2024-07-09", **later))  # closed: what it lacks is no longer asked for
    assert await gaps(waits) == []


async def test_activity_that_counts_for_nothing_is_kept_and_not_told(waits: Waits) -> None:
    await waits.hear(*wait(), canonical("score", "S1"))
    await waits.said()
    await waits.hear(canonical("score", "S2", on="2024-07-08"))
    assert await waits.changes() == []
    assert [row["last_activity"] for row in await waits.clocks()] == [date(2024, 7, 8)]
    booked = canonical("contact", "C1", on="2024-07-09", attendance=None, medium=None)
    await waits.hear(booked, canonical("assessment", "A1", referral_id="R2", on="2024-07-10"))
    assert [row["last_activity"] for row in await waits.clocks()] == [date(2024, 7, 8)]


async def test_what_was_said_of_a_wait_is_never_changed(waits: Waits) -> None:
    await waits.hear(*wait())
    [row] = await waits.pool.fetch("select * from clock")
    await quality.validate(waits.pool, "amira", "Amira Hassan", row, "still-waiting", "seen by the team on Monday")
    for statement in ("update validation set reason = ''", "delete from validation", "truncate validation"):
        with pytest.raises(Exception, match="only ever added"):
            await waits.pool.execute(statement)


async def test_a_team_type_that_is_not_in_the_national_list_is_wanting(waits: Waits, referrals: Pool) -> None:
    await referrals.execute(
        "insert into reference.team_types (code, name) values ('A06', 'CMHT'); insert into reference.load (hash, rows) values ('3', '{}')"
    )
    known = {"ethnicity": "A", "local_authority": "E08000001", "practice": "DEMO1"}
    await waits.hear(canonical("person", **known), canonical("referral"), canonical("referral", "R2", teams=[{"team_type": "Z99"}]))
    assert await gaps(waits) == [("no-team-type", "referral", "R2")]
