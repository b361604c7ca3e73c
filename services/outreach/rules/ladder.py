"""The ladder of attempts: who may be contacted, by which channel next, and what each result does."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, time, timedelta
from typing import NamedTuple

from services.outreach.rules.entered import NOTHING, Attempt, Entered
from services.outreach.rules.facts import Course, Life
from services.outreach.rules.membership import Run, death_date, moved_out, runs
from services.outreach.rules.settings import INVITATIONS_APART, Own, Rung


class Result(NamedTuple):
    """What an attempt's result does. Every result needs a reason in words."""

    name: str
    says: str  # for the page
    hide_days: int = 0  # nobody is asked again until then
    stops_contact: str | None = None  # why nobody is contacted from then on
    declines: bool = False  # closes the elements named (or all) as declined
    drops_channel: bool = False


RESULTS: dict[str, Result] = {
    one.name: one
    for one in (
        Result("agreed", "Agreed to attend", hide_days=30),
        Result("call back", "Asked to be called back", hide_days=7),
        Result("no answer", "No answer"),
        Result("declined", "Declined all of it or a part", declines=True),
        Result("done elsewhere", "Already done elsewhere", hide_days=30),
        Result("wrong number", "Wrong number or address", drops_channel=True),
        Result("moved", "Moved away", stops_contact="moved"),
        Result("transferred", "Under the care of somebody else", stops_contact="transferred"),
        Result("deceased", "Has died", stops_contact="died"),
        Result("other", "Other"),
    )
}
"""The closed list."""
MESSAGES = frozenset({"text", "email", "letter"})
"""Channels that an opt-out of messages closes."""
TELEPHONE = frozenset({"call", "text"})
NOBODY_LEFT = "every way has been tried: the team decides"


class Step(NamedTuple):
    """The next attempt: not before `on`. `channel` None: none is left; the team decides."""

    channel: str | None
    on: date
    why: str


class Wishes(NamedTuple):
    """How somebody wants to be reached, at whichever provider they said so: the newest word on each, but one refusal holds everywhere."""

    channels: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    opt_out: bool = False
    restricted: bool = False
    quiet_hours: tuple[time, time] | None = None


def wishes(life: Life) -> Wishes:
    if not life.preferences:
        return _NO_WISHES
    newest = life.preferences[::-1]
    return Wishes(
        next((one.channels for one in newest if one.channels), ()),
        next((one.formats for one in newest if one.formats), ()),
        any(one.opt_out for one in newest),
        any(one.restricted for one in newest),
        next((one.quiet_hours for one in newest if one.quiet_hours), None),
    )


def may_contact(life: Life, at: date, entered: Entered = NOTHING, channel: str | None = None) -> str | None:
    """Why this person may not be contacted (by this channel; without one: by any at all); None = they may.

    died, moved, transferred, left, remission, restricted, opted out. A death counts as soon as anybody knows of it, whatever its day. A
    move that a worker reports holds while the person has the entry that it was reported under, a transfer too. Who left every register
    is still contacted about a medicine or a protocol that goes on.
    """
    return why_not(life, at, entered, channel, runs(life.entries, at), wishes(life))


def why_not(life: Life, at: date, entered: Entered, channel: str | None, held: Sequence[Run], wanted: Wishes) -> str | None:
    """The same, of somebody whose times on registers and wishes are known already."""
    if death_date(life) is not None:
        return "died"
    reported = [
        stops
        for one in entered.attempts
        if one.result and one.voided_at is None and (stops := RESULTS[one.result].stops_contact) and _holds(held, one, at)
    ]
    if moved_out(life, at) is not None:
        reported.append("moved")
    if reported:
        return min(reported)  # died before moved before transferred
    if held and held[-1].end is not None and not any(_goes_on(one, at) for one in (*life.medications, *life.protocols)):
        return "remission" if held[-1].ended_by == "remission" else "left"
    if wanted.restricted:
        return "restricted"
    return "opted out" if wanted.opt_out and channel in MESSAGES else None


def next_step(round_from: date, attempts: Sequence[Attempt], wanted: Wishes, life: Life, own: Own) -> Step:
    """The next attempt of a round that began on `round_from`; `attempts`: those of the round, in order; `own`: of who is responsible."""
    rungs = ladder(own, wanted, dropped(attempts, life))
    tried = [one.channel for one in attempts]
    rung = next((rung for rung in rungs if not _consumed(rung.channel, tried)), None)
    if not attempts:
        return Step(rung.channel if rung else None, round_from, "the first invitation" if rung else NOBODY_LEFT)
    last = attempts[-1]
    shown_from = hidden_until(attempts)
    if last.result == "call back" and shown_from is not None:
        return Step("call", shown_from, "asked to be called back")
    if rung is None:
        return Step(None, max(last.made_on + _WEEK, shown_from or last.made_on), NOBODY_LEFT)
    spacing = max(rung.after_days, INVITATIONS_APART) if len(attempts) == 1 else rung.after_days
    on = max(last.made_on + timedelta(spacing), shown_from or last.made_on)
    after = f"after {len(attempts)} attempt{'s' if len(attempts) > 1 else ''}"
    return Step(rung.channel, on, f"{after}, the last: {RESULTS[last.result].says.lower() if last.result else 'no reply yet'}")


def ladder(own: Own, wanted: Wishes, without: Collection[str] = ()) -> list[Rung]:
    """The rungs in order: wanted channels first, then the provider's others; none that is closed, and never fewer than two invitations."""
    spacing = {rung.channel: rung.after_days for rung in reversed(own.ladder)}
    rungs = [Rung(channel, max(spacing.get(channel, 0), INVITATIONS_APART)) for channel in wanted.channels]
    rungs += [rung for rung in own.ladder if rung.channel not in wanted.channels]
    closed = {*without, *(MESSAGES if wanted.opt_out else ())}
    open_rungs = [rung for rung in rungs if rung.channel not in closed]
    return open_rungs if len(open_rungs) != 1 else [open_rungs[0], Rung(open_rungs[0].channel, INVITATIONS_APART)]


def dropped(attempts: Iterable[Attempt], life: Life) -> set[str]:
    """Channels that reach somebody else: a wrong number closes calls and texts, until a newer version of the person is recorded."""
    closed: set[str] = set()
    for one in attempts:
        if one.result == "wrong number" and not any(person.recorded_on > one.made_on for person in life.persons):
            closed |= TELEPHONE if one.channel in TELEPHONE else {one.channel}
    return closed


def hidden_until(attempts: Iterable[Attempt]) -> date | None:
    """The day until which nobody asks again, because of a result."""
    return max((one.made_on + timedelta(days) for one in attempts if one.result and (days := RESULTS[one.result].hide_days)), default=None)


def _consumed(channel: str, tried: list[str]) -> bool:
    """Whether an attempt by that channel was made already; each counts for one rung."""
    if channel in tried:
        tried.remove(channel)
        return True
    return False


def _holds(held: Sequence[Run], one: Attempt, at: date) -> bool:
    if one.result == "deceased" or "|register|" not in one.anchor:
        return True
    return not held or held[-1].leading(at).key == one.anchor


def _goes_on(course: Course, at: date) -> bool:
    return course.started_on <= at and (course.ended_on is None or at < course.ended_on)


_NO_WISHES = Wishes()
_WEEK = timedelta(INVITATIONS_APART)
