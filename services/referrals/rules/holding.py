"""Whose a record is, when its versions name different people. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple


class Stated(NamedTuple):
    """The local id (by token) that one version of a record names; instants are aware."""

    recorded: datetime
    local: int | None
    voided: bool


def holder(versions: Iterable[Stated]) -> Stated:
    """The version whose local id holds the record: the latest one by `recorded`; of equal ones that received last.

    `versions` are in the order received, at least one. So the order in which they come does not matter (I3). A void names nobody new:
    it follows its record.
    """
    deciding, *others = versions
    latest = deciding.recorded
    for version in others:
        if version.recorded >= latest:
            latest = version.recorded
            if not version.voided:
                deciding = version
    return deciding
