"""Definitions of returns that were added here. A process takes them in where it opens its pool, and again as it goes on."""

from datetime import datetime

from services.reporting.rules.returns import book
from services.reporting.rules.returns.definition import Definition, parse
from services.reporting.store.entered import SQL
from services.reporting.store.submissions import recipients
from shared.runtime.database import Connection, Pool

SHIPPED = "shipped"
"""In the place of who added it."""


async def load(db: Connection | Pool) -> None:
    """Let `book` know those that were added."""
    book.take_in({(row["id"], row["version"]): row["toml"] for row in await db.fetch(SQL["definitions"])})


async def add_shipped(connection: Connection, at: datetime) -> None:
    """Keep the text of what this version of the software brings: returns that were made with it are read by it for ever. ValueError, one
    line, where a definition was changed under its id and version."""  # fmt: skip
    kept = {(row["id"], row["version"]): row["toml"] for row in await connection.fetch(SQL["definitions"])}
    for key, text in book.shipped_texts().items():
        if kept.get(key, text) != text:
            raise ValueError(f"version: {key[0]}@{key[1]} is there already and says something else: give the changed one the next version")
        await connection.execute(SQL["add_definition"], *key, text, SHIPPED, at)


async def add(connection: Connection, text: str, by: str, at: datetime) -> Definition:
    """Keep a definition, in the caller's transaction. ValueError, one line: it cannot be used, or another has its name and version."""
    stated = parse(text, book.known(), frozenset(await recipients(connection)))
    await load(connection)
    kept = stated.id, stated.version
    if kept in book.definitions() or await connection.fetchval(SQL["add_definition"], *kept, text, by, at) is None:
        raise ValueError(f"version: {stated.key} is there already: give the changed one the next version")
    await load(connection)
    return stated
