"""What the journeys share: a served application, the sizes of screens, and what axe finds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from axe_playwright_python.async_playwright import Axe
from fastapi import FastAPI
from playwright.async_api import Page

from deploy.local.ports import free_port

CHROMIUM = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LAPTOP = (1366, 768)
PHONE = (390, 844)


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The address of an application that runs in this loop."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=2))
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(20):
        while not server.started:
            await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


async def faults(page: Page) -> list[str]:
    """What axe finds."""
    found = await Axe().run(page, options={"runOnly": RULES})
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in found.response["violations"]]
