"""Published files that were loaded to be set beside our figures."""

from datetime import date, datetime
from hashlib import sha256
from typing import NamedTuple

from shared.runtime.database import Pool, queries

SQL = queries("services.reporting", "sql/published.sql")


class File(NamedTuple):
    id: int
    name: str
    ends: list[date]
    loaded_by: str
    loaded_at: datetime


async def load(pool: Pool, name: str, content: str, ends: list[date], by: str, at: datetime) -> int:
    """Keep a file that was read without a fault; the same file is kept once. Returns its number."""
    number: int = await pool.fetchval(SQL["load"], name, sha256(content.encode()).digest(), ends, content, by, at)
    return number


async def files(pool: Pool) -> list[File]:
    """The latest first."""
    return [File(*row) for row in await pool.fetch(SQL["files"])]


async def content(pool: Pool, number: int) -> str | None:
    text: str | None = await pool.fetchval(SQL["content"], number)
    return text
