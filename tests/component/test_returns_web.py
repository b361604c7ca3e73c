"""The pages of returns on a real database: from draft to the transport by two people, and nobody does more than they may."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from html import unescape

import httpx
import pytest

from services.reporting.web.desk import Counting
from services.reporting.web.site import build_web
from shared import clock
from shared.runtime import trail
from shared.runtime.broker import Ends
from shared.runtime.database import Pool
from shared.web.application import Access
from tests.component import returns_scene
from tests.component.returns_scene import BOTH, FEMI, GRACE, ICB, ID, NOW, PERIOD, STRANGER, Scene

PEOPLE: list[tuple[str, str, str, list[str], list[str]]] = [
    (one.username, one.name, one.organisation, sorted(one.roles), []) for one in (FEMI, GRACE, BOTH, STRANGER)
]
WALKERS = [("priya", "Priya Nair", "Westside Trust", ["team-manager"], ["RXX"]), ("olu", "Olu", ICB, ["outreach-worker"], [])]


@pytest.fixture
async def scene(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    async with returns_scene.scene(database_urls, 30) as found:
        await found.admin.execute("delete from reference.organisations where ods = 'XIB' and name <> $1", ICB)
        told = "insert into access.person (username, name, organisation, roles, providers) values ($1, $2, $3, $4, $5)"
        await found.admin.executemany(told, PEOPLE + WALKERS)
        yield found


def counting(scene: Scene) -> Counting:
    @asynccontextmanager
    async def give() -> AsyncIterator[tuple[Pool, Ends]]:
        yield scene.pool, returns_scene.ends

    return give


class Visitor:
    """A browser of somebody's."""

    def __init__(self, client: httpx.AsyncClient, csrf: str) -> None:
        self.client, self.csrf = client, csrf

    async def see(self, path: str = "", **query: str) -> httpx.Response:
        return await self.client.get(f"/returns/{ID}{path}", params=query or None)

    async def do(self, change: str, **fields: str) -> httpx.Response:
        return await self.client.post(f"/returns/{ID}/{change}", data={"csrf": self.csrf, "version": "1", **fields})


async def visit(scene: Scene, username: str) -> Visitor:
    app = build_web(scene.pool, Access("k" * 32, "127.0.0.1"), counting(scene))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://site")
    token = re.search(r'name="csrf" value="([^"]+)"', (await client.get("/sign-in")).text)
    assert token
    await client.post("/sign-in", data={"username": username, "csrf": token[1], "next": "/returns"})
    again = re.search(r'name="csrf" value="([^"]+)"', (await client.get("/returns")).text)
    return Visitor(client, again[1] if again else "")


async def test_a_return_goes_from_draft_to_the_transport_by_two_people(scene: Scene) -> None:
    femi, grace = await visit(scene, "femi"), await visit(scene, "grace")
    begin = {"csrf": femi.csrf, "definition": "smi-checks", "organisation": "XIB", "period": PERIOD}
    for wrong, word in (({"period": "2024-25-Q9"}, "is no period"), ({"organisation": "XXX"}, "no organisation")):
        refused = await femi.client.post("/returns", data=begin | wrong)
        assert refused.status_code == 422
        assert word in unescape(refused.text)
    begun = await femi.client.post("/returns", data=begin)
    assert (begun.status_code, begun.headers["location"]) == (303, f"/returns/{ID}")
    assert "Nothing is frozen yet" in (await femi.see()).text
    both = await visit(scene, "both")
    before = (NOW - timedelta(minutes=1)).isoformat()
    assert (await both.do("enter", line="comment", value="Fewer clinics", why="told by them", seen=before)).status_code == 303
    late = await femi.do("enter", line="comment", value="More <clinics>", why="as I heard", seen=before)
    assert late.status_code == 422
    assert "both has entered &#39;Fewer clinics&#39; meanwhile" in late.text
    assert "More &lt;clinics&gt;</textarea>" in late.text, "what was written is not lost"
    assert (await femi.do("enter", line="comment", value="Fewer clinics", why="as I heard", seen=NOW.isoformat())).status_code == 303
    assert (await femi.do("freeze")).status_code == 303
    page = (await femi.see()).text
    row = await scene.pool.fetchrow("select * from return_version")
    assert row is not None
    assert row["hash"] in page
    for edit in re.findall(r'name="edit" value="([^"]+)"', page):
        assert (await femi.do("explain", edit=edit, why="short")).status_code == 422
        assert (await femi.do("explain", edit=edit, why="it was checked with the practices")).status_code == 303
    assert (await femi.do("check")).status_code == 303
    cells = [unescape(link) for link in re.findall(r'href="(/returns/[^"]*/cell\?[^"]*)"', (await femi.see()).text)]
    assert cells
    for link in cells:
        opened = await femi.client.get(link)
        listed = len((await femi.client.get(link.replace("/cell?", "/cell.csv?"))).text.splitlines()) - 1
        assert opened.text.count('<th scope="row" class="cs-nowrap">') == listed
        assert f"ledger positions up to {row['ledger_position']:,}" in opened.text
    assert (await femi.do("sign")).status_code == 422
    stale = await grace.do("sign", read="0" * 64)
    assert (stale.status_code, "frozen again since you read it" in stale.text) == (422, True)
    assert [(await grace.do(change)).status_code for change in ("sign", "send", "send")] == [303, 303, 303]
    sent = await scene.pool.fetch("select recipient from submission")
    assert len(sent) == len({one["recipient"] for one in sent}) > 0
    for form in ("csv", "json", "xlsx", "rows"):
        assert (await femi.see("/file", form=form)).status_code == 200
    assert (await femi.see("/file", form="pdf")).status_code == 422
    assert "it would say the same" in (await femi.see("/compare")).text
    told = [row["what"] for row in await scene.pool.fetch("select what from audit order by id")]
    assert {"return frozen", "return checked", "return signed", "return sent", "return exported", "return cell seen"} <= set(told)
    assert await trail.broken(scene.pool) is None
    await check_api(scene, femi)


async def check_api(scene: Scene, femi: Visitor) -> None:
    """What the API says is what leaves, and nothing more; strangers are told nothing."""
    [listed] = (await femi.client.get("/v1/returns")).json()
    assert (listed["id"], listed["state"], listed["deadline"]) == (ID, "signed", "2025-04-20")
    assert listed["next"] == "to be sent"
    [row] = await scene.pool.fetch("select * from return_version")
    whole = (await femi.client.get(f"/v1/returns/{ID}", params={"version": 1})).json()
    assert (whole["frozen"]["hash"], whole["frozen"]["signed_by"], whole["versions"]) == (row["hash"], "grace", [1])
    kept = await scene.pool.fetch("select line, level, code, by, value, kind, shown from frozen_row order by place")
    assert [{name: one[name] for name in kept[0].keys()} for one in whole["rows"]] == [dict(one) for one in kept]  # noqa: SIM118
    assert [one["change"] for one in whole["history"]] == ["signed", "checked", "frozen", "drafted"]
    assert all(one["explained"] for one in whole["edits"])
    assert {one["state"] for one in whole["sent"]} == {"queued"}
    for path, status in ((f"/v1/returns/{ID}?version=9", 404), (f"/v1/returns/{ID}?version=x", 422), ("/v1/returns/x", 404)):
        refused = await femi.client.get(path)
        assert (refused.status_code, set(refused.json())) == (status, {"error", "field", "remedy"})
    stranger, walker = await visit(scene, "zoe"), await visit(scene, "olu")
    assert (await stranger.client.get("/v1/returns")).json() == []
    assert (await stranger.client.get(f"/v1/returns/{ID}")).status_code == 404
    assert (await walker.client.get("/v1/returns")).status_code == 403
    nobody = httpx.AsyncClient(transport=walker.client._transport, base_url="http://site")
    assert (await nobody.get(f"/v1/returns/{ID}")).status_code == 401
    assert "/v1/returns/{return_id}" in (await femi.client.get("/openapi/reporting.json")).json()["paths"]


async def test_roles_and_routes(scene: Scene) -> None:
    await scene.drafted()
    seen = ("", "/compare", "/file", "/cell?line=register")
    for who, wanted in (
        ("femi", [200, 422, 422, 404]), ("zoe", [404, 404, 404, 404]), ("priya", [404, 404, 404, 403]), ("olu", [403, 403, 403, 403]),
    ):  # fmt: skip
        visitor = await visit(scene, who)
        assert [(await visitor.see(path)).status_code for path in seen] == wanted, who
        for change in ("freeze", "explain", "check", "sign", "send", "restate", "close", "authorise", "enter"):
            answer = await visitor.do(change, why="because it is so", line="note", value="1")
            assert answer.status_code in {403, 404, 422} or (who, change) in {("femi", "freeze"), ("femi", "close")}, (who, change)
    grace = await visit(scene, "grace")
    guessed = await grace.client.post(f"/returns/{ID}/sign", data={"csrf": "guessed", "version": "1"})
    assert guessed.status_code == 403
    nobody = httpx.AsyncClient(transport=grace.client._transport, base_url="http://site")
    assert (await nobody.get("/returns")).status_code == 303
