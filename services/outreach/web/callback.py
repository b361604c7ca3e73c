"""Where GOV.UK Notify tells what became of a message. What it says of whom it was for is not read, and nowhere written."""

import hmac
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.outreach.rules.messages import RETURNED, fate
from services.outreach.store import messages
from shared import clock as wall
from shared.runtime.database import Pool

BEARER = HTTPBearer(auto_error=False)
PATH = "/v1/notify/callback"


class Told(BaseModel):
    """What is read of it. One without a status tells of a letter that came back; its id is called `notification_id`."""

    reference: UUID | None = None
    status: str | None = None
    id: str | None = None
    notification_id: str | None = None


def router(pool: Pool, token: str) -> APIRouter:
    """The one route; `token` is what Notify was given to show."""
    routes = APIRouter()
    expected = token.encode()

    def notify(given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> None:
        if given is None or not hmac.compare_digest(given.credentials.encode(), expected):
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})

    @routes.post(PATH, status_code=204, dependencies=[Depends(notify)], include_in_schema=False)
    async def hear(told: Told) -> Response:
        """204: taken, now or before. 404: none of ours, which Notify does not tell again. Anything else it tells again, five times."""
        status, notify_id = (told.status or RETURNED), (told.id or told.notification_id)
        if told.reference is None:
            raise HTTPException(404)
        async with pool.acquire(timeout=2) as connection, connection.transaction():
            now = wall.now()
            known = await messages.hear(connection, told.reference, fate(status), notify_id, now, now)
        if not known:
            raise HTTPException(404)
        return Response(status_code=204)

    return routes
