"""Alerts on a real database, with a real mail server and a real web server: looked at, told once, sent at least once."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.referrals.store.access import add_provider
from services.waits.publish import Outlets
from services.waits.rules.gaming import Tally
from services.waits.rules.messages import Message
from services.waits.store import alerts, definitions, signals
from services.waits.store.alerts import Alerts
from services.waits.store.messages import Messages
from services.waits.store.signals import Signals
from shared.runtime.database import Connection, Pool
from shared.runtime.post import MailServer, RefusedError
from tests.component import test_waits_web, waits_rows
from tests.component.waits_rows import AT, NOW, Wait, write_more
from tests.support.outside import Hook, Mailbox, hook, mailbox

pool = test_waits_web.pool
MINUTE = timedelta(minutes=1)
SITE = "https://waits.example"


class Watch:
    """One worker's jobs on a database, at a time that the test sets."""

    def __init__(self, pool: Pool, url: str, outlets: Outlets) -> None:
        self.pool, self.url, self.outlets = pool, url, outlets
        self.now = NOW
        self.alerts = Alerts()
        self.messages = Messages(outlets.tell)

    async def rule(self, **given: Any) -> int:
        """A rule of Priya's, at once due; returns its id."""
        row = {
            "username": "priya", "name": "Priya Nair", "title": "Westside", "measure": "past-target", "direction": "above",
            "thresholds": [10.0], "providers": ["RXA"], "provider": "RXA", "team_type": None, "definition": None, "emails": [],
            "webhook": None, "form": "json", "secret": "s" * 32, "due_at": self.now,
        } | given  # fmt: skip
        return int(await self.pool.fetchval(alerts.SQL["add_rule"], *row.values()))

    async def run(self, act: Any) -> int:
        """Act until nothing is due."""
        done = 0
        while await self.once(act):
            done += 1
        return done

    async def once(self, act: Any) -> int:
        async with self.pool.acquire() as connection, connection.transaction():
            return int(await act(connection))

    async def look(self, after: timedelta = MINUTE) -> None:
        """Later, look at every rule, then send what is due."""
        self.now += after
        await self.run(self.alerts.look)
        await self.run(self.messages.send_due)

    async def history(self) -> list[tuple[str, float | None]]:
        rows = await self.pool.fetch("select what, threshold from alert_history h left join alert a on a.id = alert_id order by h.id")
        return [(row["what"], row["threshold"]) for row in rows]

    async def past(self, number: int, prefix: str = "pkx") -> None:
        """So many more waits past 28 days at RXA."""
        start = AT - timedelta(40)
        more = [Wait(f"{prefix}{n:04}", "RXA", f"X{prefix}{n}", "A06", start, {}) for n in range(number)]
        await write_more(self.url, more)

    async def gone(self, prefix: str = "pkx") -> None:
        """They wait no more."""
        await self.pool.execute("delete from clock where starts_with(personkey, $1)", prefix)
        await self.pool.execute("update feed set changes = changes + 1")

    async def waiting(self) -> int:
        return int(
            await self.pool.fetchval(
                """select count(*) from clock where provider = 'RXA' and stop is null and "end" is null and breach_on <= $1""", AT
            )
        )


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as found:
        yield found


@pytest.fixture
async def called() -> AsyncIterator[Hook]:
    async with hook() as found:
        yield found


@pytest.fixture
async def watch(pool: Pool, database_urls: dict[str, str], box: Mailbox, called: Hook, monkeypatch: pytest.MonkeyPatch) -> Watch:
    mail = MailServer("127.0.0.1", box.port, "none", "clockstop@waits.example")
    found = Watch(pool, database_urls["admin"], Outlets(mail, frozenset({f"127.0.0.1:{called.port}"}), SITE))
    monkeypatch.setattr("shared.clock.now", lambda: found.now)
    return found


async def test_each_threshold_is_told_once_and_again_after_it_was_let_go(watch: Watch, box: Mailbox) -> None:
    base = await watch.waiting()
    await watch.rule(thresholds=[float(base + 5), float(base + 10), float(base + 20)], emails=["priya@trust.example"])
    await watch.look()
    assert await watch.history() == []
    await watch.past(5)
    for _ in range(3):
        await watch.look()
    await watch.past(7, "pky")
    await watch.look()
    assert [what for what, _ in await watch.history()] == ["fired", "sent", "fired", "sent"]
    assert [str(message["Subject"]) for message in box.messages] == [
        f"Westside: {base + 5} waiting, past 28 days (rises to {base + 5})",
        f"Westside: {base + 12} waiting, past 28 days (rises to {base + 10})",
    ]
    assert f"{SITE}/waits/list?state=past-target&provider=RXA" in box.messages[0].get_content()
    await watch.gone("pk")  # everybody
    await watch.look()
    assert await watch.pool.fetchval("select count(*) from alert where resolved_at is null") == 0
    await watch.past(base + 12, "pkz")
    await watch.look()
    assert len(box.messages) == 3  # both at once: one message
    assert str(box.messages[2]["Subject"]).endswith(f"(rises to {base + 5} or {base + 10})")


async def test_two_workers_never_fire_one_twice(watch: Watch) -> None:
    for number in range(8):
        await watch.rule(title=f"R{number}", thresholds=[1.0, 2.0], emails=["a@trust.example"])

    async def worker() -> int:
        async with watch.pool.acquire() as connection, connection.transaction():
            done = await watch.alerts.look(connection)
            await asyncio.sleep(0.02)  # both are under way
            return done

    for _ in range(12):
        await asyncio.gather(worker(), worker())
    await watch.pool.execute("update alert_rule set due_at = $1, seen = null", watch.now)  # as if nobody had looked
    await asyncio.gather(*[watch.run(watch.alerts.look) for _ in range(3)])
    fired = [line for what, line in await watch.history() if what == "fired"]
    assert sorted(fired) == [1.0] * 8 + [2.0] * 8  # type: ignore[type-var]
    assert await watch.pool.fetchval("select count(*) from alert_message") == 8


async def test_one_that_stands_is_not_written_twice_even_without_the_lock(watch: Watch) -> None:
    rule = await watch.rule(thresholds=[1.0])
    fire = alerts.SQL["fire"]
    assert len(await watch.pool.fetch(fire, rule, [1.0], NOW, 5.0)) == 1
    assert await watch.pool.fetch(fire, rule, [1.0], NOW, 5.0) == []


async def test_a_snooze_ends_and_what_still_stands_is_told_again(watch: Watch, box: Mailbox) -> None:
    base = await watch.waiting()
    await watch.rule(thresholds=[float(base)], emails=["priya@trust.example"])
    await watch.look()
    until = watch.now + 10 * MINUTE
    await watch.pool.execute("update alert set snoozed_until = $1", until)
    await watch.look()
    await watch.gone("pk")
    await watch.look()
    await watch.past(base + 3, "pkz")
    await watch.look()  # fires again, still snoozed
    assert [what for what, _ in await watch.history()] == ["fired", "sent", "resolved", "fired"]
    assert len(box.messages) == 1
    await watch.look(10 * MINUTE)
    await watch.look()
    assert [what for what, _ in await watch.history()][4:] == ["woken", "sent"]
    assert len(box.messages) == 2


async def test_a_webhook_is_signed_and_names_its_message(watch: Watch, called: Hook) -> None:
    await watch.rule(thresholds=[1.0], webhook=called.url)
    await watch.rule(thresholds=[1.0], webhook=called.url, form="teams")
    await watch.look()
    [(path, headers, body), (_, _, card)] = sorted(called.calls, key=lambda call: b"AdaptiveCard" in call[2])
    assert path == "/hook?sig=hidden"
    at, _, signed = headers["clockstop-signature"].partition(",v1=")
    assert signed == hmac.new(b"s" * 32, at.removeprefix("t=").encode() + b"." + body, hashlib.sha256).hexdigest()
    said = json.loads(body)
    assert said["id"] == headers["idempotency-key"] == str(await watch.pool.fetchval("select id from alert_message where way = 'json'"))
    assert (said["providers"], said["thresholds"], said["link"].partition("?")[0]) == (
        {"RXA": "Westside Trust"}, [1.0], f"{SITE}/waits/list",
    )  # fmt: skip
    assert json.loads(card)["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert "pk0" not in (body + card).decode()
    shown = await watch.pool.fetch("select note from alert_history where what = 'sent'")
    assert {row["note"] for row in shown} == {"127.0.0.1"}  # the rest of the address may be a secret


async def test_what_is_not_taken_is_tried_again_and_in_the_end_given_up(watch: Watch, called: Hook, box: Mailbox) -> None:
    await watch.rule(thresholds=[1.0], webhook=called.url, emails=["priya@trust.example"])
    called.status, box.refuses = 503, True
    await watch.look()
    await watch.run(watch.messages.send_due)
    assert len(called.calls) == 1  # not yet again
    called.status = 302  # an answer that leads elsewhere is none
    await watch.look(timedelta(seconds=16))
    row = await watch.pool.fetchrow("select state, attempts, trouble from alert_message where way = 'json'")
    assert tuple(row or ()) == ("due", 2, "RefusedError: answered 302")
    box.refuses = False
    await watch.look(MINUTE)
    assert len(box.messages) == 1
    for _ in range(10):
        await watch.look(timedelta(hours=7))
    states = {row["way"]: row["state"] for row in await watch.pool.fetch("select way, state from alert_message")}
    assert states == {"mail": "sent", "json": "dead"}
    assert len(called.calls) == 8
    assert len({headers["idempotency-key"] for _, headers, _ in called.calls}) == 1
    assert ("given up", 1.0) in await watch.history()
    await alerts.measure(watch.pool)
    assert REGISTRY.get_sample_value("cmh_alert_messages", {"state": "dead"}) == 1


async def test_one_that_dies_between_send_and_mark_is_sent_again_under_the_same_name(watch: Watch, box: Mailbox) -> None:
    await watch.rule(thresholds=[1.0], emails=["priya@trust.example"])
    await watch.run(watch.alerts.look)

    class Killed(BaseException):
        """The process ends."""

    async def send_and_die(message: Message) -> None:
        await watch.outlets.tell(message)
        raise Killed

    with pytest.raises(Killed):
        await watch.once(Messages(send_and_die).send_due)
    assert await watch.pool.fetchval("select state from alert_message") == "due"
    assert await watch.run(watch.messages.send_due) == 1
    assert await watch.run(watch.messages.send_due) == 0
    assert len(box.messages) == 2
    assert len({message["Message-ID"] for message in box.messages}) == 1


async def test_one_that_hangs_keeps_no_other_waiting(watch: Watch, called: Hook, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.waits.store.messages.SEND_SECONDS", 0.3)
    await watch.rule(thresholds=[1.0], webhook=called.url, emails=["priya@trust.example"])
    called.status = None
    await watch.look()
    assert len(box.messages) == 1
    assert await watch.pool.fetchval("select state from alert_message where way = 'json'") == "due"


async def test_nothing_is_looked_at_that_its_maker_may_not_see(watch: Watch, database_urls: dict[str, str]) -> None:
    rule = await watch.rule(thresholds=[1.0], providers=["RXA", "RXB"], provider=None)
    await watch.look()
    row = await watch.pool.fetchrow("select value, trouble from alert_rule where id = $1", rule)
    assert row is not None
    assert row["value"] is None
    assert "does not see RXB any more" in row["trouble"]
    await watch.rule(username="amira", thresholds=[1.0], providers=["RXA", "RXB"], provider=None)
    async with waits_rows.connected(database_urls["admin"]) as connection:
        await connection.execute("update access.person set roles = '{analyst}' where username = 'amira'")
    await watch.look()
    assert await watch.history() == []


VALUES = {"waiting": "waiting", "past-target": "past_target", "due-7": "due_7"}


async def test_numbers_are_those_of_the_pages(watch: Watch, pool: Pool) -> None:
    from services.waits.store.pages import Question
    from services.waits.store.summary import summary

    for provider, team in ((None, None), ("RXA", None), ("RXB", "A08")):
        for measure in alerts.STATES:
            await watch.rule(
                username="amira", title=f"{measure} {provider} {team}", measure=measure, thresholds=[99.0], providers=["RXA", "RXB"],
                provider=provider, team_type=team,
            )  # fmt: skip
        await watch.look()
        shown = await summary(pool, Question(frozenset({"RXA", "RXB"}), AT, "national-2024@1", provider, team))
        rows = await pool.fetch("select measure, value from alert_rule where title like '%' || $1", f"{provider} {team}")
        found = {row["measure"]: row["value"] for row in rows}
        assert {name: found[name] for name in VALUES} == {name: getattr(shown, field) for name, field in VALUES.items()}
        assert found["share-within"] == pytest.approx(100 * shown.share.within_target / shown.share.stopped)
        assert found["longest-days"] == 400
        if team is None and provider:
            assert found["median-days"] == next(one.median_days for one in shown.teams if one.provider == provider)


async def test_a_number_of_nothing_tells_nothing(watch: Watch) -> None:
    await watch.gone("pk")
    for measure in ("share-within", "median-days", "longest-days"):
        await watch.rule(measure=measure, direction="below", thresholds=[50.0])
    await watch.look()
    assert await watch.history() == []
    assert {row["value"] for row in await watch.pool.fetch("select value from alert_rule")} == {None}


async def test_feeds_and_gaps_are_watched_too(watch: Watch, pool: Pool) -> None:
    silent = await watch.rule(measure="silent-feeds", thresholds=[1.0])
    await watch.rule(measure="gaps", thresholds=[1.0])
    await watch.look()
    assert await pool.fetchval("select value from alert_rule where id = $1", silent) == 0
    await waits_rows.fall_silent(watch.url, "RXA")
    await watch.look()
    assert [what for what, _ in await watch.history()] == ["fired", "fired"]
    assert await pool.fetchval("select value from alert_rule where id = $1", silent) == 1


async def test_where_nothing_moved_nothing_is_counted(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = await watch.rule(thresholds=[1.0])
    await watch.look()
    counted: list[datetime] = []
    value = watch.alerts.value

    async def counting(connection: Connection, row: Any, now: datetime) -> float | None:
        counted.append(now)
        return await value(connection, row, now)

    monkeypatch.setattr(watch.alerts, "value", counting)
    await watch.look(timedelta(seconds=31))
    assert counted == []
    await watch.pool.execute("update feed set changes = changes + 1")
    await watch.look(timedelta(seconds=31))
    await watch.look(6 * MINUTE)
    assert len(counted) == 2
    assert await watch.pool.fetchval("select looked_at from alert_rule where id = $1", rule) == watch.now


RECORDED_LATE = """
update clock set components = (
    select json_object_agg(key, value::jsonb || jsonb_build_object('recorded_on', $2::text)) from json_each(components)
) where personkey = $1
"""


async def test_signals_read_when_things_were_recorded(watch: Watch, pool: Pool) -> None:
    """A planted team: helped on day 20 by records made weeks later, with plans that were given an earlier date."""
    start, quarter = date(2025, 11, 3), date(2025, 10, 1)
    met = dict.fromkeys(waits_rows.COMPONENTS, 20)
    await write_more(watch.url, [Wait(f"pkg{n:02}", "RXA", f"G{n}", "A08", start, met) for n in range(30)])
    for row in await pool.fetch("select personkey, document from pathway where starts_with(personkey, 'pkg')"):
        document = json.loads(row["document"])
        number = int(row["personkey"][3:])
        plan = f"RXA|care-plan|P-G{number}"
        if number < 12:
            await pool.execute(RECORDED_LATE, row["personkey"], str(start + timedelta(20 + 40)))
        if number < 7:
            was = document[plan][0]
            document[plan] = [[was[0] - 1, *was[1:3], "earlier", was[4] | {"created_on": "2025-11-28"}], was]
        await pool.execute("update pathway set document = $2 where personkey = $1", row["personkey"], json.dumps(document))
    async with waits_rows.connected(watch.url) as connection:
        for provider in ("RXA", "RXB"):
            await add_provider(connection, provider, provider, new_key=False)
    job = Signals(definitions.definition("national-2024"))
    while await watch.once(job.count_due):
        pass
    found = {(one.signal, one.team_type): one.tally for one in await signals.of_quarter(pool, ["RXA"], quarter)}
    assert found["told-late", "A08"][:2] == (30, 12)
    assert found["plan-re-dated", "A08"][:2] == (30, 7)
    assert found["bulk-scores", "A08"] == Tally(30, 30, 30, 1)
    shown = await pool.fetch("select personkey, days from signal_spell where signal = 'told-late' and quarter = $1", quarter)
    assert {tuple(row) for row in shown} == {(f"pkg{n:02}", 40) for n in range(12)}
    assert await watch.once(job.count_due) == 0
    await pool.execute("update feed set changes = changes + 1000 where provider = 'RXA'")
    watch.now += 2 * MINUTE
    assert await watch.run(job.count_due) == 5  # much changed: its quarters alone


async def test_history_is_only_ever_added(watch: Watch) -> None:
    await watch.rule(thresholds=[1.0])
    await watch.look()
    with pytest.raises(Exception, match="only ever added"):
        await watch.pool.execute("delete from alert_history")


async def test_without_a_mail_server_it_says_so(watch: Watch) -> None:
    with pytest.raises(RefusedError, match="e-mail is not set up"):
        await Outlets().tell(Message("k", "mail", "a@trust.example", {}, "s"))
