"""What goes wrong between a reader and a page, said with a remedy: the same words as HTML for people and as JSON under /v1/."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

import asyncpg
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from shared.web.pages import Site

REMEDIES = {
    403: ("You may not see this", "Ask the person who looks after access in your organisation for the role that you need."),
    404: ("Page not found", "Check the address, or start again from Live waits."),
    405: ("This address does not take that kind of request", "Start again from Live waits."),
    503: ("Too many live pages are open", "Close some, or reload in a minute."),
}

SIGN_IN = "sign in at /sign-in, or send an API key as Authorization: Bearer"


class Problem(BaseModel):
    """What an API answers when it cannot do as asked."""

    error: str = Field(description="what is wrong")
    field: str | None = Field(description="the parameter or part of the request that is wrong; null: none in particular")
    remedy: str = Field(description="what to do")


MEANINGS = {
    401: "Nobody is signed in, and no valid API key came with the request",
    403: "The role of who asks does not read this",
    404: "There is no such thing among what who asks may see",
    413: "The body is too large",
    422: "A parameter, or the body, has a value that it cannot have",
    503: "Not now; the answer says when to come again",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer so."""
    return {status: {"model": Problem, "description": MEANINGS[status]} for status in statuses}


class FieldError(Exception):
    """A value that a filter, form or address does not accept (422): which field, what is wrong, what would be right."""

    status = 422
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, field: str | None, problem: str, remedy: str) -> None:
        super().__init__(f"{field}: {problem}; {remedy}")
        self.field, self.problem, self.remedy = field, problem, remedy

    @classmethod
    def unknown(cls, field: str, value: str, accepted: Sequence[str]) -> "FieldError":
        """A value outside a closed list."""
        return cls(field, f"unknown value {value[:40]!r}", f"use one of: {', '.join(accepted)}")


class NotKnownError(FieldError):
    """A value that could be, but names nothing that the reader may see (404)."""

    status = 404


class NotSignedIn(Exception):  # noqa: N818  # a state of the reader, not a fault
    """Nobody is signed in: pages lead to the sign-in page, everything else answers 401."""


def _back(request: Request) -> str | None:
    """The page of ours whose form was refused."""
    came = urlsplit(request.headers.get("referer", ""))
    if request.method != "POST" or came.netloc != request.url.netloc or came.path.startswith("//"):
        return None
    return came.path + (f"?{came.query}" if came.query else "")


def install_errors(app: FastAPI, site: Site | None = None) -> None:
    """Give `app` its error pages; one without a `site` has an API alone."""

    def answer(request: Request, status: int, title: str, remedy: str, field: str | None = None) -> Response:
        if site is None or request.url.path.startswith("/v1/"):
            return JSONResponse(Problem(error=title, field=field, remedy=remedy).model_dump(), status)
        return site.page(request, "error.html", status=status, title=title, remedy=remedy, field=field, back=_back(request))

    @app.exception_handler(FieldError)
    async def field_error(request: Request, error: FieldError) -> Response:
        told = answer(request, error.status, error.problem, error.remedy, error.field)
        told.headers.update(error.headers)
        return told

    @app.exception_handler(RequestValidationError)
    async def validation_error(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        return answer(request, 422, first["msg"], "Correct the value and try again.", str(first["loc"][-1]))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        title, remedy = REMEDIES.get(error.status_code, (error.detail, "Try again."))
        told = answer(request, error.status_code, title, remedy)
        told.headers.update(error.headers or {})  # of 405: what the address does take
        return told

    @app.exception_handler(asyncpg.CharacterNotInRepertoireError)
    async def no_text(request: Request, _: Exception) -> Response:
        """NUL, which JSON and an address can carry, and PostgreSQL's texts cannot."""
        return answer(request, 422, "a text holds the character NUL", "leave it out")

    @app.exception_handler(NotSignedIn)
    async def not_signed_in(request: Request, _: NotSignedIn) -> Response:
        stream = "text/event-stream" in request.headers.get("accept", "")
        if stream or request.url.path.startswith("/v1/"):
            return JSONResponse({"error": "not signed in", "field": None, "remedy": SIGN_IN}, 401)
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?{urlencode({'next': wanted})}", 303)
