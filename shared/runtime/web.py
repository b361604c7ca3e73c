"""Serving web apps: several on one address, told apart by path; /live and /ready beside them."""

from collections.abc import Mapping

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime import metrics
from shared.runtime.health import Health, health_app, serving
from shared.runtime.settings import Settings


def dispatch(table: Mapping[str, ASGIApp], rest: ASGIApp) -> ASGIApp:
    """Send each request to the first app whose path begins its own, else to `rest`. Paths stay whole."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        found = next((app for prefix, app in table.items() if path == prefix or path.startswith(f"{prefix}/")), rest)
        await found(scope, receive, send)

    return app


def counted(app: ASGIApp, name: str) -> ASGIApp:
    """The same app; its answers are counted by class of status."""

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                metrics.ANSWERS.labels(name, f"{message['status'] // 100}xx").inc()
            await send(message)

        await app(scope, receive, sending)

    return counting


async def serve(app: ASGIApp, settings: Settings, health: Health) -> None:
    """Serve until SIGTERM or SIGINT, over HTTPS where a certificate is set; open event streams get 2 s to end.

    /live and /ready are on the same address, /metrics on METRICS_HOST:METRICS_PORT. The app's lifespan is the caller's.
    """
    asked = health_app(health, metrics_too=False)
    config = uvicorn.Config(
        dispatch({"/live": asked, "/ready": asked}, counted(app, health.service)),
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
    async with serving(health, settings):
        await uvicorn.Server(config).serve()
