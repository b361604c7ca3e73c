"""Pages for whoever sends events: the event catalogue, verdicts and effects, the APIs. Made from the models; they need no sign-in."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.waits.web.desk import AtDesk
from services.waits.web.effects import SENTENCES
from services.waits.web.schemas import Field, fields, operations
from services.waits.web.words import CLOCK, KINDS
from shared.events import asyncapi
from shared.events.catalogue import RECORDS, Record, event_type
from shared.events.contracts import CONTRACTS
from shared.events.topics import ingress, receipts
from shared.events.words import FLAGS, REASONS, VERDICTS
from shared.web.sign_in import anybody

router = APIRouter(include_in_schema=False, dependencies=[Depends(anybody)])
SECTION = "Senders"
NO_CLOCK = "No clock reads it."
TOPICS = ingress("<ods>").name, receipts("<ods>").name
_BY_NAME = {one.name: one for one in CONTRACTS}


class Form(NamedTuple):
    """One type of event, as a provider sends it, with an example."""

    type: str
    envelope: list[Field]
    fields: list[Field]
    example: str


def forms(record: Record) -> Iterator[Form]:
    """The recorded form of a record, then the voided one."""
    for voided in (False, True):
        one = _BY_NAME[f"{event_type(record.kind, voided=voided)}.sent"]
        properties = one.described["properties"]
        envelope = {**one.described, "properties": {name: value for name, value in properties.items() if name != "data"}}
        yield Form(one.event_type, list(fields(envelope)), list(fields(properties["data"])), _printed(one.examples[0]))


def says(record: Record) -> str:
    """What a record states."""
    return (record.payload.__doc__ or "").partition("\n")[0].replace("`", "")


def _printed(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


@router.get("/senders")
async def index(request: Request, desk: AtDesk) -> Response:
    records = [(record, says(record), CLOCK.get(kind, NO_CLOCK)) for kind, record in RECORDS.items()]
    return desk.site.page(
        request, "senders.html", section=SECTION, records=records, site=str(request.base_url).rstrip("/"), topics=TOPICS, kinds=KINDS
    )


@router.get("/senders/events/{kind}")
async def record_page(request: Request, desk: AtDesk, kind: Annotated[str, Path(max_length=64)]) -> Response:
    record = RECORDS.get(kind)
    if record is None:
        raise HTTPException(404)
    return desk.site.page(
        request,
        "record.html",
        section=SECTION,
        record=record,
        says=says(record),
        clock=CLOCK.get(kind, NO_CLOCK),
        forms=list(forms(record)),
        kinds=KINDS,
    )


@router.get("/senders/verdicts")
async def verdicts(request: Request, desk: AtDesk) -> Response:
    return desk.site.page(request, "verdicts.html", section=SECTION, verdicts=VERDICTS, reasons=REASONS, flags=FLAGS, effects=SENTENCES)


@router.get("/senders/api")
async def api_page(request: Request, desk: AtDesk) -> Response:
    apis = [(api["info"]["title"], list(operations(api))) for api in request.app.state.apis()]
    return desk.site.page(request, "api.html", section=SECTION, apis=apis, printed=_printed)


@router.get("/asyncapi.json")
async def asyncapi_document() -> Response:
    return Response(asyncapi.text(), media_type="application/json")
