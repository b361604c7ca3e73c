"""The pages for senders: open to anyone, complete, and no other than the models, the verdicts and the APIs say."""

from collections.abc import AsyncIterator
from html import unescape
from typing import Any, cast

import httpx
import pytest

from services.referrals.web import api as front_door
from services.waits.rules.effects import What
from services.waits.rules.facts import READ
from services.waits.web.schemas import fields, takes
from services.waits.web.senders import NO_CLOCK
from services.waits.web.site import build_web
from services.waits.web.words import CLOCK
from shared.events import asyncapi
from shared.events.catalogue import RECORDS, SENT_MODELS
from shared.events.contracts import CONTRACTS
from shared.events.receipts import Flag, Reason, Verdict
from shared.events.words import FLAGS, REASONS, VERDICTS
from shared.runtime.database import Pool
from shared.web.application import Access

NOBODY = cast("Pool", None)
"""These pages read no database."""


@pytest.fixture
async def visitor() -> AsyncIterator[httpx.AsyncClient]:

    door = front_door.build_web(NOBODY, cast("Any", None))
    app = build_web(NOBODY, Access("k" * 32, "127.0.0.1"), [door.openapi()])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://site") as client:
        yield client


async def page(visitor: httpx.AsyncClient, path: str) -> str:
    answer = await visitor.get(path)
    assert answer.status_code == 200, path
    return unescape(answer.text)


async def test_the_catalogue_lists_every_record_and_what_the_clock_does_with_it(visitor: httpx.AsyncClient) -> None:
    html = await page(visitor, "/senders")
    for kind in RECORDS:
        assert f'href="/senders/events/{kind}"' in html
        assert CLOCK.get(kind, NO_CLOCK) in html
    assert set(CLOCK) == READ | {"merge"}
    assert "curl http://site/v1/events" in html


@pytest.mark.parametrize("kind", RECORDS)
async def test_a_records_page_tells_every_field_and_code(visitor: httpx.AsyncClient, kind: str) -> None:
    html = await page(visitor, f"/senders/events/{kind}")
    [contract] = [one for one in CONTRACTS if one.model is SENT_MODELS[f"cmh.{kind}.recorded.v1"]]
    rows = list(fields(contract.described["properties"]["data"]))
    for row in rows:
        assert f"<code>{row.path}</code>{' <strong>required</strong>' if row.required else ''}" in html
        assert row.meaning in html
        assert all(f"<code>{code}</code>" in html for code, _ in row.codes)
        assert "^" not in row.takes, f"{row.path}: say the pattern in words (services/waits/web/schemas.py)"
    assert contract.examples[0]["id"] in html


async def test_a_record_that_is_none_is_not_found(visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get("/senders/events/haircut")).status_code == 404


async def test_every_verdict_reason_flag_and_effect_is_told(visitor: httpx.AsyncClient) -> None:
    assert (set(VERDICTS), set(REASONS), set(FLAGS)) == (set(Verdict), set(Reason), set(Flag))
    html = await page(visitor, "/senders/verdicts")
    assert [one for one in (*Verdict, *Reason, *Flag, *What) if f"<code>{one}</code>" not in html] == []


async def test_the_api_page_tells_all_that_both_apis_do(visitor: httpx.AsyncClient) -> None:
    html = await page(visitor, "/senders/api")
    waits = (await visitor.get("/openapi/waits.json")).json()
    door = front_door.build_web(NOBODY, cast("Any", None)).openapi()
    for path, methods in (*waits["paths"].items(), *door["paths"].items()):
        for method, told in methods.items():
            assert f"<code>{method.upper()} {path}</code>" in html
            assert told["summary"] in html
            assert all(parameter["name"] in html for parameter in told.get("parameters", ()))
    assert {"/v1/effects/{event_id}", "/v1/waits"} <= waits["paths"].keys()
    assert {"/v1/events", "/v1/receipts"} <= door["paths"].keys()


async def test_the_asyncapi_document_can_be_downloaded(visitor: httpx.AsyncClient) -> None:
    assert (await visitor.get("/asyncapi.json")).json() == asyncapi.document()


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "format": "date"}, "date"),
        ({"anyOf": [{"type": "string", "maxLength": 64}, {"type": "null"}]}, "text, up to 64 characters"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "whole number, from 1, to 9"),
        ({"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "^x$"}}, "list of: text as ^x$, at least 1"),
        ({"anyOf": [{"type": "number"}, {"enum": ["never"], "type": "string"}]}, "number or one of the codes"),
        ({"const": "1.0", "type": "string"}, '"1.0"'),
        ({}, "anything"),
    ],
)
def test_what_a_field_takes_in_words(schema: dict[str, Any], words: str) -> None:
    assert takes(schema) == words
