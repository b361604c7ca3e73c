"""The flow of the whole community: journeys begin at their natural pace, and their steps are told in order of time.

One flow serves the past and the present. The past is told as planned. Live, the next planned step is told *now*, whatever its planned
day: that is how a few hundred people keep a page moving, with dates that are always today's.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from math import ceil

from deploy.simulator.care import Care
from deploy.simulator.community import PROVIDERS, chance, nhs_numbers, person
from deploy.simulator.journeys import Event, Journey, Step, office_hours
from shared.clock import LONDON, london_date

SPAN = timedelta(days=120)
PAST_LAGS = ((0, 1, 2, 12), (70, 15, 10, 5))
LIVE_LAGS = ((0, 1, 3, 10, 21, 26, 30, 40), (30, 10, 10, 10, 10, 10, 12, 8))
"""Days between receipt and entry of a referral, with weights. Live entry is often late, so that waits of every length move at once."""


class Flow:
    """The events of `people` over `SPAN` from `start` on, and of as many again in each span after it; same seed, same flow.

    Telling changes the flow: `past` and `now` each give every planned step once.
    """

    def __init__(self, seed: int, start: datetime, people: int) -> None:
        self._seed = seed
        self._gap = SPAN / people
        self._next_arrival = start.astimezone(LONDON)
        self._numbers = count(1)
        self._nhs_numbers = nhs_numbers(seed)
        self._order = count()
        self._heap: list[tuple[datetime, int, int, Journey, Step]] = []

    def past(self, until: datetime) -> Iterator[Event]:
        """Every event planned before `until`, told at its planned instant."""
        while True:
            self._arrivals(PAST_LAGS)
            if self._heap[0][0] >= until:
                return
            yield self._tell(None)

    def now(self, instant: datetime) -> Event:
        """The next planned event, told at `instant`."""
        self._arrivals(LIVE_LAGS)
        return self._tell(instant.astimezone(LONDON))

    def _tell(self, instant: datetime | None) -> Event:
        planned, _, number, journey, step = heappop(self._heap)
        return journey.tell(step, number, instant or planned)

    def _arrivals(self, lags: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
        while not self._heap or office_hours(self._next_arrival) <= self._heap[0][0]:
            self._arrive(self._next_arrival, lags)
            self._next_arrival += self._gap

    def _arrive(self, began: datetime, lags: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
        """A person comes to one provider; a few of them to a second one as well."""
        number = next(self._numbers)
        draw = chance(self._seed, "journey", number)
        somebody = person(number, self._seed, next(self._nhs_numbers), london_date(began))
        providers = draw.choices(PROVIDERS, [provider.share for provider in PROVIDERS], k=1 + (draw.random() < 0.05))
        for place, provider in enumerate(dict.fromkeys(providers)):
            label = f"{self._seed}-{number:05}{'x' * place}"
            steps = Care(draw, provider, label, draw.choices(*lags)[0]).journey(somebody)
            journey = Journey(provider.ods, label, somebody, began + timedelta(days=9 * place), steps)
            for step_number, (planned, step) in enumerate(journey.planned(), 1):
                heappush(self._heap, (planned, next(self._order), step_number, journey, step))


def events(seed: int, count: int, until: datetime) -> list[Event]:
    """Exactly `count` good events in order of time, all before `until`, of a history of about four months.

    Nobody's story is cut but the last ones to arrive: their latest events are left out.
    """
    people = ceil(count / 7.5)
    while len(told := list(Flow(seed, until - SPAN, people).past(until))) < count:
        people = ceil(people * 1.02)
    return told[:count]
