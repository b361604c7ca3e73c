"""How fast events come: while they come fast, what can wait a little is left until later, when it is done once instead of often."""

from collections import deque
from datetime import datetime, timedelta

MANY = 600
LATELY = timedelta(seconds=3)
"""So many events in so long a time are fast: 200 a second, a hundred times the mean of England. A full batch takes a second or so on a
machine that has much else to do, so a shorter time would forget one while the next is applied."""


class Pace:
    """The events applied lately."""

    def __init__(self) -> None:
        self._heard: deque[tuple[datetime, int]] = deque()

    def heard(self, events: int, at: datetime) -> None:
        """So many were applied at an instant."""
        self._heard.append((at, events))
        self._forget(at)

    def is_fast(self, now: datetime) -> bool:
        self._forget(now)
        return sum(events for _, events in self._heard) >= MANY

    def _forget(self, now: datetime) -> None:
        while self._heard and now - self._heard[0][0] >= LATELY:
            self._heard.popleft()
