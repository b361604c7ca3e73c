"""What follows from a completed check, a plan and a missed contact: offers, reviews, next steps."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from services.outreach.rules.calendar import months_on
from services.outreach.rules.facts import Check, Contact, Plan, Referral
from services.outreach.rules.membership import Run
from services.outreach.rules.schedule import ELEMENTS, Point
from services.outreach.rules.terms import Close, Terms

DISCHARGED = "discharged"
ATTENDED = frozenset({"5", "6"})
COVERED_MONTHS = 12


def completed(checks: Iterable[Check]) -> list[Check]:
    """The checks that made a round complete: on its day each of the six was recorded within 12 months, and since the last round."""
    last: dict[str, date] = {}
    rounds: list[Check] = []
    for check in checks:
        if check.status == "recorded" and check.element in ELEMENTS and not (rounds and rounds[-1].on == check.on):
            last[check.element] = check.on
            if len(last) == len(ELEMENTS):
                rounds.append(check)
                last = {}
            elif len(last) > 1:
                last = {element: on for element, on in last.items() if check.on < months_on(on, COVERED_MONTHS)}
    return rounds


def offers(terms: Terms) -> None:
    """Each completed check on a register opens one; the next one takes the place of what nobody answered."""
    if not terms.runs:
        return
    rounds = [(run, check) for check in completed(terms.checks) if (run := terms.run_on(check.on))]
    for place, (run, check) in enumerate(rounds):
        schedule = terms.own(run.leading(check.on).provider, check.on).offer
        task_id = terms.name(schedule, check.key.split("|", 2)[2], check.key)
        closes = [_left(run)] if run.end else []
        if place + 1 < len(rounds):
            following = rounds[place + 1][1]
            closes.append(Close(following.on, "superseded", following.event_id))
        close = min([*closes, *_answered(terms, task_id, check.on)], key=_on, default=None)
        anchor = run.leading(close.on if close else terms.at)
        point = Point(check.on, check.on + timedelta(schedule.days))
        terms.add(task_id, schedule, anchor, check.key, check.on, point, close)


def reviews(terms: Terms) -> None:
    """The day that each plan names; done by a later version that names another, or by the plan that takes its place."""
    versions: dict[str, list[tuple[date, Plan]]] = {}
    for plan in terms.life.plans:
        made_on = plan.made_on if plan.made_on is not None and plan.made_on <= plan.recorded_on else plan.recorded_on
        if made_on <= terms.at:
            versions.setdefault(plan.key, []).append((made_on, plan))
    for key in sorted(versions):
        _reviews(terms, versions[key], versions)


def _reviews(terms: Terms, versions: Sequence[tuple[date, Plan]], plans: dict[str, list[tuple[date, Plan]]]) -> None:
    first_on, first = versions[0]
    newer = [
        others[0]
        for key, others in plans.items()
        if key != first.key
        and (others[0][1].provider, others[0][1].plan_type) == (first.provider, first.plan_type)
        and (others[0][0], key) > (first_on, first.key)
    ]
    replaced = min(newer, key=lambda one: (one[0], one[1].key), default=None)
    place = 0
    while place < len(versions):
        opened_on, plan = versions[place]
        place += 1
        if plan.review_due_on is None or (replaced is not None and opened_on > replaced[0]):
            continue
        while place < len(versions) and versions[place][1].review_due_on == plan.review_due_on:
            place += 1  # it says the same day again
        schedule = terms.own(plan.provider, opened_on).plan_review
        point = Point(max(opened_on, plan.review_due_on - timedelta(schedule.invite_days)), plan.review_due_on)
        task_id = terms.name(schedule, plan.review_due_on.isoformat(), plan.key)
        nexts = [one for one in (versions[place] if place < len(versions) else None, replaced) if one is not None]
        closes = [_reviewed(max(opened_on, on), point, by) for on, by in nexts]
        closes += _discharged(terms, plan.provider, opened_on)
        close = min([*closes, *_answered(terms, task_id, opened_on)], key=_on, default=None)
        terms.add(task_id, schedule, plan, plan.key, opened_on, point, close)


def _reviewed(on: date, point: Point, by: Plan) -> Close:
    """Before anybody is asked for it, a change of plan is no review."""
    return Close(on, "done" if on >= point.invite_from else "superseded", by.event_id)


def missed(terms: Terms) -> None:
    """A next step after each contact that the person missed, until they are seen, booked again or discharged."""
    contacts = terms.life.contacts
    for place, one in enumerate(contacts):
        if one.attendance is None or one.on > terms.at or one.attendance in ATTENDED:
            continue
        schedule = terms.own(one.provider, one.on).missed
        if one.attendance not in schedule.attendance:
            continue
        task_id = terms.name(schedule, one.key.split("|", 2)[2], one.key)
        closes = [
            close
            for later in contacts[place + 1 :]
            if later.provider == one.provider
            and later.referral == one.referral
            and (close := _next_contact(terms, one, later, schedule.attendance))
        ]
        closes += _attempted(terms, schedule.id, one)
        if one.referral is not None:
            ended = next((referral.ended_on for referral in terms.life.referrals if referral.key == one.referral), None)
            closes += [Close(max(ended, one.on), "stopped", None, DISCHARGED)] if ended is not None and ended <= terms.at else []
        close = min([*closes, *_answered(terms, task_id, one.on)], key=_on, default=None)
        terms.add(task_id, schedule, one, one.key, one.on, Point(one.on, one.on + timedelta(schedule.days)), close)


def _next_contact(terms: Terms, one: Contact, later: Contact, missing: frozenset[str]) -> Close | None:
    if later.attendance is None:
        booked_on = max(one.on, later.recorded_on)
        return Close(booked_on, "done", later.event_id) if booked_on <= terms.at and later.on > one.on else None
    if later.on > terms.at:
        return None
    if later.attendance in ATTENDED:
        return Close(later.on, "done", later.event_id)
    return Close(later.on, "superseded", later.event_id) if later.attendance in missing else None


def _attempted(terms: Terms, schedule: str, one: Contact) -> list[Close]:
    """The team reached the person: they come again, or say that they do not want to."""
    outcomes = {"agreed": "done", "declined": "declined"}
    return [
        Close(attempt.made_on, "done" if outcomes[attempt.result] == "done" else "declined", attempt.attempt_id)
        for attempt in terms.attempts
        if attempt.anchor == one.key and attempt.schedule == schedule and attempt.result in outcomes and attempt.made_on >= one.on
    ]


def _answered(terms: Terms, task_id: str, since: date) -> list[Close]:
    return [
        Close(one.on, "done" if one.answer == "accepted" else "declined", one.answer_id)
        for one in terms.answers.get(task_id, ())
        if one.answer != "later" and one.on >= since
    ]


def _discharged(terms: Terms, provider: str, opened_on: date) -> list[Close]:
    """When the last referral of an unbroken time at that provider ended; somebody without one is not discharged."""
    ended: date | None = None
    held: list[Referral] = [one for one in terms.life.referrals if one.provider == provider and one.received_on <= terms.at]
    for one in held:
        if ended is not None and one.received_on > ended >= opened_on:
            break
        if one.ended_on is None or one.ended_on > terms.at:
            return []
        ended = max(ended or one.ended_on, one.ended_on)
    return [Close(ended, "stopped", None, DISCHARGED)] if ended is not None and ended >= opened_on else []


def _left(run: Run) -> Close:
    return Close(run.end or date.max, "stopped", None, run.ended_by)


def _on(close: Close) -> date:
    return close.on
