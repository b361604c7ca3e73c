"""Live waits, the list and one spell, over HTTP on a real database: numbers, lists and CSV agree, and nobody sees too much."""

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from services.referrals.store.access import add_provider
from services.waits.store.definitions import MAIN, definition
from services.waits.store.pages import Question, counted, listed
from services.waits.store.summary import summary
from services.waits.web.site import build_web
from services.waits.web.words import STATES
from shared.runtime.database import Pool, connect_pool
from shared.web.application import Access
from shared.web.sign_in import DemoSignInError
from tests.component import waits_rows
from tests.component.waits_rows import AT, COMPONENTS, NOW, SUBSETS

BOTH = frozenset({"RXA", "RXB"})
NATIONAL = definition(MAIN).key


@pytest.fixture
async def pool(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    await waits_rows.write(database_urls["admin"], list(waits_rows.waits()))
    async with await connect_pool(database_urls["waits"], "waits") as opened:
        yield opened


@pytest.fixture
async def visitor(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has not signed in."""
    monkeypatch.setattr("shared.clock.now", lambda: NOW)

    app = build_web(pool, Access("k" * 32, "127.0.0.1"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://site") as client:
        yield client


@pytest.fixture
async def amira(visitor: httpx.AsyncClient) -> httpx.AsyncClient:
    """Sees RXA and RXB."""
    return await signed_in(visitor, "amira")


async def signed_in(client: httpx.AsyncClient, username: str) -> httpx.AsyncClient:
    token = await token_of(client, "/sign-in")
    answer = await client.post("/sign-in", data={"username": username, "csrf": token, "next": "/waits"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/waits")
    return client


async def token_of(client: httpx.AsyncClient, path: str) -> str:
    token = re.search(r'name="csrf" value="([^"]+)"', (await client.get(path)).text)
    assert token
    return token[1]


async def rows_of(client: httpx.AsyncClient, query: str) -> list[dict[str, str]]:
    answer = await client.get(f"/v1/spells?{query}", headers={"accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


FILTERS = [
    *(f"state={state}" for state in STATES),
    *(f"missing={','.join(subset)}" for subset in SUBSETS if subset),
    *(f"not_seen=true&state={state}" for state in STATES),
    "not_seen=false",
    *(f"due_on={AT + timedelta(days)}" for days in range(1, 15)),
    "provider=RXA",
    "team_type=A08&state=past-target",
    "search=pk0000",
    "search=R17",
]


async def test_the_list_is_as_long_as_its_count_and_its_csv(amira: httpx.AsyncClient) -> None:
    for query in FILTERS:
        spells, after, totals = [], "", set()
        while after is not None:
            page = (await amira.get(f"/v1/spells?{query}&after={after}")).json()
            spells += [spell["spell_id"] for spell in page["spells"]]
            totals.add(page["total"])
            after = page["next"]
        html = (await amira.get(f"/waits/list?{query}")).text
        exported = [row["spell_id"] for row in await rows_of(amira, query)]
        assert totals == {len(spells)}, query
        assert exported == spells, query
        assert f"{len(spells):,} wait" in html, query


async def test_every_number_of_the_live_page_is_the_length_of_its_list(amira: httpx.AsyncClient) -> None:
    for narrowing in ("", "&provider=RXB", "&team_type=A06", "&provider=RXA&team_type=A08"):
        counts = (await amira.get(f"/v1/waits?{narrowing}")).json()

        async def length(query: str, narrowing: str = narrowing) -> int:
            total: int = (await amira.get(f"/v1/spells?{query}{narrowing}")).json()["total"]
            return total

        for state in ("waiting", "past-target", "due-7", "due-14"):
            assert counts[state.replace("-", "_")] == await length(f"state={state}") > 0
        assert counts["stopped_quarter"]["stopped"] == await length("state=stopped-quarter")
        assert counts["stopped_quarter"]["within_target"] == await length("state=stopped-quarter-within") > 0
        for group in counts["missing"]:
            assert group["spells"] == await length("missing=" + ",".join(group["components"]))
        for day in counts["due"]:
            assert day["spells"] == await length(f"due_on={day['on']}")
        for seen in (True, False):
            bars = sum(week["spells"] for week in counts["weeks"] if week["seen"] is seen)
            assert bars == await length(f"not_seen={str(not seen).lower()}")
        for team in counts["teams"]:
            where = f"provider={team['provider']}" + (f"&team_type={team['team_type']}" if team["team_type"] else "")
            assert team["waiting"] == (await amira.get(f"/v1/spells?{narrowing}&{where}")).json()["total"]


async def test_the_links_of_the_live_page_lead_to_lists_of_the_numbers_they_say(amira: httpx.AsyncClient) -> None:
    html = (await amira.get("/waits")).text
    links = re.findall(r'href="(/waits/list\?[^"]+)"><strong>([\d,]+)</strong>', html)
    assert len(links) == len(SUBSETS) - 1  # nobody who waits lacks nothing
    for address, number in links:
        assert f"{number} wait" in (await amira.get(address.replace("&amp;", "&"))).text


async def test_counts_at_the_edges_of_28_days(pool: Pool) -> None:
    """Day 28 is in time and past it from day 29; a breach in 7 days is one from day 22 to 28 (W18)."""
    lacking_plan = Question(BOTH, AT, NATIONAL, missing=("care-plan-or-intervention",))
    _, rows, _ = await listed(pool, lacking_plan, "waited", None, 100)
    waited = {row["waited"]: row for row in rows}
    assert {days for days, row in waited.items() if row["past_target"]} == {29, 40, 400}
    for state, expected in (("due-7", {22, 27, 28}), ("due-14", {15, 21, 22, 27, 28})):
        _, due, _ = await listed(pool, Question(BOTH, AT, NATIONAL, state=state), "waited", None, 1000)
        assert {row["waited"] for row in due} == expected


async def test_the_dead_wait_on_but_nobody_is_sent_after_them(pool: Pool, amira: httpx.AsyncClient) -> None:
    counts = await summary(pool, Question(BOTH, AT, NATIONAL))
    assert counts.waiting - counts.alive == 6
    rows = [row for row in await rows_of(amira, "state=waiting") if row["died_on"]]
    assert len(rows) == 6
    assert {row["next_step"] for row in rows} == {"None: this person has died"}
    for query in ("state=due-7", "state=due-14", f"due_on={AT + timedelta(4)}", "missing=" + ",".join(COMPONENTS)):
        assert not [row for row in await rows_of(amira, query) if row["died_on"]]


async def test_trends_end_with_todays_numbers_and_are_what_the_lists_were(pool: Pool) -> None:
    question = Question(BOTH, AT, NATIONAL)
    trends = (await summary(pool, question)).trends
    _, rows, _ = await listed(pool, question, "breach_on", None, 10_000)
    for weeks_ago in range(12):
        day = AT - timedelta(7 * weeks_ago)
        waiting = [row for row in rows if row["start"] <= day and not any(left and left <= day for left in (row["stop"], row["end"]))]
        past = [row for row in waiting if row["breach_on"] <= day]
        due = [row for row in waiting if row["alive"] and day < row["breach_on"] <= day + timedelta(7)]
        place = 11 - weeks_ago
        assert (trends["waiting"][place], trends["past-target"][place], trends["due-7"][place]) == (len(waiting), len(past), len(due))


async def test_each_sort_goes_on_where_it_stopped(amira: httpx.AsyncClient) -> None:
    for sort, key in (("breach_on", "breach_on"), ("waited", "waited_days"), ("provider", "provider"), ("last_contact", "last_contact")):
        values = [row[key] for row in await rows_of(amira, f"sort={sort}")]
        expected = sorted(values, key=lambda value: -int(value)) if sort == "waited" else sorted(values)
        assert values == expected


async def test_nobody_sees_a_provider_that_is_not_theirs(visitor: httpx.AsyncClient, pool: Pool) -> None:
    priya = await signed_in(visitor, "priya")
    assert {row["provider"] for row in await rows_of(priya, "search=pk")} == {"RXA"}
    assert {team["provider"] for team in (await priya.get("/v1/waits")).json()["teams"]} == {"RXA"}
    for path in ("/v1/spells?provider=RXB", "/v1/waits?provider=RXB", "/waits?provider=RXB", "/waits/list/live?provider=RXB"):
        answer = await priya.get(path)
        assert answer.status_code == 422
        assert "RXA" in answer.text
    [other] = (await listed(pool, Question(frozenset({"RXB"}), AT, NATIONAL), "breach_on", None, 1))[1]
    for path in ("/v1/spells/", "/waits/spells/"):
        assert (await priya.get(path + other["spell_id"])).status_code == 404


REMEDY = "sign in at /sign-in, or send an API key as Authorization: Bearer"
ROUTES = ("/waits", "/waits/list", "/waits/live", "/waits/list/live", "/waits/spells/x", "/v1/waits", "/v1/spells", "/v1/spells/x")


async def test_without_signing_in_pages_lead_to_it_and_the_api_refuses(visitor: httpx.AsyncClient) -> None:
    for path in ROUTES:
        answer = await visitor.get(path)
        if path.startswith("/v1/"):
            assert (answer.status_code, answer.json()["remedy"]) == (401, REMEDY)
        else:
            assert (answer.status_code, answer.headers["location"][:14]) == (303, "/sign-in?next=")


async def test_a_role_that_does_not_read_waits_is_refused(visitor: httpx.AsyncClient) -> None:
    ian = await signed_in(visitor, "ian")
    assert {(await ian.get(path)).status_code for path in ROUTES} == {403}


async def test_signing_in_and_out_wants_the_sessions_token(visitor: httpx.AsyncClient) -> None:
    await visitor.get("/sign-in")
    for token in ("", "wrong"):
        assert (await visitor.post("/sign-in", data={"username": "amira", "csrf": token})).status_code in {403, 422}
    await signed_in(visitor, "amira")
    assert (await visitor.post("/sign-out", data={"csrf": "wrong"})).status_code == 403
    await visitor.post("/sign-out", data={"csrf": await token_of(visitor, "/waits")})
    assert (await visitor.get("/waits")).status_code == 303


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example"])
async def test_signing_in_never_leads_to_another_site(visitor: httpx.AsyncClient, elsewhere: str) -> None:
    page = await visitor.get("/sign-in", params={"next": elsewhere})
    assert 'name="next" value="/"' in page.text


def test_the_demonstration_sign_in_refuses_an_address_that_others_reach(pool: Pool) -> None:
    for host in ("192.0.2.7", "clockstop.example"):
        with pytest.raises(DemoSignInError, match=r"HTTP_HOST=127\.0\.0\.1"):
            build_web(pool, Access("k" * 32, host))


@pytest.mark.parametrize(
    ("query", "field", "accepted"),
    [
        ("state=late", "state", "past-target"),
        ("sort=name", "sort", "last_contact"),
        ("provider=ZZZ", "provider", "RXA, RXB"),
        ("team_type=A14", "team_type", "A05"),
        ("missing=first-contact,plan", "missing", "care-plan-or-intervention"),
        ("due_on=tomorrow", "due_on", "date"),
        ("not_seen=perhaps", "not_seen", "boolean"),
        ("after=nonsense", "after", "first page"),
        ("after=WyJhIiwgImIiLCAiYyIsICJkIiwgMV0", "after", "first page"),
    ],
)
async def test_a_value_that_is_not_known_is_refused_by_name(amira: httpx.AsyncClient, query: str, field: str, accepted: str) -> None:
    answer = await amira.get(f"/v1/spells?{query}")
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert accepted in answer.text
    page = await amira.get(f"/waits/list?{query}")
    assert page.status_code == 422
    assert field in page.text


async def test_one_spell_says_why_its_clock_runs(amira: httpx.AsyncClient, pool: Pool) -> None:
    question = Question(BOTH, AT, NATIONAL, missing=("baseline-outcome", "care-plan-or-intervention"))
    _, [row], _ = await listed(pool, question, "breach_on", None, 1)
    told = (await amira.get(f"/v1/spells/{row['spell_id']}")).json()
    assert {name for name, met in told["components"].items() if met} == {"first-contact", "assessment"}
    assert told["components"]["first-contact"]["event_id"].endswith("-contact")
    assert [event["reason"] for event in told["uncounted"]] == ["not attended"]
    page = (await amira.get(f"/waits/spells/{row['spell_id']}")).text
    assert "no baseline outcome recorded and no agreed plan or intervention recorded" in page
    assert "not attended" in page


async def test_the_page_and_the_rules_say_the_same_of_every_spell(amira: httpx.AsyncClient, pool: Pool) -> None:
    """The clock row (what lists say) and the explanation (what the spell page says) come by two ways from the same rules."""
    _, rows, _ = await listed(pool, Question(BOTH, AT, NATIONAL), "breach_on", None, 10_000)
    for row in rows[::29]:
        told = (await amira.get(f"/v1/spells/{row['spell_id']}")).json()
        for name in COMPONENTS:
            met = told["components"][name]
            assert (met["on"] if met else None) == told["spell"][name.replace("-", "_")]


async def test_pages_keep_to_themselves(amira: httpx.AsyncClient) -> None:
    answer = await amira.get("/waits")
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("private, no-store", "nosniff")
    assert "style=" not in answer.text
    assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text)
    assert not re.search(r'(src|href|action)="(https?:)?//', answer.text)


async def test_a_spreadsheet_does_not_run_an_id(amira: httpx.AsyncClient, database_urls: dict[str, str]) -> None:
    formula = waits_rows.Wait("pkformula", "RXA", "=cmd|'/c calc'!A1", "A06", AT, {})
    await waits_rows.write_more(database_urls["admin"], [formula])
    [row] = await rows_of(amira, "search=pkformula")
    assert row["referral_ids"].startswith("'=cmd")
    page = await amira.get(f"/waits/list?search={formula.personkey}")
    [address] = re.findall(r'href="(/waits/spells/[^"]+)"', page.text)
    assert (await amira.get(address)).status_code == 200


async def test_the_count_alone_agrees(pool: Pool) -> None:
    question = Question(BOTH, AT, NATIONAL, state="waiting")
    assert await counted(pool, question) == (await summary(pool, question)).waiting


async def test_a_providers_system_reads_its_own_waits_by_api_key_and_nothing_else(
    visitor: httpx.AsyncClient, database_urls: dict[str, str]
) -> None:
    async with await connect_pool(database_urls["referrals"], "referrals") as pool, pool.acquire() as connection:
        key = (await add_provider(connection, "RXA", "Trust A", new_key=True)).api_key
    sender = {"Authorization": f"Bearer {key}"}

    listed_to_it = (await visitor.get("/v1/spells?state=waiting", headers=sender)).json()
    assert {spell["provider"] for spell in listed_to_it["spells"]} == {"RXA"}
    assert (await visitor.get("/v1/waits?provider=RXB", headers=sender)).status_code == 422
    assert (await visitor.get("/v1/waits", headers={"Authorization": "Bearer clockstop_rxa_guess"})).status_code == 401
    assert (await visitor.get("/waits", headers=sender, follow_redirects=False)).status_code == 303, "pages are for people"


async def test_the_table_of_teams_sorts_by_any_number_and_downloads_in_that_order(amira: httpx.AsyncClient) -> None:
    told = await amira.get("/v1/waits?order=past_target&format=csv")
    rows = list(csv.DictReader(io.StringIO(told.text)))
    totals = [row for row in rows if not row["team_type"]]
    assert [int(row["past_target"]) for row in totals] == sorted((int(row["past_target"]) for row in totals), reverse=True)
    for total in totals:
        own = [int(row["past_target"]) for row in rows if row["team_type"] and row["provider"] == total["provider"]]
        assert own == sorted(own, reverse=True)
    assert sum(int(row["waiting"]) for row in totals) == (await amira.get("/v1/waits")).json()["waiting"]
    page = (await amira.get("/waits?order=past_target")).text
    places = [page.index(f">{row['name']}</a></th>") for row in totals]
    assert places == sorted(places)
    assert "order=" not in re.findall(r'href="(/waits/list[^"]*)"', page)[0]
