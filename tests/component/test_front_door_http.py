"""The HTTPS way in: `POST /v1/events` and receipts; the same judgement as over Kafka, one provider for each API key."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from services.referrals.store.access import add_provider
from services.referrals.web.api import MAX_BODY, build_web
from shared.events.receipts import Reason, Receipt
from shared.runtime.database import Pool, connect_pool
from tests.component.sent_events import RECEIVED, Desk, door, event, raw, refused


@pytest.fixture
async def pool(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    async with await connect_pool(database_urls["referrals"], "referrals") as pool:
        yield pool


class Site:
    """The HTTP front door, and the API keys of two providers."""

    def __init__(self, client: httpx.AsyncClient, keys: dict[str, str]) -> None:
        self.client = client
        self.keys = keys

    def _bearer(self, provider: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys.get(provider, provider)}"}

    async def post(self, body: bytes, provider: str = "RXX", content_type: str = "application/json") -> httpx.Response:
        return await self.client.post("/v1/events", content=body, headers=self._bearer(provider) | {"Content-Type": content_type})

    async def told(self, body: bytes, provider: str = "RXX", content_type: str = "application/json") -> list[dict[str, Any]]:
        answer = await self.post(body, provider, content_type)
        assert answer.status_code == 202, answer.text
        return list(answer.json()["receipts"])

    async def get(self, path: str, provider: str = "RXX", **query: str) -> httpx.Response:
        return await self.client.get(path, params=query, headers=self._bearer(provider))


@pytest.fixture
async def site(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr("shared.clock.now", lambda: RECEIVED)
    keys = {}
    async with pool.acquire() as connection:
        for ods in ("RXX", "RYY"):
            keys[ods] = str((await add_provider(connection, ods, "", new_key=False)).api_key)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=build_web(pool, door())), base_url="http://site") as client:
        yield Site(client, keys)


async def test_one_event(site: Site) -> None:
    sent = event()
    told = {"source": "/RXX/epr", "id": sent["id"], "verdict": "accepted", "flags": [], "canonical": sent["id"]}
    assert await site.told(raw(sent)) == [told | dict.fromkeys(("reason", "field", "detail", "hashes"))]


async def test_a_receipt_of_what_names_itself_in_no_way_has_the_same_shape(site: Site) -> None:
    (told,) = await site.told(refused()[Reason.NOT_JSON])
    assert Receipt.model_validate_json(json.dumps(told)).reason is Reason.NOT_JSON


async def test_one_event_over_many_lines(site: Site) -> None:
    (told,) = await site.told(orjson.dumps(event(), option=orjson.OPT_INDENT_2))
    assert told["verdict"] == "accepted"


@pytest.mark.parametrize("reason", refused())
async def test_an_array_with_one_bad_element(site: Site, reason: Reason) -> None:
    """Whatever is wrong with it, its neighbours are taken; brackets and quotes that never end are the exception, told apart below."""
    bad = refused()[reason]
    if reason is Reason.NOT_JSON:
        bad = bad.replace(b":", b" ") + b"}"
    told = await site.told(b"[" + b",".join([raw(event(record_id="R-b")), bad, raw(event(record_id="R-a"))]) + b"]")
    assert [one["verdict"] for one in told] == ["accepted", "rejected", "accepted"]
    assert told[1]["reason"] == reason.value


async def test_an_array_that_never_ends(site: Site) -> None:
    told = await site.told(b"[" + raw(event()) + b"," + raw(event())[:-30])
    assert [(one["verdict"], one.get("reason")) for one in told] == [("accepted", None), ("rejected", "not-json")]


@pytest.mark.parametrize("content_type", ["application/json", "application/x-ndjson"])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\n\n"])
async def test_ndjson_with_a_broken_line(site: Site, content_type: str, newline: bytes) -> None:
    body = newline.join([raw(event(record_id="R-b")), raw(event())[:-30], raw(event(record_id="R-a"))]) + newline
    told = await site.told(body, content_type=content_type)
    assert [one["verdict"] for one in told] == ["accepted", "rejected", "accepted"]


@pytest.mark.parametrize("body", [b"", b" \n ", b"[]", b"[ ]"])
async def test_an_empty_body(site: Site, body: bytes) -> None:
    answer = await site.post(body)
    assert answer.status_code == 422
    assert answer.json() == {
        "error": "the body is empty",
        "field": "body",
        "remedy": "send one event, a JSON array of events, or one a line (NDJSON)",
    }


async def test_the_body_limit(site: Site, pool: Pool) -> None:
    one = raw(event())
    answer = await site.post(one + b" " * (MAX_BODY - len(one) + 1))
    assert (answer.status_code, await pool.fetchval("select count(*) from ledger")) == (413, 0)
    (told,) = await site.told(one + b" " * (MAX_BODY - len(one)))
    assert told["verdict"] == "accepted"


async def test_more_events_than_one_transaction_takes(site: Site, pool: Pool) -> None:
    told = await site.told(b"\n".join(raw(event("contact", f"C{number}")) for number in range(2345)))
    assert {one["verdict"] for one in told} == {"accepted"}
    assert await pool.fetchval("select count(*) from ledger") == len(told) == 2345


async def test_sending_again_is_harmless(site: Site, pool: Pool) -> None:
    body = b"\n".join(raw(event(record_id=f"R{number}")) for number in range(3))
    await site.told(body)
    assert [one["verdict"] for one in await site.told(body)] == ["duplicate"] * 3
    assert await pool.fetchval("select count(*) from ledger") == 3


async def test_keys(site: Site, pool: Pool) -> None:
    for wrong in ("", "clockstop_rxx_wrong", site.keys["RXX"] + "x"):
        answer = await site.post(raw(event()), provider=wrong)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert (await site.client.post("/v1/events", content=raw(event()))).status_code == 401
    assert (await site.client.get("/v1/receipts")).status_code == 401
    await pool.execute("update access.api_key set revoked_at = now() where provider = 'RXX'")
    assert (await site.post(raw(event()))).status_code == 401
    assert (await site.post(raw(event(provider="RYY")), provider="RYY")).status_code == 202


async def test_a_key_sends_for_its_own_provider_alone(site: Site) -> None:
    (told,) = await site.told(raw(event(provider="RXX")), provider="RYY")
    assert (told["verdict"], told["reason"], told["field"]) == ("rejected", "provider-mismatch", "data.provider")
    (told,) = await site.told(raw(event(provider="RYY") | {"source": "/RXX/epr"}), provider="RYY")
    assert (told["verdict"], told["reason"], told["field"]) == ("rejected", "provider-mismatch", "source")


async def test_receipts_of_one_event(site: Site) -> None:
    sent = event(event_id="2024/07/referral:1")
    await site.told(raw(sent))
    await site.told(raw(event(event_id=sent["id"], received_on="2024-07-02")))
    answer = await site.get(f"/v1/receipts/{sent['id']}")
    assert [(one["verdict"], one.get("canonical")) for one in answer.json()["receipts"]] == [("accepted", sent["id"]), ("conflict", None)]
    assert answer.json()["receipts"][0]["received"] == "2024-07-10T12:00:00Z"
    missing = await site.get("/v1/receipts/e-never")
    assert (missing.status_code, missing.json()["error"]) == (404, "no event 'e-never' was received from RXX")


async def test_another_providers_receipts_are_not_readable(site: Site) -> None:
    taken, refused_one = event(), event(received_on=None)
    await site.told(raw(taken))
    await site.told(raw(refused_one))
    for one in (taken, refused_one):
        assert (await site.get(f"/v1/receipts/{one['id']}")).status_code == 200
        assert (await site.get(f"/v1/receipts/{one['id']}", provider="RYY")).status_code == 404
    assert (await site.get("/v1/receipts", provider="RYY")).json()["receipts"] == []
    assert len((await site.get("/v1/receipts")).json()["receipts"]) == 2


async def test_receipts_since(site: Site, pool: Pool) -> None:
    desk = Desk(pool)
    early, late = event(), event(record_id="R2")
    await desk.send(early)
    await desk.send(late, refused()[Reason.BAD_VALUE], at=RECEIVED + timedelta(hours=1))
    since = (await site.get("/v1/receipts", since="2024-07-10T13:30:00+01:00")).json()
    assert [one["verdict"] for one in since["receipts"]] == ["accepted", "rejected"]
    assert since["receipts"][0]["id"] == late["id"]
    assert [one["id"] for one in (await site.get("/v1/receipts")).json()["receipts"]][:2] == [early["id"], late["id"]]
    assert (await site.get("/v1/receipts", since="yesterday")).status_code == 422
    assert (await site.get("/v1/receipts", since="2024-07-10T13:30:00")).status_code == 422  # no offset


async def test_receipts_page_by_page(site: Site, pool: Pool) -> None:
    await Desk(pool).send(*(event("contact", f"C{number}") for number in range(2100)))
    seen: list[str] = []
    after: int | None = 0
    while after is not None:
        page = (await site.get("/v1/receipts", after=str(after))).json()
        seen += [one["id"] for one in page["receipts"]]
        after = page.get("next")
    assert len(seen) == len(set(seen)) == 2100


async def test_a_database_that_is_away_is_no_verdict(site: Site, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any, **__: Any) -> Any:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr("services.referrals.store.ledger.claim", away)
        answer = await site.post(raw(event(event_id="e-once")))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    (told,) = await site.told(raw(event(event_id="e-once")))
    assert told["verdict"] == "accepted"
