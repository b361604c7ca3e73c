"""Does this event count for this spell? One function for each kind of event; clock and explanation both ask here.

Each returns None when the event counts (then it may meet a component), else the one reason why not.
"""

import re
from datetime import date

from services.waits.rules.facts import Activity, Assignment, CarePlan, Contact, Pause, Records, Score
from services.waits.rules.reasons import Reason
from services.waits.rules.spells import Spell
from services.waits.rules.terms import Terms


def contact_reason(contact: Contact, spell: Spell, terms: Terms) -> Reason | None:
    """W10, W11: attended, by a counted medium, inside the spell, on one of its referrals."""
    definition = terms.definition
    reason = placed(contact.referral_id, contact.on, spell._replace(end=None) if definition.after_end else spell, terms)
    if reason is not None:
        return reason
    if contact.attendance not in definition.attended:
        return Reason.NOT_ATTENDED
    if contact.medium not in definition.media:
        return Reason.MEDIUM_NOT_COUNTED
    if definition.own_team and contact.team_type is not None and contact.team_type not in definition.team_types:
        return Reason.TEAM_NOT_IN_SCOPE
    return None


def activity_reason(activity: Activity, spell: Spell, records: Records, terms: Terms) -> Reason | None:
    """W13, W14: direct on an attended contact or indirect, its code in a set that counts on its day, not excluded or refused."""
    reason = barred(activity, spell, records, terms)
    return reason or (None if uses(activity, terms) else Reason.CODE_NOT_IN_SET)


def barred(activity: Activity, spell: Spell, records: Records, terms: Terms) -> Reason | None:
    """Why it cannot count, whatever its code counts as."""
    reason = placed(activity.referral_id, activity.on, spell, terms) or _delivered(activity.contact_id, records, terms)
    if reason is not None:
        return reason
    if activity.refinement and terms.definition.refused_code in _concepts(activity.refinement):
        return Reason.REFUSED
    return Reason.EXCLUDED_CODE if activity.concept in terms.definition.excluded_codes else None


def uses(activity: Activity, terms: Terms) -> set[str]:
    """What its code counts as on its day; a code in both an assessment and an intervention set supplies both.

    An intervention that its sender marks so is evidence based.
    """
    found: set[str] = set()
    uses_of = terms.definition.uses
    for refset in terms.reference.sets(activity.concept, activity.on):
        if refset in uses_of:
            found |= uses_of[refset]
    if activity.evidence_based and "intervention" in found:
        found.add("evidence-based-intervention")
    return found


def assignment_reason(assignment: Assignment, spell: Spell, terms: Terms) -> Reason | None:
    """In a role that counts, to a team in scope, begun inside the spell; whichever provider's, and on whichever referral."""
    if assignment.role not in terms.definition.coordinators:
        return Reason.ROLE_NOT_COUNTED
    if assignment.team_type not in terms.definition.team_types:
        return Reason.TEAM_NOT_IN_SCOPE
    return _dated(assignment.on, spell, terms.at)


def pause_reason(pause: Pause, spell: Spell, terms: Terms) -> Reason | None:
    """Of a counted reason, on one of the spell's referrals, with a day inside the spell."""
    if pause.referral_id not in spell.referral_ids:
        return Reason.OUTSIDE_SPELL
    if pause.on > terms.at:
        return Reason.AFTER_AT
    if (pause.until is not None and pause.until < max(spell.start, pause.on)) or (spell.end is not None and pause.on > spell.end):
        return Reason.OUTSIDE_SPELL
    counted = terms.definition.pauses is not None and pause.reason in terms.definition.pauses.reasons
    return None if counted else Reason.PAUSE_NOT_COUNTED


def score_reason(score: Score, spell: Spell, records: Records, terms: Terms) -> Reason | None:
    """W15: a scale of a listed tool, whatever its value."""
    reason = placed(score.referral_id, score.on, spell, terms) or _delivered(score.contact_id, records, terms)
    if reason is not None:
        return reason
    tool = terms.reference.tool(score.code, score.on)
    if tool is None:
        return Reason.CODE_NOT_IN_SET
    return Reason.EXCLUDED_TOOL if tool in terms.definition.excluded_tools else None


def plan_reason(plan: CarePlan, spell: Spell, terms: Terms) -> Reason | None:
    """W12: agreement on record by `at`, created or last updated inside the spell; a plan belongs to the person, to no referral."""
    if plan.updated_on is None and not terms.definition.never_updated:
        return Reason.PLAN_NEVER_UPDATED
    if not plan.agreed_by or (plan.agreed_on is not None and plan.agreed_on > terms.at):
        return Reason.PLAN_NOT_AGREED
    reasons = [_dated(on, spell, terms.at) for on in (plan.created_on, plan.updated_on) if on is not None]
    if None in reasons:
        return None
    return reasons[0] if reasons else Reason.OUTSIDE_SPELL


def plan_date(plan: CarePlan, start: date) -> date | None:
    """The plan's own date (W12), never the agreement's: created, unless that was before the spell or is later than the update."""
    created, updated = plan.created_on, plan.updated_on
    if created is not None and created >= start and (updated is None or created <= updated):
        return created
    return updated


def placed(referral_id: str | None, on: date, spell: Spell, terms: Terms) -> Reason | None:
    """Inside the spell, on one of its referrals; without a referral it was direct access."""
    if referral_id is None:
        return _dated(on, spell, terms.at) if terms.definition.direct_access else Reason.DIRECT_ACCESS
    return _dated(on, spell, terms.at) if referral_id in spell.referral_ids else Reason.OUTSIDE_SPELL


def _dated(on: date, spell: Spell, at: date) -> Reason | None:
    if on > at:
        return Reason.AFTER_AT
    inside = spell.start <= on and (spell.end is None or on <= spell.end)
    return None if inside else Reason.OUTSIDE_SPELL


def _delivered(contact_id: str | None, records: Records, terms: Terms) -> Reason | None:
    """Indirect activity counts; direct activity when its contact is known and attended, whatever the medium or team."""
    if contact_id is None:
        return None
    contact = records.contacts.get(contact_id)
    if contact is None:
        return Reason.CONTACT_NOT_KNOWN
    counts = terms.definition.on_missed_contacts or contact.attendance in terms.definition.attended
    return None if counts else Reason.NOT_ATTENDED


def _concepts(refinement: str) -> list[str]:
    """The concept ids of a refinement such as `408730004 |Context| = 443390004 |Refused|`: whole numbers, never parts of one."""
    return re.findall(r"\d+", refinement)
