"""Registers, complete checks, annual recall and follow-ups recounted in DuckDB from an export; shares no code with the rules it checks.

`EXPORT_DIR` holds `events` (the view `referrals.events`), `practices` (of the reference data), and `attempts` and `answers` (what workers
entered), each as CSV with a header. `python -m tests.support.recount_outreach EXPORT_DIR --at DATE` prints the columns and order
of `clockstop outreach due` for the annual recall and follow-ups; `--complete` those of `clockstop outreach complete --by pcn`.
"""

import argparse
import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from tests.support.recount import LEDGER_SQL, views

EXPORTS = {
    "events": "select * from referrals.events",
    "practices": "select * from reference.practices",
    "attempts": (
        "select attempt_id, personkey, anchor, schedule, made_on, made_at, result, array_to_json(part) as part, until "
        "from outreach.attempt where voided_at is null"
    ),
    "answers": ("select answer_id, personkey, anchor, task_id, answer, answered_on from outreach.answer where voided_at is null"),
}
"""What is copied from a stack, by table."""
SCHEDULES = ("annual-recall", "follow-up")
"""Those that are recounted."""
ELEMENTS = ("alcohol", "blood glucose", "blood pressure", "bmi", "blood lipids", "smoking")
SQL = Path(__file__).with_name("recount_outreach.sql")
# Attempts and answers hang on a record, and are of whoever holds it now.
ENTERED = """
CREATE OR REPLACE TEMP TABLE holders AS
SELECT provider || '|' || kind || '|' || record_id AS anchor, arg_max(personkey, (received, id)) AS holder FROM ranked
WHERE kind <> 'person' GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE attempts AS
SELECT attempt_id, coalesce(h.holder, a.personkey) AS personkey, split_part(a.anchor, '|', 1) AS provider, schedule,
    made_on::DATE AS made_on, made_at::TIMESTAMPTZ AS made_at, result, from_json(part, '["VARCHAR"]') AS part, until::DATE AS until
FROM sent_attempts AS a LEFT JOIN holders AS h USING (anchor);
CREATE OR REPLACE TEMP TABLE answers AS
SELECT answer_id, coalesce(h.holder, a.personkey) AS personkey, task_id, answer, answered_on::DATE AS answered_on
FROM sent_answers AS a LEFT JOIN holders AS h USING (anchor);
"""


class _Event(NamedTuple):
    on: date
    rank: int  # of one day: found, done, answered
    key: str
    provider: str
    band: int  # of a finding; 0 of all else
    what: str  # kind of intervention, or the task that was answered
    status: str


class Recount:
    """An export of ledger and entries, read once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._db = connection
        connection.execute(LEDGER_SQL.read_text(encoding="utf-8"))
        for view in ("ranked", "latest", "evidence"):
            connection.execute(f"CREATE TEMP TABLE kept AS FROM {view}")
            connection.execute(f"CREATE TEMP TABLE {view}_kept AS FROM kept; DROP TABLE kept")
        for view in ("evidence", "latest", "ranked"):
            connection.execute(f"DROP VIEW {view}; ALTER TABLE {view}_kept RENAME TO {view}")
        connection.execute(ENTERED)
        self._at: date | None = None

    @classmethod
    @contextmanager
    def of(cls, export_dir: Path) -> "Iterator[Recount]":
        with duckdb.connect() as connection:
            views(connection, export_dir, ("events", "practices", "attempts", "answers"))
            for name in ("attempts", "answers"):
                connection.execute(f"ALTER VIEW {name} RENAME TO sent_{name}")
            yield cls(connection)

    def due(self, at: date) -> list[tuple[str, ...]]:
        """The rows of `clockstop outreach due` of these schedules, sorted."""
        self._work_out(at)
        rows = self._db.execute("SELECT provider, personkey, 'annual-recall', element, due_on, invite_from FROM recalled").fetchall()
        rows += self._follow_ups(at)
        made: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
        for person, schedule, made_on, result in self._db.execute(
            "SELECT personkey, schedule, made_on, result FROM attempts WHERE made_on <= $1 ORDER BY made_on, made_at, attempt_id", [at]
        ).fetchall():
            made[person, schedule].append((made_on, result))
        told = []
        for provider, person, schedule, what, due_on, invite_from in rows:
            if invite_from > at:
                continue
            status = "due soon" if at < due_on else "due" if at == due_on else "overdue"
            tried = [result for made_on, result in made[person, schedule] if made_on >= invite_from]
            told.append((provider, person, schedule, what, str(due_on), status, str(len(tried)), (tried and tried[-1]) or ""))
        return sorted(told)

    def complete(self, at: date) -> list[tuple[str, ...]]:
        """The rows of `clockstop outreach complete --by pcn`."""
        self._work_out(at)
        networks = dict(
            self._db.execute(
                "SELECT practice, arg_max(pcn, coalesce(valid_from, '')) FROM practices WHERE pcn IS NOT NULL GROUP BY practice"
            ).fetchall()
        )
        people = self._db.execute("SELECT practice, missing FROM on_register").fetchall()
        groups: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for practice, missing in people:
            for group in (networks.get(practice, "not known"), "all"):
                groups[group].update(["register", *(missing or ["complete"])])
        if not people:
            groups["all"].update([])
        return [self._group(name, groups[name]) for name in [*sorted(groups.keys() - {"all"}), "all"]]

    @staticmethod
    def _group(name: str, counts: Counter[str]) -> tuple[str, ...]:
        register, complete = counts["register"], counts["complete"]
        share = f"{complete / register:.4f}" if register else ""
        return name, str(register), str(complete), share, *(str(counts[element]) for element in ELEMENTS)

    def _work_out(self, at: date) -> None:
        if self._at != at:
            for statement in duckdb.extract_statements(SQL.read_text(encoding="utf-8")):
                self._db.execute(statement, {"at": at} if "at" in statement.named_parameters else None)
            self._at = at

    def _follow_ups(self, at: date) -> Iterator[tuple[Any, ...]]:
        """Those that are open: of each person and finding at most one, walked through from the first reading to the last."""
        events: defaultdict[tuple[str, str], list[_Event]] = defaultdict(list)
        for person, finding, *rest in self._db.execute(
            "SELECT personkey, finding, on_day, 0, key, provider, band, '', '' FROM findings"
        ).fetchall():
            events[person, finding].append(_Event(*rest))
        for person, finding, *rest in self._db.execute(
            """SELECT personkey, data ->> 'finding', (data ->> 'on')::DATE, 1, provider || '|' || kind || '|' || record_id, provider, 0,
            data ->> 'kind', data ->> 'status' FROM latest WHERE kind = 'physical-intervention' AND (data ->> 'on')::DATE <= $1""",
            [at],
        ).fetchall():
            events[person, finding].append(_Event(*rest))
        for person, finding, *rest in self._db.execute(
            """SELECT personkey, split_part(task_id, ':', 2), answered_on, 2, answer_id, '', 0, task_id, answer
            FROM answers WHERE task_id LIKE 'follow-up:%' AND answered_on <= $1""",
            [at],
        ).fetchall():
            events[person, finding].append(_Event(*rest))
        runs: defaultdict[str, list[Any]] = defaultdict(list)
        for person, began, ended, provider in self._db.execute(
            "SELECT personkey, began, ended, provider FROM runs LEFT JOIN lead_entry USING (personkey, run) ORDER BY began"
        ).fetchall():
            runs[person].append((began, ended, provider))
        stopped = {person for (person,) in self._db.execute("FROM stopped").fetchall()}
        for (person, finding), several in events.items():
            if person not in stopped and (opened := _open(sorted(several, key=lambda one: one[:3]), runs[person])) is not None:
                found, provider = opened
                yield provider, person, "follow-up", finding, date.fromordinal(found.on.toordinal() + 28), found.on


def _open(events: list[_Event], runs: list[Any]) -> tuple[_Event, str] | None:
    """The finding that is still open after all that happened, and the provider whose it is."""
    found: _Event | None = None
    band, quiet_until, quiet_band = 0, date.min, 0
    for event in events:
        run = _run(found.on, runs) if found else None
        if run and run[1] is not None and run[1] <= event.on:
            found = None
        if event.rank == 0:
            if found:
                band = max(band, event.band)
            elif event.on >= quiet_until or event.band > quiet_band:
                found, band = event, event.band
        elif (ends := _ends(event, found)) is not None:
            quiet_band = band if found else 3 if event.what == "referral on" else 2
            quiet_until, found = ends, None
    if found is None:
        return None
    run = _run(found.on, runs)
    if run is None:
        return found, found.provider
    return None if run[1] is not None else (found, run[2])


def _run(day: date, runs: list[Any]) -> Any:
    return next((run for run in runs if run[0] <= day and (run[1] is None or day < run[1])), None)


def _ends(event: _Event, found: _Event | None) -> date | None:
    """The first day on which the same finding is asked about again after this; None: it ends nothing."""
    year_on = duckdb.execute("SELECT ($1::DATE + INTERVAL 12 MONTH)::DATE", [event.on]).fetchone() if event.status == "declined" else None
    if event.rank == 2:
        mine = found is not None and event.what == f"follow-up:{event.what.split(':')[1]}:{found.key}"
        return year_on[0] if year_on and mine else None
    if year_on:
        return date.fromisoformat(str(year_on[0]))
    sent_only = event.what == "referral on" and event.status == "started"
    return None if sent_only or event.status == "offered" else date.fromordinal(event.on.toordinal() + 91)


def main() -> None:
    parser = argparse.ArgumentParser(description="Recount outreach from an export of ledger and entries.")
    parser.add_argument("export_dir", type=Path)
    parser.add_argument("--at", type=date.fromisoformat, required=True)
    parser.add_argument("--complete", action="store_true")
    chosen = parser.parse_args()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    with Recount.of(chosen.export_dir) as recount:
        writer.writerows(recount.complete(chosen.at) if chosen.complete else recount.due(chosen.at))


if __name__ == "__main__":
    main()
