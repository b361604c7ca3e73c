"""The HTTPS way in: `POST /v1/events` and receipts. An API key is bound to one provider, and reads that provider's receipts alone."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import structlog
from fastapi import Depends, FastAPI, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AwareDatetime, BaseModel

from services.referrals.handlers.front_door import FrontDoor, receive_over_http
from services.referrals.rules.decoding import split
from services.referrals.store.receipts import Kept, by_id, since
from shared import clock
from shared.events.contracts import CONTRACTS
from shared.events.receipts import Receipt
from shared.runtime.database import Pool
from shared.web.errors import FieldError, NotKnownError, install_errors, problems
from shared.web.people import People

MAX_BODY = 5 * 1024 * 1024
AT_ONCE = 1000
BEARER = HTTPBearer(scheme_name="API key", auto_error=False, description="the provider's API key")

OPENAPI = "/openapi/referrals.json"
_EXAMPLE = next(one for one in CONTRACTS if one.name == "cmh.referral.recorded.v1.sent").examples[-1]
BODY: dict[str, Any] = {
    "required": True,
    "description": "Events of the catalogue, up to 5 MB; what one event must hold is in the AsyncAPI document and on the catalogue's pages",
    "content": {
        "application/json": {
            "schema": {"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}, "minItems": 1}]},
            "example": _EXAMPLE,
        },
        "application/x-ndjson": {"schema": {"type": "string", "minLength": 1}},
    },
}


class NoKeyError(FieldError):
    """No valid API key came with the request."""

    status = 401
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class TooLargeError(FieldError):
    """The body is larger than we take at a time."""

    status = 413


class NotNowError(FieldError):
    """What we need does not answer; the same request is welcome again."""

    status = 503
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "2"}


class Receipts(BaseModel):
    """One receipt for each event, in the order sent."""

    receipts: list[Receipt]


class KeptReceipts(BaseModel):
    """Receipts, oldest first. Ask again with `after` = `next` for those that follow; null when there are no more."""

    receipts: list[Kept]
    next: int | None = None


async def sender(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> str:
    """The provider that the API key is bound to. Raises NoKeyError."""
    person = await People(request.app.state.pool).of_api_key(given.credentials) if given else None
    if person is None:
        remedy = "send your API key as 'Authorization: Bearer <key>'; `clockstop provider add ODS --new-key` makes one"
        raise NoKeyError("Authorization", "no valid API key", remedy)
    [provider] = person.providers
    return provider


Sender = Annotated[str, Depends(sender)]


def build_web(pool: Pool, door: FrontDoor) -> FastAPI:
    """The front door's HTTP app."""
    app = FastAPI(title="Clockstop: the front door", version="1", openapi_url=OPENAPI, docs_url=None, redoc_url=None)
    app.state.pool = pool
    install_errors(app)

    @app.post(
        "/v1/events",
        status_code=202,
        summary="Send events: one, a JSON array, or one a line",
        responses=problems(401, 413, 422, 503),
        openapi_extra={"requestBody": BODY},
    )
    async def send_events(request: Request, provider: Sender) -> Receipts:
        """One event, a JSON array or NDJSON, up to 5 MB; idempotent by event id. Each event is judged alone."""
        raws = split(await _body(request), lines="ndjson" in request.headers.get("content-type", ""))
        if not raws:
            raise FieldError("body", "the body is empty", "send one event, a JSON array of events, or one a line (NDJSON)")
        receipts: list[Receipt] = []
        try:
            async with request.app.state.pool.acquire(timeout=5) as connection:
                for start in range(0, len(raws), AT_ONCE):
                    receipts += await receive_over_http(door, connection, provider, raws[start : start + AT_ONCE], clock.now())
        except Exception as error:  # noqa: BLE001  # what was committed stays; the sender repeats the rest, and repeats are harmless
            structlog.get_logger().warning("events not taken", error=type(error).__name__, detail=str(error)[:300])
            raise NotNowError(None, "not taken now", "send the same events again in a moment") from None
        return Receipts(receipts=receipts)

    @app.get("/v1/receipts/{event_id:path}", summary="What became of one event", responses=problems(401, 404, 422))
    async def receipts_of_event(event_id: str, request: Request, provider: Sender) -> KeptReceipts:
        """Several when an id was used again with other content."""
        found = await by_id(request.app.state.pool, provider, event_id)
        if not found:
            raise NotKnownError(
                "event_id", f"no event {event_id[:64]!r} was received from {provider}", "check its id, and that it was sent"
            )
        return KeptReceipts(receipts=found)

    @app.get("/v1/receipts", summary="What became of everything since an instant", responses=problems(401, 422))
    async def receipts_since(
        request: Request,
        provider: Sender,
        since_instant: Annotated[
            AwareDatetime | None, Query(alias="since", description="received at or after this instant, with offset")
        ] = None,
        after: Annotated[int, Query(ge=0, description="`next` of the page before")] = 0,
    ) -> KeptReceipts:
        """Oldest first, a thousand at a time."""
        found = await since(request.app.state.pool, provider, since_instant, after, AT_ONCE)
        return KeptReceipts(receipts=found, next=found[-1].position if len(found) == AT_ONCE else None)

    return app


async def _body(request: Request) -> bytes:
    """The body, refused as soon as it grows past the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise TooLargeError("body", f"the body is larger than {MAX_BODY} bytes", "send fewer events at a time")
    return bytes(body)
