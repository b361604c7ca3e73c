"""Entering a line of a return by hand: who may, what fits the line, kept with why and a row of the audit."""

from datetime import datetime
from typing import NamedTuple

from services.reporting.rules.period import Period
from services.reporting.rules.returns.book import definition
from services.reporting.rules.returns.definition import Definition
from services.reporting.rules.returns.entries import entry, group
from services.reporting.rules.returns.footprint import Footprint
from services.reporting.rules.returns.lines import Entered
from services.reporting.store import entered
from services.reporting.store.entered import Entry
from services.reporting.store.footprint import footprint
from shared import clock
from shared.runtime import trail
from shared.runtime.database import Connection
from shared.web.people import Person


class Return(NamedTuple):
    """What a return's name says, and the ground it stands on."""

    id: str
    definition: Definition
    organisation: str
    period: Period
    footprint: Footprint


async def named(connection: Connection, return_id: str) -> Return:
    """ValueError, one line: a name that is none, an unknown definition, organisation or period, a footprint that cannot be counted."""
    parts = return_id.split(":")
    if len(parts) != 3:
        raise ValueError(
            f"{return_id!r} names no return: write it as definition:organisation:period, community-mental-health:XIB:2025-26-Q2"
        )
    stated = definition(parts[0])
    period = stated.period_of(parts[2])
    ground = await footprint(connection, stated, parts[1], period.last)
    ground.asked(stated)
    return Return(stated.return_id(parts[1], period), stated, parts[1], period, ground)


async def enter(
    connection: Connection, person: Person, return_id: str, line: str, of: str, value: str, why: str, seen: datetime | None = None
) -> Entry:
    """Keep a value for a line; `of`: its PCN or value, '' of a line entered once. In the caller's transaction. `seen`: up to when the
    writer saw what was entered; what somebody else has entered since is not written over.

    PermissionError for whom it is not to enter, ValueError for what does not fit: both one line, nothing is kept then.
    """
    about = await named(connection, return_id)
    asked = about.definition.line(line)
    kept = Entry(line, group(about.definition, asked, about.footprint, of), entry(asked, value), why.strip(), person.username, clock.now())
    may_enter(person, about, asked.source.owner if isinstance(asked.source, Entered) else "")
    if not kept.why:
        raise ValueError("why: say why this is entered, for those who ask later")
    if seen is not None:
        await _unchanged(connection, about.id, kept, seen)
    await entered.enter(connection, about.id, kept)
    await trail.note(connection, kept.said_at, person.username, "return entered", {"return": about.id, **kept._asdict(), "said_at": None})
    return kept


async def _unchanged(connection: Connection, return_id: str, kept: Entry, seen: datetime) -> None:
    """ValueError where somebody else entered this after `seen`."""
    last = [one for one in await entered.history(connection, return_id) if (one.line, one.group) == (kept.line, kept.group)][-1:]
    if last and last[0].said_at > seen and last[0].by != kept.by:
        raise ValueError(f"{last[0].by} has entered {last[0].value[:80]!r} meanwhile: look at it; enter yours again if it is to stand")


def may_enter(person: Person, about: Return, owner: str) -> None:
    """An ICB's return is entered by its own people, a provider's by those who see it. PermissionError otherwise."""
    if owner not in person.roles:
        raise PermissionError(f"{person.username} is no {owner.replace('-', ' ')}: the line is theirs to enter")
    theirs = {person.organisation} if about.definition.organisations == "icb" else person.providers
    if not theirs & {about.organisation, about.footprint.name}:
        raise PermissionError(f"{person.username} is not of {about.footprint.name}: its own people enter its returns")
