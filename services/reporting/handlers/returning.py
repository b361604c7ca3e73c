"""What people and the service do with returns: draft, freeze, explain, check, sign, authorise, send, restate. Each is one transaction.

`StepError`, one line, where something may not be done; nothing has changed then.
"""

from datetime import date, datetime

import asyncpg
import orjson

from services.reporting.handlers.files import file_of
from services.reporting.handlers.filling import Filled, fill
from services.reporting.rules import life
from services.reporting.rules.life import SERVICE, StepError
from services.reporting.rules.period import Period
from services.reporting.rules.returns.book import definition as stated
from services.reporting.rules.returns.compose import canonical
from services.reporting.rules.returns.definition import Definition
from services.reporting.store import frozen, returns, submissions
from services.reporting.store.applied import BehindError, UnclearError, clear, latest
from services.reporting.store.frozen import Frozen
from services.reporting.store.returns import Wanted
from shared import clock
from shared.runtime import trail
from shared.runtime.broker import Ends
from shared.runtime.database import Connection, Pool
from shared.runtime.documents import not_known
from shared.web.people import Person

TRANSPORTS = {"mesh": "mesh", "file": "drop"}
OF = {"icb": "ICBs", "provider": "providers"}
NOBODY = Person(SERVICE, "the service itself", "", frozenset(life.DRAFTS), frozenset())
"""Who acts where nobody does. It prepares; it signs under a standing authorisation alone."""


async def wanted(db: Connection | Pool, definition: str, organisation: str, period: str, version: int | None = None) -> Wanted:
    """The return that these words name. StepError: an unknown definition, organisation or period, or one that it is not for."""
    try:
        found = stated(definition, version)
        of = found.period_of(period)
    except ValueError as error:
        raise StepError(str(error)) from None
    await _organisation(db, organisation, found)
    return Wanted(found.id, found.version, organisation, of.name, of.first, of.last, found.deadline(of))


async def draft(connection: Connection, asked: Wanted, by: Person, detail: str = "") -> asyncpg.Record:
    """Make the next version of a return."""
    await _prepares(connection, by, asked.organisation)
    return await returns.draft(connection, asked, by.username, detail)


async def rehearse(pool: Pool, ends: Ends, asked: Wanted, by: Person, known_at: datetime | None = None, seconds: float = 30) -> Filled:
    """Fill a return in as freezing it would; nothing is written."""
    versions = await returns.versions(pool, asked.return_id)
    number = 1 if not versions else versions[-1]["version"] + (versions[-1]["signed_at"] is not None)
    return await filled(pool, ends, asked, number, by, known_at, seconds)


async def freeze(
    pool: Pool, ends: Ends, return_id: str, version: int, by: Person, known_at: datetime | None = None, seconds: float = 30
) -> Filled:
    """Freeze a version as known at an instant (None: the latest there may be), in the place of what was frozen of it before."""
    row = await one(pool, return_id, version)
    try:
        life.after(row["state"], "frozen")
    except StepError as error:
        raise StepError(f"{return_id} version {version}: {error}") from None
    made = await filled(pool, ends, asked_of(row), version, by, known_at, seconds)
    rules = orjson.dumps(made.rules, option=orjson.OPT_SORT_KEYS).decode()
    kept = Frozen(made.known_at, by.username, made.entered_at, made.load, made.position, rules, made.kept, made.hash, made.evidence_hash)
    async with pool.acquire() as connection, connection.transaction():
        await returns.lock(connection, return_id, version)
        await frozen.write(connection, return_id, version, kept, made.figures, made.members, made.edits)
        await returns.step(connection, return_id, version, "frozen", by.username, f"as known at {made.known_at.isoformat()}")
    return made


async def explain(connection: Connection, return_id: str, version: int, edit: str, text: str, by: Person) -> None:
    """Say why an edit may stand."""
    row = await returns.lock(connection, return_id, version)
    await _prepares(connection, by, row["organisation"])
    if row["state"] != "frozen":
        raise StepError(f"{return_id} version {version}: it is {row['state']}: edits are explained while it is frozen")
    found = {one.id: one for one in await frozen.edits(connection, return_id, version)}
    if edit not in found:
        raise StepError(f"{return_id} version {version} has no edit {edit!r}: there is {', '.join(found) or 'none'}")
    if found[edit].blocks:
        raise StepError(f"{edit}: {found[edit].message}: it must be corrected and frozen again, not explained")
    if len(text.strip()) < 10:
        raise StepError(f"{edit}: say in a few words why (at least ten characters)")
    await connection.execute(frozen.SQL["explain"], return_id, version, edit, text.strip(), by.username, clock.now())
    await trail.note(connection, clock.now(), by.username, "return explained", {"return": return_id, "version": version, "edit": edit})


async def check(connection: Connection, return_id: str, version: int, by: Person) -> None:
    """Let it be checked: no edit blocks, and every other one is explained."""
    row = await returns.lock(connection, return_id, version)
    await _prepares(connection, by, row["organisation"])
    if row["state"] == "frozen":
        life.check(await frozen.edits(connection, return_id, version), await frozen.explanations(connection, return_id, version))
    await returns.step(connection, return_id, version, "checked", by.username)


async def sign(connection: Connection, return_id: str, version: int, by: Person, read: str | None = None) -> None:
    """A signatory's signature, of somebody else than who froze it. `read`: the hash of what they had before them."""
    row = await returns.lock(connection, return_id, version)
    await concerns(connection, by, row["organisation"])
    life.may_sign(by.roles, by.username, row["frozen_by"])
    if row["state"] == "checked" and read not in {None, row["hash"]}:
        raise StepError(f"{return_id} version {version}: it was frozen again since you read it: read what it says now, then sign")
    await connection.execute(returns.SQL["signed"], return_id, version, by.username, clock.now(), None)
    await returns.step(connection, return_id, version, "signed", by.username, f"hash {row['hash']}")


async def sign_standing(connection: Connection, return_id: str, version: int) -> bool:
    """Sign under a standing authorisation, if one covers it and no edit ever was open; False: a signatory must."""
    row = await returns.lock(connection, return_id, version)
    given = await returns.authorisations(connection, row["definition"], row["organisation"])
    fit = life.authorised(given, row["definition"], row["organisation"], clock.london_date(clock.now()), row["frozen_by"])
    if fit is None or await frozen.edits(connection, return_id, version):
        return False
    await connection.execute(returns.SQL["signed"], return_id, version, SERVICE, clock.now(), fit.id)
    told = f"hash {row['hash']}, under the standing authorisation {fit.id} of {fit.signatory}"
    await returns.step(connection, return_id, version, "signed", SERVICE, told)
    return True


async def send(connection: Connection, return_id: str, version: int, by: str) -> list[str]:
    """Hand a signed version to the transport, for each recipient once, in the format they take; returns the local ids. Twice is once."""
    row = await returns.lock(connection, return_id, version)
    if queued := [one["local_id"] for one in await submissions.of(connection, return_id) if one["version"] == version]:
        return queued
    if row["state"] != "signed":
        raise StepError(f"{return_id} version {version}: it is {row['state']}: to be sent it must be signed")
    content = canonical(return_id, version, (figure.row for figure in await frozen.figures(connection, return_id, version)))
    if frozen.hash_of(content) != row["hash"]:
        raise StepError(
            f"{return_id} version {version}: its rows are not those that were frozen: see `clockstop return verify {return_id}`"
        )
    recipients = stated(row["definition"], row["definition_version"]).recipients
    queued = []
    for one in recipients:
        file = await file_of(connection, return_id, version, one.format)
        to = one.mailbox or one.name, TRANSPORTS[one.transport]
        queued.append(await submissions.queue(connection, return_id, version, *to, file.name, file.content))
    told = ", ".join(f"{one.name} ({one.transport})" for one in recipients)
    await trail.note(connection, clock.now(), by, "return sent", {"return": return_id, "version": version, "hash": row["hash"], "to": told})
    return queued


async def send_as(connection: Connection, return_id: str, version: int, by: Person) -> list[str]:
    """Send on behalf of somebody who prepares or signs returns of this organisation."""
    row = await returns.lock(connection, return_id, version)
    if not by.roles & (life.DRAFTS | life.SIGNS):
        raise StepError(f"{by.username} may not send a return: it takes the role {' or '.join(sorted(life.DRAFTS | life.SIGNS))}")
    await concerns(connection, by, row["organisation"])
    return await send(connection, return_id, version, by.username)


async def automate(connection: Connection, asked: Wanted, by: Person) -> bool:
    """Let a return run by itself from a period on; False: it does already."""
    await _prepares(connection, by, asked.organisation)
    told = asked.definition, asked.organisation, asked.period, by.username, clock.now()
    if await connection.fetchval(returns.SQL["automate"], *told) is None:
        return False
    about = {"definition": asked.definition, "organisation": asked.organisation, "from": asked.period}
    await trail.note(connection, clock.now(), by.username, "return runs by itself", about)
    return True


async def stop(connection: Connection, definition: str, organisation: str, by: Person) -> None:
    """Let a return no longer run by itself."""
    await _prepares(connection, by, organisation)
    if await connection.fetchval(returns.SQL["stop_automatic"], definition, organisation, clock.now(), by.username) is None:
        raise StepError(f"{definition} of {organisation} does not run by itself")
    about = {"definition": definition, "organisation": organisation}
    await trail.note(connection, clock.now(), by.username, "return no longer runs by itself", about)


async def authorise(connection: Connection, definition: str, organisation: str, first: date, last: date, by: Person) -> int:
    """A signatory's standing word for returns without open edits."""
    found = _stated(definition)
    await _organisation(connection, organisation, found)
    await concerns(connection, by, organisation)
    life.may_sign(by.roles, by.username, None)
    if last < first:
        raise StepError(f"a standing authorisation cannot end before it begins: from {first} to {last}")
    number: int = await connection.fetchval(returns.SQL["authorise"], found.id, organisation, by.username, first, last, clock.now())
    about = {"authorisation": number, "definition": found.id, "organisation": organisation, "first": first, "last": last}
    await trail.note(connection, clock.now(), by.username, "standing authorisation", about)
    return number


async def withdraw(connection: Connection, number: int, by: Person) -> None:
    """Take a standing authorisation back; what went out under it stays signed."""
    life.may_sign(by.roles, by.username, None)
    if await connection.fetchval(returns.SQL["withdraw"], number, clock.now(), by.username) is None:
        raise StepError(f"there is no standing authorisation {number} that holds")
    await trail.note(connection, clock.now(), by.username, "standing authorisation withdrawn", {"authorisation": number})


async def one(db: Connection | Pool, return_id: str, version: int | None = None) -> asyncpg.Record:
    """A version, the newest unless one is named. StepError where there is none."""
    found = [row for row in await returns.versions(db, return_id) if version in {None, row["version"]}]
    if not found:
        raise StepError(f"there is no return {return_id}" + (f" version {version}" if version else "") + ": see `clockstop return list`")
    return found[-1]


def asked_of(row: asyncpg.Record) -> Wanted:
    return Wanted(*(row[name] for name in Wanted._fields))


async def filled(pool: Pool, ends: Ends, asked: Wanted, version: int, by: Person, known_at: datetime | None, seconds: float) -> Filled:
    """A version as it would be frozen as known at an instant, once everything received is applied."""
    await _prepares(pool, by, asked.organisation)
    if known_at is not None and (problem := not_known(known_at)) is not None:
        raise StepError(f"{problem[0]}: {problem[1]}")
    at = await _settled(pool, ends, known_at, seconds)
    if clock.london_date(at) <= asked.last:
        raise StepError(f"{asked.period} ends on {asked.last}: a return is frozen as known after that day")
    found = _stated(asked.definition, asked.definition_version)
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        try:
            return await fill(
                connection, found, asked.organisation, Period(asked.period, asked.first, asked.last), at, clock.now(), version
            )
        except ValueError as error:
            raise StepError(f"{asked.return_id}: {error}") from None


async def _settled(pool: Pool, ends: Ends, known_at: datetime | None, seconds: float) -> datetime:
    """The instant as known at which a return can be filled in."""
    try:
        if known_at is None:
            return await latest(pool, ends, seconds)
        await clear(pool, ends, known_at, seconds)
        return known_at
    except BehindError as error:
        raise StepError(f"not everything received is applied: {error}") from None
    except UnclearError as error:
        raise StepError(str(error)) from None


def _stated(definition: str, version: int | None = None) -> Definition:
    try:
        return stated(definition, version)
    except ValueError as error:
        raise StepError(str(error)) from None


async def _organisation(db: Connection | Pool, organisation: str, definition: Definition) -> None:
    row = await db.fetchrow(returns.SQL["organisation"], organisation)
    if row is None:
        raise StepError(f"{organisation!r} is no organisation of the reference data")
    if (row["kind"] == "icb") != (definition.organisations == "icb"):
        raise StepError(
            f"{definition.id} is a return of {OF[definition.organisations]}: {row['name']} is none (it is of kind {row['kind']})"
        )


async def concerns(db: Connection | Pool, by: Person, organisation: str) -> None:
    """StepError unless the return of an organisation is `by`'s business."""
    if by.username == SERVICE or organisation in by.providers:
        return
    row = await db.fetchrow(returns.SQL["organisation"], organisation)
    if row is None or row["name"] != by.organisation:
        raise StepError(f"{by.username} has nothing to do with returns of {organisation}")


async def _prepares(db: Connection | Pool, by: Person, organisation: str) -> None:
    life.may_draft(by.roles, by.username)
    await concerns(db, by, organisation)
