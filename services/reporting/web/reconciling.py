"""Our figures beside nationally published ones: a file is loaded once, read by line and column, and set beside what is kept."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from services.reporting.rules.disclosure import HIDDEN
from services.reporting.rules.layout import Key, Theirs, read
from services.reporting.rules.measures.lines import BREAKDOWNS, for_comparison, for_itself
from services.reporting.rules.period import Period, month_of
from services.reporting.rules.reconcile import Cause, Reconciled, reconcile, unexplained
from services.reporting.store import figures, published
from services.reporting.store.measures import COMPAT, MAIN
from services.reporting.web.desk import AtDesk, Desk, Reader, own
from services.reporting.web.filters import Measuring
from services.reporting.web.reading import FAMILY, View, view
from shared import clock as wall
from shared.web.csrf import require_csrf
from shared.web.errors import FieldError, NotKnownError
from shared.web.filters import Address
from shared.web.people import Person
from shared.web.tables import csv_download

router = APIRouter(include_in_schema=False)
PATH = "/measures/reconcile"
LARGEST = 40 * 1024 * 1024
CAUSES = {cause.name.lower().replace("_", "-"): cause for cause in Cause}
NATIONAL = [name for name, family in FAMILY.items() if family.national]
HEADER = ("PERIOD_END", "BREAKDOWN", "PRIMARY_LEVEL", "MEASURE_ID", "OURS", "OURS_AS_PUBLISHED", "THEIRS", "DIFFERENCE", "CAUSE")


class Beside(Address):
    """Which file, which month of it, and which differences."""

    file: Annotated[int | None, Field(ge=1, le=2**31)] = None
    month: Annotated[str | None, Field(max_length=12)] = None
    cause: Annotated[str | None, Field(max_length=40)] = None
    place: Annotated[str | None, Field(max_length=20)] = None


@dataclass(frozen=True, slots=True)
class BesidePage:
    """`rows`: those asked for; without a cause what is not explained."""

    filters: Beside
    files: list[published.File]
    file: published.File | None
    months: list[Period]
    month: Period | None
    counts: list[tuple[str, Cause, int]]
    rows: Sequence[Reconciled]
    names: dict[tuple[str, str], str]


@router.get(PATH)
async def beside(request: Request, desk: AtDesk, person: Reader, filters: Annotated[Beside, Query()]) -> Response:
    page = await _page(desk, person, filters)
    return desk.site.page(request, "reconcile.html", section="Returns", page=page)


@router.get(f"{PATH}.csv")
async def beside_csv(desk: AtDesk, person: Reader, filters: Annotated[Beside, Query()]) -> Response:
    page = await _page(desk, person, filters)

    async def rows() -> AsyncIterator[list[Any]]:
        for one in page.rows:
            key = one.key
            yield [key.end, key.breakdown, key.primary, key.measure_id, one.ours, one.published, one.theirs, one.difference, str(one.cause)]

    return await csv_download("reconciliation.csv", HEADER, rows())


@router.post(PATH)
async def load(
    request: Request, desk: AtDesk, person: Reader, file: Annotated[UploadFile, File()], csrf: Annotated[str, Form()] = ""
) -> Response:
    require_csrf(request, csrf)
    body = await file.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise FieldError("file", "is larger than 40 MB", "leave the other measures out of it")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FieldError("file", f"is not UTF-8 text: byte {error.start}", "save it as CSV UTF-8; nothing was changed") from None
    found, faults = read(text)
    if faults or "\0" in text or not found:
        told = f"line {faults[0].line}, column {faults[0].column}: {faults[0].remedy}" if faults else "it holds no figure"
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise FieldError("file", f"{told}{more}", "correct the file and load it again; nothing was changed")
    name = (file.filename or "published.csv")[-100:]
    ends = sorted({one.key.end for one in found})
    number = await published.load(desk.pool, name, text, ends, person.name, wall.now())
    return RedirectResponse(Beside(file=number).to(PATH), 303)


async def _page(desk: Desk, person: Person, filters: Beside) -> BesidePage:
    """Raises FieldError and NotCountedError as `view`."""
    files = await published.files(desk.pool)
    file = next((one for one in files if filters.file in {None, one.id}), None)
    if filters.file is not None and (file is None or file.id != filters.file):
        raise NotKnownError("file", f"there is no loaded file {filters.file}", "choose one of the list, or load it")
    if file is None:
        return BesidePage(filters, files, None, [], None, [], [], {})
    months = [month_of(end) for end in reversed(file.ends) if end <= wall.today()]
    month = next((one for one in months if filters.month in {None, one.name}), None)
    if month is None:
        raise FieldError("month", f"{filters.month or 'none that is over'} is not in this file", "choose one of the list")
    theirs, _ = read(await published.content(desk.pool, file.id) or "")
    found, names = await _reconciled(desk, person, month, [one for one in theirs if one.key.end == month.last])
    if filters.cause is not None and filters.cause not in CAUSES:
        raise FieldError.unknown("cause", filters.cause, list(CAUSES))
    here = [one for one in found if filters.place in {None, one.key.primary}]
    counts = Counter(one.cause for one in here)
    rows = [one for one in here if one.cause is CAUSES[filters.cause]] if filters.cause else unexplained(here)
    return BesidePage(
        filters, files, file, months, month, [(name, cause, counts[cause]) for name, cause in CAUSES.items() if counts[cause]], rows, names
    )


async def _reconciled(
    desk: Desk, person: Person, month: Period, theirs: Sequence[Theirs]
) -> tuple[list[Reconciled], dict[tuple[str, str], str]]:
    """As this reader may see it: a provider its own figures as they are, everybody else what was released."""
    main = await view(desk, person, Measuring(month=month.name, definition=MAIN), NATIONAL)
    compat = await view(desk, person, Measuring(month=month.name, definition=COMPAT), NATIONAL)
    rows, odd = [await _national(desk, seen) for seen in (main, compat)]
    if main.own:
        exact = await figures.exact_of(desk.pool, [one.id for one in main.kept.values()], main.code)
        counted = [(FAMILY[name], exact.get(one.id, [])) for name, one in main.kept.items()]
        seen = {row.key: row.value for row in for_itself(month.last, counted, main.names, main.code)}
        whose = own(person)
        mine = [[row for row in told if row.primary in whose] for told in (rows, odd)]
        found = reconcile(mine[0], [one for one in theirs if one.key.primary in whose], seen, mine[1])
    else:
        shown = {
            (one.level, one.code, one.measure): one.value for one in await figures.shown(desk.pool, [one.id for one in main.kept.values()])
        }
        found = [_as_released(one, shown) for one in reconcile(rows, theirs, compat=odd)]
    return found, dict(main.names)


async def _national(desk: Desk, seen: View) -> list[Any]:
    found = await figures.exact_whole(desk.pool, [one.id for one in seen.kept.values()])
    counted = [(FAMILY[name], found.get(one.id, [])) for name, one in seen.kept.items()]
    return for_comparison(seen.last, counted, seen.names, seen.filters.counted_by == COMPAT)


LEVELS = {str(breakdown): level for level, breakdown in BREAKDOWNS.items()}


def _as_released(one: Reconciled, shown: dict[tuple[str, str, str], str]) -> Reconciled:
    """Ours as a wider audience sees it: what is hidden there is told nowhere, and neither is its difference."""
    key: Key = one.key
    ours = shown.get((LEVELS.get(key.breakdown, ""), key.primary, key.measure_id), HIDDEN if one.ours else "")
    hidden = ours in {HIDDEN, ""} or one.theirs in {HIDDEN, ""}
    cause = (
        Cause.HIDDEN_HERE
        if ours == HIDDEN and one.cause not in {Cause.SUPPRESSION, Cause.SAME, Cause.ROUNDING, Cause.ODDITY, Cause.ONLY_OURS}
        else one.cause
    )
    return one._replace(ours=ours, published=ours, difference="" if hidden else f"{Decimal(one.theirs) - Decimal(ours):+f}", cause=cause)
