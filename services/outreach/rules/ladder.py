"""The ladder of attempts: who may be contacted, by which channel next, and what each result does."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from services.outreach.rules.entered import NOTHING, Attempt, Entered
from services.outreach.rules.facts import Life, Preference
from services.outreach.rules.settings import Own


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


class Step(NamedTuple):
    """The next attempt: not before `on`. `channel` None: none is left; the team decides."""

    channel: str | None
    on: date
    why: str


def may_contact(life: Life, at: date, entered: Entered = NOTHING, channel: str | None = None) -> str | None:
    """Why this person may not be contacted (by this channel; without one: by any at all); None = they may.

    died, moved, transferred, left, remission, restricted, opted out. What is known now counts, whatever day it is dated.
    """
    raise NotImplementedError


def next_step(round_from: date, attempts: Sequence[Attempt], preference: Preference | None, own: Own, at: date) -> Step:
    """The next attempt of a round that began on `round_from`; `attempts`: all of the person; `own`: the settings of who is responsible."""
    raise NotImplementedError
