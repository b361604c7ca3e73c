"""`clockstop return`: the life of a return, from draft to acknowledgement, and what differs since."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar

import typer

from services.reporting.commands import telling
from services.reporting.commands.returns import As, ReturnId, acting, returns
from services.reporting.handlers import restating, returning
from services.reporting.handlers.returning import NOBODY
from services.reporting.handlers.running import counting
from services.reporting.rules.life import StepError
from services.reporting.store import frozen, submissions
from services.reporting.store import returns as store
from services.reporting.store.returns import Wanted
from shared.runtime import commands
from shared.runtime.broker import Ends
from shared.runtime.commands import DEFAULT, Directory, KnownAt
from shared.runtime.database import Connection, Pool
from shared.runtime.errors import CommandError
from shared.runtime.settings import Settings
from shared.web.people import Person

__all__ = ["returns"]
T = TypeVar("T")
MAIN = "community-mental-health"
Version = Annotated[int | None, typer.Option(min=1, help="Of the return; without it the newest.")]
PeriodName = Annotated[str, typer.Option("--period", help="As 2025-26-Q2, 2025-09 or 2025-26-FY.")]
DefinitionId = Annotated[str, typer.Option("--definition", help="A return: see `clockstop return definitions`.")]
Organisation = Annotated[str, typer.Option("--organisation", help="Whose, by ODS code; without it the only ICB there is.")]


@returns.command("list")
def listed(organisation: Annotated[str, typer.Option(help="Of one organisation alone.")] = "", directory: Directory = DEFAULT) -> None:
    """Every version of every return: its state, deadline, and who signed it."""

    async def work(pool: Pool, _: Ends) -> list[str]:
        rows = await pool.fetch(store.SQL["listed"], [organisation] if organisation else None)
        return [telling.headline(row) for row in rows]

    none = f"there are no returns{f' of {organisation}' if organisation else ''}: `clockstop return run --period ... --as ...` makes one"
    for line in _told(work) or [none]:
        typer.echo(line)


@returns.command()
def show(return_id: ReturnId, version: Version = None, directory: Directory = DEFAULT) -> None:
    """What a frozen version says, by line; its hashes, edits and explanations."""

    async def work(pool: Pool, _: Ends) -> list[str]:
        row = await returning.one(pool, return_id, version)
        named = return_id, row["version"]
        found = [telling.headline(row)]
        if row["frozen_at"] is not None:
            why = {edit: one["text"] for edit, one in (await frozen.explanations(pool, *named)).items()}
            found += telling.frozen(row, await frozen.figures(pool, *named), await frozen.edits(pool, *named), why)
        sent = [one for one in await submissions.of(pool, return_id) if one["version"] == row["version"]]
        return found + [f"sent: {one['recipient']} by {one['transport']}, {one['state']}, local id {one['local_id']}" for one in sent]

    for line in _told(work):
        typer.echo(line)


@returns.command()
def steps(return_id: ReturnId, version: Version = None, directory: Directory = DEFAULT) -> None:
    """Everything that happened to a return: when, what, by whom; and what people were told of it."""

    async def work(pool: Pool, _: Ends) -> list[str]:
        await returning.one(pool, return_id, version)
        rows = [*await store.steps(pool, return_id, version), *await store.notices(pool, return_id, version)]
        return [telling.step(row) for row in sorted(rows, key=lambda row: (row["said_at"], row["version"]))]

    for line in _told(work):
        typer.echo(line)


@returns.command()
def run(
    period: PeriodName,
    definition: DefinitionId = MAIN,
    organisation: Organisation = "",
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Do all but keep and send it: nothing changes.")] = False,
    username: Annotated[str, typer.Option("--as", metavar="USERNAME", help="Who drafts and freezes it; a rehearsal needs nobody.")] = "",
    known_at: KnownAt = "",
    directory: Directory = DEFAULT,
) -> None:
    """Take a return as far as it goes: draft, freeze, check, sign under a standing authorisation, send. Prints it, its hash, its edits."""
    at = commands.known_at(known_at)
    if not rehearse and not username:
        raise CommandError("--as: say who drafts and freezes it, or leave it at --rehearse")

    async def work(pool: Pool, ends: Ends) -> list[str]:
        asked = await returning.wanted(pool, definition, organisation or await _only_icb(pool), period)
        if rehearse:
            made = await returning.rehearse(pool, ends, asked, await _acting(pool, username) if username else NOBODY, at)
            return [*telling.filled(made), "a rehearsal: nothing was kept, nothing was sent"]
        return await _run(pool, ends, asked, await _acting(pool, username), at)

    for line in _told(work):
        typer.echo(line)


@returns.command()
def freeze(return_id: ReturnId, username: As, version: Version = None, known_at: KnownAt = "", directory: Directory = DEFAULT) -> None:
    """Freeze a version, as known at an instant. Until it is signed it may be frozen again."""
    at = commands.known_at(known_at)

    async def work(pool: Pool, ends: Ends) -> list[str]:
        row = await returning.one(pool, return_id, version)
        return telling.filled(await returning.freeze(pool, ends, return_id, row["version"], await _acting(pool, username), at))

    for line in _told(work):
        typer.echo(line)


@returns.command()
def explain(
    return_id: ReturnId,
    edit: Annotated[str, typer.Argument(help="The edit's id, as `show` has it.")],
    text: Annotated[str, typer.Argument(help="Why it may stand.")],
    username: As,
    version: Version = None,
    directory: Directory = DEFAULT,
) -> None:
    """Explain an edit of a frozen version. What blocks must be corrected instead."""
    _does(return_id, version, username, f"{edit}: explained", lambda c, v, who: returning.explain(c, return_id, v, edit, text, who))


@returns.command("check")
def checked(return_id: ReturnId, username: As, version: Version = None, directory: Directory = DEFAULT) -> None:
    """Say that a frozen version is ready to be signed: no edit blocks, every other one is explained."""
    _does(return_id, version, username, "checked", lambda c, v, who: returning.check(c, return_id, v, who))


@returns.command()
def sign(
    return_id: ReturnId,
    username: As,
    version: Version = None,
    read: Annotated[str | None, typer.Option("--hash", help="Of what you read; refused where it was frozen again since.")] = None,
    directory: Directory = DEFAULT,
) -> None:
    """Sign a checked version: a signatory, another than who froze it."""
    _does(return_id, version, username, "signed", lambda c, v, who: returning.sign(c, return_id, v, who, read))


@returns.command()
def send(return_id: ReturnId, username: As, version: Version = None, directory: Directory = DEFAULT) -> None:
    """Hand a signed version to the transport, for each recipient once. Twice is once."""
    _does(return_id, version, username, "on its way", lambda c, v, who: returning.send_as(c, return_id, v, who))


@returns.command()
def compare(return_id: ReturnId, username: As, version: Version = None, directory: Directory = DEFAULT) -> None:
    """What a frozen version would say now, and why it differs: by line, with the units that came and went by cause."""

    async def work(pool: Pool, ends: Ends) -> list[str]:
        found, _ = await restating.compared(pool, ends, return_id, version, await _acting(pool, username))
        return telling.differences(found)

    for line in _told(work):
        typer.echo(line)


@returns.command()
def restate(
    return_id: ReturnId,
    why: Annotated[str, typer.Option(help="Why; kept with the step.")],
    username: As,
    version: Version = None,
    directory: Directory = DEFAULT,
) -> None:
    """Close a version that was sent and draft the next one."""

    _does(return_id, version, username, "restated: the next is a draft", lambda c, v, who: restating.restate(c, return_id, v, who, why))


@returns.command()
def authorise(
    first: Annotated[str, typer.Argument(help="The first day on which it holds, as 2025-04-01.")],
    last: Annotated[str, typer.Argument(help="The last one.")],
    username: As,
    definition: DefinitionId = MAIN,
    organisation: Organisation = "",
    directory: Directory = DEFAULT,
) -> None:
    """A signatory's standing word: returns without any edit go out unattended in this time."""
    days = commands.day("FIRST", first), commands.day("LAST", last)

    async def work(pool: Pool, _: Ends) -> int:
        who, of = await _acting(pool, username), organisation or await _only_icb(pool)
        async with pool.acquire() as connection, connection.transaction():
            return await returning.authorise(connection, definition, of, *days, who)

    typer.echo(f"standing authorisation {_told(work)}: {definition} from {days[0]} to {days[1]}, by {username}")


@returns.command()
def withdraw(
    number: Annotated[int, typer.Argument(min=1, help="The standing authorisation's.")], username: As, directory: Directory = DEFAULT
) -> None:
    """Take a standing authorisation back."""

    async def work(pool: Pool, _: Ends) -> None:
        who = await _acting(pool, username)
        async with pool.acquire() as connection, connection.transaction():
            await returning.withdraw(connection, number, who)

    _told(work)
    typer.echo(f"standing authorisation {number} is withdrawn")


@returns.command()
def automate(
    period: PeriodName,
    username: As,
    definition: DefinitionId = MAIN,
    organisation: Organisation = "",
    stop: Annotated[bool, typer.Option("--stop", help="No longer.")] = False,
    directory: Directory = DEFAULT,
) -> None:
    """Let a return run by itself from a period on: drafted, frozen 10 days before its deadline, checked, laid before a signatory or signed
    under a standing authorisation, sent, chased."""  # fmt: skip

    async def work(pool: Pool, _: Ends) -> str:
        asked = await returning.wanted(pool, definition, organisation or await _only_icb(pool), period)
        who, of = await _acting(pool, username), f"{asked.definition} of {asked.organisation}"
        async with pool.acquire() as connection, connection.transaction():
            if stop:
                await returning.stop(connection, asked.definition, asked.organisation, who)
                return f"{of} no longer runs by itself"
            new = await returning.automate(connection, asked, who)
            return f"{of} runs by itself from {asked.period} on" if new else f"{of} runs by itself already"

    typer.echo(_told(work))


async def _run(pool: Pool, ends: Ends, asked: Wanted, who: Person, at: datetime | None) -> list[str]:
    """Each step in a transaction of its own; where it stops, what to do next."""
    versions = await store.versions(pool, asked.return_id)
    if not versions:
        async with pool.acquire() as connection, connection.transaction():
            versions = [await returning.draft(connection, asked, who)]
    named, state = (asked.return_id, versions[-1]["version"]), versions[-1]["state"]
    if state != "draft":
        raise StepError(f"{named[0]} version {named[1]}: it is {state}: see `clockstop return steps {named[0]}`")
    made = await returning.freeze(pool, ends, *named, who, at)
    told = telling.filled(made)
    if made.edits:
        return [*told, f"frozen: correct or explain its edits, then `clockstop return check {named[0]}`"]
    async with pool.acquire() as connection, connection.transaction():
        await returning.check(connection, *named, who)
        if not await returning.sign_standing(connection, *named):
            return [*told, f"checked: a signatory signs it with `clockstop return sign {named[0]}`"]
        await returning.send_as(connection, *named, NOBODY)
    return [*told, "signed under a standing authorisation, and on its way"]


def _does(
    return_id: str, version: int | None, username: str, done: str, act: Callable[[Connection, int, Person], Awaitable[object]]
) -> None:
    """One step of one version, by a person, in one transaction."""

    async def work(pool: Pool, _: Ends) -> str:
        row, who = await returning.one(pool, return_id, version), await _acting(pool, username)
        async with pool.acquire() as connection, connection.transaction():
            await act(connection, row["version"], who)
        return f"{return_id} version {row['version']}: {done}"

    typer.echo(_told(work))


async def _acting(pool: Pool, username: str) -> Person:
    async with pool.acquire() as connection:
        return await acting(connection, username)


async def _only_icb(pool: Pool) -> str:
    found = [row["ods"] for row in await pool.fetch(store.SQL["icbs"])]
    if len(found) != 1:
        raise CommandError(f"--organisation: say whose return it is: there are {', '.join(found) or 'no ICBs in the reference data'}")
    return str(found[0])


def _told(work: Callable[[Pool, Ends], Awaitable[T]]) -> T:
    """Run this. CommandError, one line, for what may not be done."""

    async def opened() -> T:
        settings = Settings.of("reporting")
        async with counting(settings.database_url.get_secret_value(), settings.kafka_bootstrap_servers) as (pool, ends):
            return await work(pool, ends)

    try:
        return commands.run(opened())
    except StepError as error:
        raise CommandError(str(error)) from None
