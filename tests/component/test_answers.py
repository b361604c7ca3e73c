"""Answers about the past over HTTP: made once by the worker, waited for, kept, swept, made anew; and what may be asked at all."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from services.referrals.store.access import Person, add_person, add_provider
from services.waits.store import answers
from services.waits.store.answers import Making
from services.waits.web import then
from services.waits.web.site import build_web
from shared import clock
from shared.runtime.database import Pool, connect_pool
from shared.web.application import Access
from tests.component.sent_events import ONE, RECEIVED, TWO, Desk, event
from tests.component.test_waits_web import signed_in

BEFORE = RECEIVED - timedelta(days=10)
FIRST, SECOND, LATER = (BEFORE + timedelta(days=days) for days in (1, 3, 5))
"""What comes on the second day moves on the fourth and is corrected on the sixth."""
OWN, OTHER = {"local_id": "P1", "nhs_number": ONE}, {"local_id": "P2", "nhs_number": TWO}


class Asking:
    """RXX and RYY send; Priya of RXX asks; the worker works when it is told to."""

    def __init__(self, desk: Desk, pool: Pool, client: httpx.AsyncClient) -> None:
        self.desk = desk
        self.pool = pool
        self.client = client
        self.making = Making()

    async def get(self, path: str, known_at: object = None, **query: str) -> httpx.Response:
        then = {} if known_at is None else {"known_at": str(known_at)}
        return await self.client.get(f"{path}?{urlencode(query | then)}")

    async def json(self, path: str, known_at: object = None, **query: str) -> Any:
        answer = await self.get(path, known_at, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def work(self) -> int:
        """The job, until nothing is wanted; returns how often it did something."""
        times = 0
        while True:
            async with self.pool.acquire() as connection, connection.transaction():
                if not await self.making.make_due(connection):
                    return times
            times += 1


@pytest.fixture
async def asking(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Asking]:
    monkeypatch.setattr(clock, "now", lambda: RECEIVED)
    monkeypatch.setattr(then, "LOOKS", 1)
    async with (
        await connect_pool(database_urls["referrals"], "referrals") as referrals,
        await connect_pool(database_urls["waits"], "waits") as waits,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=build_web(waits, Access("k" * 32, "127.0.0.1"))), base_url="http://site"
        ) as client,
    ):
        async with referrals.acquire() as connection:
            for ods in ("RXX", "RYY"):
                await add_provider(connection, ods, "", new_key=False)
            await add_person(connection, Person("priya", "Priya", "Trust", ("team-manager",), ("RXX",)))
        desk = Desk(referrals)
        first: Any = {"recorded": "2024-07-01T09:00:00+01:00"}
        await desk.send(event("person", "", person=OWN, **first), event(person=OWN, event_id="first", **first), at=FIRST)
        for provider in ("RXX", "RYY"):
            say: Any = {"person": OTHER, "provider": provider, **first}
            await desk.send(event("person", "", **say), event(record_id="R2", **say), provider=provider, at=FIRST)
        moved: Any = {"person": OTHER, "recorded": "2024-07-03T09:00:00+01:00"}
        await desk.send(event(event_id="moved", **moved), at=SECOND)
        ended = moved | {"recorded": "2024-07-05T09:00:00+01:00", "discharged_on": "2024-07-05"}
        await desk.send(event(event_id="ended", **ended), event(record_id="R2", **ended), at=LATER)
        yield Asking(desk, waits, await signed_in(client, "priya"))


def at(day: float) -> str:
    return (BEFORE + timedelta(days=day)).isoformat()


async def test_an_answer_is_asked_for_made_once_and_kept(asking: Asking) -> None:
    told = await asking.get("/v1/waits", at(2))
    assert (told.status_code, told.headers["retry-after"], told.json()["field"]) == (503, "3", None)
    assert "is being put together: 0% of the people are done" in told.json()["error"]
    page = await asking.get("/waits", at(2))
    assert (page.status_code, page.headers["refresh"]) == (503, "3")
    assert await asking.work() == 2  # a step with everybody, and the end
    assert (await asking.json("/v1/waits", at(2)))["waiting"] == 2
    assert (await asking.json("/v1/spells", at(2)))["total"] == 2
    assert await asking.work() == 0
    people = {spell["spell_id"]: spell["person"] for spell in (await asking.json("/v1/spells", at(2)))["spells"]}
    assert people["RXX:R1"] != people["RXX:R2"]  # it moved on the fourth day
    html = (await asking.get("/waits/list", at(2))).text
    assert "As known at <strong>2 July 2024, 13:00:00</strong>, not live" in html
    assert "sse-connect" not in html
    assert f"/waits/spells/RXX%3AR1?known_at={urlencode({'': '2024-07-02T12:00:00Z'})[1:]}" in html


async def test_each_instant_has_its_answer_and_nobody_sees_more_than_now(asking: Asking) -> None:
    expected = {0.5: [], 2: ["RXX:R1", "RXX:R2"], 3.5: ["RXX:R1"], 6: ["RXX:R1"]}
    for day in expected:
        assert (await asking.get("/v1/spells", at(day), state="")).status_code == 503
    await asking.work()
    for day, spells in expected.items():
        told = (await asking.json("/v1/spells", at(day), search="", state="waiting" if day < 5 else "closed"))["spells"]
        assert [spell["spell_id"] for spell in told] == spells, day
        assert {spell["provider"] for spell in told} <= {"RXX"}
    assert (await asking.json("/v1/waits", at(2)))["last_event_at"] == (FIRST.isoformat().replace("+00:00", "Z"))


async def test_one_spell_and_one_event_need_no_answer(asking: Asking) -> None:
    assert (await asking.get("/v1/spells/RXX:R1", at(0.5))).status_code == 404
    assert (await asking.get("/v1/spells/RYY:R2", at(2))).status_code == 404  # of another provider
    before, after = await asking.json("/v1/spells/RXX:R1", at(2)), await asking.json("/v1/spells/RXX:R1", at(6))
    assert before["spell"]["person"] != after["spell"]["person"]
    assert (before["spell"]["end"], after["spell"]["end"]) == (None, "2024-07-05")
    between = await asking.json("/v1/spells/RXX:R1", at(3.5))
    assert {(one["event_id"], one["reason"]) for one in between["uncounted"]} >= {("ended", "received after the as-known-at instant")}
    [then] = (await asking.json("/v1/effects/ended", at(4)))["events"]
    assert [one["sentence"] for one in then["effects"]] == ["no effect: received after the as-known-at instant"]
    [first] = (await asking.json("/v1/effects/first", at(2)))["events"]
    assert [one["effect"] for one in first["effects"]] == ["clock-started"]
    page = await asking.get("/waits/spells/RXX:R1", "2024-07-02T13:00")  # as a form sends it: London time
    assert "As known at <strong>2 July 2024, 13:00:00</strong>, not live" in page.text
    assert 'name="verdict"' not in page.text


@pytest.mark.parametrize(
    ("known_at", "told"),
    [
        ("2024-07-02T13:00", "no instant: write it as 2026-03-12T09:00:00Z"),
        ("yesterday", "no instant: write it as 2026-03-12T09:00:00Z"),
        ("2024-07-10T12:59:50+01:00", "is too recent: what was received then may still be on its way"),
        ("2999-01-01T00:00:00Z", "is too recent"),
        ("0001-01-01T00:00:00+14:00", "lies before anything was known"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_name(asking: Asking, known_at: str, told: str) -> None:
    for path in ("/v1/waits", "/v1/spells", "/v1/spells/RXX:R1", "/v1/effects/first"):
        answer = await asking.get(path, known_at)
        assert (answer.status_code, answer.json()["field"]) == (422, "known_at"), path
        assert told in answer.json()["error"]


async def test_answers_are_bounded_swept_and_made_anew_when_old_files_come(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "WAITED_FOR", 2)
    monkeypatch.setattr(answers, "KEPT", 2)
    told = [(await asking.get("/v1/waits", at(day))).json()["error"] for day in (2, 4, 6)]
    assert ["being put together" in one for one in told] == [True, True, False]
    assert "other answers about the past are being made" in told[2]
    await asking.work()
    numbers = [row["number"] for row in await asking.pool.fetch("select number from answer order by known_at")]
    monkeypatch.setattr(clock, "now", lambda: RECEIVED + timedelta(minutes=1))
    await asking.get("/v1/waits", at(6))
    await asking.get("/v1/waits", at(4))  # the one that is kept, for it was asked for last
    await asking.work()
    kept = [row["number"] for row in await asking.pool.fetch("select number from answer order by known_at")]
    assert kept[0] == numbers[1]
    assert {row["answer"] for row in await asking.pool.fetch("select distinct answer from known_clock")} == set(kept)
    history = "insert into delivery (provider, month, number, receivedtime, history) values ('RXX', '2024-06-01', 1, $1, true)"
    await asking.desk.pool.execute(history, BEFORE + timedelta(days=5))
    assert (await asking.get("/v1/waits", at(4))).status_code == 200  # it was received later than that
    assert (await asking.get("/v1/waits", at(6))).status_code == 503
    await asking.work()
    assert (await asking.json("/v1/waits", at(6)))["waiting"] == 0


async def test_the_tables_of_an_answer_have_the_columns_of_the_live_ones(asking: Asking) -> None:
    query = "select column_name || ' ' || data_type from information_schema.columns where table_name = $1 and column_name <> 'answer'"
    live, then = [{row[0] for row in await asking.pool.fetch(query, table)} for table in ("clock", "known_clock")]
    assert live == then
