"""What one person's page reads. What a provider outside the reader's view recorded may be computed with, never shown."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import asyncpg
import orjson

from services.outreach.store.worklist import SQL, Question
from shared.runtime.database import Pool, snapshot
from shared.versions import Document


class Found(NamedTuple):
    """Rows of one person: `row` of the query `people`, tasks that the reader may see, what workers entered, what was sent."""

    row: asyncpg.Record
    document: Document
    tasks: list[asyncpg.Record]
    attempts: list[asyncpg.Record]
    answers: list[asyncpg.Record]
    messages: list[asyncpg.Record]
    destinations: list[asyncpg.Record]


async def person(pool: Pool, question: Question, personkey: str) -> Found | None:
    """None when the reader sees no such person."""
    own, owners = sorted(question.seeing.own), sorted(question.seeing.owners)
    async with snapshot(pool) as db:
        row = await db.fetchrow(SQL["people"] + SQL["person"], *question.arguments(), personkey)
        if row is None:
            return None
        return Found(
            row,
            orjson.loads(await db.fetchval(SQL["document"], personkey) or "{}"),
            await db.fetch(SQL["tasks_of"], own, owners, personkey),
            await db.fetch(SQL["attempts_shown"], personkey),
            await db.fetch(SQL["answers_shown"], personkey),
            await db.fetch(SQL["messages_shown"], personkey),
            await db.fetch(SQL["directory"], row["lsoa"], row["practice"], question.at),
        )


async def next_task(pool: Pool, question: Question, personkey: str) -> Mapping[str, Any] | None:
    """What an attempt to reach somebody is about, unless it is said: the first live task that the reader may see."""
    row = await pool.fetchrow(SQL["next_task"], sorted(question.seeing.own), sorted(question.seeing.owners), personkey)
    return dict(row) if row else None
