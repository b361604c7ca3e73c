"""The HTTPS way in: `POST /v1/events` and receipts. An API key is bound to one provider, and reads that provider's receipts alone."""

from datetime import datetime
from typing import Annotated

import structlog
from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime, BaseModel

from services.referrals.handlers.front_door import FrontDoor, receive_over_http
from services.referrals.rules.decoding import split
from services.referrals.store.receipts import Kept, by_id, since
from shared import clock
from shared.events.receipts import Receipt
from shared.runtime.database import Pool
from shared.web.people import People

MAX_BODY = 5 * 1024 * 1024
AT_ONCE = 1000
BEARER = HTTPBearer(auto_error=False, description="the provider's API key")


class Receipts(BaseModel):
    """One receipt for each event, in the order sent."""

    receipts: list[Receipt]


class KeptReceipts(BaseModel):
    """Receipts, oldest first. Ask again with `after` = `next` for those that follow; null when there are no more."""

    receipts: list[Kept]
    next: int | None = None


async def sender(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> str:
    """The provider that the API key is bound to; 401 without a valid key."""
    person = await People(request.app.state.pool).of_api_key(given.credentials) if given else None
    if person is None:
        detail = "send your API key as 'Authorization: Bearer <key>'; `clockstop provider add ODS --new-key` makes one"
        raise HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})
    [provider] = person.providers
    return provider


Sender = Annotated[str, Depends(sender)]


def build_web(pool: Pool, door: FrontDoor) -> FastAPI:
    """The front door's HTTP app."""
    app = FastAPI(title="Clockstop front door", version="1.0", openapi_url="/openapi/referrals.json", docs_url=None)
    app.state.pool = pool

    @app.post("/v1/events", status_code=202, responses={401: {}, 413: {}, 503: {}})
    async def send_events(request: Request, provider: Sender) -> Receipts:
        """One event, a JSON array or NDJSON, up to 5 MB; idempotent by event id. Each event is judged alone."""
        raws = split(await _body(request), lines="ndjson" in request.headers.get("content-type", ""))
        if not raws:
            raise HTTPException(422, "the body is empty: send one event, a JSON array of events, or one a line (NDJSON)")
        receipts: list[Receipt] = []
        try:
            async with request.app.state.pool.acquire(timeout=5) as connection:
                for start in range(0, len(raws), AT_ONCE):
                    receipts += await receive_over_http(door, connection, provider, raws[start : start + AT_ONCE], clock.now())
        except Exception as error:  # noqa: BLE001  # what was committed stays; the sender repeats the rest, and repeats are harmless
            structlog.get_logger().warning("events not taken", error=type(error).__name__, detail=str(error)[:300])
            raise HTTPException(503, "not taken now: send the same events again in a moment", {"Retry-After": "2"}) from None
        return Receipts(receipts=receipts)

    @app.get("/v1/receipts/{event_id:path}")
    async def receipts_of_event(event_id: str, request: Request, provider: Sender) -> KeptReceipts:
        """What became of one event; several when an id was used again with other content."""
        found = await by_id(request.app.state.pool, provider, event_id)
        if not found:
            raise HTTPException(404, f"no event {event_id[:64]!r} was received from {provider}")
        return KeptReceipts(receipts=found)

    @app.get("/v1/receipts")
    async def receipts_since(
        request: Request,
        provider: Sender,
        since_instant: Annotated[
            AwareDatetime | None, Query(alias="since", description="received at or after this instant, with offset")
        ] = None,
        after: Annotated[int, Query(ge=0, description="`next` of the page before")] = 0,
    ) -> KeptReceipts:
        """What became of everything received since an instant, a thousand at a time."""
        moment: datetime | None = since_instant
        found = await since(request.app.state.pool, provider, moment, after, AT_ONCE)
        return KeptReceipts(receipts=found, next=found[-1].position if len(found) == AT_ONCE else None)

    @app.exception_handler(HTTPException)
    async def plain(_request: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"detail": error.detail}, status_code=error.status_code, headers=error.headers)

    return app


async def _body(request: Request) -> bytes:
    """The body, refused as soon as it grows past the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise HTTPException(413, f"the body is larger than {MAX_BODY} bytes: send fewer events at a time")
    return bytes(body)
