"""Data quality over HTTP on a real database: numbers, lists and CSV agree; what people say of old waits is kept, shown, and lapses."""

import csv
import io
import re
from datetime import timedelta
from html import unescape
from typing import get_args

import httpx
import pytest

from services.waits.web.filters import Mark
from services.waits.web.quality_filters import What
from services.waits.web.words import GAPS, MARKS
from shared.runtime.database import Pool
from tests.component import test_waits_web, waits_rows
from tests.component.test_waits_handlers import Waits, canonical
from tests.component.test_waits_web import pool, signed_in, token_of, visitor
from tests.component.waits_rows import AT, NOW

__all__ = ["pool", "visitor"]
amira = test_waits_web.amira


def told(provider: str, person: str) -> list[dict[str, object]]:
    """Contacts whose referral is not known, one without medium, two of them late."""
    say = {"provider": provider, "person": person, "received": NOW.isoformat(), "recorded": NOW.isoformat()}
    days = [AT - timedelta(number) for number in (1, 2, 100, 200)]
    contacts = [canonical("contact", f"{person}-C{n}", referral_id="unknown", on=str(day), **say) for n, day in enumerate(days)]
    del contacts[1]["data"]["medium"]
    return [*contacts, canonical("score", f"{person}-S", referral_id="unknown", contact_id="unknown", on=str(days[0]), **say)]


@pytest.fixture
async def waits(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> Waits:
    """Rows of `waits_rows`, and events without parent at each provider."""
    heard = Waits(pool)
    heard.now = NOW
    monkeypatch.setattr("shared.clock.now", lambda: NOW)
    for provider in ("RXA", "RXB", "RXC"):
        await heard.hear(*told(provider, f"pkgap{provider}"))
    return heard


async def rows_of(client: httpx.AsyncClient, path: str) -> list[dict[str, str]]:
    answer = await client.get(path, headers={"accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_every_number_is_the_length_of_its_list_and_its_csv(amira: httpx.AsyncClient, waits: Waits) -> None:
    for narrowing in ("", "?provider=RXB", "?team_type=A08"):
        html = (await amira.get(f"/data-quality{narrowing}")).text
        links = re.findall(r'id="(?:inactive|parentless-table|codes-table)-[\d-]+" href="([^"]+)">([\d,]+)</a>', html)
        assert len(links) > 10
        for address, number in links:
            path = unescape(address)
            listed = (await amira.get(path)).text
            assert re.search(rf">{number} (wait|record)s? ", listed), path
            export = re.search(r'id="csv" href="([^"]+)"', listed)
            assert export
            assert len(await rows_of(amira, unescape(export[1]))) == int(number.replace(",", "")), path


async def test_a_list_goes_on_where_it_stopped(amira: httpx.AsyncClient, waits: Waits) -> None:
    found, after, totals = [], "", set()
    while after is not None:
        page = (await amira.get(f"/v1/gaps?after={after}")).json()
        found += [(gap["provider"], gap["what"], gap["kind"], gap["record_id"], gap["person"]) for gap in page["gaps"]]
        totals.add(page["total"])
        after = page["next"]
    assert totals == {len(found)}
    assert len(set(found)) == len(found) > 1000
    exported = await rows_of(amira, "/v1/gaps")
    assert [(row["provider"], row["what"], row["kind"], row["record_id"], row["person"]) for row in exported] == found
    days = [row["on"] for row in exported if row["on"]]
    assert days == sorted(days, reverse=True)


async def test_an_event_without_parent_says_since_when_it_waits(amira: httpx.AsyncClient, waits: Waits) -> None:
    page = (await amira.get("/v1/gaps?what=no-referral&kind=contact&provider=RXA")).json()
    assert {gap["record_id"] for gap in page["gaps"]} == {f"pkgapRXA-C{number}" for number in range(4)}
    assert {gap["received_at"] for gap in page["gaps"]} == {"2026-03-12T09:12:08Z"}
    html = (await amira.get("/data-quality/list?what=no-referral")).text
    assert "contact pkgapRXA-C0" in html
    assert "pkgapRXC" not in html


async def test_late_events_are_counted_by_provider_and_month(amira: httpx.AsyncClient, waits: Waits) -> None:
    late = [{"provider": provider, "month": "2026-03-01", "events": 5, "late": 2} for provider in ("RXA", "RXB")]
    assert (await amira.get("/v1/late")).json() == late
    assert await rows_of(amira, "/v1/late") == [{name: str(value) for name, value in row.items()} for row in late]
    assert "2 of 5" in (await amira.get("/data-quality")).text


async def test_a_silent_feed_is_named_on_both_pages(amira: httpx.AsyncClient, waits: Waits, pool: Pool) -> None:
    assert "learning when feeds come" in (await amira.get("/waits")).text
    await pool.execute("insert into rhythm values ('RXB', 'any', 'flow', $1, 9, '{}', $2)", [0.0] * 192, NOW)
    assert "no feed silent" in (await amira.get("/waits")).text
    states = {(row["provider"], row["kind"]): row["state"] for row in await rows_of(amira, "/v1/silence")}
    assert {feed for feed, state in states.items() if state != "learning"} == {("RXB", "any")}
    assert ("RXC", "any") not in states
    for provider, kind in (("RXA", "any"), ("RXA", "score"), ("RXB", "contact"), ("RXC", "any")):
        values = (provider, kind, [0.0] * 192, NOW)
        await pool.execute("insert into rhythm values ($1, $2, 'flow', $3, 9, '{}', $4, true)", *values)
    for path in ("/waits", "/data-quality"):
        html = " ".join(re.sub(r"<[^>]+>", " ", (await amira.get(path)).text).split())
        assert "RXA silent since 09:12, RXB: no contact since 09:12" in html
        assert "RXC" not in html
    assert "RXB" not in (await amira.get("/waits?provider=RXA")).text.partition('id="silence-link"')[2].partition("</a>")[0]
    states = {(row["provider"], row["kind"]): row["state"] for row in await rows_of(amira, "/v1/silence")}
    assert states["RXA", "any"] == states["RXB", "contact"] == "silent"
    await pool.execute("update silence_look set looked_at = looked_at - interval '3 minutes'")
    assert "nobody looks for silence since 12 March 2026, 09:09:08" in (await amira.get("/waits")).text


async def old(client: httpx.AsyncClient) -> dict[str, str]:
    """The wait in which the longest nothing happened."""
    rows = await rows_of(client, "/v1/spells?state=inactive-365&provider=RXA")
    return min(rows, key=lambda row: row["person"])


async def say(client: httpx.AsyncClient, spell: dict[str, str], **form: str) -> httpx.Response:
    page = f"/waits/spells/{spell['spell_id']}"
    given = {"verdict": "still-waiting", "reason": "the team saw her on Monday", "last_activity": spell["last_activity"]}
    token = await token_of(client, page)
    return await client.post("/waits/validations", data={"csrf": token, "spell_id": spell["spell_id"]} | given | form)


async def test_what_is_said_of_a_wait_is_shown_counted_and_lapses(amira: httpx.AsyncClient, waits: Waits, pool: Pool) -> None:
    spell = await old(amira)
    before = (await amira.get("/v1/spells?state=inactive-90")).json()["total"]
    answer = await say(amira, spell)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/waits/spells/{spell['spell_id'].replace(':', '%3A')}#validations")
    [row] = await rows_of(amira, "/v1/spells?state=inactive-90&mark=still-waiting")
    assert (row["spell_id"], row["mark_reason"], row["mark_name"]) == (spell["spell_id"], "the team saw her on Monday", "Amira Hassan")
    assert len(await rows_of(amira, "/v1/spells?state=inactive-90&mark=none")) == before - 1
    assert "validated, still waiting, Amira Hassan" in (await amira.get("/waits/list?state=inactive-365")).text
    await say(amira, spell, verdict="close-at-source", reason="she moved away in May")
    assert [row["mark"] for row in await rows_of(amira, "/v1/spells?state=inactive-90&mark=close-at-source")] == ["close-at-source"]
    assert await rows_of(amira, "/v1/spells?mark=still-waiting") == []
    page = (await amira.get(f"/waits/spells/{spell['spell_id']}")).text
    assert page.index("she moved away in May") < page.index("the team saw her on Monday")
    clock = 'select stop, "end", spell_revision from clock where spell_id = $1'
    assert tuple(await pool.fetchrow(clock, spell["spell_id"]) or ()) == (None, None, 1)  # no clock changes by what is said

    contact = {"provider": "RXA", "person": spell["person"], "referral_id": spell["referral_ids"], "on": str(AT)}
    await waits.hear(canonical("contact", "C-new", received=NOW.isoformat(), recorded=NOW.isoformat(), attendance="7", **contact))
    assert await rows_of(amira, "/v1/spells?mark=close-at-source") == []
    assert len(await rows_of(amira, "/v1/spells?state=inactive-90")) == before - 1
    assert "something happened since" in (await amira.get(f"/waits/spells/{spell['spell_id']}")).text


@pytest.mark.parametrize(
    ("form", "status", "field"),
    [
        ({"reason": " too   short "}, 422, "reason"),
        ({"reason": "x" * 501}, 422, "reason"),
        ({"verdict": "none"}, 422, "verdict"),
        ({"verdict": "closed"}, 422, "verdict"),
        ({"last_activity": "2025-01-01"}, 422, "happened since you looked"),
        ({"csrf": "wrong"}, 403, "You may not"),
        ({"spell_id": "RXA:nothing"}, 404, "not found"),
    ],
)
async def test_what_cannot_be_said_is_refused_by_name(
    amira: httpx.AsyncClient, pool: Pool, form: dict[str, str], status: int, field: str
) -> None:
    answer = await say(amira, await old(amira), **form)
    assert answer.status_code == status
    assert field in answer.text
    assert await pool.fetchval("select count(*) from validation") == 0


async def test_nobody_speaks_of_waits_of_others(visitor: httpx.AsyncClient) -> None:
    priya = await signed_in(visitor, "priya")  # a team manager of RXA
    other = {"spell_id": next(f"RXB:{wait.referral_id}" for wait in waits_rows.waits() if wait.provider == "RXB"), "last_activity": str(AT)}
    spell = await old(priya)
    assert (await say(priya, spell, **other)).status_code == 404
    assert (await say(priya, spell)).status_code == 303


async def test_a_reader_without_the_role_sees_no_form_and_is_refused(visitor: httpx.AsyncClient, database_urls: dict[str, str]) -> None:
    async with waits_rows.connected(database_urls["admin"]) as connection:
        await connection.execute("update access.person set roles = '{analyst}' where username = 'amira'")
    analyst = await signed_in(visitor, "amira")
    spell = await old(analyst)
    assert "Does this still wait?" not in (await analyst.get(f"/waits/spells/{spell['spell_id']}")).text
    assert (await say(analyst, spell)).status_code == 403


ROUTES = ("/data-quality", "/data-quality/list", "/data-quality/live", "/data-quality/list/live", "/v1/gaps", "/v1/late", "/v1/silence")


async def test_nobody_sees_a_provider_that_is_not_theirs(visitor: httpx.AsyncClient, waits: Waits) -> None:
    for path in ROUTES:
        assert (await visitor.get(path)).status_code in {303, 401}, path
    priya = await signed_in(visitor, "priya")
    for path in ROUTES:
        answer = await priya.get(f"{path}?provider=RXB")
        assert (answer.status_code, "RXA" in answer.text) == (422, True), path
    assert {row["provider"] for path in ("/v1/gaps", "/v1/late", "/v1/silence") for row in await rows_of(priya, path)} == {"RXA"}
    html = (await priya.get("/data-quality")).text + (await priya.get("/data-quality/list")).text
    assert "RXB" not in html
    await priya.post("/sign-out", data={"csrf": await token_of(priya, "/waits")})
    ian = await signed_in(priya, "ian")
    assert {(await ian.get(path)).status_code for path in ROUTES} == {403}


@pytest.mark.parametrize("query", ["what=nothing", "kind=letter", "after=nonsense"])
async def test_a_value_that_is_not_known_is_refused_by_name(amira: httpx.AsyncClient, query: str) -> None:
    for path in ("/v1/gaps", "/data-quality/list"):
        answer = await amira.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert query.partition("=")[0] in answer.text


def test_words_and_filters_name_the_same_things() -> None:
    assert set(GAPS) == set(get_args(What))
    assert set(MARKS) == set(get_args(Mark))
