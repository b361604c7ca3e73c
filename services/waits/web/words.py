"""Plain words for what the clock knows: components, states, next steps."""

from collections.abc import Collection
from datetime import date

from services.waits.rules.definition import Definition, Stop
from shared.events import words as events

COMPONENTS = {
    "first-contact": "first contact",
    "second-contact": "second contact",
    "assessment": "assessment",
    "baseline-outcome": "baseline outcome",
    "care-plan-or-intervention": "agreed plan or intervention",
    "care-plan": "agreed plan",
    "intervention": "intervention",
    "evidence-based-intervention": "evidence-based intervention",
    "treatment-contact": "contact with treatment",
    "care-coordinator": "care coordinator",
}
"""What a clock waits for, as a pathway goes through it."""
EVIDENCE = {
    "first-contact": {"contact"},
    "second-contact": {"contact"},
    "assessment": {"assessment", "intervention"},
    "baseline-outcome": {"score"},
    "care-plan-or-intervention": {"care-plan", "assessment", "intervention"},
    "care-plan": {"care-plan"},
    "intervention": {"assessment", "intervention"},
    "evidence-based-intervention": {"assessment", "intervention"},
    "treatment-contact": {"contact", "assessment", "intervention"},
    "care-coordinator": {"assignment"},
}
"""Kinds of record that could meet a component."""
ODDITIES = {
    "never_updated": "Q1: an agreed plan that was never updated does not stop the clock",
    "on_missed_contacts": "Q2: a code or score on a contact that was not attended counts",
    "refused_code": "Q3: a procedure marked refused counts",
    "for_each_team": "Q4: a contact counts once for each team in scope of its referral",
    "closed_by": "Q5: rejected, or closed by its team, but still submitted: neither open nor closed",
}
"""Settings by which the published code differs from the guidance (02-clock section 3)."""
STATES = {
    "waiting": "waiting",
    "past-target": "waiting, past {target} days",
    "due-7": "past {target} days within the next 7 days",
    "due-14": "past {target} days within the next 14 days",
    "due-28": "past {target} days within the next 28 days",
    "started": "started to wait",
    "seen": "had a first contact",
    "waiting-on": "waiting at the end of the day",
    "past-on": "past {target} days at the end of the day",
    "stopped": "stopped",
    "stopped-within": "stopped within {target} days",
    "stopped-quarter": "stopped this quarter",
    "stopped-quarter-within": "stopped this quarter, within {target} days",
    "closed": "closed without help",
    "inactive-90": "waiting, nothing happened for 90 days",
    "inactive-180": "waiting, nothing happened for 180 days",
    "inactive-365": "waiting, nothing happened for 365 days",
}
PATHWAYS = {code: words[0].upper() + words[1:] for code, words in events.CODES["dedicated_pathway"].items()}
MARKS = {"none": "nobody has said", "still-waiting": "validated, still waiting", "close-at-source": "should be closed at source"}
"""What people say of an open wait that they looked at."""
GAPS = {
    "no-referral": "referral not known",
    "no-contact": "contact not known",
    "no-medium": "attended contact without medium",
    "no-team-type": "team type not in the national list",
    "no-birth-date": "person without birth date",
    "no-ethnicity": "person without ethnicity",
    "no-area": "person without area",
    "no-practice": "person without GP practice",
}
"""What is wanting in records; a person's while a referral of theirs is open."""
PARENTLESS = ("no-referral", "no-contact")
CODES = tuple(what for what in GAPS if what not in PARENTLESS)
SORTS = {"breach_on": "first past the target", "waited": "longest wait", "provider": "provider", "last_contact": "longest without contact"}
MILESTONES = COMPONENTS | {
    "start": "clock start",
    "received": "received",
    "stop": "clock stop",
    "today": "today",
    "end": "end of the spell",
    "accepted": "accepted",
    "care-plan": "care plan",
    "intervention": "first intervention",
    "psychological-therapy": "first psychological therapy",
}
KINDS = {"care-plan": "care plan", "score": "outcome score", "any": "any event"}
CLOCK = {
    "referral": "Starts the clock on the day it was received, if its team type, the person and the provider are in scope (W1 to W9). "
    "Discharge, rejection or closure ends the spell.",
    "stay": "Takes the referral that it hangs on out of the clock (W6).",
    "contact": "The first direct contact, attended and by a counted medium, is a component (W10, W11).",
    "assessment": "The first with a code of the assessment set is a component (W14); a code of an intervention set counts as one.",
    "intervention": "The first with a code of an intervention set is a component (W13), as an agreed care plan is.",
    "score": "The first score of a listed tool is a component: the baseline outcome (W15). Its value is not looked at.",
    "care-plan": "The first version with an agreement on record is a component (W12), as an intervention is.",
    "person": "Gives age and residence, which decide whether a referral is in scope (W1, W4). Without a birth date no clock starts.",
    "assignment": "The national clock does not read it. Early intervention waits for the first care coordinator, at any provider.",
    "pause": "The national clock never pauses (W11). A provider's own definition may let its clock stand still.",
    "merge": "Moves the records of one local id to the person of another; the clocks follow.",
}
"""What the clocks do with each kind of record; with others, nothing."""
STEPS = {
    "first-contact": "Offer a first contact",
    "assessment": "Record the assessment",
    "baseline-outcome": "Record a baseline outcome",
    "care-plan-or-intervention": "Agree a plan, or begin an intervention",
    "care-plan": "Agree a plan",
    "second-contact": "Offer a second contact",
    "care-coordinator": "Name a care coordinator",
    "treatment-contact": "Begin treatment",
    "evidence-based-intervention": "Begin an evidence-based intervention",
    "intervention": "Begin an intervention",
}
"""What to do about a missing component, the one to do first first."""


def in_order(components: Collection[str]) -> list[str]:
    """Components as a pathway goes through them."""
    return [name for name in COMPONENTS if name in components]


def states(definition: Definition) -> dict[str, str]:
    """The states of a wait in words, with the target of this definition."""
    return {name: words.format(target=definition.target_days) for name, words in STATES.items()}


def together(components: Collection[str], stop: Stop) -> str:
    """ "only a baseline outcome", "an assessment and an agreed plan": what a group of waits lacks for the clock to stop."""
    names = [_with_article(COMPONENTS[name]) for name in in_order(components)]
    if len(names) == 1:
        return f"only {names[0]}" if len(stop.components) > 1 else names[0]
    if stop.mode == "all" and len(names) == len(stop.components):
        return "everything: nothing recorded yet"
    return f"{', '.join(names[:-1])} {'and' if stop.mode == 'all' else 'or'} {names[-1]}"


def next_step(missing: Collection[str], *, waiting: bool, died: date | None) -> str:
    """One thing to do next about a spell; empty when nothing is left to do."""
    if not waiting:
        return ""
    return "None: this person has died" if died else next(step for name, step in STEPS.items() if name in missing)


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
