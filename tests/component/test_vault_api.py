"""The vault's API tells who asks with the key what one provider says of one person, logged before it is told; the latest word stands."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from services.referrals.web.vault_api import build_vault_api
from shared.runtime.database import Pool, connect_pool
from tests.component.sent_events import ONE, Desk, event

KEY = "k" * 32
ALEX = {"local_id": "P1", "name": "Alex Example", "telephone": "07700900123", "email": "alex@example.com", "address": "1 Example Street"}
PLACED = ALEX | {"postcode": "XW1 1AA", "nhs_number": ONE}


@pytest.fixture
async def pool(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    async with await connect_pool(database_urls["referrals"], "referrals") as pool:
        yield pool


class Asking:
    """The API over a database, asked as outreach asks it."""

    def __init__(self, pool: Pool) -> None:
        self.pool, self.desk = pool, Desk(pool)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(build_vault_api(pool, self.desk.door.vault, KEY)), base_url="http://vault"
        )

    async def key(self, local_id: str = "P1") -> str:
        await self.desk.send(event("contact", f"C-{local_id}", person={"local_id": local_id}))
        return await self.desk.holder("contact", f"C-{local_id}")

    async def ask(self, personkey: str, *parts: str, provider: str = "RXX", key: str = KEY, **more: Any) -> httpx.Response:
        asked = {"personkey": personkey, "provider": provider, "parts": parts or ["name", "telephone", "email", "address"]}
        asked |= {"purpose": "message", "asked_by": "outreach", "reference": "message 1"} | more
        return await self.client.post("/v1/identity", json=asked, headers={"Authorization": f"Bearer {key}"})

    async def told(self, *parts: str) -> dict[str, str]:
        answer = await self.ask(await self.key(), *parts)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def test_what_is_asked_for_is_told_and_nothing_else(pool: Pool) -> None:
    asking = Asking(pool)
    await asking.desk.send(event("person", person=PLACED))
    assert await asking.told("telephone") == {"telephone": "07700900123"}
    assert await asking.told("name", "address") == {"name": "Alex Example", "address": "1 Example Street", "postcode": "XW1 1AA"}
    person = await asking.key()
    logged = await pool.fetch("select read_by, purpose, what from vault.access_log order by id")
    assert [tuple(row) for row in logged] == [
        ("outreach", "message", f"identity/RXX/{person} telephone for message 1"),
        ("outreach", "message", f"identity/RXX/{person} address,name,postcode for message 1"),
    ]


async def test_a_reading_that_cannot_be_logged_is_not_told(pool: Pool, database_urls: dict[str, str]) -> None:
    asking = Asking(pool)
    await asking.desk.send(event("person", person=PLACED))
    person = await asking.key()
    administrator = await asyncpg.connect(database_urls["admin"])
    await administrator.execute("alter table vault.access_log add constraint full_up check (purpose <> 'message') not valid")
    await administrator.close()
    with pytest.raises(asyncpg.CheckViolationError):
        await asking.ask(person)
    assert (await asking.ask(person, purpose="show")).status_code == 200


async def test_strangers_and_other_providers_are_told_nothing(pool: Pool) -> None:
    asking = Asking(pool)
    await asking.desk.send(event("person", person=PLACED))
    await asking.desk.send(event("contact", "C9", provider="RYY", person={"local_id": "Q1", "nhs_number": ONE}), provider="RYY")
    person = await asking.key()
    for key in ("", "k" * 31, "k" * 33, "K" * 32, "x"):
        assert (await asking.ask(person, key=key)).status_code == 401
    assert (await asking.client.post("/v1/identity", json={})).status_code == 401
    assert await pool.fetchval("select count(*) from vault.access_log") == 0
    for answer in (await asking.ask(person, provider="RYY"), await asking.ask("nobody")):
        assert "Alex" not in answer.text
        assert "07700" not in answer.text
    wrong_bodies: list[dict[str, Any]] = [
        {"parts": []},
        {"parts": ["nhs_number"]},
        {"purpose": "curiosity"},
        {"asked_by": ""},
        {"more": 1},
        {"provider": "*"},
    ]
    for wrong_body in wrong_bodies:
        assert (await asking.ask(person, **wrong_body)).status_code == 422
    assert await pool.fetchval("select count(*) from vault.access_log") == 2


async def test_the_latest_word_on_each_part_stands(pool: Pool) -> None:
    asking = Asking(pool)
    await asking.desk.send(event("person", person=PLACED, recorded="2024-07-05T09:00:00Z"))
    await asking.desk.send(event("contact", "C2", person={"local_id": "P1", "nhs_number": ONE}, recorded="2024-07-06T09:00:00Z"))
    assert (await asking.told("telephone"))["telephone"] == "07700900123", "an event that knows no number takes none away"
    moved = {"local_id": "P1", "postcode": "XE2 2BB", "telephone": "07700900999"}
    await asking.desk.send(event("contact", "C3", person=moved, recorded="2024-07-04T09:00:00Z"))
    assert (await asking.told("telephone", "address"))["postcode"] == "XW1 1AA", "what was recorded earlier replaces nothing"
    await asking.desk.send(event("contact", "C4", person=moved, recorded="2024-07-07T09:00:00Z"))
    assert await asking.told("telephone", "address", "name") == {
        "name": "Alex Example",
        "telephone": "07700900999",
        "address": "1 Example Street",
        "postcode": "XE2 2BB",
    }
    gone: dict[str, Any] = {"local_id": "P1", "telephone": None}
    await asking.desk.send(event("person", person=gone, recorded="2024-07-08T09:00:00Z"))
    assert await asking.told("telephone") == {}


async def test_of_several_in_one_batch_the_latest_recorded_stands(pool: Pool) -> None:
    asking = Asking(pool)
    versions = [event("person", person=ALEX | {"telephone": f"0770090000{day}"}, recorded=f"2024-07-0{day}T09:00:00Z") for day in (3, 5, 4)]
    await asking.desk.send(*versions)
    assert await asking.told("telephone") == {"telephone": "07700900005"}


async def test_a_merge_brings_the_contact_and_an_un_merge_takes_it_back(pool: Pool) -> None:
    asking = Asking(pool)
    await asking.desk.send(event("person", person=ALEX, recorded="2024-07-05T09:00:00Z"))
    await asking.desk.send(event("person", person={"local_id": "P2", "email": "new@example.com"}, recorded="2024-07-06T09:00:00Z"))
    joined: dict[str, Any] = {"from": "P2", "into": "P1"}
    await asking.desk.send(event("merge", "X1", person={"local_id": "P1"}, **joined))
    assert await asking.told("email", "telephone") == {"email": "new@example.com", "telephone": "07700900123"}
    await asking.desk.send(event("merge", "X1", person={"local_id": "P1"}, voided=True, recorded="2024-07-09T12:00:00Z"))
    assert await asking.told("email") == {"email": "alex@example.com"}


async def test_two_events_of_one_person_at_once(pool: Pool) -> None:
    asking = Asking(pool)
    await asking.desk.send(event("person", person={"local_id": "P1", "name": "Alex Example"}))
    one = asking.desk.send(event("contact", "C5", person={"local_id": "P1", "telephone": "07700900001"}))
    two = asking.desk.send(event("contact", "C6", person={"local_id": "P1", "email": "alex@example.com"}))
    await asyncio.gather(one, two)
    assert await asking.told("name", "telephone", "email") == {
        "name": "Alex Example",
        "telephone": "07700900001",
        "email": "alex@example.com",
    }
