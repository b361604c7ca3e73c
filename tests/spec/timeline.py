"""A rule, its timelines, and the answer that the clock gives to each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from services.waits.rules.clock import Clock, clocks
from services.waits.rules.definition import MILESTONES
from services.waits.rules.explain import Explanation, explain
from services.waits.rules.facts import facts
from services.waits.rules.measures import in_quarter, open_at, percentile
from services.waits.rules.reasons import Reason
from tests.spec.reference import DEFINITIONS, REFERENCE
from tests.spec.table import day, document, show

Answer = Mapping[str, object]
COUNTED = "counted"


@dataclass(frozen=True)
class Timeline:
    """`answer`: for each spell, named by its referrals joined by `+`, what must hold of it; no other spell may be there.

    `not_counted`: record id -> reason (or COUNTED), of those that the timeline asks about.
    """

    says: str
    table: str
    answer: Mapping[str, Answer]
    not_counted: Mapping[str, str] = field(default_factory=dict)
    at: str = "30 Sep"
    under: str = "national-2024"
    together: Mapping[str, object] = field(default_factory=dict)  # of all its clocks


@dataclass(frozen=True)
class Rule:
    id: str  # W1, ...; the page's heading with `title`
    title: str
    text: str
    timelines: list[Timeline]


def given(timeline: Timeline) -> tuple[dict[str, Answer], dict[str, str]]:
    """What the clock says of a timeline: every spell with all that can be asked of it, and each record that counted nowhere."""
    pathway = facts(document(timeline.table))
    at, definition = day(timeline.at), DEFINITIONS[timeline.under]
    told = [one.spell_id for one in clocks(pathway, REFERENCE, definition, at)]
    referred_to = next((provider for provider, records in pathway.items() if records.referrals), "RXX")
    explained = [explain(pathway, REFERENCE, definition, at, spell_id) for spell_id in told or [f"{referred_to}:R1"]]
    answers = {"+".join(one.clock.referral_ids): _answer(one, one.clock, at) for one in explained if one.clock}
    silent = [{event.record_id: event.reason for event in one.uncounted} for one in explained]
    nowhere = set.intersection(*map(set, silent))
    reasons = {record_id: [one[record_id] for one in silent] for record_id in nowhere}
    return answers, {record_id: str(_own(found)) for record_id, found in reasons.items()}


def _own(reasons: list[Reason]) -> Reason:
    """Of what several spells say of one record: to be outside one of them is no news if another knows more."""
    return next((reason for reason in reasons if reason is not Reason.OUTSIDE_SPELL), Reason.OUTSIDE_SPELL)


def _answer(told: Explanation, clock: Clock, at: date) -> Answer:
    met = {name.replace("-", " "): met.on for name, met in clock.components.items() if name not in MILESTONES}
    days: dict[str, date | None] = {
        "start": clock.start,
        "end": clock.end,
        "first contact": clock.first_contact,
        "second contact": clock.second_contact,
        "last contact": clock.last_contact,
        "baseline outcome": clock.baseline_outcome,
        "assessment": clock.assessment,
        "care plan": clock.care_plan,
        "intervention": clock.intervention,
        "care plan or intervention": clock.care_plan_or_intervention,
        "stop": clock.stop,
        "past target on": clock.breach_on,
        "died": clock.death_date,
        **met,
    }
    shown = {name: on and show(on) for name, on in days.items()}
    internal = {f"{since} to {until}".replace("-", " "): length for since, until, length in told.internal_waits}
    return {
        **shown,
        **internal,
        "wait": clock.wait_days,
        "waited": clock.waited_days(at),
        "in time": clock.within_target,
        "assessment waived": clock.assessment_waived,
        "missing": ", ".join(name.replace("-", " ") for name in clock.missing) or None,
        "paused": clock.paused_days,
        "pauses": ", ".join(f"{show(one.since)} to {show(one.until)}" for one in told.pauses) or None,
        "closed": clock.closed,
        "open at period end": open_at(clock.end, at),
        "ended in the quarter": clock.end is not None and in_quarter(clock.end, at),
        "started in the quarter": in_quarter(clock.start, at),
        "stopped in the quarter": clock.stop is not None and in_quarter(clock.stop, at),
        "provider": clock.provider,
        "providers": ", ".join(clock.providers),
        "teams": ", ".join(clock.team_types),
        "dedicated pathways": ", ".join(clock.pathways),
        "DNA": clock.dna_count,
        "practice": clock.practice,
    }


def _together(answers: Mapping[str, Answer]) -> dict[str, object]:
    waits = [float(wait) for answer in answers.values() if isinstance(wait := answer["wait"], int)]
    return {"median wait": percentile(waits, 0.5), "90th centile": percentile(waits, 0.9)}


def differences(timeline: Timeline) -> list[str]:
    """What the clock says otherwise than the timeline; empty = it holds."""
    answers, reasons = given(timeline)
    of_all = _together(answers) if timeline.together else {}
    wrong = [] if answers.keys() == timeline.answer.keys() else [f"spells: {sorted(answers)}, not {sorted(timeline.answer)}"]
    wrong += [f"{name}: {of_all.get(name)}, not {value}" for name, value in timeline.together.items() if of_all.get(name) != value]
    for spell, expected in timeline.answer.items():
        got = answers.get(spell, {})
        wrong += [f"{spell} {name}: {got.get(name)}, not {value}" for name, value in expected.items() if got.get(name) != value]
    wrong += [
        f"{record_id}: {reasons.get(record_id, COUNTED)}, not {reason}"
        for record_id, reason in timeline.not_counted.items()
        if reasons.get(record_id, COUNTED) != reason
    ]
    return wrong
