"""Long tables: keyset cursors that survive inserts, and CSV that cannot run as a formula in a spreadsheet."""

import base64
import csv
import json
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from contextlib import ExitStack
from datetime import date
from typing import IO, Any, Final, Literal

from starlette.requests import Request
from starlette.responses import StreamingResponse

from shared.web.errors import FieldError

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
IN_MEMORY = 4 * 1024 * 1024
CHUNK = 64 * 1024

Format = Literal["json", "csv"]
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
"""The `responses` of a route that answers in CSV too."""


def csv_wanted(request: Request, given: Format | None) -> bool:
    """By `format`, else by what the caller accepts."""
    return given == "csv" or (given is None and "text/csv" in request.headers.get("accept", ""))


def cursor(values: Sequence[str | int]) -> str:
    """An opaque place in a sorted list: the sort values of its last row."""
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


def place(field: str, text: str, kinds: Sequence[type], dated: int | None = None) -> list[Any]:
    """The values of a cursor, one of each of `kinds`; that at `dated` is an ISO date. Raises FieldError when the text is not a cursor of
    this list."""  # fmt: skip
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if isinstance(values, list) and [type(value) for value in values] == list(kinds):
            if dated is not None:
                date.fromisoformat(values[dated])
            return values
    except ValueError:
        pass
    raise FieldError(field, "not a place in this list", "start again from the first page")


async def csv_download(name: str, header: Iterable[str], rows: AsyncIterable[Sequence[object]]) -> StreamingResponse:
    """Every row as a CSV file named `name`. Rows are spooled first: a slow reader must not hold the database's snapshot open."""
    with ExitStack() as undo:
        spool = undo.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8", newline=""))
        writer = csv.writer(spool)
        writer.writerow(header)
        async for row in rows:
            writer.writerow([_cell(value) for value in row])
        spool.seek(0)
        undo.pop_all()
    return StreamingResponse(
        _chunks(spool), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


async def _chunks(spool: IO[str]) -> AsyncIterator[str]:
    with spool:
        while chunk := spool.read(CHUNK):
            yield chunk


def _cell(value: object) -> object:
    """Ids come from outside: a text that a spreadsheet would run gets an apostrophe before it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str() if value.startswith(FORMULA_STARTS):
            return "'" + value
        case dict():
            return ";".join(f"{name}={_cell(one)}" for name, one in value.items())
        case list() | tuple():
            return _cell(";".join(value))
        case _:
            return value
