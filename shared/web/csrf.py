"""A form is only taken from a page that we served: a random token in the signed session must come back with it."""

import secrets

from starlette.exceptions import HTTPException
from starlette.requests import Request

FIELD = "csrf"


def csrf_token(request: Request) -> str:
    """This session's token, made when first asked for."""
    return str(request.session.setdefault(FIELD, secrets.token_urlsafe(24)))


def require_csrf(request: Request, given: str) -> None:
    """Raises 403 unless `given` is this session's token."""
    if not secrets.compare_digest(str(request.session.get(FIELD, "")).encode(), given.encode()) or not given:
        raise HTTPException(403)
