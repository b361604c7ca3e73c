"""Definitions of returns that were added here. A process takes them in where it opens its pool, and again as it goes on."""

from datetime import datetime

from services.reporting.rules.returns import book
from services.reporting.rules.returns.definition import Definition, parse
from services.reporting.store.entered import SQL
from services.reporting.store.submissions import recipients
from shared.runtime.database import Connection, Pool


async def load(db: Connection | Pool) -> None:
    """Let `book` know those that were added."""
    book.take_in({(row["id"], row["version"]): row["toml"] for row in await db.fetch(SQL["definitions"])})


async def add(connection: Connection, text: str, by: str, at: datetime) -> Definition:
    """Keep a definition, in the caller's transaction. ValueError, one line: it cannot be used, or another has its name and version."""
    stated = parse(text, book.known(), frozenset(await recipients(connection)))
    await load(connection)
    if (stated.id, stated.version) in book.definitions():
        raise ValueError(f"version: {stated.key} is there already: give the changed one the next version")
    await connection.execute(SQL["add_definition"], stated.id, stated.version, text, by, at)
    await load(connection)
    return stated
