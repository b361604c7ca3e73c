"""How people's clocks stood in the past where today's do not say it: read and written with them, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from services.waits.rules.clock import Clock
from services.waits.rules.definition import Definition
from services.waits.rules.past import Period
from services.waits.store.pathways import SQL, Row, components
from shared.runtime.database import Connection, columns


def row(person: str, definition: Definition, periods: Sequence[Period]) -> Row:
    """The row of one person; `periods` as the event carries them, `[]` for none."""
    told = [{"after": one.after, "until": one.until, "waits": [_wait(clock) for clock in one.clocks]} for one in periods]
    text = orjson.dumps(told).decode()
    return {"personkey": person, "definition": definition.id, "definition_version": definition.version, "periods": text}


def _wait(clock: Clock) -> dict[str, Any]:
    return {
        "spell_id": clock.spell_id,
        "provider": clock.provider,
        "start": clock.start,
        "end": clock.end,
        "closed": clock.closed,
        "components": components(clock),
        "stop": clock.stop,
        "parts": [part._asdict() for part in clock.parts],
    }


async def changed(connection: Connection, rows: Mapping[str, Row]) -> list[Row]:
    """Of these rows by person, those that are not as they stand."""
    stood = {row["personkey"]: dict(row) for row in await connection.fetch(SQL["past_of"], list(rows))}
    nothing = {"periods": "[]"}
    return [
        row for person, row in rows.items() if row["periods"] != stood.get(person, nothing)["periods"] or _other(row, stood.get(person))
    ]


def _other(row: Row, stood: Row | None) -> bool:
    return stood is not None and (row["definition"], row["definition_version"]) != (stood["definition"], stood["definition_version"])


async def write(connection: Connection, rows: Sequence[Row], revisions: Sequence[int]) -> None:
    """Write these rows; of people for whom there are no periods any more, none is kept."""
    if rows:
        await connection.execute(SQL["delete_past"], [row["personkey"] for row in rows if row["periods"] == "[]"])
        await connection.execute(
            SQL["write_past"], *columns([(*row.values(), number) for row, number in zip(rows, revisions, strict=True)])
        )
