"""The facts of one spell: why its clock stopped or still runs, every event that did not count, and what was known when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from services.waits.rules.definition import Definition
from services.waits.rules.effects import Known, superseded
from services.waits.rules.explain import Explanation, explain
from services.waits.rules.facts import facts
from services.waits.rules.reasons import Reason
from services.waits.rules.verdicts import Uncounted
from services.waits.store import known
from services.waits.store.effects import versions
from services.waits.store.pages import Question, organisations, team_types
from services.waits.store.pages import spell as stored_spell
from services.waits.store.pathways import microseconds
from services.waits.store.quality import Validation, validations
from services.waits.web.desk import Desk
from services.waits.web.models import spell_facts
from services.waits.web.then import check
from services.waits.web.timeline import Event, Look, Timeline, timeline
from services.waits.web.words import COMPONENTS, KINDS, MILESTONES
from shared.clock import london_date, today
from shared.web.people import Person

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EVIDENCE = {
    "first-contact": {"contact"},
    "second-contact": {"contact"},
    "assessment": {"assessment", "intervention"},
    "baseline-outcome": {"score"},
    "care-plan-or-intervention": {"care-plan", "assessment", "intervention"},
}
"""Kinds of record that could meet a component."""
SHOWN = frozenset().union(*EVIDENCE.values(), {"referral"})
"""Kinds of record whose events count, or not, for a spell."""


class Past(NamedTuple):
    """A version of a record, when its sender recorded it and when it came to us."""

    received: datetime
    recorded: datetime
    kind: str
    record_id: str
    source: str
    event_id: str
    voided: bool


@dataclass(frozen=True, slots=True)
class FoundSpell:
    """What was read about one spell; `spell` has the fields of models.Spell."""

    at: date
    spell: dict[str, Any]
    explanation: Explanation
    teams: dict[str, str]
    superseded: list[Uncounted]
    history: list[Past]
    validations: list[Validation]
    waiting: bool


class Unmet(NamedTuple):
    """A component that is missing, and the events that might have met it but did not count."""

    words: str
    attempts: list[Uncounted]


@dataclass(frozen=True, slots=True)
class SpellPage:
    found: FoundSpell
    title: str
    standing: str
    timeline: Timeline
    unmet: list[Unmet]
    met: list[tuple[str, date, str]]  # component, day, event id
    internal_waits: list[tuple[str, str, int]]


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
    told = explain(facts(document), reference, definition, at, spell_id)
    async with desk.pool.acquire() as connection:
        received, later = _parted(await versions(connection, row["personkey"], row["provider"]), known_at)
    older = [Uncounted(one.kind, one.record_id, *one.name, None, Reason.SUPERSEDED) for one, _ in superseded(received) if one.kind in SHOWN]
    older += [Uncounted(one.kind, one.record_id, *one.name, None, Reason.RECEIVED_AFTER) for one in later if one.kind in SHOWN]
    said = await validations(desk.pool, row["personkey"], spell_id, row["last_activity"])
    said = [one for one in said if known_at is None or one.said_at <= known_at]
    return FoundSpell(at, spell_facts(row, names), told, teams, sorted(older), sorted(_history(received)), said, row["waiting"])


def _parted(received: list[Known], known_at: datetime | None) -> tuple[list[Known], list[Known]]:
    """What had been received by then, and what providers sent since."""
    if known_at is None:
        return received, []
    until = microseconds(known_at)
    return [one for one in received if one.version[1] <= until], [one for one in received if one.version[1] > until and not one.cause]


def spell_page(found: FoundSpell, definition: Definition) -> SpellPage:
    """The same in the words and pictures of the page."""
    spell, told = found.spell, found.explanation
    ending = ((spell["stop"], "clock stop"), (spell["end"], "closed"), (found.at, "today"))
    until, ends = next((day, words) for day, words in ending if day)
    missing = [name for name, met in told.components.items() if met is None and name in spell["missing"]]
    return SpellPage(
        found=found,
        title=f"{spell['provider_name']}, referral {spell['referral_ids'][0]}",
        standing=_standing(spell, definition.target_days),
        timeline=timeline(spell["start"], until, ends, definition.target_days, _events(told)),
        unmet=[Unmet(COMPONENTS[name], [event for event in told.uncounted if event.kind in EVIDENCE[name]]) for name in missing],
        met=[(COMPONENTS[name], met.on, met.event_id) for name, met in told.components.items() if met],
        internal_waits=[(MILESTONES[wait.since], MILESTONES[wait.until], wait.days) for wait in told.internal_waits],
    )


def _standing(spell: dict[str, Any], target_days: int) -> str:
    """One sentence: how the clock stands and, if it runs, because of what."""
    waited = spell["waited_days"]
    if spell["stop"]:
        return f"Clock stopped on day {spell['wait_days']}, {'within' if spell['within_target'] else 'past'} {target_days} days."
    if spell["end"]:
        return f"Closed without help after {waited} days."
    lacking = " and ".join(f"no {COMPONENTS[name]} recorded" for name in spell["missing"])
    past = f", past {target_days} days by {waited - target_days}" if waited > target_days else ""
    return f"Waiting {waited} days{past}. Clock still running because: {lacking}."


def _events(told: Explanation) -> Iterator[Event]:
    for name, met in told.components.items():
        if met:
            yield Event(met.on, "met", COMPONENTS[name])
    for event in told.uncounted:
        if event.on and event.kind != "referral":
            look: Look = "missed" if event.reason is Reason.NOT_ATTENDED else "uncounted"
            yield Event(event.on, look, f"{KINDS.get(event.kind, event.kind)}: {event.reason}")


def _history(received: list[Known]) -> Iterator[Past]:
    for kind, record_id, (recorded, came, source, event_id, data), *_ in received:
        moments = (EPOCH + timedelta(microseconds=came), EPOCH + timedelta(microseconds=recorded))
        yield Past(*moments, kind, record_id, source, event_id, not data)
