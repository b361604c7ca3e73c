"""What is known of each person, written back in one statement. Everything in the caller's transaction."""

from collections.abc import Mapping
from datetime import date

import orjson

from shared.runtime.database import Connection, queries
from shared.versions import Document

SQL = queries("services.outreach", "sql/queries.sql")


async def write(connection: Connection, documents: Mapping[str, Document], recompute_on: Mapping[str, date | None]) -> None:
    """Write documents back, each with the day on which time alone may change something."""
    people = list(documents)
    texts = [orjson.dumps(documents[person]).decode() for person in people]
    await connection.execute(SQL["write_pathways"], people, texts, [recompute_on[person] for person in people])


async def look_again(connection: Connection, recompute_on: Mapping[str, date | None]) -> None:
    """The same for documents that stand as they are."""
    await connection.execute(SQL["look_again"], list(recompute_on), list(recompute_on.values()))
