"""Bringing what is kept to the newest keys while the services run: look-ups hashed anew, sealed texts sealed anew.

Whoever runs meanwhile must hold the older keys and the newest. Stopped half-way, it is begun again; twice is a no-op.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import asyncpg
import orjson

from services.referrals.handlers.judge import nhs_digits
from services.referrals.store import ledger
from services.referrals.store.people import SQL as PEOPLE
from services.referrals.store.vault import Digest, Lookups, Vault
from shared.runtime.database import Pool, columns

SQL = ledger.SQL
AT_ONCE = 500


class Rotated(NamedTuple):
    """What was done; `left`: look-ups under older keys whose identity no event in the vault names, so that those keys must be kept."""

    lookups: int
    sealed: int
    left: int


async def rotate(pool: Pool, lookups: Lookups, vault: Vault, by: str, say: Callable[[int], None]) -> Rotated:
    """Walk the vault once, some texts in a transaction. `say` is told how many events were looked at. The reading is logged."""
    hashed = sealed = seen = after = 0
    await pool.execute(SQL["log_access"], by, "rotate keys", "raw, identity")
    rehash = await pool.fetchval(SQL["old_lookups"], lookups.current) > 0
    while rows := await pool.fetch(SQL["sealed_after"], after, vault.current, rehash, AT_ONCE):
        opened = [(row, vault.open(row["sealed"], row["key_version"], f"raw/{row['position']}")) for row in rows]
        if rehash:
            hashed += await _rehash(pool, lookups, (digests for row, raw in opened for digests in _digests(lookups, row, raw)))
        old = [(row["position"], vault.seal(raw, f"raw/{row['position']}")) for row, raw in opened if row["key_version"] != vault.current]
        if old:
            await pool.execute(SQL["reseal_raw"], *columns(old), vault.current)
        sealed, seen, after = sealed + len(old), seen + len(rows), rows[-1]["position"]
        say(seen)
    sealed += await _reseal_identities(pool, vault)
    return Rotated(hashed, sealed, await pool.fetchval(SQL["old_lookups"], lookups.current))


def _digests(lookups: Lookups, row: asyncpg.Record, raw: bytes) -> Iterable[list[Digest]]:
    """Each identity that an accepted event names, under every key, the newest first."""
    if row["provider"] is None:  # it was not accepted: nobody is looked up by it
        return
    said = orjson.loads(raw)  # it was accepted: an event, or the persons' rows of a month of files
    person = said.get("person") or said["data"]["person"]
    yield lookups.local_id(row["provider"], person["local_id"])
    if (number := nhs_digits(person.get("nhs_number") or "")) is not None:
        yield lookups.nhs_number(number)


async def _rehash(pool: Pool, lookups: Lookups, found: Iterable[list[Digest]]) -> int:
    """Write the newest key's digest beside each older one, then forget the older. Returns how many were forgotten.

    In two transactions: who holds a look-up locked may be waiting for the lock that the first one takes.
    """
    newest = {older.value: digests[0].value for digests in found for older in digests[1:]}
    async with pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute(PEOPLE["lock_people"])
            await connection.execute(SQL["rehash_lookups"], list(newest), list(newest.values()), lookups.current)
        return len(await connection.fetch(SQL["forget_lookups"], list(newest), list(newest.values())))


async def _reseal_identities(pool: Pool, vault: Vault) -> int:
    count = 0
    while rows := await pool.fetch(SQL["old_identities"], vault.current, AT_ONCE):
        texts = [vault.open(row["sealed"], row["key_version"], row["place"]) for row in rows]
        new = [(row["local_token"], row["place"], vault.seal(text, row["place"])) for row, text in zip(rows, texts, strict=True)]
        await pool.execute(SQL["reseal_identities"], *columns(new), vault.current)
        count += len(new)
    return count
