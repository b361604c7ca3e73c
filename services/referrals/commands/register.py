"""`clockstop import register`: a practice's extract of its SMI register, as one CSV file."""

import asyncio
import getpass
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as day_time
from itertools import islice
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from services.referrals.commands import Keys
from services.referrals.commands.files import Bar, files_in
from services.referrals.commands.refused import Refused
from services.referrals.handlers.extract import Extracts, Found, How, Line, Missing, Outcome
from services.referrals.handlers.front_door import FrontDoor
from services.referrals.handlers.judge import nhs_digits
from services.referrals.rules.mhsds.reading import Fault, Reading, TableReader
from services.referrals.rules.register import TABLE, stated
from services.referrals.store import access, extracts
from services.referrals.store.month_files import FileFaultError, TableFile
from shared import clock
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.database import Connection, connect_pool
from shared.runtime.errors import CommandError
from shared.runtime.settings import Settings

AT_ONCE = 500
_ODS = re.compile(r"[A-Z0-9]{3,10}")
FEW = 20
"""Of a practice with more people on its register than these, an extract that lacks more than half of them is no whole extract."""


class Options(NamedTuple):
    """As the user gave them. `provider` "": each row is told by its own practice."""

    file: Path
    provider: str
    how: How
    uk: bool
    full: bool
    dry: bool


@dataclass
class Summary:
    """What became of an extract."""

    refused: Refused
    rows: int = 0
    unchanged: int = 0
    refused_rows: int = 0
    in_part: int = 0
    events: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    missing: list[Missing] = field(default_factory=list)
    not_ended: list[str] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    practices: set[tuple[str, str]] = field(default_factory=set)
    unnamed: int = 0

    def tell(self, seconds: float, *, dry: bool) -> None:
        """On standard output."""
        print(
            f"{self.rows:,} rows: {self.rows - self.refused_rows:,} taken ({self.unchanged:,} as before, {self.in_part:,} in part), "
            f"{self.refused_rows:,} refused; {self.events:,} events in {seconds:.1f} s "
            f"({self.rows / max(seconds, 0.001):,.0f} rows a second)"
        )
        for flag, count in sorted(self.flags.items()):
            print(f"{count:,} flagged {flag}")
        by_practice = Counter((one.practice, one.ended) for one in self.missing)
        for (practice, ended), count in sorted(by_practice.items()):
            what = "taken off its register" if ended else "left on its register: they may have left, see --full-extract"
            print(f"{practice}: {count:,} people of earlier extracts are not in this one, {what}")
        for told in self.not_ended:
            print(told)
        if self.refused.written:
            print(f"each row refused, taken in part or flagged, and each person missing, is in {self.refused.path}")
        if dry:
            print("a dry run: nothing was changed")


@files_in.command("register")
def import_register(
    file: Annotated[Path, typer.Argument(help="A CSV file; its columns are in docs/register.md.")],
    provider: Annotated[str, typer.Option(help="ODS code in whose name the rows are told; by default each row's own practice.")] = "",
    extracted_on: Annotated[str, typer.Option(help="The day that the extract states, as 2024-07-31; by default today.")] = "",
    full_extract: Annotated[
        bool, typer.Option("--full-extract", help="The file has everybody on these registers: who is missing is taken off.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")] = False,
    dates: Annotated[str, typer.Option(help="iso, or uk: dates may be written dd/mm/yyyy.")] = "iso",
    report: Annotated[Path | None, typer.Option(help="Where refused rows are written; by default in the stack's directory.")] = None,
    directory: Directory = DEFAULT,
) -> None:
    """Take an extract of SMI registers in. The same file again changes nothing; nobody is taken off a register in silence."""
    if provider and not _ODS.fullmatch(provider):
        raise CommandError(f"--provider: {provider!r} is no ODS code: three to ten capital letters and digits, as XGF01")
    if dates not in {"iso", "uk"}:
        raise CommandError(f"--dates: {dates!r} is neither iso nor uk")
    if not file.is_file():
        raise CommandError(f"{file}: no such file")
    how = _how(extracted_on)
    summary = Summary(Refused(report or directory / f"refused-{clock.now():%Y%m%dT%H%M%S%f}.csv"))
    began = time.monotonic()
    options = Options(file, provider, how, dates == "uk", full_extract, dry_run)
    try:
        commands.run(_import(options, summary))
    except FileFaultError as error:
        raise CommandError(f"{file}, line {error.line}: {error}; {_so_far(summary, dry_run)}") from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise CommandError(f"stopped; {_so_far(summary, dry_run)}") from None
    summary.tell(time.monotonic() - began, dry=dry_run)
    if summary.refused_rows:
        raise typer.Exit(1)


def _so_far(summary: Summary, dry: bool) -> str:
    return "nothing was changed" if dry else f"{summary.rows:,} rows before it were taken, nobody was missed: run the command again"


def _how(extracted_on: str) -> How:
    received = clock.now()
    today = clock.london_date(received)
    if not extracted_on:
        return How(received, received, today, getpass.getuser())
    try:
        day = date.fromisoformat(extracted_on)
    except ValueError:
        raise CommandError(f"--extracted-on: {extracted_on!r} is no day: write it as 2024-07-31") from None
    if day > today:
        raise CommandError(f"--extracted-on: {extracted_on} lies in the future")
    recorded = min(datetime.combine(day, day_time(23, 59, 59), clock.LONDON), received)
    return How(received, recorded, day, getpass.getuser())


async def _import(options: Options, summary: Summary) -> None:
    door = FrontDoor(*Keys.read().open())
    take = Extracts(door, options.how)
    url = Settings.of("referrals").database_url.get_secret_value()
    async with await connect_pool(url, "referrals", size=1, fenced=False) as pool, pool.acquire() as connection:
        with TableFile(options.file) as file:
            heading = file.heading()
            reading = Reading.on(options.provider, clock.london_date(options.how.received), uk=options.uk)
            reader = TableReader(TABLE, heading, reading)
            if reader.fault is not None:
                raise FileFaultError(f"column {reader.fault.column} {reader.fault.detail}")
            known = {column.name for column in TABLE.columns}
            if ignored := [name.strip() for name in heading if name.strip().casefold() not in known]:
                print(f"columns that are not read: {', '.join(ignored)}")
            bar = Bar(options.file.name)
            try:
                rows = _rows(file, reader, options, summary)
                while batch := list(islice(rows, AT_ONCE)):
                    lines = [found for found in batch if isinstance(found, Line)]
                    found = [one for one in batch if isinstance(one, Found)]
                    async with _transaction(connection, dry=options.dry):
                        for provider in sorted({line.provider for line in lines}):
                            await access.know_provider(connection, provider)
                        await take.refuse(connection, options.provider, options.file.name, found)
                        outcome = await take.take(connection, lines)
                        summary.seen |= await take.tokens(connection, {(line.provider, line.row.local_id) for line in lines})
                    _add(summary, options, outcome, found)
                    bar("register", summary.rows, file.done, file.size)
            finally:
                bar.end()
        await _missing(connection, take, options, summary)


@asynccontextmanager
async def _transaction(connection: Connection, *, dry: bool) -> AsyncIterator[None]:
    """A dry run does all the work, and takes it back."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield
    except BaseException:
        await transaction.rollback()
        raise
    await (transaction.rollback() if dry else transaction.commit())


def _rows(file: TableFile, reader: TableReader, options: Options, summary: Summary) -> Iterator[Line | Found]:
    """Each line of the file as read; of a person who stands twice, the first row."""
    locals_: dict[tuple[str, str], int] = {}
    numbers: dict[str, int] = {}
    for number, cells in file.lines():
        summary.rows += 1
        read = reader.read(cells)
        for warning in read.warnings:
            left = f"{warning.detail.removesuffix('; the row was taken without it')}; the row was taken without it"
            yield Found(number, warning._replace(detail=left), "in part")
        fault, row = read.fault, None
        if fault is None:
            found = stated(read.cells, read.warnings)
            fault, row = (found, None) if isinstance(found, Fault) else (None, found)
        provider = options.provider or (row.entry["practice"] if row else "")
        if row is not None:
            fault = _odd_one(provider, row.entry["practice"], row.details, locals_, numbers, number)
        if fault is not None or row is None:
            summary.refused_rows += 1
            summary.unnamed += read.key is None or not read.cells
            yield Found(number, fault or Fault("", "bad-value", "cannot be read"), "no")
        else:
            summary.practices.add((provider, row.entry["practice"]))
            for left_out in row.left_out:
                yield Found(number, left_out, "in part")
            yield Line(number, provider, row)


def _odd_one(
    provider: str, practice: str, details: dict[str, str], locals_: dict[tuple[str, str], int], numbers: dict[str, int], number: int
) -> Fault | None:
    """Why a row is no person of its own."""
    if not _ODS.fullmatch(practice):
        return Fault("practice", "bad-value", f"{practice!r} is no ODS code: three to ten capital letters and digits, as XG0101")
    local = provider, details["local_id"]
    if local in locals_:
        return Fault("local_id", "duplicate-key", f"stands in line {locals_[local]} too, which was taken: one row for each person")
    given = details.get("nhs_number")
    digits = None if given is None else nhs_digits(given)
    if given is not None and digits is None:
        return Fault("nhs_number", "invalid-nhs-number", "not a valid NHS number (ten digits, modulus 11): correct it, or leave it blank")
    if digits is not None and digits in numbers:
        return Fault("nhs_number", "duplicate-key", f"stands in line {numbers[digits]} too, which was taken: one row for each person")
    locals_[local] = number
    if digits is not None:
        numbers[digits] = number
    return None


def _add(summary: Summary, options: Options, outcome: Outcome, read: list[Found]) -> None:
    summary.events += outcome.events
    summary.unchanged += outcome.unchanged
    summary.refused_rows += len({found.line for found in outcome.found if found.taken == "no"})
    found = sorted([*read, *outcome.found], key=lambda one: one.line)
    summary.in_part += len({one.line for one in found if one.taken == "in part"})
    summary.flags.update(one.fault.reason for one in found if one.taken == "flagged")
    rows = [(options.provider, "", options.file.name, one.line, *one.fault, one.taken) for one in found]
    summary.refused.add([row for row in rows if row[-1] != "flagged"])
    summary.refused.note([row for row in rows if row[-1] == "flagged"])


async def _missing(connection: Connection, take: Extracts, options: Options, summary: Summary) -> None:
    """Who was on these practices' registers by an earlier extract and is not in this one."""
    for provider, practice in sorted(summary.practices):
        end = options.full
        async with _transaction(connection, dry=options.dry):
            on_register = await connection.fetchval(extracts.SQL["on_register"], provider, practice)
            lacking = len(await extracts.missing(connection, provider, practice, options.how.recorded, list(summary.seen)))
            if end and summary.unnamed:
                end = False
                summary.not_ended.append(f"{practice}: nobody was taken off, for {summary.unnamed} rows cannot be told whose they are")
            elif end and lacking > FEW and 2 * lacking > on_register:
                end = False
                summary.not_ended.append(
                    f"{practice}: nobody was taken off, for {lacking:,} of {on_register:,} are missing: send left_on, if it is so"
                )
            found, events = await take.missing(connection, provider, practice, list(summary.seen), end=end)
        summary.missing += found
        summary.events += events
        reason, left = "not-in-extract", "taken off the register" if end else "still on the register"
        summary.refused.note(
            [
                (
                    one.provider,
                    "",
                    options.file.name,
                    "",
                    "local_id",
                    reason,
                    f"{one.practice} {one.local_id}, on it since {one.entered_on}",
                    left,
                )
                for one in found
            ]
        )
