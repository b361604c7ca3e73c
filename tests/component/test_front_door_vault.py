"""Identifying data exists in the vault and nowhere else (I10), sealed, and every reading of it is logged."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from deploy.local.postgres import program
from services.referrals.store import ledger
from services.referrals.store.vault import KeysError, Lookups, Vault, parse_keys
from shared.runtime.database import Pool, connect_pool
from tests.component.sent_events import LOOKUP_KEYS, ONE, TWO, VAULT_KEYS, Desk, event, raw, refused

CANARIES = {
    "local_id": "P1",
    "nhs_number": ONE,
    "name": "Zebedee Quillfeather",
    "telephone": "07700900123",
    "email": "zebedee@quillfeather.example",
    "address": "17 Kittiwake Lane",
    "postcode": "XW1 1AA",
}
LOCAL_IDS = ["hospital-no-0815", "hospital-no-4711"]
TELLING = [value for name, value in CANARIES.items() if name != "local_id"]

OUTBOX = "select key, value from outbox, unnest(keys, payloads) as u (key, value)"


@pytest.fixture
async def pool(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    async with await connect_pool(database_urls["referrals"], "referrals") as pool:
        yield pool


async def send_everything(desk: Desk) -> None:
    """Canaries on every way through the door: accepted, duplicate, conflict, quarantined, refused for every reason, merged, moved."""
    sent = event(person=CANARIES)
    who = raw({"local_id": "P1"})
    spoilt = [one.replace(who, raw(CANARIES)) for one in refused().values()]
    spoilt += [raw(event(person=CANARIES | {"nhs_number": f"{ONE[:-1]}0"})), raw(event(person=CANARIES | {"surname": CANARIES["name"]}))]
    spoilt += [raw(event(person=CANARIES)).replace(b'"data"', f'"{ONE}":1,"{ONE}":2,"data"'.encode())]
    spoilt += [raw(event(person=CANARIES)).replace(b'"R1"', f'"R1","{ONE}":1'.encode())]
    quarantined = event(person=CANARIES) | {"type": "cmh.referral.recorded.v2"}
    await desk.send(sent, sent, event(person=CANARIES, event_id=sent["id"], received_on="2024-07-02"), quarantined, *spoilt)
    await desk.send(event("contact", "C1", person={"local_id": "P8", "name": CANARIES["name"]}))
    await desk.send(event("contact", "C2", person=CANARIES | {"local_id": "P8"}))  # merges
    await desk.send(event(person=CANARIES | {"nhs_number": TWO, "local_id": "P9"}, recorded="2024-07-09T12:00:00Z"))  # moves
    await desk.send(event("person", person=CANARIES), event("care-plan", "P1", person=CANARIES, voided=True))
    gone, stays = LOCAL_IDS
    joined: dict[str, Any] = {"from": gone, "into": stays}
    await desk.send(event("merge", "X1", person=CANARIES | {"local_id": stays}, **joined))
    await desk.send(event("merge", "X1", person={"local_id": stays}, voided=True, recorded="2024-07-09T12:00:00Z"))


def dumped(url: str) -> bytes:
    return subprocess.run([program("pg_dump"), url], check=True, capture_output=True).stdout


async def test_canaries_stand_nowhere_outside_the_vault(
    pool: Pool, database_urls: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    await send_everything(Desk(pool))
    verdicts = [tuple(row) for row in await pool.fetch("select verdict, count(*) from refusal group by verdict order by verdict")]
    assert verdicts == [("conflict", 1), ("quarantined", 1), ("rejected", 22)]
    dump = await asyncio.to_thread(dumped, database_urls["admin"])
    out, err = capfd.readouterr()
    bytes_said = b"".join(row["key"] + b"\n" + row["value"] + b"\n" for row in await pool.fetch(OUTBOX))
    assert bytes_said
    for text in (*TELLING, *LOCAL_IDS, ONE[:9], *(value.upper() for value in TELLING)):
        for form in (text, text.replace(" ", ""), re.sub(r"(\d{3})(\d{3})(\d{4})", r"\1 \2 \3", text)):
            for place in (dump, bytes_said, out.encode(), err.encode()):
                assert form.encode() not in place
                assert form.encode().hex().encode() not in place  # as pg_dump writes bytea


async def test_the_vault_holds_what_was_sent_sealed(pool: Pool) -> None:
    sent = raw(event(person=CANARIES))
    await Desk(pool).send(sent)
    position, sealed, version = (await pool.fetch("select position, sealed, key_version from vault.raw"))[0]
    vault = Vault(parse_keys(VAULT_KEYS))
    assert vault.open(sealed, version, f"raw/{position}") == sent
    place, sealed, version = (await pool.fetch("select place, sealed, key_version from vault.identity"))[0]
    assert place == f"identity/{await pool.fetchval('select token from lookup where kind = $1', 'local-id')}"
    assert b"Quillfeather" in vault.open(sealed, version, place)


async def test_moved_or_tampered_bytes_do_not_open() -> None:
    vault = Vault(parse_keys(VAULT_KEYS))
    sealed = vault.seal(b"text", "raw/1")
    assert vault.open(sealed, 1, "raw/1") == b"text"
    assert vault.seal(b"text", "raw/1") != sealed
    with pytest.raises(KeysError, match="raw/2 do not open"):
        vault.open(sealed, 1, "raw/2")
    for place in range(len(sealed)):
        with pytest.raises(KeysError):
            vault.open(sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :], 1, "raw/1")
    with pytest.raises(KeysError, match="version 2 is needed and not configured"):
        vault.open(sealed, 2, "raw/1")
    with pytest.raises(KeysError, match="do not open with key version 1"):
        Vault(parse_keys(f"1:{'dd' * 32}")).open(sealed, 1, "raw/1")


async def test_every_reading_is_logged_also_of_nothing(pool: Pool) -> None:
    sent = raw(event())
    await Desk(pool).send(sent)
    vault = Vault(parse_keys(VAULT_KEYS))
    position = await pool.fetchval("select position from vault.raw")
    async with pool.acquire() as connection:
        assert await ledger.read_raw(connection, vault, position, by="dana", purpose="a sender asks") == sent
        assert await ledger.read_raw(connection, vault, -1, by="dana", purpose="a sender asks") is None
    logged = await pool.fetch("select read_by, purpose, what from vault.access_log order by id")
    assert [tuple(row) for row in logged] == [("dana", "a sender asks", f"raw/{position}"), ("dana", "a sender asks", "raw/-1")]


@pytest.mark.parametrize("table", ["vault.raw", "vault.identity", "vault.access_log", "referrals.ledger", "referrals.lookup"])
async def test_another_service_cannot_read_it(database_urls: dict[str, str], table: str) -> None:
    async with await connect_pool(database_urls["waits"], "waits", size=1) as waits:
        await waits.fetch("select data from referrals.events")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await waits.fetch(f"select * from {table}")


async def test_an_identity_that_did_not_change_is_not_written_again(pool: Pool) -> None:
    desk = Desk(pool)
    await desk.send(event(person=CANARIES))
    first = await pool.fetchval("select sealed from vault.identity")
    await desk.send(event("contact", "C1", person=CANARIES))
    assert await pool.fetchval("select sealed from vault.identity") == first
    await desk.send(event("contact", "C2", person=CANARIES | {"telephone": "07700900124"}))
    assert await pool.fetchval("select sealed from vault.identity") != first


@pytest.mark.parametrize("setting", ["", "1", "1:abc", "0:" + "a1" * 32, LOOKUP_KEYS + ",", LOOKUP_KEYS.upper().replace("A1", "G1")])
def test_a_key_setting_that_is_wrong_is_told(setting: str) -> None:
    with pytest.raises(KeysError, match="<version>:<64 hex digits>"):
        parse_keys(setting)


def test_the_greatest_version_is_current_whatever_the_order() -> None:
    older, newer = f"1:{'a1' * 32}", f"2:{'b2' * 32}"
    for setting in (f"{older},{newer}", f"{newer}, {older}"):
        assert [digest.version for digest in Lookups(parse_keys(setting)).nhs_number(ONE)] == [2, 1]
        assert Vault(parse_keys(setting)).current == 2
