"""The facts of one spell: why its clock stopped or still runs, every event that did not count, and what was known when."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.waits.rules.definition import Definition
from services.waits.rules.reasons import Reason
from services.waits.rules.reference import Reference
from services.waits.store import known
from services.waits.store.effects import received
from services.waits.store.pages import Question, listed, organisations, team_types
from services.waits.store.pages import spell as stored_spell
from services.waits.store.quality import Validation, validations
from services.waits.web import account
from services.waits.web.account import Account, Material, Told
from services.waits.web.desk import Desk
from services.waits.web.models import spell_facts
from services.waits.web.then import check
from services.waits.web.timeline import Bar, Event, Look, Timeline, timeline
from services.waits.web.words import COMPONENTS, KINDS
from shared.clock import london_date, today
from shared.versions import Document
from shared.web.formats import counted
from shared.web.people import Person


@dataclass(frozen=True, slots=True)
class FoundSpell:
    """What was read about one spell; `spell` has the fields of models.Spell."""

    spell: dict[str, Any]
    account: Account
    teams: dict[str, str]
    validations: list[Validation]
    waiting: bool
    known_at: datetime | None


@dataclass(frozen=True, slots=True)
class SpellPage:
    found: FoundSpell
    title: str
    timeline: Timeline
    definitions: dict[str, str]  # title by name: those under which the referrals have a clock


async def read_spell(
    desk: Desk, person: Person, spell_id: str, definition: Definition, known_at: datetime | None = None
) -> FoundSpell | None:
    """None when there is no such spell, or was none at `known_at`, among those that `person` may see. Raises FieldError."""
    check(known_at)
    at = today() if known_at is None else london_date(known_at)
    question, reference = Question(person.providers, at, definition.key), await desk.load_reference(known_at)
    if known_at is None:
        read = await stored_spell(desk.pool, question, spell_id)
    else:
        read = await known.spell(desk.pool, question, reference, definition, known_at, spell_id)
    if read is None:
        return None
    row, document = read
    names = await organisations(desk.pool, person.providers, known_at)
    teams = await team_types(desk.pool, frozenset(row["team_types"]), known_at)
    came = await received(desk.pool, row["personkey"], providers_of(document, definition, row["provider"], reference))
    kept = await desk.definitions()
    others = [one for one in (kept.named(name, known_at) for name in kept.current()) if one.key != definition.key]
    visible = person.providers | reference.succeeded_by(person.providers)
    material, asked = Material.parted(document, came, visible, known_at), account.Question(definition, at, others)
    told = await asyncio.to_thread(account.account, material, reference, asked, spell_id)  # a long life takes its time, other pages none
    said = await validations(desk.pool, row["personkey"], spell_id, row["last_activity"])
    said = [one for one in said if known_at is None or one.said_at <= known_at]
    return FoundSpell(spell_facts(row, names), told, teams, said, row["waiting"], known_at)


async def spell_holding(desk: Desk, person: Person, spell_id: str, definition: Definition) -> str | None:
    """The spell under `definition` that holds the first referral of a spell under another one, where `person` may see it."""
    provider, _, referral_id = spell_id.partition(":")
    question = Question(person.providers, today(), definition.key, search=referral_id)
    _, rows, _ = await listed(desk.pool, question, "breach_on", None, 50)
    return next((row["spell_id"] for row in rows if row["covered"] and provider in row["providers"]), None)


def providers_of(document: Document, definition: Definition, provider: str, reference: Reference) -> frozenset[str]:
    """Whose versions a clock's history is made of: those of its provider and whom it succeeded, or of all where the unit is the person."""
    every = {key.partition("|")[0] for key in document}
    return frozenset({provider, *(every if definition.unit == "person" else every & reference.succeeded_by({provider}))})


def spell_page(found: FoundSpell) -> SpellPage:
    """The same in the words and pictures of the page."""
    spell, told = found.spell, found.account
    runs = "then" if found.known_at else "today"
    return SpellPage(
        found=found,
        title=f"{spell['provider_name']}, referral {spell['referral_ids'][0]}",
        timeline=timeline([_bar(one, one.start, told.as_at, runs) for one in (told.clock, *told.beside) if one.start], _events(told)),
        definitions={name_of(one): one.title for one in (told.clock, *told.beside) if one.spell_id},
    )


def name_of(told: Told) -> str:
    """As addresses name a definition."""
    return f"{told.definition}@{told.definition_version}"


def _bar(told: Told, start: date, at: date, runs: str) -> Bar:
    ending = ((told.stop, "clock stop"), (told.end, "closed"), (at, runs))
    until, ends = next((day, words) for day, words in ending if day)
    target_on = (told.breach_on or at) - timedelta(1)
    return Bar(f"{told.title}: {counted(told.days or 0, 'day')} to {ends}", start, until, target_on, bool(told.within_target))


def _events(told: Account) -> Iterator[Event]:
    for name, met in told.components.items():
        if met:
            yield Event(met.on, "met", COMPONENTS[name])
    for event in told.uncounted:
        if event.on and event.kind != "referral":
            look: Look = "missed" if event.reason is Reason.NOT_ATTENDED else "uncounted"
            yield Event(event.on, look, f"{KINDS.get(event.kind, event.kind)}: {event.reason}")
