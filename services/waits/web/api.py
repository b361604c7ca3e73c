"""The API under /v1: the same reads as the pages, as JSON and CSV."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Security
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.waits.store.pages import every, organisations
from services.waits.web.desk import AtDesk, Caller, Desk
from services.waits.web.effects import Effects, effects_of
from services.waits.web.filters import KnownAt, Listing, Overview
from services.waits.web.list_page import list_page
from services.waits.web.live_page import LivePage, live_page
from services.waits.web.models import Explained, Spell, Spells, Waits, spell_facts
from services.waits.web.spell_page import read_spell
from services.waits.web.then import asked, check
from shared import clock as wall
from shared.web.errors import NotKnownError, problems
from shared.web.people import Person
from shared.web.sign_in import BEARER, SESSION
from shared.web.tables import CSV, Format, csv_download, csv_wanted

router = APIRouter(prefix="/v1", tags=["waits"], dependencies=[Security(BEARER), Security(SESSION)], responses=problems(401, 403, 422))


Known = Annotated[KnownAt, Query()]
Named = Annotated[str | None, Query(max_length=80, description="clock definition, as `id` or `id@version`; national-2024 if none")]


class Export(Listing):
    """A list, and the form it is wanted in; without `format` the Accept header decides."""

    format: Format | None = None
    known_at: KnownAt = None


class OverviewExport(Overview):
    """The live page's numbers, and the form they are wanted in."""

    format: Format | None = None
    known_at: KnownAt = None


@router.get(
    "/waits",
    summary="The numbers of the live page; as CSV its table of providers and teams",
    response_model=Waits,
    responses=CSV | problems(503),
)
async def waits(request: Request, desk: AtDesk, person: Caller, filters: Annotated[OverviewExport, Query()]) -> Any:
    page = await live_page(desk, person, filters)
    if csv_wanted(request, filters.format):
        return await _teams_csv(page)
    counts = page.main.counts
    return Waits.model_validate(
        {
            "as_at": page.at,
            "definition": page.main.definition.key,
            "quarter_from": page.quarter_from,
            "last_event_at": page.last_event_at,
            "waiting": counts.waiting,
            "past_target": counts.past_target,
            "due_7": counts.due_7,
            "due_14": counts.due_14,
            "stopped_quarter": counts.share._asdict(),
            "missing": [{"components": components, "spells": spells} for components, spells in counts.missing],
            "weeks": [{"week": week, "seen": seen, "spells": spells} for (week, seen), spells in sorted(counts.weeks.items())],
            "due": [{"on": on, "spells": spells} for on, spells in sorted(counts.due.items())],
            "teams": [team._asdict() | {"stopped_quarter": team.share._asdict()} for team in counts.teams],
        }
    )


@router.get(
    "/spells", summary="The spells behind a number, as JSON pages or as one CSV", response_model=Spells, responses=CSV | problems(503)
)
async def spells(request: Request, desk: AtDesk, person: Caller, filters: Annotated[Export, Query()]) -> Any:
    if csv_wanted(request, filters.format):
        return await _csv(desk, person, filters)
    page = await list_page(desk, person, filters)
    return {"total": page.total, "next": filters.onward(page.onward), "spells": page.spells}


@router.get(
    "/spells/{spell_id:path}", summary="One spell: what is met, what is missing, what did not count and why", responses=problems(404)
)
async def spell(desk: AtDesk, person: Caller, spell_id: str, definition: Named = None, known_at: Known = None) -> Explained:
    found = await read_spell(desk, person, spell_id, await desk.definition(definition, known_at=known_at), known_at)
    if found is None:
        raise HTTPException(404)
    return Explained(spell=Spell.model_validate(found.spell), **dict(found.account))


@router.get(
    "/effects/{event_id:path}",
    summary="What one event did: started or stopped a clock, met a component, or why it had no effect",
    responses=problems(404),
)
async def effects(desk: AtDesk, person: Caller, event_id: str, definition: Named = None, known_at: Known = None) -> Effects:
    check(known_at)
    under = await desk.definition(definition, known_at=known_at)
    reference = await desk.load_reference(known_at)
    found = await effects_of(desk.pool, reference, under, person.providers, event_id, wall.now(), known_at)
    if found is None:
        raise NotKnownError(
            "event_id",
            f"no event {event_id[:64]!r} of {', '.join(sorted(person.providers))} was accepted",
            f"ask /v1/receipts/{event_id[:64]} what became of it",
        )
    return found


TEAM_COLUMNS = (
    "provider",
    "team_type",
    "name",
    "waiting",
    "past_target",
    "due_7",
    "median_days",
    "within_target",
    "stopped",
    "last_event_at",
)


async def _teams_csv(page: LivePage) -> Response:
    """The table by provider and team; a row without a team type is its provider's total."""

    async def rows() -> AsyncIterator[Sequence[object]]:
        for row in page.rows:
            c = row.numbers[0]
            if c is None:  # it has waits under the definition beside alone
                continue
            counts = (c.waiting, c.past_target, c.due_7, c.median_days, c.share.within_target, c.share.stopped)
            yield c.provider, c.team_type, row.name, *counts, row.last_event_at

    return await csv_download("waits-by-team.csv", TEAM_COLUMNS, rows())


async def _csv(desk: Desk, person: Person, filters: Listing) -> Response:
    """Every row, whatever `after` says: a file is never half a list."""
    question = await asked(desk, person, filters, await desk.definition(filters.definition, known_at=filters.known_at))
    names = await organisations(desk.pool, person.providers, filters.known_at)
    rows = (list(spell_facts(row, names).values()) async for row in every(desk.pool, question, filters.sort))
    return await csv_download("spells.csv", Spell.model_fields, rows)
