"""`clockstop import mhsds` and `clockstop export mhsds`: whole months of a provider as CSV files in the MHSDS shape."""

import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import asyncpg
import orjson
import typer

from services.referrals.commands import Keys
from services.referrals.commands.refused import Refused
from services.referrals.handlers.delivery import Deliveries, How, Taken
from services.referrals.handlers.staging import MonthRefusedError
from services.referrals.rules.mhsds import layout
from services.referrals.rules.mhsds.months import Month
from services.referrals.rules.mhsds.writing import Contact, MonthRows
from services.referrals.store import access, deliveries
from services.referrals.store.month_files import MonthFiles, MonthFolder, month_folders
from shared import clock
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import Connection, connect_pool
from shared.runtime.errors import CommandError
from shared.runtime.settings import Settings

files_in = typer.Typer(help="Take files in.", no_args_is_help=True)
files_out = typer.Typer(help="Write files.", no_args_is_help=True)


@files_in.command("mhsds")
def import_mhsds(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Holds <provider ODS>/<YYYY-MM>/<table>.csv.")],
    received_at: Annotated[str, typer.Option(help="History: when the files were received, as 2024-08-20T09:00:00Z. It is marked.")] = "",
    dates: Annotated[Literal["iso", "uk"], typer.Option(help="uk: dates may be written dd/mm/yyyy.")] = "iso",
    report: Annotated[Path | None, typer.Option(help="Where the refused rows are written; by default in the stack's directory.")] = None,
    directory: Directory = DEFAULT,
) -> None:
    """Take months of MHSDS files in, each whole or not at all. A month again replaces it; the same month again changes nothing."""
    how = How(_instant(received_at) if received_at else clock.now(), bool(received_at), dates == "uk")
    if not folder.is_dir():
        raise CommandError(f"{folder}: no such folder")
    folders = month_folders(folder)
    if not folders:
        raise CommandError(f"{folder}: holds no month; expected <provider ODS>/<YYYY-MM>/<table>.csv, as RXA/2024-07/MHS101Referral.csv")
    path = report or directory / f"refused-{clock.now():%Y%m%dT%H%M%S%f}.csv"
    summary = Summary(Refused(path))
    with _named_failures(summary):
        commands.run(_import(folders, how, summary))
    summary.tell()
    if summary.refused_months:
        raise typer.Exit(1)


@files_out.command("mhsds")
def export_mhsds(
    provider: Annotated[str, typer.Argument(help="ODS code, as RXA.")],
    month: Annotated[str, typer.Argument(help="As 2024-07.")],
    to: Annotated[Path, typer.Option(help="The folder that gets <provider>/<month>/<table>.csv.")] = Path(),
    directory: Directory = DEFAULT,
) -> None:
    """Write a month of a provider's records as MHSDS files. They are pseudonymous: no NHS number, no postcode, our key as the local id."""
    try:
        wanted = Month.parse(month)
    except ValueError:
        raise CommandError(f"MONTH: {month!r} is no month: write it as 2024-07") from None
    folder = to / provider / str(wanted)
    if folder.exists():
        raise CommandError(f"{folder} exists: remove it, or say another folder with --to")
    partial = folder.with_name(f".{folder.name}.partial")
    try:
        rows = commands.run(_export(provider, wanted, partial))
        partial.rename(folder)
    except OSError as error:
        raise CommandError(f"cannot write {folder}: {error.strerror}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    print("\n".join(f"{table:<34}{count:>12,} rows" for table, count in sorted(rows.items())))
    print(f"written to {folder}")


async def _export(provider: str, month: Month, folder: Path) -> dict[str, int]:
    url = Settings.of("referrals").database_url.get_secret_value()
    async with await connect_pool(url, "referrals", size=1, fenced=False) as pool, pool.acquire() as connection:
        if not await deliveries.knows_provider(connection, provider):
            raise CommandError(f"PROVIDER: {provider!r} is not known here: see `clockstop status`, or add it with `clockstop provider add`")
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await write_month(connection, provider, month, folder)


async def write_month(connection: Connection, provider: str, month: Month, folder: Path) -> dict[str, int]:
    """Write a month's files into a folder; returns rows by table."""
    rows = MonthRows(provider, month.first)
    with MonthFiles(folder) as files:
        files.table(layout.PERSON)
        files.table(layout.REFERRAL)
        async for row in deliveries.month_records(connection, provider, month):
            contact = Contact(row["contact_on"], row["attended"]) if row["contact_on"] else None
            files.write(rows.add(row["kind"], row["record_id"], row["personkey"], orjson.loads(row["data"]), contact=contact))
        files.write(rows.closing(month.last))
    return files.rows


def _instant(text: str) -> datetime:
    instant = commands.instant("--received-at", text)
    if instant > clock.now():
        raise CommandError(f"--received-at: {text} lies in the future: history was received before now")
    return instant


@dataclass
class Summary:
    """What became of all months, by table, and the report of refused rows, which is made with the first of them."""

    refused: Refused
    months: int = 0
    unchanged_months: int = 0
    refused_months: int = 0
    events: int = 0
    seconds: float = 0.0
    working_on: str = ""
    tables: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, taken: Taken) -> None:
        self.months += 1
        self.events += taken.events
        for name, count in taken.rows.items():
            table = self.tables.setdefault(name, Counter())
            records, changed = taken.records.get(name, 0), taken.changed.get(name, 0)
            table.update(rows=count, records=records, unchanged=records - changed, refused=taken.refused.get(name, 0))

    def tell(self) -> None:
        """On standard output."""
        if self.tables:
            print(f"{'table':<34}{'rows':>12}{'records':>12}{'unchanged':>12}{'refused':>12}")
        for name, counts in self.tables.items():
            print(f"{name:<34}" + "".join(f"{counts[column]:>12,}" for column in ("rows", "records", "unchanged", "refused")))
        rows = sum(counts["rows"] for counts in self.tables.values())
        print(
            f"{self.months} months taken, {self.unchanged_months} of them as before, {self.refused_months} refused; "
            f"{rows:,} rows became {self.events:,} events in {self.seconds:.1f} s ({self.events / max(self.seconds, 0.001):,.0f} a second)"
        )
        if self.refused.rows:
            print(f"{self.refused.rows:,} rows refused or taken in part, each in {self.refused.path}")


@contextmanager
def _named_failures(summary: Summary) -> Iterator[None]:
    """What ends an import half-way, in one line: the month at hand was not taken, those before were."""
    left = "was not taken, what came before it is: run the command again"
    try:
        yield
    except KeyboardInterrupt:
        raise CommandError(f"stopped; {summary.working_on} {left}") from None
    except asyncpg.InsufficientResourcesError as error:
        raise CommandError(f"PostgreSQL has no room ({error}); {summary.working_on} {left} when there is room") from None


async def _import(folders: list[MonthFolder], how: How, summary: Summary) -> None:
    take = Deliveries(*Keys.read().open())
    url = Settings.of("referrals").database_url.get_secret_value()
    began = time.monotonic()
    # no time limit, and nobody else waits for this connection
    pool = await connect_pool(url, "referrals", size=1, fenced=False)
    async with pool, pool.acquire() as connection:
        for folder in folders:
            summary.working_on = f"{folder.provider} {folder.name}"
            at = how if how.history else how._replace(received=clock.now())  # each month when its turn comes: known from then on
            await _import_month(connection, take, folder, at, summary)
            summary.seconds = time.monotonic() - began


async def _import_month(connection: Connection, take: Deliveries, folder: MonthFolder, how: How, summary: Summary) -> None:
    started = time.monotonic()
    named = f"{folder.provider} {folder.name}"
    bar = Bar(named)
    try:
        if folder.fault is not None:
            raise MonthRefusedError(folder.fault)
        if await access.know_provider(connection, folder.provider):
            print(
                f"{folder.provider} is new: its clocks are shown; `clockstop provider add --new-key` lets it send events", file=sys.stderr
            )
        taken = await take.take(connection, folder, how, bar)
        summary.working_on = f"what follows {named}"
    except MonthRefusedError as error:
        bar.end()
        summary.refused_months += 1
        print(f"{named} refused: {error}", file=sys.stderr)
        summary.refused.add([(folder.provider, folder.name, "", "", "", "month-refused", str(error), "no")])
        return
    finally:
        bar.end()
    summary.add(taken)
    summary.unchanged_months += not taken.events
    seconds = time.monotonic() - started
    rows = sum(taken.rows.values())
    told = f"{taken.events:,} events" if taken.events else "as before, no change"
    print(f"{named}: {rows:,} rows, {told}, {rows / max(seconds, 0.001):,.0f} rows a second", file=sys.stderr)
    refused = await connection.fetch(deliveries.SQL["refused_rows"])
    summary.refused.add([(folder.provider, folder.name, *row[:5], "in part" if row["warns"] else "no") for row in refused])


class Bar:
    """How far a month's files are read, on a terminal."""

    def __init__(self, named: str) -> None:
        self._named = named
        self._shows = sys.stderr.isatty()
        self._began = self._told = time.monotonic()
        self._table = ""

    def __call__(self, table: str, rows: int, done: int, size: int) -> None:
        if not self._shows:
            return
        if table != self._table:
            self._table, self._began = table, self._told
        self._told = time.monotonic()
        share = done / size if size else 1.0
        speed = rows / max(self._told - self._began, 0.001)
        drawn = "█" * round(share * 20)
        sys.stderr.write(f"\r{self._named} {table:<32} {drawn:<20} {share:4.0%} {rows:>10,} rows {speed:>9,.0f}/s ")
        sys.stderr.flush()

    def end(self) -> None:
        if self._shows and self._table:
            sys.stderr.write("\r\x1b[K")
            self._table = ""
