"""`clockstop reference load`: whole or not at all, and what is wrong is named by file and line."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from services.referrals.store.loading import Loaded, load
from services.referrals.store.tables import TABLES
from shared.runtime.database import Pool, connect_pool
from shared.runtime.errors import CommandError

SHIPPED = Path(__file__).parents[2] / "deploy" / "reference"
ORGANISATIONS = "ods,name,kind,successor,valid_from,valid_to\n"
TEAMS = "code,name,valid_from,valid_to\nA06,Community,,\nA08,Crisis,2020-01-01,2022-12-31\nA08,Crisis resolution,2023-01-01,\n"


@pytest.fixture
async def pool(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    async with await connect_pool(database_urls["referrals"], "referrals") as pool:
        yield pool


async def loaded(pool: Pool, folder: Path, **files: str | bytes) -> Loaded:
    for name, content in files.items():
        (folder / f"{name}.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    async with pool.acquire() as connection:
        return await load(connection, folder, lambda _: None)


async def test_what_is_shipped_loads_and_the_same_again_is_no_new_version(pool: Pool) -> None:
    first = await loaded(pool, SHIPPED)
    assert first.version == 1
    assert {name: await pool.fetchval(f"select count(*) from reference.{name}") for name in first.rows} == first.rows
    assert await loaded(pool, SHIPPED) == Loaded(None, first.rows)
    assert await pool.fetchval("select count(*) from reference.load") == 1


async def test_a_file_replaces_its_table_and_no_other(pool: Pool, tmp_path: Path) -> None:
    await loaded(pool, SHIPPED)
    told = await loaded(pool, tmp_path, team_types="code,name\nZ01,Another\n")
    assert told == Loaded(2, {"team_types": 1})
    assert [row["code"] for row in await pool.fetch("select code from reference.team_types")] == ["Z01"]
    assert await pool.fetchval("select count(*) from reference.procedures") > 0


async def test_rows_stay_readable_as_they_were_under_each_load(pool: Pool, tmp_path: Path) -> None:
    await loaded(pool, tmp_path, team_types="code,name\nZ01,One\n", pcns="pcn,name\nU1,One\n")
    await loaded(pool, tmp_path, team_types="code,name,valid_from\nZ01,Two,2024-01-01\nZ02,New,\n")  # the other file is as it was
    query = (
        "select code || ' ' || name || coalesce(' ' || valid_from, '') from reference.as_loaded(null::reference.team_types, $1) order by 1"
    )
    now = ["Z01 Two 2024-01-01", "Z02 New"]
    found = [[row[0] for row in await pool.fetch(query, version)] for version in (0, 1, 2, None)]
    assert found == [[], ["Z01 One"], now, now]
    assert [row["table_name"] for row in await pool.fetch("select distinct table_name from reference.replaced")] == ["team_types"]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "BOM"])
async def test_a_byte_order_mark_crlf_blank_cells_and_quotes(pool: Pool, tmp_path: Path, mark: bytes, end: str) -> None:
    text = TEAMS + '"A10","Perinatal, ""specialist""",,2030-01-01\n'
    told = await loaded(pool, tmp_path, team_types=mark + text.replace("\n", end).encode())
    assert told.rows == {"team_types": 4}
    row = (await pool.fetch("select name, valid_from, valid_to::text from reference.team_types where code = 'A10'"))[0]
    assert tuple(row) == ('Perinatal, "specialist"', None, "2030-01-01")


BAD: dict[str, tuple[dict[str, str | bytes], str]] = {
    "overlapping dates": (
        {"team_types": TEAMS + "A08,Again,2022-12-31,2022-12-31\n"},
        "team_types.csv, line 5, column code: A08 stands in line 3 too, for days that overlap",
    ),
    "always overlaps": ({"team_types": TEAMS + "A06,Again,2024-01-01,\n"}, "team_types.csv, line 5, column code: A06 stands in line 2 too"),
    "ends before it starts": (
        {"team_types": "code,name,valid_from,valid_to\nA06,X,2024-02-01,2024-01-31\n"},
        "team_types.csv, line 2, column valid_to: 2024-01-31 is before valid_from 2024-02-01",
    ),
    "duplicate key": ({"pcns": "pcn,name\nU1,One\nU1,Two\n"}, "pcns.csv, line 3, column pcn: U1 stands in line 2 too"),
    "unknown parent": (
        {"pcns": "pcn,name\nU1,One\n", "practices": 'practice,name,pcn\nA1,"One\nline",U1\n\nA2,Two,U2\n'},
        "practices.csv, line 5, column pcn: U2 is not in pcns",
    ),
    "parent in no load": ({"postcodes": "postcode,lsoa\nXW1 1AA,E9\n"}, "postcodes.csv, line 2, column lsoa: E9 is not in lsoas"),
    "unknown successor": (
        {"organisations": f"{ORGANISATIONS}RXA,One,trust,RXB,,2024-03-31\n"},
        "organisations.csv, line 2, column successor: RXB is not in organisations",
    ),
    "successor from no day": (
        {"organisations": f"{ORGANISATIONS}RXA,One,trust,RXB,,\nRXB,Two,trust,,,\n"},
        "organisations.csv, line 2, column valid_to: is empty: an organisation with a successor needs its last day",
    ),
    "goes on beside its successor": (
        {"organisations": f"{ORGANISATIONS}RXA,One,trust,RXB,,2024-03-31\nRXA,One,trust,,2024-04-01,\nRXB,Two,trust,,,\n"},
        "organisations.csv, line 2, column successor: RXA stands again after 2024-03-31: only its last line may name a successor",
    ),
    "successors in a circle": (
        {"organisations": f"{ORGANISATIONS}RXA,One,trust,RXB,,2024-03-31\nRXB,Two,trust,RXA,,2025-03-31\n"},
        "organisations.csv, line 2, column successor: RXA follows itself in the end: name the organisation that goes on",
    ),
    "bad date": (
        {"team_types": "code,name,valid_from\nA06,X,20240101\n"},
        "team_types.csv, line 2, column valid_from: '20240101' is not a date YYYY-MM-DD",
    ),
    "no such day": (
        {"team_types": "code,name,valid_from\nA06,X,2024-02-30\n"},
        "team_types.csv, line 2, column valid_from: '2024-02-30' is not a date",
    ),
    "bad number": (
        {"assessment_tools": "code,tool,scale,kind,lowest\nX,T,S,PROM,low\n"},
        "assessment_tools.csv, line 2, column lowest: 'low' is not a number",
    ),
    "no number": (
        {"lsoas": "lsoa,local_authority,imd_decile\nE1,L1,nan\n"},
        "lsoas.csv, line 2, column imd_decile: 'nan' is not a number",
    ),
    "missing column": ({"team_types": "code,title\nA06,X\n"}, "team_types.csv, line 1: column name is missing; the header has code, title"),
    "empty file": ({"team_types": ""}, "team_types.csv, line 1: column code is missing; the header has nothing"),
    "required cell empty": ({"team_types": "code,name\nA06,\n"}, "team_types.csv, line 2, column name: is empty: fill it"),
    "short line": ({"team_types": "code,name\nA06\n"}, "team_types.csv, line 2, column name: is empty: fill it"),
    "not UTF-8": ({"team_types": b"code,name\nA06,Caf\xe9\n"}, "team_types.csv: byte 17 is not UTF-8: save the file as UTF-8"),
    "open quote": ({"team_types": 'code,name\nA06,"X\n'}, "team_types.csv, line 2: unexpected end of data"),
    "open quote in the header": ({"team_types": '"code,name\n'}, "team_types.csv, line 1: unexpected end of data"),
    "no table": ({"team_type": "code,name\nA06,X\n"}, "no reference table here; expected files such as organisations, pcns, practices"),
}


@pytest.mark.parametrize("fault", BAD)
async def test_what_is_wrong_is_named_and_nothing_is_loaded(pool: Pool, tmp_path: Path, fault: str) -> None:
    files, message = BAD[fault]
    good = {"rejection_reasons": "code,name\n01,Reason\n"} if fault != "no table" else {}
    with pytest.raises(CommandError) as told:
        await loaded(pool, tmp_path, **good, **files)
    assert message in str(told.value)
    assert "\n" not in str(told.value)
    assert await pool.fetchval("select count(*) from reference.load") == 0
    assert await pool.fetchval("select count(*) from reference.rejection_reasons") == 0


DATED = [name for name, table in TABLES.items() if any(column.endswith(("_from", "_to")) for column in table.columns)]


async def test_in_every_dated_table_overlapping_days_are_refused(pool: Pool, tmp_path: Path) -> None:
    for name in DATED:
        table = TABLES[name]
        known = {parent: ",".join(TABLES[parent].required) + "\nX,X\n" for parent, _ in table.parents.values() if parent != name}
        columns = list(dict.fromkeys((*table.required, *table.key, *(table.period or ()))))
        periods = [("2024-01-01", "2024-03-31"), ("2024-03-31", "2024-06-30")] if table.period else [(), ()]
        cells = [["1" if column in table.numbers else "X" for column in columns[: len(columns) - len(period)]] for period in periods]
        lines = [",".join((*first, *period)) for first, period in zip(cells, periods, strict=True)]
        with pytest.raises(CommandError, match=rf"{name}\.csv, line 3, column {table.key[0]}: .*X stands in line 2 too"):
            await loaded(pool, tmp_path, **known, **{name: "\n".join([",".join(columns), *lines, ""])})
        (tmp_path / f"{name}.csv").unlink()
    assert len(DATED) > 8
    assert await pool.fetchval("select count(*) from reference.load") == 0


async def test_a_parent_that_loaded_rows_refer_to_cannot_go(pool: Pool, tmp_path: Path) -> None:
    await loaded(pool, tmp_path, lsoas="lsoa,local_authority\nE1,L1\nE2,L1\n", postcodes="postcode,lsoa\nXW1 1AA,E1\n")
    (tmp_path / "postcodes.csv").unlink()
    with pytest.raises(CommandError, match=r"lsoas\.csv: E1 is missing, and postcodes loaded before refer to it"):
        await loaded(pool, tmp_path, lsoas="lsoa,local_authority\nE2,L1\n")
    assert (await loaded(pool, tmp_path, lsoas="lsoa,local_authority\nE1,L2\n")).version == 2


def test_the_command_tells_it_in_one_line(database_urls: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL_REFERRALS", database_urls["referrals"])
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    arguments = ["reference", "load", str(SHIPPED), "--dir", str(tmp_path)]
    first, again = CliRunner().invoke(app, arguments), CliRunner().invoke(app, arguments)
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert first.output.splitlines()[-1].endswith("of 19 tables: loaded as version 1")
    assert again.output.splitlines()[-1].endswith("of 19 tables: the same as before, nothing changed")
    (tmp_path / "team_types.csv").write_text("code,name\nA06,\n")
    failed = CliRunner().invoke(app, ["reference", "load", str(tmp_path), "--dir", str(tmp_path)])
    assert (failed.exit_code, str(failed.exception)) == (1, f"{tmp_path}/team_types.csv, line 2, column name: is empty: fill it")
