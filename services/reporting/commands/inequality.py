"""`clockstop inequality`: the largest gap of each share and rate between groups of people, and how it moved."""

import csv
import sys
from collections.abc import Sequence
from datetime import date
from typing import Annotated

import typer

from services.reporting.commands.pool import names_with, open_pool, period_of
from services.reporting.rules.disclosure import Disclosed, Exact, national, own
from services.reporting.rules.inequality import Trend, trends
from services.reporting.rules.measures import FAMILIES, MEASURES, Family, Found
from services.reporting.rules.period import Period, rolling
from services.reporting.store import measures as store
from services.reporting.store.measures import Asked
from shared import clock
from shared.runtime import commands
from shared.runtime.commands import DEFAULT, Directory
from shared.runtime.errors import CommandError

COLUMNS = (
    "measure",
    "name",
    "by",
    "reference_group",
    "reference_value",
    "group",
    "group_value",
    "points",
    "first_month",
    "change_in_points",
)
MOST = 24
OF_WHOM = "Of this provider, figures as they are: for itself alone. Else of everything there is, small counts hidden."


def inequality_command(
    period: Annotated[str, typer.Option(help="A month (2024-09); or a quarter or year, which is that of its last month.")],
    months: Annotated[int, typer.Option(help="How many months to look at, that one the last.")] = 6,
    unsuppressed: Annotated[str, typer.Option(metavar="ODS", help=OF_WHOM)] = "",
    directory: Directory = DEFAULT,
) -> None:
    """The group that differs most from the reference group, by ethnicity, age and deprivation, in points, and how that changed: CSV."""
    month = period_of(period)
    if not 1 <= months <= MOST:
        raise CommandError(f"--months: {months} is not from 1 to {MOST}")
    found = commands.run(_counted([min(one.last, clock.today()) for one in _months(month.last, months)], unsuppressed))
    level, code = ("provider", unsuppressed) if unsuppressed else ("england", "England")
    shown = _as_it_is if unsuppressed else _as_published
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for family in FAMILIES:
        of_each = {last: rows for last, families in found.items() for one, rows in families if one is family}
        writer.writerows(_line(trend) for trend in trends(family, of_each, level, code, shown))


def _months(last: date, number: int) -> Sequence[Period]:
    return list(rolling(last, number).months())


def _as_it_is(figure: Exact | None) -> Disclosed:
    return own(Exact.count(0) if figure is None else figure)


def _as_published(figure: Exact | None) -> Disclosed:
    return national(figure, england=False)


async def _counted(ends: Sequence[date], provider: str) -> dict[date, list[tuple[Family, list[Found]]]]:
    async with await open_pool() as pool:
        await names_with(pool, provider)
        return {last: await store.counted(pool, Asked(last)) for last in ends}


def _line(trend: Trend) -> tuple[object, ...]:
    last, first = trend.gaps[-1], trend.gaps[0]
    told = (last.reference, last.of_reference or "", last.group, last.of_group or "", "" if last.points is None else last.points)
    name = MEASURES[trend.measure].figure.name
    return trend.measure, name, trend.by, *told, f"{first.last:%Y-%m}", "" if trend.change is None else trend.change
