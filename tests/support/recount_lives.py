"""Thousands of made-up lives, clocked by the rules and recounted in SQL: `python -m tests.support.recount_lives`.

Prints one line for each definition and date, and exits 1 at the first difference, showing the clocks that differ.
"""

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from services.waits.commands import row
from services.waits.rules.clock import clocks
from services.waits.rules.definition import Definition
from services.waits.rules.facts import READ, Pathway, facts
from shared.runtime.stated import microseconds
from shared.versions import MOVED, Document, fold
from tests.spec.reference import DEFINITIONS as SHIPPED
from tests.spec.reference import REFERENCE
from tests.support.lives import REFERENCE_ROWS, Event, lives
from tests.support.recount import DEFINITIONS, NATIONAL, Recount, as_csv

PEOPLE = 5000
SEED = 5
DAYS = (date(2024, 7, 14), date(2024, 9, 30), date(2025, 3, 31))
COLUMNS = ("provider", "kind", "record_id", "personkey", "voided", "source", "id", "data", "recordedtime", "receivedtime")


class DifferenceError(Exception):
    """Two answers that should be one."""


def pathway(events: Iterable[Event]) -> Pathway:
    """What the rules read of one person's events."""
    document: Document = {}
    for event in events:
        if event.kind in READ:
            content = (MOVED if "moved_to" in event.data else None) if event.voided else event.data
            version = [microseconds(event.recorded), microseconds(event.received), event.source, event.id, content]
            fold(document, event.kind, event.provider, event.record_id, version)
    return facts(document)


def clocked(pathways: Iterable[Pathway], definition: Definition, at: date) -> list[list[str]]:
    """The clocks of these lives by the rules, as `clockstop clocks` writes them."""
    return [row(clock, at) for one in pathways for clock in clocks(one, REFERENCE, definition, at)]


@contextmanager
def recounted(people: Iterable[Sequence[Event]]) -> Iterator[Recount]:
    """These lives, exported as a ledger is and read by the recount."""
    with TemporaryDirectory(prefix="clockstop-lives-") as folder:
        _export(Path(folder), people)
        with Recount.of(Path(folder)) as recount:
            yield recount


def _export(folder: Path, people: Iterable[Sequence[Event]]) -> None:
    """What a COPY of the ledger and of the reference tables would write."""
    rows = [
        (e.provider, e.kind, e.record_id, e.personkey, e.voided, e.source, e.id, json.dumps(e.data), e.recorded, e.received)
        for events in people
        for e in events
    ]
    for name, (columns, table) in {"events": (COLUMNS, rows), **REFERENCE_ROWS}.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([columns, *table])


def compare(seed: int, number: int) -> Iterator[str]:
    """What was compared, a line for each definition and date; DifferenceError at the first difference."""
    people = list(lives(seed, number))
    pathways = [pathway(events) for events in people]
    with recounted(people) as recount:
        for name in DEFINITIONS:
            for at in DAYS if name in NATIONAL else DAYS[1:2]:
                ours, theirs = clocked(pathways, SHIPPED[name], at), as_csv(recount.clocks(name, at))
                if sorted(ours) != sorted(theirs):
                    raise DifferenceError(f"{name} at {at}: {_different(ours, theirs)}")
                stopped = sum(bool(cells[10]) for cells in ours)
                yield f"{name} at {at}: {len(ours)} clocks of {number} made-up people, {stopped} of them stopped, 0 differences"


def _different(ours: list[list[str]], theirs: list[list[str]]) -> str:
    more, less = ({tuple(cells) for cells in rows} for rows in (ours, theirs))
    told = [sorted(",".join(cells) for cells in some)[:3] for some in (more - less, less - more)]
    return f"{len(ours)} clocks of the rules, {len(theirs)} of the recount; the first that differ: {told[0]} is not {told[1]}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Clock made-up lives by the rules and by an independent recount.")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    try:
        for line in compare(chosen.seed, chosen.people):
            print(line, flush=True)
    except DifferenceError as error:
        print(error, file=sys.stderr)
        return os.EX_SOFTWARE
    return 0


if __name__ == "__main__":
    sys.exit(main())
