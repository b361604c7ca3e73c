"""Keys change while the front door works: the same people are found, everything sealed still opens, and the old keys can go."""

from collections.abc import AsyncIterator

import pytest

from services.referrals.handlers.front_door import FrontDoor
from services.referrals.handlers.rotating import Rotated, rotate
from services.referrals.store import ledger
from services.referrals.store.vault import KeysError, Lookups, Vault, parse_keys
from shared.runtime.database import Pool, connect_pool
from tests.component.sent_events import ONE, TWO, Desk, both, event, raw, refused

OLD = f"1:{'a1' * 32}"
BOTH = f"{OLD},2:{'b2' * 32}"
NEW = BOTH.partition(",")[2]


def door(lookup_keys: str, vault_keys: str = "") -> FrontDoor:
    return FrontDoor(Lookups(parse_keys(lookup_keys)), Vault(parse_keys(vault_keys or lookup_keys)))


def people(number: int) -> list[dict[str, str]]:
    return [{"local_id": f"P{one}", "name": "Zebedee Quillfeather"} | ({"nhs_number": ONE} if one == 0 else {}) for one in range(number)]


async def rotated(pool: Pool, keys: str = BOTH) -> Rotated:
    held = door(keys)
    return await rotate(pool, held.lookups, held.vault, "a test", lambda _: None)


async def holders(pool: Pool) -> dict[str, str]:
    return {row["record_id"]: row["personkey"] for row in await pool.fetch("select record_id, personkey from record")}


@pytest.fixture
async def pool(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    """A front door's tables, filled under the old keys: people with and without NHS number, a merge, refused events."""
    async with await connect_pool(database_urls["referrals"], "referrals") as pool:
        desk = Desk(pool, door(OLD))
        await desk.send(*(event(record_id=f"R{number}", person=person) for number, person in enumerate(people(40))), *refused().values())
        await desk.send(event("contact", "C1", person={"local_id": "P39", "nhs_number": TWO}))
        yield pool


async def test_the_old_keys_can_go(pool: Pool) -> None:
    before = await holders(pool)
    done = await rotated(pool)
    assert done == Rotated(lookups=42, sealed=40 + len(refused()) + 1 + 40, left=0)
    assert await pool.fetchval("select array_agg(distinct key_version) from lookup") == [2]
    desk = Desk(pool, door(NEW))
    await desk.send(*(event(record_id=f"S{number}", person=person) for number, person in enumerate(people(40))))
    await desk.send(event(record_id="S40", person={"local_id": "new", "nhs_number": TWO}))
    after = await holders(pool)
    assert {name: after[f"R{name[1:]}"] for name in after if name[0] == "S" and name != "S40"} == {
        f"S{n}": before[f"R{n}"] for n in range(40)
    }
    assert after["S40"] == before["C1"]
    async with pool.acquire() as connection:
        for position in [row["position"] for row in await pool.fetch("select position from vault.raw")]:
            assert await ledger.read_raw(connection, door(NEW).vault, position, by="a test", purpose="test")
    for row in await pool.fetch("select * from vault.identity"):
        assert b"local_id" in door(NEW).vault.open(row["sealed"], row["key_version"], row["place"])


async def test_twice_is_no_change_and_each_reading_of_the_vault_is_logged(pool: Pool) -> None:
    await rotated(pool)
    assert await rotated(pool) == Rotated(0, 0, 0)
    assert await pool.fetchval("select count(*) from vault.access_log where purpose = 'rotate keys' and read_by = 'a test'") == 2


async def test_the_door_stays_open_meanwhile(pool: Pool) -> None:
    before = await holders(pool)
    desks = [Desk(pool, door(BOTH)) for _ in range(3)]
    again = [event(record_id=f"T{number}-{person['local_id']}", person=person) for number in range(3) for person in people(40)]
    await both(rotated(pool), *(desk.send(one) for desk, one in zip(desks * 40, again, strict=True)))
    done = await rotated(pool)
    assert done.left == 0
    after = await holders(pool)
    assert {after[f"T{number}-P{one}"] == before[f"R{one}"] for number in range(3) for one in range(40)} == {True}


async def test_a_look_up_that_no_event_names_keeps_its_key_and_is_told(pool: Pool) -> None:
    await pool.execute("delete from vault.raw where position = (select position from ledger where record_id = 'R7')")
    assert (await rotated(pool)).left == 1


async def test_without_the_old_vault_key_nothing_is_changed(pool: Pool) -> None:
    held = door(BOTH, NEW)
    with pytest.raises(KeysError, match="vault key version 1 is needed and not configured"):
        await rotate(pool, held.lookups, held.vault, "a test", lambda _: None)
    assert await pool.fetchval("select array_agg(distinct key_version) from lookup") == [1]


async def test_only_what_is_sealed_with_an_older_key_is_read_when_look_ups_stay(pool: Pool) -> None:
    held = door(OLD, BOTH)
    await Desk(pool, held).send(raw(event(record_id="U1", person={"local_id": "U"})))
    done = await rotate(pool, held.lookups, held.vault, "a test", lambda _: None)
    assert (done.lookups, done.left) == (0, 0)
    assert done.sealed == 40 + len(refused()) + 1 + 40
