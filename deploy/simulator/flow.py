"""The flow of the whole community: journeys begin at their natural pace, and their steps are told in order of time.

One flow serves the past and the present. The past is told as planned. Live, the next planned step is told *now*, whatever its planned
day: that is how a small community keeps a page moving, with dates that are always today's.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush, heapreplace, merge
from itertools import count, islice
from math import ceil
from random import Random

from deploy.simulator import shares
from deploy.simulator.care import Care, course
from deploy.simulator.community import CHARITY, FEDERATION, PROVIDERS, TRUST, Person, chance, person
from deploy.simulator.days import Moment, moment, told
from deploy.simulator.health import Register
from deploy.simulator.journeys import DAYS_A_YEAR, Event, Journey, Life
from deploy.simulator.shares import Size
from deploy.simulator.visitors import Visitor
from shared.clock import london_date

SPAN = timedelta(days=120)
LONGEST_CARE = 1700.0
"""Days: who was referred longer ago is no longer there when history begins."""
LONGEST_ON_REGISTER = 2500.0
MONTH = DAYS_A_YEAR / 12
Lags = tuple[tuple[int, ...], tuple[int, ...]]
PAST_LAGS: Lags = ((0, 1, 2, 12), (70, 15, 10, 5))
LIVE_LAGS: Lags = ((0, 1, 3, 10, 21, 26, 30, 40), (30, 10, 10, 10, 10, 10, 12, 8))
"""Days between receipt and entry of a referral, with weights. Live entry is often late, so that waits of every length move at once."""


class Flow:
    """The events of a community from `start` on; same seed, same flow.

    Whoever was in care at the start, or on a register, is told first, as it was recorded then. Telling changes the flow: `past` and
    `now` each give every planned step once.
    """

    def __init__(self, seed: int, start: datetime, size: Size) -> None:
        self._seed, self._size = seed, size
        self._start = float(london_date(start).toordinal())
        self._lags = PAST_LAGS
        self._order = count()
        self._lives: list[tuple[float, int, Life]] = []
        self._coming = merge(self._registered(), self._referred(), self._visiting(), key=lambda life: life.began)
        self._next = next(self._coming)

    def past(self, until: datetime) -> Iterator[Event]:
        """Every event planned before `until`, told at its planned instant."""
        end = moment(until).ms
        while (at := told(self._ready())).ms < end:
            yield self._tell(at)

    def now(self, instant: datetime) -> Event:
        """The next planned event, told at `instant`."""
        self._lags = LIVE_LAGS
        self._ready()
        return self._tell(moment(instant))

    def _ready(self) -> float:
        """Let in everybody who comes before the next step; returns when that is planned."""
        while not self._lives or self._next.began <= self._lives[0][0]:
            life, self._next = self._next, next(self._coming)
            if (at := life.next_at()) is not None:
                heappush(self._lives, (at, next(self._order), life))
        return self._lives[0][0]

    def _tell(self, at: Moment) -> Event:
        life = self._lives[0][2]
        event = life.tell(at)
        if (planned := life.next_at()) is None:
            heappop(self._lives)
        else:
            heapreplace(self._lives, (planned, next(self._order), life))
        return event

    def _referred(self) -> Iterator[Life]:
        """Who is referred, from as long before the start that some of them are still in care then; a few to two providers at once."""
        arrivals = chance(self._seed, "referred")
        began = self._start - LONGEST_CARE
        for number in count():
            began += arrivals.expovariate(self._size.starts / shares.SPELLS / MONTH)
            draw = chance(self._seed, "course", number)
            first = course(draw)
            if began + first.ends < self._start:
                continue
            providers = draw.choices(PROVIDERS, [provider.share for provider in PROVIDERS], k=1 + (draw.random() < shares.SECOND_PROVIDER))
            known = providers[0] is TRUST and self._size.registered and draw.random() < shares.ON_REGISTER
            somebody = self._person(draw.randrange(self._size.registered) if known else self._size.registered + 3 * number, began)
            lag = draw.choices(*self._lags)[0]
            for place, provider in enumerate(dict.fromkeys(providers)):
                label, quiet = f"{number:05}{'x' * place}", self._start - began
                yield self._life(began, Care(self._seed, provider, label, somebody, quiet, first, lag, self._size.routine))

    def _visiting(self) -> Iterator[Life]:
        """Who comes to the charity's open doors."""
        arrivals, began = chance(self._seed, "visiting"), self._start
        for number in count() if self._size.visitors else ():
            began += arrivals.expovariate(self._size.visitors / MONTH)
            somebody = self._person(self._size.registered + 3 * number + 1, began)
            yield self._life(began, Visitor(self._seed, CHARITY.ods, f"v{number:05}", somebody, 0))

    def _registered(self) -> Iterator[Life]:
        """Who is on an SMI register, in the order of entry: before the start, and new people after it."""
        arrivals, registered = chance(self._seed, "registered"), self._size.registered
        began = 0.0
        before = sorted(self._start - arrivals.uniform(1, LONGEST_ON_REGISTER) for _ in range(registered))
        for number in count() if registered else ():
            began = before[number] if number < registered else max(began, self._start) + self._gap(arrivals)
            person_number = number if number < registered else registered + 3 * number + 2
            somebody = self._person(person_number, began)
            quiet = max(self._start - began, 0.0)
            yield self._life(began, Register(self._seed, FEDERATION.ods, f"s{number:05}", somebody, quiet, began))

    def _gap(self, arrivals: Random) -> float:
        return arrivals.expovariate(self._size.registered * shares.ENTERS_A_YEAR / DAYS_A_YEAR)

    def _person(self, number: int, began: float) -> Person:
        """Somebody by number; those on the registers look the same wherever they are met."""
        registered = number < self._size.registered
        return person(self._seed, number, int(self._start if registered else began), registered)

    @staticmethod
    def _life(began: float, journey: Journey) -> Life:
        return Life(journey, began, journey.somebody.details, journey.chapters())


def events(seed: int, number: int, until: datetime) -> list[Event]:
    """Exactly `number` good events in order of time, all before `until`, of a history of about four months with little routine.

    Nobody's story is cut but the last ones to arrive: their latest events are left out.
    """
    starts = number / 150
    while len(told_so_far := list(islice(_sample(seed, starts, until), number))) < number:
        starts *= max(1.02, 1.02 * number / max(1, len(told_so_far)))
    return told_so_far


def _sample(seed: int, starts: float, until: datetime) -> Iterator[Event]:
    size = Size(starts=starts, registered=ceil(starts), visitors=starts / 6, routine=0.2)
    return Flow(seed, until - SPAN, size).past(until)
