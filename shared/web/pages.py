"""The chrome of every page (NHS.UK frontend macros), the formats of its words, and the headers that keep a page to itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import ChainableUndefined, ChoiceLoader, Environment, FileSystemLoader, PackageLoader
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web import formats
from shared.web.csrf import csrf_token

HERE = Path(__file__).parent
STATIC = HERE / "static"
SECTIONS: Mapping[str, str | None] = {
    "Live waits": "/waits",
    "Trends": "/trends",
    "Forecast": "/forecast",
    "Data quality": "/data-quality",
    "Alerts": "/alerts",
    "Health checks": "/health-checks",
    "Returns": "/returns",
    "Senders": "/senders",
    "Admin": None,
}
"""What the whole product consists of, in the order of the navigation, and where each part begins; None: it is still to come."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def templates(*package_dirs: Path) -> Environment:
    """Templates of the given folders, then the chrome, then NHS.UK frontend (whose macros need ChainableUndefined)."""
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader([*package_dirs, HERE / "templates"]), PackageLoader("nhsuk_frontend_jinja")]),
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    for name in ("day", "short_day", "instant", "local", "since", "number", "counted"):
        environment.filters[name] = getattr(formats, name)
    return environment


class Site:
    """Renders pages inside the chrome."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def page(self, request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
        """A whole page; who is signed in is known from the request."""
        return HTMLResponse(
            self.environment.get_template(template).render(
                facts,
                navigation=SECTIONS.items(),
                person=getattr(request.state, "person", None),
                csrf=csrf_token(request),
            ),
            status,
        )

    def fragment(self, template: str, **facts: Any) -> str:
        """A piece of a page, as it is pushed to open pages."""
        return self.environment.get_template(template).render(facts)


class SecurityHeaders:
    """ASGI middleware: no inline script or style, no framing, nothing of a person's page kept by a cache."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers["X-Frame-Options"] = "DENY"
                headers["Cache-Control"] = "no-cache" if scope["path"].startswith("/static/") else "private, no-store"
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)
