"""What was told of each person of a register extract. Everything in the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from shared.runtime.database import Connection, columns, queries

SQL = queries("services.referrals", "sql/extracts.sql")


@dataclass(slots=True)
class Told:
    """One person's row. `told`: by record, the event told last and a keyed digest of what it said; `entry`: its data as told last."""

    practice: str
    recorded: datetime
    on_register: bool = True
    told: dict[str, dict[str, str]] = field(default_factory=dict)
    entry: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, row: asyncpg.Record) -> "Told":
        return cls(row["practice"], row["recordedtime"], row["on_register"], orjson.loads(row["told"]), orjson.loads(row["entry"]))


async def known(connection: Connection, provider: str, tokens: Collection[int]) -> dict[int, Told]:
    """What was told of these people, by the token of the local id."""
    rows = await connection.fetch(SQL["known"], provider, list(tokens)) if tokens else []
    return {row["local_token"]: Told.of(row) for row in rows}


async def keep(connection: Connection, provider: str, people: Mapping[int, Told]) -> None:
    """Note what is told now."""
    if people:
        rows = [
            (token, one.practice, one.recorded, one.on_register, orjson.dumps(one.told).decode(), orjson.dumps(one.entry).decode())
            for token, one in people.items()
        ]
        await connection.execute(SQL["keep"], provider, *columns(rows))


async def missing(connection: Connection, provider: str, practice: str, before: datetime, seen: Sequence[int]) -> dict[int, Told]:
    """Who was on the practice's register by an extract before that instant and is not among those seen now."""
    rows = await connection.fetch(SQL["missing"], provider, practice, before, list(seen))
    return {row["local_token"]: Told.of(row) for row in rows}
