"""When does a number deserve to be told? Each threshold of a rule fires once when it is reached, and again only after it was let go.

A threshold is let go when the number is back beyond it by a margin, so that a number which swings about it is told once: 2 percentage
points for a share, otherwise a twentieth of the threshold and at least 1.
"""

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple, get_args

Measure = Literal["waiting", "past-target", "due-7", "share-within", "median-days", "longest-days", "silent-feeds", "gaps", "signals"]
Direction = Literal["above", "below"]
MEASURES: dict[Measure, tuple[str, str]] = {
    "waiting": ("waiting now", "{} waiting now"),
    "past-target": ("waiting, past 28 days", "{} waiting, past 28 days"),
    "due-7": ("pass 28 days within 7 days", "{} pass 28 days within 7 days"),
    "share-within": ("share of this quarter's stops within 28 days", "{} of this quarter's stops within 28 days"),
    "median-days": ("median wait in days", "median wait {} days"),
    "longest-days": ("longest wait in days", "longest wait {} days"),
    "silent-feeds": ("silent feeds", "silent feeds: {}"),
    "gaps": ("records in which something is wanting", "records in which something is wanting: {}"),
    "signals": ("signals to look at", "signals to look at: {}"),
}
"""What a measure is called, and how its number is said; 28 days are the national target."""
DIRECTIONS: dict[Direction, str] = {"above": "rises to", "below": "falls to"}
PERCENT: Measure = "share-within"
SHARE_MARGIN = 2.0
MOST_THRESHOLDS = 6


class Rule(NamedTuple):
    """What is watched: a measure, a direction, and thresholds in the order in which a number that gets worse reaches them."""

    measure: Measure
    direction: Direction
    thresholds: tuple[float, ...]


class Step(NamedTuple):
    """What a look changes: thresholds reached now and let go now, each in the order of the rule."""

    fired: tuple[float, ...]
    resolved: tuple[float, ...]


def step(rule: Rule, standing: Collection[float], value: float | None) -> Step:
    """What becomes of the thresholds that stand and those that do not, now that the number is `value`.

    None is no number (no clock stopped this quarter): nothing is reached or let go. A threshold that the rule has no more is let go.
    """
    gone = tuple(sorted(set(standing) - set(rule.thresholds)))
    if value is None:
        return Step((), gone)
    fired = tuple(line for line in rule.thresholds if line not in standing and reached(rule, line, value))
    return Step(fired, gone + tuple(line for line in rule.thresholds if line in standing and let_go(rule, line, value)))


def reached(rule: Rule, threshold: float, value: float) -> bool:
    return value >= threshold if rule.direction == "above" else value <= threshold


def let_go(rule: Rule, threshold: float, value: float) -> bool:
    """Back beyond the threshold by the margin."""
    back = threshold - value if rule.direction == "above" else value - threshold
    return back >= margin(rule, threshold)


def margin(rule: Rule, threshold: float) -> float:
    """Never so wide that no number could be beyond it."""
    wide = SHARE_MARGIN if rule.measure == PERCENT else max(1.0, threshold / 20)
    room = threshold if rule.direction == "above" else 100 - threshold if rule.measure == PERCENT else wide
    return min(wide, room)


def in_order(direction: Direction, thresholds: Collection[float]) -> tuple[float, ...]:
    """Distinct, the one that is reached first first."""
    return tuple(sorted(set(thresholds), reverse=direction == "below"))


def wrong(rule: Rule) -> str | None:
    """Why nobody could be told anything by this rule, in one line; None: it can stand."""
    if rule.measure not in get_args(Measure) or rule.direction not in DIRECTIONS:
        return "measure or direction not known"
    if not 1 <= len(rule.thresholds) <= MOST_THRESHOLDS:
        return f"give 1 to {MOST_THRESHOLDS} thresholds, such as 250, 300"
    lowest, highest = min(rule.thresholds), max(rule.thresholds)
    if rule.measure == PERCENT and not 0 <= lowest <= highest <= 100:
        return "a share is from 0 to 100"
    if (rule.direction == "above" and lowest <= 0) or (rule.direction == "below" and rule.measure == PERCENT and highest >= 100):
        return "such a threshold is always reached"
    if lowest < 0 or highest > 10_000_000:
        return "a threshold is from 0 to 10,000,000"
    return None


BACK_OFF_SECONDS = (15, 60, 300, 900, 3600, 10800, 21600)
"""How long after each failed attempt the next one comes; after the last of them there is none."""


def next_attempt(attempts: int) -> int | None:
    """Seconds until a message is tried again that has failed so many times; None: never, it is dead."""
    return BACK_OFF_SECONDS[attempts - 1] if attempts <= len(BACK_OFF_SECONDS) else None


def amount(measure: Measure, value: float | None) -> str:
    """A number as it is read: "311", "62.5%", "none"."""
    if value is None:
        return "none"
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return f"{text}%" if measure == PERCENT else text


def named(measure: Measure, definition: str | None) -> str:
    """What a measure is called; another definition than the national one may have another target than 28 days."""
    words = MEASURES[measure][0]
    return words.replace("28 days", "the target") if definition else words


def spoken(measure: Measure, value: float | None, definition: str | None) -> str:
    """A number with its words: "311 waiting, past 28 days"."""
    words = MEASURES[measure][1].format(amount(measure, value))
    return words.replace("28 days", "the target") if definition else words


def thresholds_spoken(rule: Rule, thresholds: Sequence[float]) -> str:
    """ "rises to 250 or 300"."""
    numbers = [amount(rule.measure, line) for line in thresholds]
    listed = numbers[0] if len(numbers) == 1 else f"{', '.join(numbers[:-1])} or {numbers[-1]}"
    return f"{DIRECTIONS[rule.direction]} {listed}"
