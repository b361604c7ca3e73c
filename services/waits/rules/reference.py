"""Reference data as the clock asks for it: was this so on that day?"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import NamedTuple

# First and last day, both inclusive; None = always.
_Period = tuple[date | None, date | None]


def _covers(period: _Period, on: date) -> bool:
    first, last = period
    return (first is None or first <= on) and (last is None or on <= last)


class Succession(NamedTuple):
    """From its first day on, one organisation stands in the place of another."""

    predecessor: str
    successor: str
    first_day: date


class Reference:
    """Dated reference tables in memory. A code may leave a set and return: each row is a period of its own.

    members: (refset id, concept id, active_from, active_to); tools: (code, tool, active_from, active_to);
    excluded_providers: (provider, active_from, active_to). Dates may be None; `active_to` is inclusive.
    team_types: every code there is. successions: (organisation, its successor, the successor's first day).
    """

    def __init__(
        self,
        members: Iterable[tuple[str, str, date | None, date | None]] = (),
        tools: Iterable[tuple[str, str, date | None, date | None]] = (),
        excluded_providers: Iterable[tuple[str, date | None, date | None]] = (),
        team_types: Iterable[str] = (),
        successions: Iterable[tuple[str, str, date]] = (),
    ) -> None:
        self._sets: dict[str, list[tuple[str, _Period]]] = {}
        self._tools: dict[str, list[tuple[str, _Period]]] = {}
        self._excluded: dict[str, list[_Period]] = {}
        self.team_types = frozenset(team_types)
        self.successions = {predecessor: Succession(predecessor, successor, first) for predecessor, successor, first in successions}
        for refset, concept, *period in members:
            self._sets.setdefault(concept, []).append((refset, (period[0], period[1])))
        for code, tool, *period in tools:
            self._tools.setdefault(code, []).append((tool, (period[0], period[1])))
        for provider, *period in excluded_providers:
            self._excluded.setdefault(provider, []).append((period[0], period[1]))

    def sets(self, concept: str, on: date) -> list[str]:
        """The reference sets in which the concept is on that day (W13, W14)."""
        found = self._sets.get(concept)
        return [refset for refset, period in found if _covers(period, on)] if found else []

    def tool(self, code: str, on: date) -> str | None:
        """The assessment tool that the scale belonged to on that day; None when it was not listed then (W15)."""
        return next((tool for tool, period in self._tools.get(code, ()) if _covers(period, on)), None)

    def excluded(self, provider: str, on: date) -> bool:
        """Whether the provider's referrals of that day are left out (W5)."""
        return any(_covers(period, on) for period in self._excluded.get(provider, ()))

    def succeeded_by(self, providers: Collection[str]) -> frozenset[str]:
        """Who was succeeded by one of these, at once or in a line."""
        return frozenset(one for one in self.successions if any(step.successor in providers for step in self.line(one)))

    def line(self, provider: str) -> Iterator[Succession]:
        """Who succeeds the provider, who succeeds that one, and so on; a load lets none of them follow itself."""
        while (succession := self.successions.get(provider)) is not None:
            yield succession
            provider = succession.successor
