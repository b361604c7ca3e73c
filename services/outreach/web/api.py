"""The API under /v1/outreach: the same reads as the pages, as JSON and CSV."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Security

from services.outreach.store.worklist import every
from services.outreach.web.desk import AtDesk, Caller
from services.outreach.web.filters import Listing, Narrowing
from services.outreach.web.list_page import list_page
from services.outreach.web.models import COLUMNS, Overview, People, csv_row
from services.outreach.web.overview_page import overview_page
from shared import clock as wall
from shared.web.errors import problems
from shared.web.sign_in import BEARER, SESSION
from shared.web.tables import CSV, Format, csv_download, csv_wanted

router = APIRouter(
    prefix="/v1/outreach", tags=["outreach"], dependencies=[Security(BEARER), Security(SESSION)], responses=problems(401, 403, 422)
)


class Export(Listing):
    """A list, and the form it is wanted in; without `format` the Accept header decides."""

    format: Format | None = None


@router.get("/overview", summary="The numbers of the health-check overview", response_model=Overview)
async def overview(desk: AtDesk, person: Caller, filters: Annotated[Narrowing, Query()]) -> Any:
    page = await overview_page(desk, person, filters)
    counts = page.counts
    lists = {
        name: [one._asdict() for one in getattr(counts, name)] for name in ("groups", "missing", "due", "follow_ups", "effect", "months")
    }
    return Overview.model_validate(
        {
            "as_at": page.at,
            "register": counts.all.people,
            "complete": counts.all.complete,
            "target": counts.target and counts.target.share,
            "answered": counts.answered,
            "vaccinated": counts.vaccinated,
        }
        | lists
    )


@router.get("/people", summary="People on registers, as JSON pages or as one CSV", response_model=People, responses=CSV)
async def people(request: Request, desk: AtDesk, person: Caller, filters: Annotated[Export, Query()]) -> Any:
    if csv_wanted(request, filters.format):
        question = filters.question(await desk.seeing(person), wall.today())
        await desk.audit(person, "list as CSV", {"filters": filters.to("", after=None, format=None)})
        return await csv_download("health-checks.csv", COLUMNS, (csv_row(row) async for row in every(desk.pool, question, filters.sort)))
    page = await list_page(desk, person, filters)
    found = {"as_at": page.at, "total": page.total, "people": [row.person for row in page.rows], "next": filters.onward(page.onward)}
    return People.model_validate(found)
