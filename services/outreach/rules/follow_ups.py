"""Follow-ups: a finding past its threshold opens one, and it stays open until it is answered.

One is open for a finding at a time. It closes when an intervention for that finding is started, attended or completed on the day
of the finding or later (a referral on: attended or completed, not when sent), when the person declines, or when they leave. An offer
keeps it open; so does a later reading within the threshold, for somebody is to say what became of it. What was answered within
`answered_days`, or declined within the months of the setting, is not asked again unless the finding is of a worse band.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from services.outreach.rules.calendar import months_on
from services.outreach.rules.entered import Answer
from services.outreach.rules.facts import Check, Fact, Intervention
from services.outreach.rules.findings import BANDS, HIGH_RISK, REFER, Found, found
from services.outreach.rules.membership import Run, ethnicity
from services.outreach.rules.schedule import FollowUp, Point
from services.outreach.rules.settings import Own
from services.outreach.rules.terms import Close, Terms

REFERRAL_ON = "referral on"
CLOSING = frozenset({"started", "attended", "completed"})


@dataclass(slots=True)
class _Open:
    task_id: str
    schedule: FollowUp
    anchor: Fact
    run: Run | None
    origin: str
    opened_on: date
    point: Point
    band: str


@dataclass(slots=True)
class _Answered:
    band: str
    until: date  # the first day on which the same finding is asked about again


_Event = tuple[date, int, str, "tuple[Check, Found] | Intervention | Answer"]


def follow_ups(terms: Terms) -> None:
    """Open and close those of every finding."""
    events = _events(terms)
    for finding in sorted(events):
        open_one: _Open | None = None
        answered: _Answered | None = None
        for on, _, _, event in sorted(events[finding] + _answers(terms, finding), key=lambda one: one[:3]):
            if open_one is not None and open_one.run and open_one.run.end and open_one.run.end <= on:
                _close(terms, finding, open_one, None)
                open_one = None
            if isinstance(event, tuple):
                check, told = event
                if open_one is not None:
                    open_one.band = max(open_one.band, told.band, key=BANDS.index)
                elif answered is None or on >= answered.until or BANDS.index(told.band) > BANDS.index(answered.band):
                    open_one = _opened(terms, check, told)
                continue
            close = _closing(event, open_one)
            if close is None:
                continue
            own = terms.own(open_one.anchor.provider if open_one else _provider(event), on)
            answered = _Answered(open_one.band if open_one else _covers(event), _until(own, close, on))
            if open_one is not None:
                _close(terms, finding, open_one, close)
                open_one = None
        if open_one is not None:
            _close(terms, finding, open_one, None)


def _events(terms: Terms) -> dict[str, list[_Event]]:
    """By finding: what was found, and what was done about it."""
    events: dict[str, list[_Event]] = {}
    category = ethnicity(terms.life)
    for check in terms.checks:
        if check.readings and check.status == "recorded":
            for finding, told in found(check, terms.checks, category, terms.own(check.provider, check.on).findings).items():
                events.setdefault(finding, []).append((check.on, 0, check.key, (check, told)))
    for one in terms.life.interventions if events else ():
        if one.on <= terms.at and one.finding in events:
            events[one.finding].append((one.on, 1, one.key, one))
    return events


def _answers(terms: Terms, finding: str) -> list[_Event]:
    if not terms.answers:
        return []
    what = f"{terms.settings.of('', terms.at).follow_up.id}:{finding}:"
    return [(one.on, 2, one.answer_id, one) for task_id, told in terms.answers.items() if task_id.startswith(what) for one in told]


def _opened(terms: Terms, check: Check, told: Found) -> _Open:
    run = terms.run_on(check.on)
    anchor: Fact = run.leading(check.on) if run else check
    own = terms.own(anchor.provider, check.on)
    schedule = own.follow_up
    due_on = check.on + timedelta(own.follow_up_days.get(told.finding, schedule.days))
    task_id = terms.name(schedule, told.finding, check.key)
    return _Open(task_id, schedule, anchor, run, check.key, check.on, Point(check.on, due_on), told.band)


def _closing(event: Intervention | Answer, open_one: _Open | None) -> Close | None:
    """How the event ends a follow-up, or would if one were open; None = it does not."""
    if isinstance(event, Answer):
        if open_one is None or event.task_id != open_one.task_id or event.answer != "declined":
            return None
        return Close(event.on, "declined", event.answer_id)
    if event.status == "declined":
        return Close(event.on, "declined", event.event_id)
    if event.status not in CLOSING or (event.what == REFERRAL_ON and event.status == "started"):
        return None
    return Close(event.on, "done", event.event_id)


def _covers(event: Intervention | Answer) -> str:
    """The worst band that something done before the finding answers."""
    return REFER if isinstance(event, Intervention) and event.what == REFERRAL_ON else HIGH_RISK


def _provider(event: Intervention | Answer) -> str:
    return event.provider if isinstance(event, Intervention) else event.anchor.partition("|")[0]


def _until(own: Own, close: Close, on: date) -> date:
    return months_on(on, own.declined_months) if close.outcome == "declined" else on + timedelta(own.follow_up.answered_days + 1)


def _close(terms: Terms, finding: str, one: _Open, close: Close | None) -> None:
    anchor = one.anchor
    if one.run is not None:
        if close is None and one.run.end is not None:
            close = Close(one.run.end, "stopped", None, one.run.ended_by)
        anchor = one.run.leading(close.on if close else terms.at)
    terms.add(one.task_id, one.schedule, anchor, one.origin, one.opened_on, one.point, close, finding=finding)
