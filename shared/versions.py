"""Versions of records: which stand, in whatever order they come (02-clock section 6, W25).

A document holds what is known of one person: `{"<provider>|<kind>|<record id>": [version, ...]}`, and survives a round trip
through JSON. It is a function of the set of versions folded into it: order, repetition and batching leave no trace.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

# [recorded, received, source, event id, data]: instants in microseconds since the epoch; data None = voided, MOVED = see there.
Version = list[Any]
Document = dict[str, list[Version]]
Said = tuple[str, str, str, Version]
"""(kind, provider, record id, version): what `fold` takes."""

# Each version of these is evidence of its own: an old plan (W12), where someone lived then (W4).
EVIDENCE = frozenset({"care-plan", "person"})
MOVED = False
"""In the place of a version's data: the record went to another person. What was received under this key until then, whenever it was
recorded, is gone; what is received later stands, for a part may have stayed and a record may come back."""


LONDON = ZoneInfo("Europe/London")
_HOUR = 3_600_000_000


def london_day(instant: int) -> date:
    """The London calendar date of an instant in microseconds since the epoch."""
    return _day_of_hour(instant // _HOUR)


@lru_cache(maxsize=65536)
def _day_of_hour(hour: int) -> date:
    """Of an hour since the epoch: London's days have begun at a full hour ever since."""
    return datetime.fromtimestamp(hour * 3600, LONDON).date()


def rank(version: Version) -> tuple[int, int, str, str]:
    """Later versions rank higher: recorded, received, event id; the source only parts two senders who share an event id."""
    recorded, received, source, event_id, _ = version
    return recorded, received, event_id, source


def fold(document: Document, kind: str, provider: str, record_id: str, version: Version) -> bool:
    """Take one version of one record into `document`; True when that changed it, False when superseded or known already."""
    key = f"{provider}|{kind}|{record_id}"
    held = document.get(key)
    if version[4] is MOVED and kind not in EVIDENCE:
        version = [*version[:4], None]  # of what is known by its latest version nothing stays, and all of it comes back
    if held is None:
        document[key] = [version]
        return True
    if kind in EVIDENCE:
        standing = _unvoided([*held, version])
        changed = standing != held
    else:
        standing = [version]
        changed = rank(version) > rank(held[-1])
    if changed:
        document[key] = standing
    return changed


def faithful(document: Document, said: Sequence[Said], settled: int) -> bool:
    """Whether a document holds what the ledger says of its person, and nothing else.

    What was received at `settled` (microseconds) or later may still be under way: the document may lack it.
    """
    known = {(f"{provider}|{kind}|{record_id}", *version[2:4]): version for kind, provider, record_id, version in said}
    for key, versions in document.items():
        for version in versions:
            stated = known.get((key, *version[2:4]))
            if stated is None or stated[:4] != version[:4] or (stated[4] or None) != (version[4] or None):  # MOVED may stand as voided
                return False
    again = {key: list(versions) for key, versions in document.items()}
    return not any(fold(again, *one) for one in said if one[3][1] < settled)


def _unvoided(versions: list[Version]) -> list[Version]:
    """The last move away; of what was received since, the greatest void and, in order, the versions above it; of one recorded instant,
    the version received last."""
    moves = [version for version in versions if version[4] is MOVED]
    if moves:
        last = max(moves, key=lambda version: (version[1], version[3]))
        since = [version for version in versions if version[4] is not MOVED and version[1] > last[1]]
        return [last, *_unvoided(since)]
    ranked = sorted(versions, key=rank)
    last_void = max((place for place, version in enumerate(ranked) if version[4] is None), default=None)
    above = ranked if last_void is None else ranked[last_void + 1 :]
    latest = {version[0]: version for version in above}  # by recorded instant; a later received one takes the place
    return ([] if last_void is None else [ranked[last_void]]) + list(latest.values())


def current(document: Document) -> Iterator[tuple[str, str, str, Version]]:
    """(provider, kind, record id, version) of every version that stands; a record that is voided now yields its void."""
    for key, versions in document.items():
        provider, kind, record_id = key.split("|", 2)
        for version in versions:
            if version[4] or version is versions[-1]:
                yield provider, kind, record_id, version
