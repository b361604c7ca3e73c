"""Messages over a real database and the stand-in for Notify: what goes, what does not and why, and what became of it."""

import asyncio
import logging
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson
import pytest
from fastapi import FastAPI

from deploy.local.notify import RETURNED, StandIn
from deploy.local.postgres import program
from services.outreach.publish import notify
from services.outreach.publish.notify import GovUkNotify, Message, NotTakenError, WrongRecipientError
from services.outreach.publish.vault import VaultError
from services.outreach.rules.messages import fate
from services.outreach.store import messages as store
from services.outreach.web import callback
from shared import clock
from shared.runtime.database import Pool, connect_pool
from tests.support.post_office import ALEX, ANCHOR, KEY, NOON, PERSON, TEMPLATES, Clock, Office, document, notify_server

TOKEN = "t" * 32


@pytest.fixture(scope="module")
def desk() -> Iterator[tuple[StandIn, str]]:
    stand_in = StandIn(KEY, after=0)
    with notify_server(stand_in) as address:
        yield stand_in, address


@pytest.fixture
async def pool(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    async with await connect_pool(database_urls["outreach"], "outreach") as pool:
        yield pool


@pytest.fixture
def office(pool: Pool, desk: tuple[StandIn, str], monkeypatch: pytest.MonkeyPatch) -> Office:
    time_ = Clock()
    time_.use(monkeypatch)
    return Office(pool, *desk, time_)


async def known_as(office: Office, **changes: Mapping[str, Any]) -> None:
    """What is known of the person from now on."""
    text = orjson.dumps(document(**changes)).decode()
    await office.pool.execute("update pathway set document = $2 where personkey = $1", PERSON, text)


async def row(office: Office, message: UUID) -> asyncpg.Record:
    found: asyncpg.Record | None = await office.pool.fetchrow("select * from message where id = $1", message)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("channel", "to", "parts"),
    [
        ("text", {"phone_number": "07700 900123"}, ("telephone",)),
        ("email", {"email_address": "zebedee@quillfeather.example"}, ("email",)),
        (
            "letter",
            {"line_1": "Zebedee Quillfeather", "line_2": "17 Kittiwake Lane", "line_3": "Westside", "line_4": "XW1 1AA"},
            ("address", "name"),
        ),
    ],
)
async def test_a_message_goes_out_with_what_it_needs_and_no_more(
    office: Office, channel: str, to: Mapping[str, str], parts: tuple[str, ...]
) -> None:
    message = await office.prepare(channel, telephone="01632 960000")
    assert await office.drive(message) == "delivered"
    [got] = office.got(message)
    assert {name: got[name] for name in to} == to
    assert "call 01632 960000" in got["body"]
    assert ("Zebedee" in got["body"]) == (channel == "letter")
    assert office.vault.asked == [(PERSON, "RXX", "message", "outreach", str(message), *parts)]
    assert await office.attempts() == [(str(message), channel, None, None, True)]
    kept = await row(office, message)
    assert (kept["version"], kept["variant"], kept["why"]) == (1, "plain/en", None)
    assert await office.pool.fetchval("select recompute_on = '-infinity' from pathway")


async def test_easy_read_or_a_translation_where_it_is_wanted(office: Office) -> None:
    message = await office.prepare("text")
    await known_as(office, preference={"provider": "RXX", "formats": ["easy read"]})
    await office.drive(message)
    assert "It is time for your health check" in office.got(message)[0]["body"]
    message = await office.prepare("text")
    await known_as(office, person={"provider": "RXX", "language": "pl"})
    await office.drive(message)
    assert "coroczne badanie" in office.got(message)[0]["body"]
    message = await office.prepare("letter")
    await known_as(office, preference={"provider": "RXX", "formats": ["braille"]})
    assert [await office.drive(message, 3), office.got(message)] == ["by hand", []]
    assert (await row(office, message))["why"] == "a letter is wanted in braille"


STOPS: dict[str, dict[str, dict[str, Any]]] = {
    "died": {"person": {"provider": "RXX", "death_date": "2024-07-09"}},
    "opted out": {"preference": {"provider": "RXX", "opt_out": True}},
    "restricted": {"preference": {"provider": "RXX", "restricted": True}},
    "left": {"register": {"condition": "schizophrenia", "entered_on": "2020-01-01", "practice": "XG0101", "left_on": "2024-07-01"}},
    "remission": {
        "register": {"condition": "schizophrenia", "entered_on": "2020-01-01", "practice": "XG0101", "remission_on": "2024-07-01"}
    },
}


@pytest.mark.parametrize("why", STOPS)
async def test_what_stops_contact_stops_what_is_queued(office: Office, why: str) -> None:
    """Also without the word of whoever learns of it."""
    message = await office.prepare("text")
    await known_as(office, **STOPS[why])
    assert await office.drive(message, 3) == "cancelled"
    assert (await row(office, message))["why"] == why
    assert (office.got(message), office.vault.asked, await office.attempts()) == ([], [], [])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("update task set closed_on = '2024-07-09', outcome = 'done'", "nothing left to do"),
        ("update standing set hidden_until = '2024-07-11'", "not to be asked yet"),
        ("update standing set next_channel = 'call'", "superseded"),
        ("update message set expires_on = '2024-07-10'", "too old"),
    ],
)
async def test_what_is_not_wanted_any_more_is_cancelled_with_its_reason(office: Office, change: str, why: str) -> None:
    message = await office.prepare("text")
    await office.pool.execute(change)
    assert await office.drive(message, 3) == "cancelled"
    assert (await row(office, message))["why"] == why
    async with office.pool.acquire() as connection:
        assert await store.queue(connection, office.wanted("text"), clock.now()) is not None, "it may be queued anew"
        assert await store.queue(connection, office.wanted("text"), clock.now()) is None, "but once"


async def test_what_a_worker_asks_for_is_not_held_to_the_ladder(office: Office) -> None:
    message = await office.prepare("text", asked_by="dana")
    await office.pool.execute("update standing set next_channel = 'call', hidden_until = '2024-08-01'")
    assert await office.drive(message) == "delivered"
    assert office.vault.asked[0][3] == "dana"
    assert await office.pool.fetchval("select not automatic and made_by = 'dana' from attempt")


async def test_nobody_is_written_to_at_night_but_by_letter(office: Office) -> None:
    office.clock.real = datetime(2024, 7, 10, 19, 30, tzinfo=UTC)  # 20:30 in London
    message = await office.prepare("text")
    jobs = office.worker()
    await office.run(jobs)
    kept = await row(office, message)
    assert (kept["state"], kept["quiet_until"]) == ("queued", datetime(2024, 7, 11, 7, tzinfo=UTC))
    await office.run(jobs)
    assert office.got(message) == []
    office.clock.real = datetime(2024, 7, 11, 7, tzinfo=UTC)
    assert await office.drive(message) == "delivered"
    office.clock.real = datetime(2024, 7, 10, 23, 30, tzinfo=UTC)
    assert await office.drive(await office.prepare("letter")) == "delivered"


FATES = [
    ("text", "telephone", "07700900002", "permanent-failure", "wrong number"),
    ("text", "telephone", "07700900003", "temporary-failure", "no answer"),
    ("text", "telephone", "01632 960001", "validation-failed", "wrong number"),
    ("text", "telephone", "", "no telephone", "wrong number"),
    ("email", "email", "perm-fail@simulator.notify", "permanent-failure", "wrong number"),
    ("email", "email", "somewhere", "validation-failed", "wrong number"),
    ("letter", "postcode", "not one", "validation-failed", "wrong number"),
    ("letter", "address", "", "no full address", "wrong number"),
    ("letter", "address", RETURNED, "returned-letter", "wrong number"),
]


@pytest.mark.parametrize(("channel", "part", "value", "why", "result"), FATES)
async def test_what_does_not_arrive_is_a_result_of_its_attempt(
    office: Office, channel: str, part: str, value: str, why: str, result: str
) -> None:
    office.vault.told = ALEX | {part: value}
    message = await office.prepare(channel)
    assert await office.drive(message) == "failed"
    assert (await row(office, message))["why"] == why
    [(attempt, _, said, reason, stands)] = await office.attempts()
    assert (attempt, said, stands) == (str(message), result, True)
    assert reason
    assert value == "" or value not in reason


async def test_a_technical_failure_was_no_attempt(office: Office) -> None:
    office.vault.told = ALEX | {"telephone": "07700900004"}
    message = await office.prepare("text")
    assert await office.drive(message) == "failed"
    assert [stands for *_, stands in await office.attempts()] == [False]
    async with office.pool.acquire() as connection:
        assert await store.queue(connection, office.wanted("text"), clock.now()) is not None


async def test_not_faster_than_so_many_a_minute(office: Office) -> None:
    await office.prepare("letter")
    async with office.pool.acquire() as connection:
        for number in range(2, 31):
            await store.queue(connection, office.wanted(key=f"annual:{number}"), NOON - timedelta(days=3))
    jobs, sent = office.worker(per_minute=6), []
    for _ in range(5):
        for _ in range(8):
            await office.run(jobs[:2])
        sent.append(await office.pool.fetchval("select count(*) from message where state = 'sent'"))
        office.clock.pass_(30)
    assert sent == [6, 6, 12, 12, 18], "after three days out of service too"
    assert len(office.stand_in.messages) == 18


async def test_the_vault_is_down(office: Office) -> None:
    message = await office.prepare("text")
    ask = office.vault.ask

    async def nobody(*_: Any, **__: Any) -> Mapping[str, str]:
        raise VaultError("the vault answered 503")

    office.vault.ask = nobody  # type: ignore[method-assign]
    assert await office.drive(message, 6) == "queued"
    office.vault.ask = ask  # type: ignore[method-assign]
    assert await office.drive(message) == "delivered"
    assert len(office.got(message)) == 1


async def test_what_notify_cannot_tell_of_rests_until_somebody_decides(office: Office) -> None:
    for went, state, attempts in ((True, "delivered", 1), (False, "cancelled", 0)):
        message = await office.prepare("letter")
        intent = uuid4()
        await office.pool.execute("update message set state = 'intended', intent = $1, intended_at = $2, look_at = $2", intent, NOON)
        office.clock.real = NOON + timedelta(days=7)
        assert await office.drive(message, 3) == "unknown"
        assert (office.got(message), await office.attempts()) == ([], [])
        async with office.pool.acquire() as connection, connection.transaction():
            assert await store.decide(connection, message, went=went, by="dana", now=clock.now()) == state
            assert await store.decide(connection, message, went=went, by="dana", now=clock.now()) is None
        assert len(await office.attempts()) == attempts
        office.clock.real = NOON


async def test_news_in_any_order_and_twice(office: Office) -> None:
    """Told by callback: before we noted that it went, late, again, by a stranger."""
    app = FastAPI()
    app.include_router(callback.router(office.pool, TOKEN))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://site") as client:

        async def tell(token: str = TOKEN, **said: Any) -> int:
            answer = await client.post(callback.PATH, json=said, headers={"Authorization": f"Bearer {token}"})
            return answer.status_code

        message = await office.prepare("letter")
        await office.pool.execute("update message set state = 'intended', intent = id, intended_at = $1, look_at = $1", NOON)
        reference, told = str(message), []
        assert [await tell("x" * 32, reference=reference, status="delivered"), (await row(office, message))["state"]] == [401, "intended"]
        for status in ("delivered", "temporary-failure", "sending", "delivered"):
            assert await tell(id="n1", reference=reference, status=status, to="07700900123") == 204
            told.append((await row(office, message))["state"])
        assert told == ["delivered"] * 4
        assert await tell(notification_id="n1", reference=reference, sent_by="API") == 204
        assert await tell(notification_id="n1", reference=reference, sent_by="API") == 204
        kept = await row(office, message)
        assert (kept["state"], kept["why"], kept["notify_id"]) == ("failed", "returned-letter", "n1")
        assert await office.attempts() == [(reference, "letter", "wrong number", "GOV.UK Notify: returned-letter", True)]
        assert [await tell(reference=str(uuid4()), status="delivered"), await tell(status="delivered")] == [404, 404]


async def test_a_text_that_failed_for_a_while_can_still_arrive(office: Office) -> None:
    message = await office.prepare("text")
    await office.pool.execute("update message set state = 'intended', intent = id, intended_at = $1", NOON)
    async with office.pool.acquire() as connection:
        for status, result in (("temporary-failure", "no answer"), ("delivered", None)):
            assert await store.hear(connection, message, fate(status), "n1", None, NOON)
            assert [said for _, _, said, *_ in await office.attempts()] == [result]


async def test_an_attempt_is_whose_the_record_is_by_then(office: Office) -> None:
    message = await office.prepare("letter")
    await office.pool.execute("insert into pathway (personkey, document) values ('other', '{}')")
    await office.pool.execute("insert into place (anchor, personkey, received, event_id) values ($1, 'other', 1, 'e')", ANCHOR)
    await office.drive(message)
    assert await office.pool.fetchval("select personkey from attempt") == "other"
    assert await office.pool.fetchval("select count(*) from pathway where recompute_on = '-infinity'") == 2


async def test_notify_refuses_what_is_not_signed_right_and_says_so(desk: tuple[StandIn, str], office: Office) -> None:
    def message(**changes: Any) -> Message:
        return Message(str(uuid4()), "text", "07700900123", "", "Hello", NOON)._replace(**changes)

    _, url = desk
    right = GovUkNotify(url, KEY, TEMPLATES)
    assert await right.send(message())
    wrong_key = GovUkNotify(url, KEY[:-4] + "0000", TEMPLATES)
    for port, sent in (
        (wrong_key, message()),
        (right, message(signed_at=NOON - timedelta(seconds=40))),
        (right, message(signed_at=NOON + timedelta(seconds=40))),
        (right, message(body="")),
        (GovUkNotify(url, KEY, TEMPLATES._replace(text="nonsense")), message()),
    ):
        with pytest.raises(NotTakenError):
            await port.send(sent)
    with pytest.raises(WrongRecipientError):
        await right.send(message(to="nobody"))
    nobody = GovUkNotify("http://127.0.0.1:9", KEY, TEMPLATES)
    with pytest.raises(notify.DoubtError):
        await nobody.send(message())
    with pytest.raises(notify.DoubtError):
        await nobody.find("x", NOON)
    assert await right.find(str(uuid4()), NOON) is None
    assert await right.status(str(uuid4()), NOON) is None


async def test_nothing_of_a_person_is_kept_or_logged(
    office: Office, database_urls: dict[str, str], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    telling = [*ALEX.values(), "07700900123", "Kittiwake", "Quillfeather"]
    for channel in ("text", "email", "letter"):
        for told in (ALEX, ALEX | {"telephone": "07700 900123 ext", "email": "zebedee@quillfeather", "postcode": "Kittiwake"}):
            office.vault.told = told
            office.clock.real = NOON
            await office.drive(await office.prepare(channel))
    assert len(office.stand_in.messages) == 3
    command = [program("pg_dump"), database_urls["admin"], "--schema=outreach"]
    dump = (await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)).stdout.decode()
    out, err = capfd.readouterr()
    assert "COPY outreach.message" in dump
    for text in telling:
        for place in (dump, out, err, caplog.text):
            assert text not in place
