"""Thousands of made-up lives on registers, worked out by the rules and recounted in SQL: `python -m tests.support.recount_outreach_lives`.

Prints one line for each date, and exits 1 at the first difference, showing the tasks or groups that differ.
"""

import argparse
import csv
import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory

from services.outreach.commands import counting
from services.outreach.commands.counting import Given
from services.outreach.handlers.work import Work
from services.outreach.rules.entered import Answer, Attempt
from services.outreach.rules.entered import Entered as Told
from services.outreach.rules.facts import READ, facts
from services.outreach.rules.facts import Life as Facts
from services.outreach.rules.groups import Groups
from services.outreach.rules.reference import Reference
from services.outreach.rules.settings import Settings
from shared.runtime.stated import microseconds
from shared.versions import MOVED, Document, fold
from tests.support.lives_outreach import PRACTICES, Entered, Life, lives
from tests.support.recount_lives import COLUMNS, DifferenceError
from tests.support.recount_outreach import SCHEDULES, Recount

PEOPLE = 3000
SEED = 5
DAYS = (date(2024, 2, 29), date(2024, 6, 30), date(2024, 8, 31), date(2025, 2, 28), date(2025, 3, 31))


def compare(seed: int, number: int) -> Iterator[str]:
    """What was compared, a line for each date; DifferenceError at the first difference."""
    people = list(lives(seed, number))
    known = {life.personkey: facts(_document(life)) for life in people}
    entered = _placed(people)
    with TemporaryDirectory(prefix="clockstop-lives-") as folder:
        _export(Path(folder), people)
        with Recount.of(Path(folder)) as recount:
            for at in DAYS:
                ours, theirs = _due(known, entered, at), recount.due(at)
                _same(f"due at {at}", ours, theirs)
                complete = _complete(known, entered, at)
                _same(f"complete at {at}", complete, recount.complete(at))
                yield (
                    f"{at}: {len(ours)} tasks due of {len(people)} made-up people, {complete[-1][1]} on a register, "
                    f"{complete[-1][2]} complete, 0 differences"
                )


def _document(life: Life) -> Document:
    document: Document = {}
    for event in life.events:
        if event.kind in READ:
            content = (MOVED if "moved_to" in event.data else None) if event.voided else event.data
            version = [microseconds(event.recorded), microseconds(event.received), event.source, event.id, content]
            fold(document, event.kind, event.provider, event.record_id, version)
    return document


def _placed(people: Sequence[Life]) -> dict[str, Told]:
    """What was entered, by the person who holds the record that it hangs on."""
    holders: dict[str, tuple[datetime, str]] = {}
    for life in people:
        for event in life.events:
            anchor = f"{event.provider}|{event.kind}|{event.record_id}"
            if "moved_to" not in event.data and event.kind != "person":
                holders[anchor] = max(holders.get(anchor, (event.received, event.personkey)), (event.received, event.personkey))
    attempts: defaultdict[str, list[Attempt]] = defaultdict(list)
    answers: defaultdict[str, list[Answer]] = defaultdict(list)
    for life in people:
        for one in life.entered:
            person, at = holders[one.anchor][1], datetime.combine(one.on, time(), UTC)
            if one.answer is not None:
                answers[person].append(Answer(one.id, one.anchor, one.schedule, one.answer, None, "said so", one.on, "t", at))
                continue
            head = one.id, person, one.anchor, one.schedule, "call", one.on, at, "t"
            attempts[person].append(Attempt(*head, one.result, "said so", one.part, one.until, automatic=False, entered_at=at))
    return {person: Told(attempts[person], answers[person]) for person in {*attempts, *answers}}


def _given(at: date) -> Given:
    return Given(Work(Settings(), Reference({}, dict(PRACTICES)), at), Groups(dict(PRACTICES), {}, {}))


def _due(known: dict[str, Facts], entered: dict[str, Told], at: date) -> list[tuple[str, ...]]:
    given = _given(at)
    found = (row for person, life in known.items() for row in counting.due(person, life, entered.get(person, Told()), given))
    return sorted(row for row in found if row[2] in SCHEDULES)


def _complete(known: dict[str, Facts], entered: dict[str, Told], at: date) -> list[tuple[str, ...]]:
    given, count = _given(at), counting.complete("pcn")
    people = [row for person, life in known.items() for row in count(person, life, entered.get(person, Told()), given)]
    return list(counting.by_group(people))


def _same(what: str, ours: list[tuple[str, ...]], theirs: list[tuple[str, ...]]) -> None:
    if ours != theirs:
        more, less = (sorted(set(some) - set(others))[:3] for some, others in ((ours, theirs), (theirs, ours)))
        raise DifferenceError(
            f"{what}: {len(ours)} of the rules, {len(theirs)} of the recount; the first that differ: {more} is not {less}"
        )


def _export(folder: Path, people: Sequence[Life]) -> None:
    """What a COPY of the ledger, the practices and the entries would write."""
    events = [
        (e.provider, e.kind, e.record_id, e.personkey, e.voided, e.source, e.id, json.dumps(e.data), e.recorded, e.received)
        for life in people
        for e in life.events
    ]
    told = [one for life in people for one in life.entered]
    attempts = [_attempt(one) for one in told if one.answer is None]
    answers = [(one.id, one.personkey, one.anchor, one.schedule, one.answer, one.on) for one in told if one.answer is not None]
    for name, columns, rows in (
        ("events", COLUMNS, events),
        ("practices", ("practice", "name", "pcn", "icb", "valid_from", "valid_to"), [(*one, "", "", "") for one in _practices()]),
        ("attempts", ("attempt_id", "personkey", "anchor", "schedule", "made_on", "made_at", "result", "part", "until"), attempts),
        ("answers", ("answer_id", "personkey", "anchor", "task_id", "answer", "answered_on"), answers),
    ):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([columns, *rows])


def _practices() -> list[tuple[str, str, str]]:
    return [(practice, practice, network) for practice, network in PRACTICES]


def _attempt(one: Entered) -> tuple[object, ...]:
    made_at = datetime.combine(one.on, time(), UTC)
    return one.id, one.personkey, one.anchor, one.schedule, one.on, made_at, one.result, json.dumps(one.part), one.until


def main() -> int:
    parser = argparse.ArgumentParser(description="Work made-up lives on registers out by the rules and by an independent recount.")
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
