"""Clocks of irregular months of files: equal to the recount straight from the files, and equal again after export and import."""

import csv
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from services.referrals.commands.files import write_month
from services.referrals.rules.mhsds.months import Month
from services.waits.commands import row
from shared.runtime.database import Pool, connect_pool
from tests.component.irregular_months import MONTHS, Irregular
from tests.component.month_files import RECEIVED, FilesDesk
from tests.component.test_recount import REFERENCE
from tests.support.recount import as_csv
from tests.support.recount_files import recount_files

AT = (date(2024, 8, 31), date(2024, 6, 15), date(2024, 4, 3))
FORGET = "truncate referrals.ledger, referrals.record, referrals.lookup, referrals.delivery, referrals.delivered, referrals.outbox"


@pytest.fixture
async def pool(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    async with await connect_pool(database_urls["referrals"], "referrals", size=2, fenced=False) as pool:
        for name in ("refset_members", "assessment_tools"):
            columns, *rows = REFERENCE[name]
            values = [[_typed(column, text) for column, text in zip(columns, cells, strict=True)] for cells in rows]
            async with pool.acquire() as connection:
                await connection.copy_records_to_table(name, schema_name="reference", columns=columns, records=values)
        yield pool


def _typed(column: str, text: str) -> object:
    if not text:
        return None
    return date.fromisoformat(text) if column.startswith("active") else float(text) if column in {"lowest", "highest"} else text


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    folder = tmp_path / "reference"
    folder.mkdir()
    tables: dict[str, list[tuple[str, ...]]] = {**REFERENCE, "postcodes": [("postcode", "lsoa")], "lsoas": [("lsoa", "local_authority")]}
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    return folder


async def clocks(desk: FilesDesk, at: date) -> list[list[str]]:
    """As `clockstop clocks` prints them."""
    found = [row(clock, at) for told in (await desk.clocks(at)).values() for clock in told]
    return sorted(found, key=lambda cells: (cells[0], cells[2], cells[1]))


@pytest.mark.parametrize("seed", range(12))
async def test_the_clocks_of_irregular_months_equal_the_recount_from_the_files(
    pool: Pool, tmp_path: Path, reference: Path, database_urls: dict[str, str], seed: int
) -> None:
    desk = FilesDesk(pool, tmp_path / "files")
    for month, tables in Irregular(seed).deliveries():
        await desk.take(str(Month(month)), tables)
    ours = {at: await clocks(desk, at) for at in AT}
    assert ours[AT[0]]
    for at in AT:
        assert ours[at] == as_csv(recount_files(desk.root, reference, at, RECEIVED.date())), at
    again = FilesDesk(pool, tmp_path / "again")
    async with pool.acquire() as connection, connection.transaction():
        for month in MONTHS:
            await write_month(connection, "RXX", Month(month), again.root / "RXX" / str(Month(month)))
    admin = await asyncpg.connect(database_urls["admin"])
    await admin.execute(FORGET)
    await admin.close()
    for month in MONTHS:
        await again.take(str(Month(month)))
    for at in AT:
        assert await clocks(again, at) == ours[at], f"after export and import, at {at}"
