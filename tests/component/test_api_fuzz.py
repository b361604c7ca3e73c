"""Both APIs under schemathesis: whatever is asked of them, they answer as their own descriptions say, on a real database."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from itertools import product
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import one_of
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp

from deploy.local.ports import free_port
from services.outreach.web.site import build_web as build_outreach
from services.referrals.store.access import add_provider
from services.referrals.web import api as front_door
from services.waits.web import then
from services.waits.web.site import build_web
from shared import clock
from shared.runtime.database import connect_pool
from shared.web.application import Access
from tests.component import outreach_rows, sent_events, waits_rows

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 40
"""For each operation."""
ODD = ("%00", "%EF%BF%BF", "%ED%A0%80", "%FF", "%0A", "a%2Fb", "%2E%2E", "x" * 4000)
"""Ends of an address that few think of."""
Opens = Callable[[], AbstractAsyncContextManager[ASGIApp]]


def operations(schema: BaseSchema) -> list[APIOperation[Any, Any, Any, Any]]:
    """Everything that the description describes."""
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


def addresses(schema: BaseSchema) -> list[str]:
    """Each path with nothing for its parameter, and each query that a path takes."""
    found = {re.sub(r"{\w+}", "", operation.path): operation for operation in operations(schema)}
    return [*found, *(f"{path}?{one.name}=" for path, operation in found.items() for one in operation.query)]


@contextmanager
def serving(opens: Opens) -> Iterator[str]:
    """Serve an application from a thread of its own, as a process would; yields its address."""
    port, stopping, ready = free_port(), threading.Event(), threading.Event()

    async def work() -> None:
        async with opens() as app:
            server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", lifespan="off"))
            serve = asyncio.create_task(server._serve())
            while not server.started:
                await asyncio.sleep(0.01)
            ready.set()
            while not stopping.is_set():
                await asyncio.sleep(0.05)
            server.should_exit = True
            await serve

    thread = threading.Thread(target=asyncio.run, args=[work()], daemon=True)
    thread.start()
    assert ready.wait(20)
    yield f"http://127.0.0.1:{port}"
    stopping.set()
    thread.join(20)


def the_front_door(urls: dict[str, str], keys: dict[str, str]) -> Opens:
    @asynccontextmanager
    async def opens() -> Any:
        async with await connect_pool(urls["referrals"], "referrals") as pool:
            async with pool.acquire() as connection:
                keys["RXX"] = str((await add_provider(connection, "RXX", "", new_key=False)).api_key)
            await sent_events.Desk(pool).send(sent_events.event(event_id="e-known"))
            yield front_door.build_web(pool, sent_events.door())

    return opens


def the_waits(urls: dict[str, str], keys: dict[str, str]) -> Opens:
    @asynccontextmanager
    async def opens() -> Any:
        await waits_rows.write(urls["admin"], list(waits_rows.waits()))
        async with await connect_pool(urls["referrals"], "referrals") as door, door.acquire() as connection:
            keys["RXX"] = str((await add_provider(connection, "RXA", "", new_key=False)).api_key)
        async with await connect_pool(urls["waits"], "waits") as pool:
            yield build_web(pool, Access("k" * 32, "127.0.0.1"))

    return opens


def the_outreach(urls: dict[str, str], keys: dict[str, str]) -> Opens:
    @asynccontextmanager
    async def opens() -> Any:
        await outreach_rows.write(urls["admin"], list(outreach_rows.people()))
        async with await connect_pool(urls["referrals"], "referrals") as door, door.acquire() as connection:
            keys["RXX"] = str((await add_provider(connection, "RXA", "", new_key=True)).api_key)
        async with await connect_pool(urls["outreach"], "outreach") as pool:
            yield build_outreach(pool, Access("k" * 32, "127.0.0.1"))

    return opens


@pytest.mark.parametrize(
    ("api", "description", "answers"),
    [
        (the_front_door, "/openapi/referrals.json", {200, 404, 422}),
        (the_waits, "/openapi/waits.json", {200, 404, 422}),
        (the_outreach, "/openapi/outreach.json", {200, 422}),
    ],
)
def test_an_api_does_as_it_says(
    api: Callable[[dict[str, str], dict[str, str]], Opens],
    description: str,
    answers: set[int],
    database_urls: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: waits_rows.NOW)
    monkeypatch.setattr(then, "LOOKS", 1)  # nobody makes answers about the past here
    keys: dict[str, str] = {}
    with serving(api(database_urls, keys)) as address:
        bearer = {"Authorization": f"Bearer {keys['RXX']}"}
        schema = schemathesis.openapi.from_url(address + description)
        answered: dict[str, set[int]] = {}
        for operation in operations(schema):

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
            def ask(case: Any) -> None:
                answer = case.call(headers=bearer)
                case.validate_response(answer, checks=CHECKS)
                answered.setdefault(case.operation.label, set()).add(answer.status_code)

            ask()
        assert answered.keys() == {operation.label for operation in operations(schema)}
        assert set().union(*answered.values()) >= answers
        with httpx.Client(base_url=address) as client:
            for where, odd in product(addresses(schema), ODD):
                assert client.get(where + odd, headers=bearer).status_code in {200, 403, 404, 405, 422}, where + odd
            for where in addresses(schema):
                assert client.get(where).status_code in {401, 405}, where
