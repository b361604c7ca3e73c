"""Arrays written as text, for PostgreSQL to read: what goes in comes out."""

import asyncpg
import pytest

from shared.runtime.database import array

ODD = [
    "",
    " ",
    "NULL",
    "null",
    "a,b",
    "{x}",
    '"',
    "\\",
    "\\n",
    "a\nb\tc",
    "\x01\x1f\x7f",
    "\u00e9\u20ac\U0001f642",
    "'",
    "[1]",
    "'; drop table seen",
]


@pytest.mark.parametrize("values", [[], ["plain", "R11-07145"], ODD, [*ODD, None, "last"], ['"', "no control character"], [None]], ids=repr)
async def test_texts(postgres: str, values: list[str | None]) -> None:
    connection = await asyncpg.connect(postgres)
    try:
        assert await connection.fetchval("select $1::text::text[]", array(values)) == values
    finally:
        await connection.close()


async def test_numbers(postgres: str) -> None:
    connection = await asyncpg.connect(postgres)
    try:
        assert await connection.fetchval("select $1::text::bigint[]", array([0, -1, None, 2**63 - 1])) == [0, -1, None, 2**63 - 1]
    finally:
        await connection.close()
