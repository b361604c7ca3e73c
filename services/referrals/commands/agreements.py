"""Sharing agreements on the command line: an owner lets a partner see and act on its people, from one day to another."""

import getpass
from datetime import date
from typing import Annotated

import typer

from services.referrals.store import access, agreements
from services.referrals.store.agreements import FIELDS, PURPOSES, Agreement
from shared import clock
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import connect_pool
from shared.runtime.errors import CommandError
from shared.runtime.settings import Settings

sharing = typer.Typer(help="Who shares their people with whom.", no_args_is_help=True)
REASON = 10


@sharing.command("share")
def share(
    owner: Annotated[str, typer.Argument(help="ODS code of who is responsible for the people.")],
    partner: Annotated[str, typer.Argument(help="ODS code of who may see and act on them.")],
    fields: Annotated[list[str], typer.Option("--field", help=f"What is shared: of {', '.join(FIELDS)}; may be repeated.")],
    reason: Annotated[str, typer.Option(help="The agreement that it rests on.")],
    purpose: Annotated[str, typer.Option(help=f"Of {', '.join(PURPOSES)}.")] = PURPOSES[0],
    since: Annotated[str, typer.Option("--from", help="First day, as 2026-03-12; by default today.")] = "",
    until: Annotated[str, typer.Option("--to", help="Last day; by default until it is ended.")] = "",
    directory: Directory = DEFAULT,
) -> None:
    """Let a partner see and act on an owner's people within the dates."""
    if purpose not in PURPOSES:
        raise CommandError(f"--purpose: {purpose!r} is none; there are {', '.join(PURPOSES)}")
    if unknown := sorted(set(fields) - set(FIELDS)):
        raise CommandError(f"--field: {unknown[0]!r} is none; there are {', '.join(FIELDS)}")
    if "worklist" not in fields:
        raise CommandError("--field: without worklist nobody is seen; add --field worklist")
    first, last = _day("--from", since) or clock.today(), _day("--to", until)
    if owner == partner:
        raise CommandError("PARTNER: an owner shares with somebody else; name another ODS code")
    if last is not None and last < first:
        raise CommandError(f"--to: {last} is before {first}; choose a later day")
    one = Agreement(owner, partner, purpose, sorted(set(fields)), first, last, getpass.getuser(), _reason(reason))

    async def work() -> int:
        async with await connect_pool(Settings.of("referrals").database_url.get_secret_value(), "referrals", size=1) as pool:
            known = set(await access.providers(pool))
            for name, code in (("OWNER", owner), ("PARTNER", partner)):
                if code not in known:
                    raise CommandError(f"{name}: {code!r} is no provider here: add it with `clockstop provider add {code}`")
            async with pool.acquire() as connection:
                return await agreements.make(connection, one, clock.now())

    number = commands.run(work())
    typer.echo(f"agreement {number}: {owner} shares {', '.join(one.fields)} with {partner} from {first}{f' to {last}' if last else ''}")


@sharing.command("agreements")
def show(directory: Directory = DEFAULT) -> None:
    """All agreements that were ever made, the latest first, as tab-separated lines."""

    async def work() -> list[str]:
        async with await connect_pool(Settings.of("referrals").database_url.get_secret_value(), "referrals", size=1) as pool:
            return ["\t".join(_cell(value) for value in row) for row in await agreements.every(pool)]

    typer.echo("number\towner\tpartner\tpurpose\tfields\tfrom\tto\tmade by\treason\tmade at")
    for line in commands.run(work()):
        typer.echo(line)


@sharing.command("end")
def end(
    number: Annotated[int, typer.Argument(help="Its number, as `clockstop access agreements` shows it.")],
    reason: Annotated[str, typer.Option(help="Why it ends.")],
    on: Annotated[str, typer.Option("--on", help="Its last day; by default today.")] = "",
    directory: Directory = DEFAULT,
) -> None:
    """Let an agreement end with a day."""
    last = _day("--on", on) or clock.today()
    why = _reason(reason)

    async def work() -> bool:
        async with (
            await connect_pool(Settings.of("referrals").database_url.get_secret_value(), "referrals", size=1) as pool,
            pool.acquire() as connection,
        ):
            return await agreements.end(connection, number, last, getpass.getuser(), why, clock.now())

    if not commands.run(work()):
        raise CommandError(f"NUMBER: no agreement {number} that goes on beyond {last}: see `clockstop access agreements`")
    typer.echo(f"agreement {number} ends with {last}")


def _day(option: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CommandError(f"{option}: {text!r} is no date: write it as 2026-03-12") from None


def _reason(text: str) -> str:
    said = " ".join(text.split())
    if len(said) < REASON:
        raise CommandError(f"--reason: {len(said)} characters; say why in {REASON} or more, it is kept with your name")
    return said


def _cell(value: object) -> str:
    return "" if value is None else ",".join(value) if isinstance(value, list) else str(value)
