"""A return's rows as files that people and programs read: CSV and JSON. Of any version: what leaves is all that is needed."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.reporting.rules.period import Period
from services.reporting.rules.returns.compose import Row
from services.reporting.rules.returns.definition import Definition

COLUMNS = (
    "return_id", "version", "period_start", "period_end", "section", "line", "title", "level", "code", "name", "by", "value", "kind",
    "shown",
)  # fmt: skip
"""The columns of a return's CSV, and of its sheet; stable."""


class Head(NamedTuple):
    """Which version of which return; `names`: of places, by code."""

    definition: Definition
    organisation: str
    period: Period
    version: int
    names: dict[str, str]

    @property
    def return_id(self) -> str:
        return self.definition.return_id(self.organisation, self.period)

    def file_name(self, ending: str) -> str:
        return f"{self.return_id.replace(':', '_')}_v{self.version}.{ending}"


def table(head: Head, rows: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    """A line for each row, in the order of the definition, under COLUMNS."""
    sections = dict(head.definition.sections)
    first, last = str(head.period.first), str(head.period.last)
    for line in head.definition.lines:
        for row in (row for row in rows if row.line == line.id):
            place = (row.level, row.code, head.names.get(row.code, ""), row.by, row.value)
            about = (head.return_id, str(head.version), first, last, sections[line.section], line.id, line.title)
            yield (*about, *place, row.kind, row.shown)


def as_csv(head: Head, rows: Sequence[Row]) -> bytes:
    """A text that a spreadsheet would take for a formula begins with an apostrophe there."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([*cells[:-1], _harmless(cells[-2], cells[-1])] for cells in table(head, rows))
    return file.getvalue().encode()


def _harmless(kind: str, shown: str) -> str:
    return f"'{shown}" if kind == "text" and shown.startswith(("=", "+", "-", "@", "\t")) else shown


def as_json(head: Head, rows: Sequence[Row]) -> bytes:
    one = head.definition
    about = {
        "return_id": head.return_id,
        "version": head.version,
        "definition": one.id,
        "definition_version": one.version,
        "title": one.title,
        "organisation": {"code": head.organisation, "name": head.names.get(head.organisation, "")},
        "period": {"name": head.period.name, "start": str(head.period.first), "end": str(head.period.last)},
        "rows": [dict(zip(COLUMNS[4:], cells[4:], strict=True)) for cells in table(head, rows)],
    }
    return json.dumps(about, ensure_ascii=False, indent=1).encode() + b"\n"
