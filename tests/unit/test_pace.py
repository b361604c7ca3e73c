"""What counts as fast."""

from datetime import UTC, datetime, timedelta

from services.waits.rules.pace import MANY, Pace

NOW = datetime(2026, 3, 12, 9, tzinfo=UTC)


def after(milliseconds: int) -> datetime:
    return NOW + timedelta(milliseconds=milliseconds)


def test_events_are_fast_while_many_came_lately() -> None:
    pace = Pace()
    assert not pace.is_fast(NOW)
    for place in range(MANY - 1):  # in batches of one, as when few wait in the log
        pace.heard(1, after(place))
    assert not pace.is_fast(after(MANY))
    pace.heard(1, after(MANY))
    assert pace.is_fast(after(2999))
    assert not pace.is_fast(after(3000))
    pace.heard(MANY, after(9000))
    assert pace.is_fast(after(11_999))
    assert not pace.is_fast(after(12_000))
