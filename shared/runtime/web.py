"""Serving web apps: several on one address, told apart by path; /live and /ready beside them."""

import asyncio
from collections.abc import Mapping

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.runtime.database import Pool
from shared.runtime.settings import Settings


def dispatch(table: Mapping[str, ASGIApp], rest: ASGIApp) -> ASGIApp:
    """Send each request to the first app whose path begins its own, else to `rest`. Paths stay whole."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        found = next((app for prefix, app in table.items() if path == prefix or path.startswith(f"{prefix}/")), rest)
        await found(scope, receive, send)

    return app


def health(*pools: Pool) -> Mapping[str, ASGIApp]:
    """/live, and /ready: whether every database answers."""

    async def live(_request: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(_request: Request) -> Response:
        try:
            async with asyncio.timeout(2):
                for pool in pools:
                    await pool.fetchval("select 1")
        except Exception as error:  # noqa: BLE001  # any failure is the answer
            return JSONResponse({"ready": False, "problems": [f"database: {type(error).__name__}"]}, 503)
        return JSONResponse({"ready": True, "problems": []})

    app = Starlette(routes=[Route("/live", live), Route("/ready", ready)])
    return {"/live": app, "/ready": app}


async def serve(app: ASGIApp, settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, over HTTPS where a certificate is set; open event streams get 2 s to end.

    The app's lifespan is the caller's.
    """
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        log_config=None,
        timeout_graceful_shutdown=2,
        access_log=False,
        server_header=False,
        lifespan="off",
    )
    await uvicorn.Server(config).serve()
