"""Alerts, saved views and signals over HTTP on a real database: who may do what, what is refused by name, what is kept."""

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from typing import get_args

import httpx
import pytest

from services.waits.publish import Outlets
from services.waits.rules.gaming import SIGNALS, quarters
from services.waits.store import definitions
from services.waits.store.alerts import Alerts
from services.waits.store.signals import Signals
from services.waits.web.signals_page import Name
from services.waits.web.site import build_web
from shared.runtime.database import Pool
from shared.web.application import Access
from tests.component import test_waits_web, waits_rows
from tests.component.test_waits_web import signed_in, token_of
from tests.component.waits_rows import AT, NOW

pool = test_waits_web.pool
RULE = {
    "title": "Past 28 days at Westside", "measure": "past-target", "direction": "above", "thresholds": "300, 10", "provider": "RXA",
    "team_type": "", "emails": "priya@trust.example", "webhook": "https://hooks.example/x?sig=hidden", "form": "teams",
}  # fmt: skip


@pytest.fixture
async def visitor(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setattr("shared.clock.now", lambda: NOW)
    app = build_web(pool, Access("k" * 32, "127.0.0.1"), (), Outlets(None, frozenset({"hooks.example"}), "https://waits.example"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://site") as client:
        yield client


@pytest.fixture
async def priya(visitor: httpx.AsyncClient) -> httpx.AsyncClient:
    """A team manager; sees RXA."""
    return await signed_in(visitor, "priya")


async def again(client: httpx.AsyncClient, username: str) -> httpx.AsyncClient:
    """The same browser, somebody else."""
    await client.post("/sign-out", data={"csrf": await token_of(client, "/waits")})
    return await signed_in(client, username)


async def post(client: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    return await client.post(path, data={"csrf": await token_of(client, "/waits")} | form)


async def look(pool: Pool) -> None:
    job = Alerts()
    for _ in range(20):
        async with pool.acquire() as connection, connection.transaction():
            if not await job.look(connection):
                return


async def made(client: httpx.AsyncClient, pool: Pool, **form: str) -> str:
    """The address of a rule that was just made and looked at."""
    answer = await post(client, "/alerts/rules", **(RULE | form))
    assert answer.status_code == 303, answer.text
    await look(pool)
    return answer.headers["location"]


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


async def test_a_rule_is_made_fires_and_is_acknowledged_and_snoozed(priya: httpx.AsyncClient, pool: Pool) -> None:
    address = await made(priya, pool)
    overview = words((await priya.get("/alerts")).text)
    assert "1 alert to look at, 1 stands" in overview
    assert "rises to 10 or 300" in overview
    assert "e-mail is not set up here" in overview
    page = (await priya.get(address)).text
    assert "hooks.example (Teams card)" in words(page)
    assert "Thresholds are let go at 9, 285" in words(page)
    behind = re.search(r'id="behind" href="([^"]+)">([\d,]+)<', page)
    assert behind
    listed = (await priya.get(unescape(behind[1]))).text
    assert f">{behind[2]} waits " in listed
    alert = await pool.fetchval("select id from alert")
    assert (await post(priya, f"/alerts/{alert}/acknowledge", note="  we know,  beds ")).status_code == 303
    await no_snooze_without_an_end(priya, alert)
    until = str(AT + timedelta(7))
    assert (await post(priya, f"/alerts/{alert}/snooze", until=until)).status_code == 303
    overview = words((await priya.get("/alerts")).text)
    assert "0 alerts to look at, 1 stands" in overview
    assert "snoozed until 19 March 2026, 08:00:00 we know, beds" in overview
    history = words((await priya.get(address)).text).partition("Everything that happened")[2]
    assert [what for what in ("snoozed 10", "acknowledged 10", "fired 10 at", "made Priya Nair") if what not in history] == []
    [row] = (await priya.get("/v1/alerts")).json()
    assert (row["id"], row["note"]) == (alert, "we know, beds")
    exported = (await priya.get("/v1/alerts?format=csv")).text
    assert [one["id"] for one in csv.DictReader(io.StringIO(exported))] == [str(alert)]


async def test_a_rule_is_changed_and_turned_off(priya: httpx.AsyncClient, pool: Pool) -> None:
    address = await made(priya, pool)
    form = RULE | {"thresholds": "5000", "measure": "waiting", "team_type": "A06", "emails": "", "webhook": ""}
    assert (await post(priya, address, **form)).status_code == 303
    await look(pool)
    assert await pool.fetchval("select resolved_at from alert") == NOW
    assert "Functional CMHT" in words((await priya.get(address)).text)
    await post(priya, address, **RULE)
    await look(pool)
    assert (await post(priya, f"{address}/turn", to="off")).status_code == 303
    assert await pool.fetchval("select count(*) from alert where resolved_at is null") == 0
    await look(pool)
    assert await pool.fetchval("select count(*) from alert") == 2
    await post(priya, f"{address}/turn", to="on")
    await look(pool)
    assert await pool.fetchval("select count(*) from alert") == 3
    paths = (
        "/alerts/rules",
        address,
        f"{address}/turn",
        "/alerts/1/acknowledge",
        "/alerts/1/snooze",
        "/views",
        "/views/1",
        "/views/1/delete",
    )
    for path in paths:
        form = RULE | {"csrf": "wrong", "to": "off", "until": str(AT + timedelta(3)), "address": "/waits"}
        assert (await priya.post(path, data=form)).status_code == 403, path


NO_RULES = [
    ({"title": " "}, "title"),
    ({"title": "x" * 101}, "title"),
    ({"measure": "beds"}, "measure"),
    ({"direction": "sideways"}, "direction"),
    ({"thresholds": "many"}, "thresholds"),
    ({"thresholds": "1 2 3 4 5 6 7"}, "thresholds"),
    ({"thresholds": "0"}, "thresholds"),
    ({"thresholds": "nan"}, "thresholds"),
    ({"thresholds": "inf"}, "thresholds"),
    ({"measure": "share-within", "thresholds": "120"}, "thresholds"),
    ({"provider": "RXB"}, "provider"),
    ({"team_type": "Z99"}, "team_type"),
    ({"team_type": "A06", "measure": "gaps"}, "team_type"),
    ({"definition": "mine"}, "definition"),
    ({"emails": "priya"}, "emails"),
    ({"emails": "a@b.example\r\nBcc: c@d.example"}, "emails"),
    ({"emails": ",".join(f"a{n}@b.example" for n in range(11))}, "emails"),
    ({"webhook": "http://hooks.example/x"}, "webhook"),
    ({"webhook": "https://127.0.0.1/latest"}, "webhook"),
    ({"webhook": "https://hooks.example.evil.example/x"}, "webhook"),
    ({"webhook": "https://hooks.example@evil.example/x"}, "webhook"),
    ({"webhook": "https://hooks.example:8443/x"}, "webhook"),
    ({"webhook": "https://[::1"}, "webhook"),
    ({"form": "fax"}, "form"),
]


async def test_what_cannot_be_a_rule_is_refused_by_name(priya: httpx.AsyncClient, pool: Pool) -> None:
    for form, field in NO_RULES:
        answer = await post(priya, "/alerts/rules", **(RULE | form))
        assert (answer.status_code, field in answer.text) == (422, True), form
    assert await pool.fetchval("select count(*) from alert_rule") == 0


async def no_snooze_without_an_end(priya: httpx.AsyncClient, alert: int) -> None:
    for until in ("", "soon", str(AT), str(AT - timedelta(1)), str(AT + timedelta(91))):
        answer = await post(priya, f"/alerts/{alert}/snooze", until=until)
        assert (answer.status_code, "until" in answer.text) == (422, True)


async def test_rules_are_for_those_who_see_all_that_they_look_at_and_may_act(
    visitor: httpx.AsyncClient, pool: Pool, database_urls: dict[str, str]
) -> None:
    amira = await signed_in(visitor, "amira")
    wide = await made(amira, pool, provider="")
    own = await made(amira, pool, provider="RXA", title="Westside alone")
    alert = await pool.fetchval("select id from alert order by id")
    priya = await again(amira, "priya")
    assert (await priya.get(wide)).status_code == 404
    assert (await post(priya, wide, **RULE)).status_code == 404
    assert (await post(priya, f"/alerts/{alert}/acknowledge")).status_code == 404
    html = (await priya.get("/alerts")).text
    assert "Westside alone" in html
    assert "RXB" not in html
    assert len((await priya.get("/v1/alerts")).json()) == 1
    assert "with the secret" not in (await priya.get(own)).text  # another's
    async with waits_rows.connected(database_urls["admin"]) as connection:
        await connection.execute("update access.person set roles = '{analyst}' where username = 'priya'")
    assert "Change it" not in (await priya.get(own)).text
    for path in ("/alerts/rules", own, f"{own}/turn", f"/alerts/{alert}/acknowledge", f"/alerts/{alert}/snooze"):
        assert (await post(priya, path, **RULE, to="off", until=str(AT + timedelta(3)))).status_code == 403
    ian = await again(priya, "ian")
    for path in ("/alerts", "/alerts/live", "/alerts/new", own, "/views", "/signals", "/v1/alerts", "/v1/signals"):
        assert (await ian.get(path)).status_code == 403, path
    for path in ("/alerts", own, "/views", "/signals"):
        assert (await httpx.AsyncClient(transport=ian._transport, base_url="http://site").get(path)).status_code == 303


async def test_a_view_is_kept_opened_renamed_shared_and_deleted(priya: httpx.AsyncClient, pool: Pool) -> None:
    html = (await priya.get("/waits/list?state=past-target&team_type=A06&sort=waited")).text
    address = re.search(r'name="address" value="([^"]+)"', html)
    assert address
    kept = unescape(address[1])
    answer = await post(priya, "/views", title="Long ones", address=kept, shared="true")
    assert (answer.status_code, answer.headers["location"]) == (303, kept)
    assert (await priya.get(kept)).status_code == 200
    for page in ("/waits", "/waits/list", "/data-quality", "/data-quality/list", "/signals"):
        assert ">Long ones</a>" in (await priya.get(page)).text
    view = await pool.fetchval("select id from saved_view")
    assert (await post(priya, f"/views/{view}", title="Longest waits")).status_code == 303
    assert [tuple(row) for row in await pool.fetch("select title, address, shared from saved_view")] == [("Longest waits", kept, False)]
    assert "Longest waits" in (await priya.get("/views")).text
    assert (await post(priya, f"/views/{view}/delete")).status_code == 303
    assert (await post(priya, f"/views/{view}/delete")).status_code == 404


async def test_views_are_shared_within_an_organisation(visitor: httpx.AsyncClient, pool: Pool, database_urls: dict[str, str]) -> None:
    async with waits_rows.connected(database_urls["admin"]) as connection:
        await connection.execute("insert into access.person values ('sam', 'Sam Reed', 'Westside Trust', '{team-manager}', '{RXA}')")
    priya = await signed_in(visitor, "priya")
    await post(priya, "/views", title="Mine", address="/waits")
    await post(priya, "/views", title="Ours", address="/waits?provider=RXA", shared="true")
    sam = await again(priya, "sam")
    html = (await sam.get("/waits")).text
    assert ("Ours</a>" in html, "Mine</a>" in html) == (True, False)
    view = await pool.fetchval("select id from saved_view where title = 'Ours'")
    assert (await post(sam, f"/views/{view}/delete")).status_code == 404
    assert (await post(sam, f"/views/{view}", title="Stolen")).status_code == 422
    amira = await again(sam, "amira")  # another organisation
    assert "Ours</a>" not in (await amira.get("/waits")).text


NOT_OURS = [
    ("https://evil.example/waits", "address"),
    ("//evil.example/waits", "address"),
    ("/sign-out", "address"),
    ("/waits/spells/RXA:R1", "address"),
    ("javascript:alert(1)", "address"),
    ("/waits?provider=RXB", "provider"),
    ("/waits/list?state=lost", "state"),
    ("/data-quality/list?what=lost", "what"),
]


async def test_an_address_that_is_not_ours_is_not_kept_nor_more_than_fifty(priya: httpx.AsyncClient, pool: Pool) -> None:
    for address, field in NOT_OURS:
        answer = await post(priya, "/views", title="X", address=address)
        assert (answer.status_code, field in answer.text) == (422, True), address
    assert await pool.fetchval("select count(*) from saved_view") == 0
    many = """insert into saved_view (username, title, address, shared, saved_at)
        select 'priya', n::text, '/waits', false, $1 from generate_series(1, 50) n"""
    await pool.execute(many, NOW)
    assert (await post(priya, "/views", title="one more", address="/waits")).status_code == 422


async def count_signals(pool: Pool) -> None:
    job = Signals(definitions.definition("national-2024"))
    for provider in ("RXA", "RXB", "RXC"):
        for quarter in quarters(AT, 2):
            async with pool.acquire() as connection, connection.transaction():
                await job.count(connection, provider, quarter, NOW)


async def test_a_signal_is_counted_listed_and_exported_alike(priya: httpx.AsyncClient, pool: Pool) -> None:
    await count_signals(pool)
    rows = (await priya.get("/v1/signals")).json()
    assert {row["provider"] for row in rows} == {"RXA"}
    shown = [row for row in rows if row["seen"]]
    assert {row["signal"] for row in shown} >= {"bulk-scores"}
    html = (await priya.get("/signals")).text
    assert "RXB" not in html
    links = re.findall(r'id="(?:signal|every)-\d+" href="([^"]+)">([\d,]+)', html)
    assert len(links) >= len(shown) > 0
    for address, number in links:
        listed = (await priya.get(unescape(address))).text
        assert re.search(rf">{number} waits? ", listed), address
        export = re.search(r'id="csv" href="([^"]+)"', listed)
        assert export
        found = list(csv.DictReader(io.StringIO((await priya.get(unescape(export[1]))).text)))
        assert len(found) == int(number)
        spell = re.search(r'id="spell-1" href="([^"]+)"', listed)
        assert spell
        assert (await priya.get(unescape(spell[1]))).status_code == 200
    for query, field in (
        ("quarter=2026-02-01", "quarter"),
        ("quarter=2019-01-01", "quarter"),
        ("provider=RXB", "provider"),
        ("team_type=Z1", "team"),
        ("definition=eip-2016", "definition"),
    ):
        for path in ("/signals", "/v1/signals"):
            answer = await priya.get(f"{path}?{query}")
            assert (answer.status_code, field in answer.text) == (422, True)
    assert (await priya.get("/signals/list?signal=lost&provider=RXA&team_type=A06")).status_code == 422


def test_words_and_filters_name_the_same_signals() -> None:
    assert set(get_args(Name)) == set(SIGNALS)
