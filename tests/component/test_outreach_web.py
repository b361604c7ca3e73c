"""The health-check pages over HTTP on a real database: numbers, lists and CSV agree, and nobody sees too much."""

import csv
import io
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from services.outreach.web import words
from services.outreach.web.site import build_web
from shared.runtime.database import Pool, connect_pool
from shared.web.application import Access
from tests.component import outreach_rows
from tests.component.outreach_rows import AT, NOW

LINK = re.compile(r'href="(/health-checks/list\?[^"]*|/health-checks/list)"[^>]*>(?:<strong>|<span class="cs-card__number">)?([\d,]+)<')


@pytest.fixture
async def pool(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pool]:
    monkeypatch.setattr("shared.clock.now", lambda: NOW)
    found = list(outreach_rows.people())
    await outreach_rows.write(database_urls["admin"], found)
    channels = list(words.CHANNELS)
    attempts = [
        (one.personkey, channels[number % 6], (3, 10, 210, 360, 400)[number % 5], [None, "no answer", "agreed"][number % 3])
        for number, one in enumerate(found[:120])
    ]
    await outreach_rows.tried(database_urls["admin"], attempts)
    async with await connect_pool(database_urls["outreach"], "outreach") as opened:
        yield opened


@pytest.fixture
async def visitor(pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has not signed in."""
    app = build_web(pool, Access("k" * 32, "127.0.0.1"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://site") as client:
        yield client


@pytest.fixture
async def amira(visitor: httpx.AsyncClient) -> httpx.AsyncClient:
    """Sees RXA and RXB."""
    return await signed_in(visitor, "amira")


async def signed_in(client: httpx.AsyncClient, username: str) -> httpx.AsyncClient:
    token = await token_of(client, "/sign-in")
    answer = await client.post("/sign-in", data={"username": username, "csrf": token, "next": "/health-checks"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/health-checks")
    return client


async def token_of(client: httpx.AsyncClient, path: str) -> str:
    token = re.search(r'name="csrf" value="([^"]+)"', (await client.get(path)).text)
    assert token
    return token[1]


async def rows_of(client: httpx.AsyncClient, query: str) -> list[dict[str, str]]:
    answer = await client.get(f"/v1/outreach/people?{query}", headers={"accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


FILTERS = [
    *(f"state={state}" for state in words.STATES),
    *(f"missing={element}" for element in words.ELEMENTS),
    "missing=bmi,smoking",
    *(f"status={status}" for status in words.STATUSES),
    "status=overdue&schedule=annual-recall",
    *(f"schedule={schedule}&state=everyone" for schedule in words.SCHEDULES),
    *(f"finding=smoking&follow_up={what}" for what in words.FOLLOW_UPS),
    *(f"ethnicity={group}" for group in words.GROUPS),
    *(f"age={age}" for age in words.AGES),
    *(f"deprivation={fifth}" for fifth in words.FIFTHS),
    "practice=XG0101",
    "pcn=XP01&state=complete",
    "owner=RXA",
    "provider=RXB",
    "result=no answer",
    "vaccine=influenza",
    "tried=any",
    "tried=text&came=true",
    "came=false",
    f"next_by={AT}",
    "search=pk0000",
]


async def test_the_list_is_as_long_as_its_count_and_its_csv(amira: httpx.AsyncClient) -> None:
    lengths = {}
    for query in FILTERS:
        people, after, totals = [], "", set()
        while after is not None:
            page = (await amira.get(f"/v1/outreach/people?{query}&after={after}")).json()
            people += [one["person"] for one in page["people"]]
            totals.add(page["total"])
            after = page["next"]
        html = (await amira.get(f"/health-checks/list?{query}")).text
        exported = [row["person"] for row in await rows_of(amira, query)]
        assert totals == {len(people)}, query
        assert exported == people, query
        assert f"{len(people):,} {'person' if len(people) == 1 else 'people'}" in html, query
        lengths[query] = len(people)
    empty = {query for query, length in lengths.items() if not length}
    assert empty == {f"schedule={name}&state=everyone" for name in ("new-antipsychotic", "clozapine", "own-protocol", "care-plan-review", "after-a-missed-contact")} | {
        f"deprivation={fifth}" for fifth in (2, 3, 4)
    } | {"age=-1", "ethnicity=Mixed", "ethnicity=Other ethnic groups", "finding=smoking&follow_up=declined"}  # fmt: skip


async def test_every_sort_holds_the_same_people(amira: httpx.AsyncClient) -> None:
    orders = {sort: [row["person"] for row in await rows_of(amira, f"sort={sort}")] for sort in words.SORTS}
    assert len({tuple(order) for order in orders.values()}) == len(words.SORTS)
    assert len({frozenset(order) for order in orders.values()}) == 1
    for sort, order in orders.items():
        paged, after = [], ""
        while after is not None:
            page = (await amira.get(f"/v1/outreach/people?sort={sort}&after={after}")).json()
            paged += [one["person"] for one in page["people"]]
            after = page["next"]
        assert paged == order, sort


async def test_every_number_of_the_overview_is_the_length_of_its_list(amira: httpx.AsyncClient) -> None:
    seen = 0
    for narrowing in ("", "?provider=RXB", "?pcn=XP01", "?practice=XG0101&owner=XG0101"):
        html = (await amira.get(f"/health-checks{narrowing}")).text
        for address, number in LINK.findall(html):
            listed = (await amira.get(address.replace("&amp;", "&"))).text
            assert f">{number} {'person' if number == '1' else 'people'} " in listed, (narrowing, address, number)
            seen += 1
    assert seen > 150


async def test_the_numbers_are_those_of_the_people(amira: httpx.AsyncClient) -> None:
    """Counted again by hand from what was made."""
    counts = (await amira.get("/v1/outreach/overview")).json()
    here = [one for one in outreach_rows.people() if one.provider != "RXC" and one.died is None and one.left is None]
    complete = [one for one in here if len(one.checked) == 6 and max(one.checked.values()) < 365]
    assert counts["register"] == len(here)
    assert counts["complete"] == len(complete)
    assert counts["target"] == 0.75
    missing = {one["element"]: one["people"] for one in counts["missing"]}
    assert missing == {name: sum(one.checked.get(name, 999) >= 365 for one in here) for name in words.ELEMENTS}
    by_practice = {one["value"]: one["people"] for one in counts["groups"] if one["trait"] == "practice"}
    assert by_practice == {code: sum(one.practice == code for one in here) for code in ("XG0101", "XG0102", "XG0201")}
    assert counts["vaccinated"] == {"influenza": sum(bool(one.given) for one in here), "covid-19": 0}
    assert counts["months"][-1] == {
        "until": "2025-02-28",
        "people": sum((one.left or 0) < 13 and (one.died or 0) < 13 and one.entered > 11 for one in outreach_rows.people() if one.provider != "RXC")
        + sum(one.left == 20 for one in outreach_rows.people() if one.provider != "RXC") * 0,
        "complete": sum(len(one.checked) == 6 and all(12 <= days < 365 + 12 for days in one.checked.values()) for one in outreach_rows.people() if one.provider != "RXC" and one.left is None),
    }  # fmt: skip
