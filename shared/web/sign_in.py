"""Signing in. So far only the demonstration: pick a named person, no password; it refuses to exist where others could reach it."""

import contextlib
import ipaddress
import re
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from shared.web.csrf import require_csrf
from shared.web.errors import FieldError, NotSignedIn
from shared.web.pages import Site
from shared.web.people import People, Person

BEARER = HTTPBearer(scheme_name="API key", auto_error=False, description="a provider's API key reads its own provider's data")
SESSION = APIKeyCookie(name="clockstop", scheme_name="Session", auto_error=False, description="the session of somebody signed in")
"""For the API's description: `calling` reads them itself."""


class DemoSignInError(Exception):
    """The demonstration sign-in was asked for on an address that others can reach; one line with the remedy."""


async def signed_in(request: Request) -> Person:
    """The person behind the session. Raises NotSignedIn when there is none, or they may no longer sign in."""
    people: People = request.app.state.people
    username = request.session.get("username")
    person = await people.named(username) if username else None
    if person is None:
        raise NotSignedIn
    request.state.person = person
    return person


async def anybody(request: Request) -> None:
    """For pages that need no sign-in: who is signed in is shown all the same."""
    with contextlib.suppress(NotSignedIn):
        await signed_in(request)


async def calling(request: Request) -> Person:
    """Who calls the API: a provider's system by `Authorization: Bearer <API key>`, else the person behind the session."""
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        return await signed_in(request)
    people: People = request.app.state.people
    person = await people.of_api_key(key.strip())
    if person is None:
        raise NotSignedIn
    return person


Finds = Callable[[Request], Awaitable[Person]]


def having(roles: frozenset[str], found_by: Finds = signed_in) -> Callable[[Person], Awaitable[Person]]:
    """A dependency like `found_by` that also wants one of `roles` (403 otherwise)."""

    async def allowed(person: Annotated[Person, Depends(found_by)]) -> Person:
        if not person.roles & roles:
            raise HTTPException(403)
        return person

    return allowed


class DemoSignIn:
    """Routes /sign-in and /sign-out of the demonstration. Raises DemoSignInError when `host` is not a loopback address."""

    def __init__(self, site: Site, people: People, host: str) -> None:
        if not _loopback(host):
            raise DemoSignInError(
                f"demo sign-in refuses to start on {host}: set HTTP_HOST=127.0.0.1, or unset CLOCKSTOP_DEMO_SIGN_IN outside the local stack"
            )
        self.site = site
        self.people = people

    def router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/sign-in", self.choose)
        router.add_api_route("/sign-in", self.start, methods=["POST"])
        router.add_api_route("/sign-out", self.end, methods=["POST"])
        return router

    async def choose(self, request: Request, next: str = "/") -> Response:  # noqa: A002  # the word in the address
        return self.site.page(request, "sign_in.html", people=await self.people.everyone(), wanted=_local(next))

    async def start(
        self,
        request: Request,
        username: Annotated[str, Form()],
        csrf: Annotated[str, Form()],
        next: Annotated[str, Form()] = "/",  # noqa: A002
    ) -> Response:
        require_csrf(request, csrf)
        if await self.people.named(username) is None:
            raise FieldError("username", "nobody has this name", "choose a person from the list")
        request.session.clear()
        request.session["username"] = username
        return RedirectResponse(_local(next), 303)

    async def end(self, request: Request, csrf: Annotated[str, Form()]) -> Response:
        require_csrf(request, csrf)
        request.session.clear()
        return RedirectResponse("/sign-in", 303)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _local(address: str) -> str:
    """An address of this site, or the front page: never a way to send a person elsewhere after signing in."""
    return address if re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", address) else "/"
