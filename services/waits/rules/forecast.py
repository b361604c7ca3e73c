"""Who of those waiting will be past the target: from how waits of the same team went in its last 13 weeks.

Days are counted from the day of asking, 0; a wait's own day is counted from its start (less what paused it). On each day of its wait a
person lacks a set of components. From one day to the next they stay, lack less (or again more, after a correction of dates), or leave:
the clock stops or the spell ends. The chance of each step is what it was for the team's own waits, in the same week of the wait and with
the same components lacking; BORROWED days of all teams of the provider are added, so that a rare set does not speak with certainty.
Where nobody was seen in that week of the wait, every week counts; where nobody was seen at all, they stay, and pass the target.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import NamedTuple

WINDOW = 91
"""Days from which it learns."""
BORROWED = 30.0
BAND = 7
"""Days of a wait that are taken as alike."""
EVERY = -1
"""Every week of the wait."""
LEFT = -1
"""The state of who no longer waits; the others are bits of the components lacking."""
NINE_IN_TEN = 1.645

Team = tuple[str, str]
"""Provider and team type."""


class Course(NamedTuple):
    """One spell. Days before or after the day of asking; None: not yet."""

    teams: tuple[Team, ...]  # one or more
    begin: int  # the day from which its days are counted
    left: int | None  # the clock stopped, or the spell ended
    met: tuple[int | None, ...]  # by component


class Chance(NamedTuple):
    """An open wait, not yet past the target: when it would be, and how likely it is."""

    course: Course
    past_in: int  # days until the first one past the target
    lacking: int  # bits of components
    chance: float


class Expected(NamedTuple):
    """Of waits that may pass the target: how many are expected to, and between which numbers 9 times in 10."""

    due: int
    expected: float
    low: int
    high: int


class Calibration(NamedTuple):
    """Waits that were given chances in one fifth: how likely it was on average, and how many passed the target."""

    least: int  # percent
    most: int
    waits: int
    mean_chance: float
    passed: int


Steps = Mapping[tuple[int, int], Counter[int]]
"""(week of wait, state) -> next state -> days on which this step was taken."""


def lacking(course: Course, day: int) -> int:
    """Bits of the components that were not met by the end of the day."""
    bits = 0
    for bit, met in enumerate(course.met):
        if met is None or met > day:
            bits |= 1 << bit
    return bits


def chances(courses: Iterable[Course], at: int, target: int) -> list[Chance]:
    """For each wait open at the end of day `at` and on day 0 to `target` of its own, as learned from the WINDOW before."""
    known = list(courses)
    teams = _learned(known, at, target)
    providers: defaultdict[str, defaultdict[tuple[int, int], Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for (provider, _), steps in teams.items():
        for (band, state), following_days in steps.items():
            providers[provider][band, state].update(following_days)
            providers[provider][EVERY, state].update(following_days)
    empty: Steps = {}
    stays: dict[Team, _Staying] = {}
    found = []
    for course in known:
        day = at - course.begin
        if not 0 <= day <= target or (course.left is not None and course.left <= at):
            continue
        state = lacking(course, at)
        for team in course.teams:
            if team not in stays:
                stays[team] = _Staying(teams.get(team, empty), providers.get(team[0], empty), target)
        chance = sum([stays[team].chance(day, state) for team in course.teams]) / len(course.teams)
        found.append(Chance(course, target + 1 - day, state, min(chance, 1.0)))  # a sum of shares may be rounded to more than all
    return found


def _learned(courses: Iterable[Course], at: int, target: int) -> Mapping[Team, Steps]:
    """The steps of each team's waits in the WINDOW before `at`; those of a wait with two team types are both teams'."""
    together: defaultdict[tuple[Team, ...], Counter[tuple[int, int, int]]] = defaultdict(Counter)
    for course in courses:
        counted = together[course.teams]
        for band, state, following, days in _steps(course, at - WINDOW, at, target):
            counted[band, state, following] += days
    teams: defaultdict[Team, defaultdict[tuple[int, int], Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for shared, counts in together.items():
        for team in shared:
            for (band, state, following), days in counts.items():
                teams[team][band, state][following] += days
    return teams


def passed(course: Course, target: int) -> bool:
    """Whether it still waited at the end of the target's last day."""
    return course.left is None or course.left > course.begin + target


def expected(found: Sequence[Chance], within: int) -> Expected:
    """Of those that may pass the target in the next `within` days; as if each went its own way."""
    likely = [one.chance for one in found if one.past_in <= within]
    mean, spread = sum(likely), NINE_IN_TEN * sqrt(sum(chance * (1 - chance) for chance in likely))
    return Expected(len(likely), mean, max(0, round(mean - spread)), min(len(likely), round(mean + spread)))


def calibration(found: Sequence[Chance], target: int) -> list[Calibration]:
    """What was said against what came, by fifths of the chance; a fifth without waits is left out."""
    fifths: defaultdict[int, list[Chance]] = defaultdict(list)
    for one in found:
        fifths[min(int(one.chance * 5), 4)].append(one)
    return [
        Calibration(
            fifth * 20,
            fifth * 20 + 20,
            len(waits),
            sum(one.chance for one in waits) / len(waits),
            sum(passed(one.course, target) for one in waits),
        )
        for fifth, waits in sorted(fifths.items())
    ]


def _steps(course: Course, since: int, until: int, target: int) -> list[tuple[int, int, int, int]]:
    """Each step from one day's end to the next, between these days and until the target: week, state, next state, and how often."""
    begin, left = course.begin, course.left
    day, end = max(begin, since), min(until, begin + target)
    leaves = left is not None and left <= end
    if left is not None and leaves:
        end = left
    if day >= end:
        return []
    state = lacking(course, day)
    turns: dict[int, int] = {}
    for bit, on in enumerate(course.met):
        if on is not None and day < on <= end:
            turns[on] = turns.get(on, 0) | 1 << bit
    steps: list[tuple[int, int, int, int]] = []
    for turn in sorted(turns):
        if turn == end and leaves:
            break
        _stay(steps, state, day, turn - 1, begin)
        steps.append(((turn - 1 - begin) // BAND, state, state & ~turns[turn], 1))
        state, day = state & ~turns[turn], turn
    if leaves:
        _stay(steps, state, day, end - 1, begin)
        steps.append(((end - 1 - begin) // BAND, state, LEFT, 1))
    else:
        _stay(steps, state, day, end, begin)
    return steps


def _stay(steps: list[tuple[int, int, int, int]], state: int, day: int, until: int, begin: int) -> None:
    """Add the steps of who stays as they are from the end of one day to that of another."""
    while day < until:
        band = (day - begin) // BAND
        last = min(until, begin + (band + 1) * BAND)
        steps.append((band, state, state, last - day))
        day = last


class _Staying:
    """The chance to be still waiting at the end of the target's last day, from any day and state: worked out once, when first asked."""

    def __init__(self, own: Steps, provider: Steps, target: int) -> None:
        self.own, self.provider, self.target = own, provider, target
        self._known: dict[tuple[int, int], float] = {}
        self._taken: dict[tuple[int, int], list[tuple[int, float]]] = {}

    def chance(self, day: int, state: int) -> float:
        if day >= self.target:
            return 1.0
        key = day, state
        if key not in self._known:
            self._known[key] = sum(
                share * self.chance(day + 1, following) for following, share in self._next(day // BAND, state) if following != LEFT
            )
        return self._known[key]

    def _next(self, band: int, state: int) -> list[tuple[int, float]]:
        """Next states with their shares, which sum to 1."""
        key = band, state
        if key not in self._taken:
            nothing: Counter[int] = Counter()
            own, all_ = self.own.get(key, nothing), self.provider.get(key) or self.provider.get((EVERY, state), nothing)
            days, borrowed = own.total(), all_.total()
            if not borrowed:
                self._taken[key] = [(state, 1.0)]
            else:
                self._taken[key] = [
                    (following, (own[following] + BORROWED * count / borrowed) / (days + BORROWED)) for following, count in all_.items()
                ]
        return self._taken[key]
