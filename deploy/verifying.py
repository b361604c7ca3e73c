"""`clockstop return verify`: a frozen return recomputed from the ledger, and held against what was frozen.

Every person's records received by then are folded anew in the order of the ledger, clocks and past by the rules of `waits`, rows by those
of `reporting`, into tables that shadow reporting's read model for one connection; then the return is filled in as it was.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import NamedTuple

import asyncpg
import orjson
import typer

from services.reporting.commands.life import Version
from services.reporting.commands.returns import ReturnId
from services.reporting.commands.submissions import returns
from services.reporting.handlers import returning, write_rows
from services.reporting.handlers.filling import Filled, fill
from services.reporting.handlers.waits import DEFINITIONS, Waits
from services.reporting.rules import facts as reported
from services.reporting.rules.evidence import Figure
from services.reporting.rules.life import StepError
from services.reporting.rules.members import Member
from services.reporting.rules.period import Period
from services.reporting.rules.returns.book import definition as stated
from services.reporting.rules.returns.compose import canonical
from services.reporting.store import definitions as added
from services.reporting.store import frozen, measures
from services.waits import publish
from services.waits.rules import facts as waited
from services.waits.rules.clock import clocks
from services.waits.rules.definition import Definition
from services.waits.rules.past import past
from services.waits.rules.reference import Reference
from services.waits.store import definitions, pathways
from services.waits.store import past as past_store
from services.waits.store import reference as reference_store
from shared.clock import london_date
from shared.events.waits import Cause
from shared.runtime import commands
from shared.runtime.batch import Batch, Record
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import Connection, connect_pool, queries
from shared.runtime.documents import from_ledger, ledger_people_after
from shared.runtime.errors import CommandError
from shared.runtime.settings import Settings

SQL = queries("deploy", "verifying.sql")
AT_ONCE = 500
SHOWN = 20
"""Differences that are printed."""


class Verified(NamedTuple):
    """`differences`: one line each; none: equal."""

    row: asyncpg.Record
    people: int
    units: int
    differences: list[str]


@returns.command()
def verify(return_id: ReturnId, version: Version = None, directory: Directory = DEFAULT) -> None:
    """Recompute a frozen return from the ledger and compare rows, units and hashes. Exit 1, naming what differs."""

    def progress(done: int, people: int) -> None:
        if sys.stderr.isatty():
            typer.echo(f"\r{done:,} of {people:,} people", nl=done >= people, err=True)

    try:
        found = commands.run(_verify(return_id, version, progress))
    except StepError as error:
        raise CommandError(str(error)) from None
    if found.differences:
        for line in found.differences[:SHOWN]:
            typer.echo(line)
        raise CommandError(f"{return_id} version {found.row['version']} is not what the ledger says: {len(found.differences)} differences")
    typer.echo(f"equal: {return_id} version {found.row['version']}, {found.units:,} units of {found.people:,} people in the ledger")
    typer.echo(f"hash          {found.row['hash']}\nevidence hash {found.row['evidence_hash']}")


async def _verify(return_id: str, version: int | None, progress: Callable[[int, int], None]) -> Verified:
    urls = {name: Settings.of(name).database_url.get_secret_value() for name in ("waits", "reporting")}
    async with await connect_pool(urls["waits"], "waits", size=1) as pool, pool.acquire() as connection:
        held = (await definitions.load(connection)).held
    async with await connect_pool(urls["reporting"], "reporting", size=1, fenced=False) as pool, pool.acquire() as connection:
        await added.load(connection)
        return await verified(connection, [one.definition for one in held.values()], return_id, version, progress)


async def verified(
    connection: Connection, held: Sequence[Definition], return_id: str, version: int | None, progress: Callable[[int, int], None]
) -> Verified:
    """In a transaction that is rolled back. StepError where nothing was frozen, or by versions of definitions that are not there."""
    row = await returning.one(connection, return_id, version)
    if row["frozen_at"] is None:
        raise StepError(f"{return_id} version {row['version']}: it is {row['state']}: there is nothing to verify until it is frozen")
    under = _under(held, orjson.loads(row["rules"]))
    kept = await frozen.figures(connection, return_id, row["version"]), await frozen.members(connection, return_id, row["version"])
    attempt = connection.transaction()
    await attempt.start()
    try:
        people = await _shadow(connection, under, row, progress)
        period = Period(row["period"], row["first"], row["last"])
        definition = stated(row["definition"], row["definition_version"])
        made = await fill(connection, definition, row["organisation"], period, row["frozen_at"], row["entered_at"], row["version"])
    finally:
        await attempt.rollback()
    return Verified(row, people, len(made.members), list(_differences(row, kept, made)))


def _under(held: Sequence[Definition], rules: dict[str, object]) -> list[Definition]:
    """The versions of the clocks that it was frozen under."""
    found = [one for one in held if one.id in DEFINITIONS and rules.get(one.id, one.version) == one.version]
    if missing := [f"{name}@{rules[name]}" for name in sorted(DEFINITIONS & rules.keys()) if name not in {one.id for one in found}]:
        raise StepError(f"it was frozen under {', '.join(missing)}, which is not there any more: add that version of the definition again")
    return found


async def _shadow(connection: Connection, under: list[Definition], row: asyncpg.Record, progress: Callable[[int, int], None]) -> int:
    """Fold everybody anew into the shadows; returns how many people."""
    at = row["frozen_at"]
    for query in ("facts", "told"):
        await connection.execute(SQL[query])
    reference = await reference_store.load(connection, await measures.load_at(connection, at))
    people, done, after, revisions = await connection.fetchval(SQL["people"], at), 0, "", count(1)
    while some := await ledger_people_after(connection, after, AT_ONCE, at):
        said = [
            one
            for person, document in await from_ledger(connection, some, waited.READ, at)
            for one in _said(person, waited.facts(document), under, reference, row, revisions)
        ]
        batch = Batch(connection, [Record("waits.v1", 0, number, None, value) for number, value in enumerate(said)], at)
        waits = Waits(batch)
        for record in batch.records:
            waits.take(record)
        await waits.write()
        documents = {person: document for person, document in await from_ledger(connection, some, reported.READ, at) if document}
        await write_rows(connection, documents, dict.fromkeys(documents, at))
        done, after = done + len(some), some[-1]
        progress(done, people)
    await connection.execute(SQL["analyze"])
    return done


def _said(
    person: str, pathway: waited.Pathway, under: list[Definition], reference: Reference, row: asyncpg.Record, revisions: Iterator[int]
) -> Iterator[bytes]:
    """What `waits` would say of a person: clocks under each definition, and how they stood in the past under the main one."""
    at = row["frozen_at"]
    today, cause = london_date(at), Cause(kind="event", receivedtime=at)
    for definition in under:
        for clock in clocks(pathway, reference, definition, today):
            yield publish.wait_changed(pathways.row(person, clock), "revised", cause, next(revisions), at)[2]
        if definition.id == definitions.MAIN:
            then = past_store.row(person, definition, past(pathway, reference, definition, today))
            yield publish.past_changed(then, cause, next(revisions), at)[2]


def _differences(row: asyncpg.Record, kept: tuple[Sequence[Figure], Sequence[Member]], made: Filled) -> Iterator[str]:
    was, now = {_place(one): one for one in kept[0]}, {_place(one): one for one in made.figures}
    for place in [*was, *(one for one in now if one not in was)]:
        if was.get(place) != now.get(place):
            named = " ".join(part for part in place if part)
            yield f"row {named}: frozen {_figure(was.get(place))}, by the ledger {_figure(now.get(place))}"
    units, recomputed = set(kept[1]), set(made.members)
    for sign, some in (("frozen, not in the ledger", units - recomputed), ("in the ledger, not frozen", recomputed - units)):
        for one in sorted(some, key=lambda one: one[:3]):
            yield f"unit {one.family} {one.personkey} {one.fact} ({', '.join(sorted(one.counted))}): {sign}"
    if frozen.hash_of(canonical(row["return_id"], row["version"], (figure.row for figure in kept[0]))) != row["hash"]:
        yield f"hash: {row['hash']} is not that of the frozen rows"
    if made.hash != row["hash"] and was == now:
        yield f"hash: {row['hash']} was frozen, by the ledger it is {made.hash}"
    if made.evidence_hash != row["evidence_hash"] and was == now and units == recomputed:
        yield f"evidence hash: {row['evidence_hash']} was frozen, by the ledger it is {made.evidence_hash}"


def _place(figure: Figure) -> tuple[str, str, str, str, str]:
    return figure.row.line, figure.row.level, figure.row.code, figure.row.by, figure.row.value


def _figure(figure: Figure | None) -> str:
    return "nothing" if figure is None else f"{figure.row.shown or '-'}" + (f" ({figure.exact})" if figure.exact is not None else "")
