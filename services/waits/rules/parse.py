"""Reads a clock definition from the table of its TOML file, and refuses what is malformed, not known or at odds with itself."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from services.waits.rules.definition import (
    ATTENDANCE,
    COMPONENTS,
    ENDS,
    MEDIA,
    PAUSES,
    ROLES,
    STARTS,
    TESTS,
    UNITS,
    USES,
    Definition,
    Pauses,
    Stop,
    Waiver,
)  # fmt: skip
from shared.fields import Fields


class Known(NamedTuple):
    """The codes of the reference data that a definition may name; of a kind that is empty, any."""

    team_types: frozenset[str] = frozenset()
    reference_sets: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()


ANY = Known()


def parse(table: Mapping[str, Any], known: Known = ANY) -> Definition:
    """The definition that a TOML table states.

    ValueError, one line naming the field and the remedy: missing, malformed, not known, or at odds with another field.
    """
    fields = Fields(table)
    age, stop, pauses = fields.table("age"), fields.table("stop"), fields.table("pauses", {})
    contact, sets, codes, tools = (fields.table(name) for name in ("contact", "sets", "codes", "tools"))
    plans, assignment = fields.table("plans", {}), fields.table("assignment", {})
    waivers = fields.tables("waivers")
    unit = fields.one_of("unit", UNITS)
    team_types = fields.some("team_types", known.team_types)
    ends = fields.some("ends", ENDS) if fields.has("ends") else ENDS
    definition = Definition(
        id=_id(fields),
        version=fields.number("version", 1),
        title=fields.words("title"),
        source=fields.words("source"),
        publish=fields.take("publish", bool),
        unit=unit,
        start=fields.one_of("start", STARTS),
        stop=_stop(stop),
        target_days=fields.number("target_days", 1),
        target_test=fields.one_of("target_test", TESTS),
        age_from=age.maybe_number("from", 0),
        age_to=age.maybe_number("to", 0),
        team_types={code: code for code in team_types} | _recoded(fields.table("recoded_team_types", {}), team_types),
        reasons=frozenset(fields.names("reasons")),
        merge_gap_days=_merge_gap(fields, unit),
        oldest_start=fields.take("oldest_start", date),
        residence=fields.take("residence", str),
        stays=fields.one_of("stays", ("out", "in")) == "in",
        ends=tuple(kind for kind in ENDS if kind in ends),
        closed_by=frozenset(fields.names("closed_by", ends, ends)),
        waivers=tuple(_waiver(waiver) for waiver in waivers),
        pauses=_pauses(pauses),
        attended=frozenset(contact.names("attended", ATTENDANCE)),
        media=frozenset(contact.names("media", MEDIA)),
        did_not_attend=frozenset(contact.names("did_not_attend", ATTENDANCE)),
        direct_access=contact.take("direct_access", bool, False),
        own_team=contact.take("own_team", bool, False),
        after_end=contact.take("after_end", bool, False),
        for_each_team=contact.take("for_each_team", bool, False),
        uses=_uses({use: sets.names(use, known.reference_sets) for use in USES}),
        excluded_codes=frozenset(codes.names("excluded")),
        refused_code=codes.take("refused", str, None),
        on_missed_contacts=codes.take("on_missed_contacts", bool, False),
        excluded_tools=frozenset(tools.names("excluded", known.tools)),
        never_updated=plans.take("never_updated", bool, True),
        coordinators=frozenset(assignment.names("roles", ROLES, ())),
    )
    for part in (fields, age, stop, pauses, contact, sets, codes, tools, plans, assignment, *waivers):
        part.end()
    for contradiction in contradictions(definition):
        raise ValueError(contradiction)
    return definition


def _id(fields: Fields) -> str:
    name = fields.take("id", str)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) or len(name) > 64:
        raise fields.wrong("id", f"{name!r} cannot stand in an address: use small letters, digits and single hyphens, at most 64")
    return name


def _stop(fields: Fields) -> Stop:
    modes = [mode for mode in ("all", "any") if fields.has(mode)]
    if len(modes) > 1:
        raise fields.wrong("any", "stands beside stop.all: leave one of them out")
    mode = modes[0] if modes else "all"
    return Stop(mode, fields.some(mode, COMPONENTS))


def _recoded(fields: Fields, team_types: tuple[str, ...]) -> dict[str, str]:
    recoded = fields.rest()
    for code, counted in recoded.items():
        if code in team_types:
            raise fields.wrong(code, "stands in team_types already: leave it out there, or here")
        if counted not in team_types:
            raise fields.wrong(code, f"{counted!r} is not among team_types: add it there")
    return recoded


def _merge_gap(fields: Fields, unit: str) -> int:
    if unit != "referral":
        return fields.number("merge_gap_days", 0)
    if fields.has("merge_gap_days"):
        raise fields.wrong("merge_gap_days", "where the unit is the referral nothing merges: leave it out")
    return 0


def _pauses(fields: Fields) -> Pauses | None:
    found = Pauses(frozenset(fields.names("reasons", PAUSES, ())), fields.maybe_number("tries", 1))
    return found if found.reasons or found.tries else None


def _uses(sets: Mapping[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    refsets = {refset for named in sets.values() for refset in named}
    return {refset: frozenset(use for use, named in sets.items() if refset in named) for refset in refsets}


def _waiver(fields: Fields) -> Waiver:
    return Waiver(
        component=fields.one_of("component", COMPONENTS),
        spell_started_before=fields.take("spell_started_before", date),
        first_contact_before=fields.take("first_contact_before", date),
    )


def contradictions(definition: Definition) -> Iterator[str]:
    """What of it can never be true together: the field, and what to do."""
    yield from _unmeetable(definition)
    yield from _waived(definition)
    both = definition.attended & definition.did_not_attend
    if definition.age_from is not None and definition.age_to is not None and definition.age_to < definition.age_from:
        yield f"age.to: {definition.age_to} is below age.from, {definition.age_from}"
    if both:
        yield f"contact.did_not_attend: {min(both)!r} stands in contact.attended too: choose one"
    if definition.direct_access and definition.unit == "referral":
        yield "contact.direct_access: where the unit is the referral a contact without one belongs nowhere: leave it out"
    if definition.pauses and definition.publish:
        yield "pauses: what feeds a return never pauses: leave pauses out, or say publish = false"
    if definition.pauses and definition.pauses.tries and not definition.did_not_attend:
        yield "pauses.tries: no missed contact can be counted: name codes in contact.did_not_attend"


def _unmeetable(definition: Definition) -> Iterator[str]:
    counted = {use for uses in definition.uses.values() for use in uses}
    for name in definition.stop.components:
        needs = []
        if name in _OF_CONTACTS and not (definition.attended and definition.media):
            needs.append("name codes in contact.attended and contact.media")
        if name in _OF_SETS and _OF_SETS[name] not in counted:
            needs.append(f"name a reference set in sets.{_OF_SETS[name]}")
        if name == "care-coordinator" and not definition.coordinators:
            needs.append("name roles in assignment.roles")
        yield from (f"stop.{definition.stop.mode}: nothing can meet {name!r}: {need}" for need in needs)


def _waived(definition: Definition) -> Iterator[str]:
    waived = [waiver.component for waiver in definition.waivers]
    for name in waived:
        if definition.stop.mode == "any" or name not in definition.stop.components:
            yield f"waivers.component: {name!r} is not among stop.all: it needs no waiver"
    if set(waived) >= set(definition.stop.components):
        yield "waivers: every component of stop.all can be waived: leave one to wait for"


_OF_CONTACTS = frozenset({"first-contact", "second-contact", "treatment-contact"})
_OF_SETS = {
    "assessment": "assessment",
    "intervention": "intervention",
    "evidence-based-intervention": "intervention",
    "treatment-contact": "intervention",
}
"""What the codes of a component must count as."""
