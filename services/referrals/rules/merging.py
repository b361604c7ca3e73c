"""Who is one person, when merges say that local ids of one provider are. Pure.

Merges have no order among themselves: all local ids that standing merges join, however long the chain, are one person (so a circle
says nothing new). Which of their keys that person has follows from the merges too, so that any order of events gives the same people.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple


class Local(NamedTuple):
    """A local id: whose it is where no merge stands, and whether that key goes with an NHS number."""

    own: str
    numbered: bool


class Standing(NamedTuple):
    """A merge that nobody took back, of two tokens of local ids; `rank` orders versions (recorded, received, event id)."""

    rank: tuple[Any, ...]
    gone: int
    stays: int


def holders(locals_: Mapping[int, Local], merges: Collection[Standing]) -> dict[int, str]:
    """Whose each local id is, by token. `merges` join only tokens of `locals_`.

    Of those joined, the key of the id that stays; an id with an NHS number before one without (other providers may know that person);
    where several stay, that of the latest merge.
    """
    group = {token: {token} for token in locals_}
    for merge in merges:
        joined = group[merge.gone] | group[merge.stays]
        group |= dict.fromkeys(joined, joined)
    goes = {merge.gone for merge in merges}
    latest: dict[int, tuple[Any, ...]] = {}
    for merge in sorted(merges):
        latest[merge.gone] = 0, merge.rank
    for merge in sorted(merges):
        latest[merge.stays] = 1, merge.rank

    def claim(token: int) -> tuple[Any, ...]:
        return locals_[token].numbered, token not in goes, latest[token]

    return {token: locals_[token if len(joined) == 1 else max(joined, key=claim)].own for token, joined in group.items()}
