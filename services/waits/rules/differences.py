"""Which settings of two definitions make their clocks of the same referrals differ: those that, made alike, remove the difference."""

from collections.abc import Callable
from dataclasses import fields, replace

from services.waits.rules.clock import Clock
from services.waits.rules.definition import Definition

NAMES = frozenset({"id", "version", "title", "source", "publish"})
"""Fields that decide nothing."""
_SETTINGS = tuple(field.name for field in fields(Definition) if field.init and field.name not in NAMES)

Answer = Callable[[Definition], Clock | None]


def settings(one: Definition, other: Definition) -> list[str]:
    """The fields in which two definitions differ, in the order in which a definition has them."""
    return [name for name in _SETTINGS if getattr(one, name) != getattr(other, name)]


def differences(one: Definition, other: Definition, answer: Answer) -> list[str]:
    """The settings of `other` that explain why its answer is not that of `one`; empty when the answers agree.

    Each of them alone, where there is such a one; else the fewest that together do, as found by giving up one after the other.
    """
    told = _read(answer(one))
    differing = settings(one, other)
    if _read(answer(other)) == told:
        return []

    def explains(names: list[str]) -> bool:
        alike = {name: getattr(one, name) for name in names}
        return _read(answer(replace(other, **alike))) == told

    alone = [name for name in differing if explains([name])]
    if alone:
        return alone
    together = differing
    for name in differing:
        fewer = [kept for kept in together if kept != name]
        if explains(fewer):
            together = fewer
    return together


def _read(clock: Clock | None) -> object:
    """What people see of an answer: days and components. The events that met them may differ and mean the same."""
    if clock is None:
        return None
    met = {name: found.on for name, found in clock.components.items()}
    return clock.start, clock.end, clock.closed, clock.stop, clock.wait_days, clock.breach_on, clock.missing, met
