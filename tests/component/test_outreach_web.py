"""The health-check pages over HTTP on a real database: numbers, lists and CSV agree, and nobody sees or does too much."""

import csv
import html
import io
import re
from collections.abc import AsyncIterator, Collection, Mapping
from datetime import timedelta

import httpx
import pytest

from services.outreach.rules.effect import effects
from services.outreach.rules.entered import Attempt, Entered
from services.outreach.rules.facts import facts
from services.outreach.web import words
from services.outreach.web.site import build_web
from shared.runtime import trail
from shared.runtime.database import Pool, connect_pool
from shared.web.application import Access
from tests.component import outreach_rows
from tests.component.outreach_rows import AT, NOW, OnRegister

LINK = re.compile(r'href="(/health-checks/list\?[^"]*|/health-checks/list)"[^>]*>(?:<strong>|<span class="cs-card__number">)?([\d,]+)<')
PEOPLE = list(outreach_rows.people())
HERE = [one for one in PEOPLE if one.provider != "RXC" and one.died is None and one.left is None]
"""On the register, of those whom RXA and RXB hold."""


ATTEMPTS = [
    (one.personkey, list(words.CHANNELS)[number % 6], (3, 10, 210, 360, 400)[number % 5], (None, "no answer", "agreed")[number % 3])
    for number, one in enumerate(PEOPLE[:80])
]


class FakeVault:
    """Tells of RXA's people, and keeps who asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    async def ask(
        self, personkey: str, provider: str, parts: Collection[str], *, purpose: str, asked_by: str, reference: str
    ) -> Mapping[str, str]:
        self.asked.append((asked_by, provider, purpose))
        return {"name": "Wanda Ficton", "telephone": "07700 900123"}


VAULT = FakeVault()


@pytest.fixture
async def pool(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pool]:
    monkeypatch.setattr("shared.clock.now", lambda: NOW)
    await outreach_rows.write(database_urls["admin"], PEOPLE, ATTEMPTS)
    async with await connect_pool(database_urls["outreach"], "outreach") as opened:
        yield opened


@pytest.fixture
async def visitor(pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has not signed in."""
    VAULT.asked.clear()
    app = build_web(pool, Access("k" * 32, "127.0.0.1"), VAULT)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://site") as client:
        yield client


async def signed_in(client: httpx.AsyncClient, username: str) -> httpx.AsyncClient:
    client.cookies.clear()
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


async def total(client: httpx.AsyncClient, query: str = "") -> int:
    found: int = (await client.get(f"/v1/outreach/people?{query}")).json()["total"]
    return found


FILTERS = [
    *(f"state={state}" for state in words.STATES),
    *(f"missing={element}" for element in words.ELEMENTS),
    "missing=bmi,smoking",
    *(f"status={status}" for status in words.STATUSES),
    "status=overdue&schedule=annual-recall",
    "schedule=community-offer",
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
    "search=pk00000",
]
NOBODY = {"deprivation=2", "deprivation=3", "deprivation=4", "age=-1", "age=0", "ethnicity=Mixed", "ethnicity=Other ethnic groups"}
NOBODY |= {"finding=smoking&follow_up=declined"}


async def test_the_list_is_as_long_as_its_count_and_its_csv(visitor: httpx.AsyncClient) -> None:
    amira = await signed_in(visitor, "amira")
    for query in FILTERS:
        page = (await amira.get(f"/health-checks/list?{query}")).text
        people = [row["person"] for row in await rows_of(amira, query)]
        assert len(set(people)) == len(people) == await total(amira, query), query
        assert f">{len(people):,} {'person' if len(people) == 1 else 'people'} " in page, query
        assert (query in NOBODY) == (not people), query


async def test_every_sort_holds_the_same_people_on_its_pages(visitor: httpx.AsyncClient) -> None:
    amira = await signed_in(visitor, "amira")
    orders = {sort: [row["person"] for row in await rows_of(amira, f"sort={sort}")] for sort in words.SORTS}
    assert len({tuple(order) for order in orders.values()}) == len(words.SORTS)
    assert len({frozenset(order) for order in orders.values()}) == 1
    for sort, order in orders.items():
        paged: list[str] = []
        after = ""
        while after is not None:
            page = (await amira.get(f"/v1/outreach/people?sort={sort}&after={after}")).json()
            paged += [one["person"] for one in page["people"]]
            after = page["next"]
        assert paged == order, sort


async def test_every_number_of_the_overview_is_the_length_of_its_list(visitor: httpx.AsyncClient) -> None:
    amira = await signed_in(visitor, "amira")
    for narrowing in ("", "?practice=XG0101&owner=XG0101"):
        links = LINK.findall((await amira.get(f"/health-checks{narrowing}")).text)
        assert len(links) > 50
        for address, number in links:
            assert await total(amira, html.unescape(address).partition("?")[2]) == int(number.replace(",", "")), (narrowing, address)


async def test_the_numbers_are_those_of_the_people(visitor: httpx.AsyncClient) -> None:
    """Counted again from what was made."""
    counts = (await (await signed_in(visitor, "amira")).get("/v1/outreach/overview")).json()
    complete = [one for one in HERE if len(one.checked) == 6 and max(one.checked.values()) < 365]
    assert (counts["register"], counts["complete"], counts["target"]) == (len(HERE), len(complete), 0.75)
    missing = {one["element"]: one["people"] for one in counts["missing"]}
    assert missing == {name: sum(one.checked.get(name, 999) >= 365 for one in HERE) for name in words.ELEMENTS}
    by_practice = {one["value"]: one["people"] for one in counts["groups"] if one["trait"] == "practice"}
    assert by_practice == {code: sum(one.practice == code for one in HERE) for code in ("XG0101", "XG0102", "XG0201")}
    assert counts["vaccinated"] == {"influenza": sum(bool(one.given) for one in HERE), "covid-19": 0}
    ended = AT.replace(day=1) - timedelta(1)  # 12 days ago
    assert counts["months"][-1] == {
        "until": ended.isoformat(),
        "people": sum(one.provider != "RXC" and one.entered > 11 and (one.left or 0) < 13 for one in PEOPLE),
        "complete": sum(len(one.checked) == 6 and all(12 <= days < 365 + 12 for days in one.checked.values()) for one in HERE),
    }


async def test_the_effect_is_what_the_rule_says(visitor: httpx.AsyncClient) -> None:
    told = (await (await signed_in(visitor, "amira")).get("/v1/outreach/overview")).json()["effect"]
    here = {one.personkey: one for one in HERE}
    tried, came = set(), set()
    for person, channel, days, result in ATTEMPTS:
        if days > 364:
            continue
        made = NOW - timedelta(days)
        one = Attempt("t", person, "a|b|c", "annual-recall", channel, made.date(), made, "x", result, None, (), None, False, made)
        [effect] = effects(facts(outreach_rows.document(here[person])), Entered([one]), AT)
        tried |= {(channel, person)} if effect.settled else set()
        came |= {(channel, person)} if effect.attended_on else set()
    by_channel = {one["value"]: (one["tried"], one["came"]) for one in told if one["trait"] == "channel"}
    assert by_channel == {
        name: (sum(channel == name for channel, _ in tried), sum(channel == name for channel, _ in came)) for name, _ in sorted(tried)
    }
    assert sum(number for _, number in by_channel.values()) > 5


WRONG = [
    ("missing=height", "missing"),
    ("state=lost", "state"),
    ("provider=RXC", "provider"),
    ("practice=central surgery", "practice"),
    ("schedule=monthly", "schedule"),
    ("age=30", "age"),
    ("ethnicity=British", "ethnicity"),
    ("next_by=soon", "next_by"),
    ("after=there", "after"),
    ("result=maybe", "result"),
]


async def test_a_filter_that_cannot_be_is_refused_with_a_remedy(visitor: httpx.AsyncClient) -> None:
    amira = await signed_in(visitor, "amira")
    for query, field in WRONG:
        answer = await amira.get(f"/v1/outreach/people?{query}")
        assert (answer.status_code, answer.json()["field"]) == (422, field), query
        assert answer.json()["remedy"]
        assert (await amira.get(f"/health-checks/list?{query}")).status_code == 422, query


READ = ("/health-checks", "/health-checks/list", "/v1/outreach/overview", "/v1/outreach/people")
FORMS = ("attempts", "results", "answers", "messages", "entries/attempt.x/take-back", "people/pk000001/contact")


async def test_who_sees_whom_and_who_enters_what(visitor: httpx.AsyncClient, database_urls: dict[str, str]) -> None:
    for path in READ:
        assert (await visitor.get(path)).status_code == (401 if path.startswith("/v1") else 303), path
    for username in ("amira", "priya", "olu", "gwen", "pat", "ian"):
        client = await signed_in(visitor, username)
        answers = {path: (await client.get(path)).status_code for path in READ}
        assert set(answers.values()) == ({403} if username == "ian" else {200}), username
        acts = {form: (await client.post(f"/health-checks/{form}", data={})).status_code for form in FORMS}
        assert set(acts.values()) == ({403} if username in {"amira", "ian"} else {422}), username
        if username == "ian":
            continue
        seen = {row["person"] for row in await rows_of(client, "state=everyone")}
        expected = {
            "amira": {one.personkey for one in PEOPLE if one.provider != "RXC"},
            "priya": {one.personkey for one in PEOPLE if one.provider == "RXA"},
            "olu": {one.personkey for one in PEOPLE if one.provider == "RXB"},
            "gwen": {one.personkey for one in PEOPLE if one.practice == "XG0101" and one.responsible in {None, "practice"}},
            "pat": set(),
        }[username]
        assert {one for one in seen if one[:3] != "pk9"} == {one for one in expected if one[:3] != "pk9"}, username
        assert seen <= expected, username
    pat = await signed_in(visitor, "pat")
    assert (await pat.get("/health-checks/people/pk000001")).status_code == 404
    await outreach_rows.share(database_urls["admin"], "RXA", "VCS01", ["worklist"])
    own = {one.personkey for one in PEOPLE if one.responsible == "RXA" and one.provider == "RXA"}
    assert {row["person"] for row in await rows_of(pat, "state=everyone")} == own  # the owner's people, at once
    await outreach_rows.end_sharing(database_urls["admin"], AT - timedelta(1))
    assert await total(pat, "state=everyone") == 0


def a_person(owner: str, **which: object) -> OnRegister:
    """One of those whom this owner is responsible for."""
    return next(one for one in HERE if one.responsible == owner and all(getattr(one, name) == value for name, value in which.items()))


async def entry_form(client: httpx.AsyncClient, person: str) -> dict[str, str]:
    """The hidden fields of the form in a person's row."""
    page = (await client.get(f"/health-checks/list?record={person}&search={person}")).text
    assert 'id="entry"' in page
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page[page.index('id="entry"') :])
    }


async def test_an_attempt_is_recorded_in_the_row_and_taken_back(visitor: httpx.AsyncClient) -> None:
    priya = await signed_in(visitor, "priya")
    person = a_person("RXA").personkey
    form = await entry_form(priya, person)
    tried = form | {"channel": "call", "made_on": str(AT), "result": "agreed", "reason": "comes on Friday"}
    for _ in range(2):  # a form sent twice
        answer = await priya.post("/health-checks/attempts", data=tried)
        assert answer.status_code == 303, answer.text
    [row] = await rows_of(priya, f"search={person}")
    assert (row["last_channel"], row["last_result"], row["hidden_until"]) == ("call", "agreed", str(AT + timedelta(30)))
    back = await priya.get(answer.headers["location"])
    assert "Take it back" in back.text
    history = (await priya.get(f"/health-checks/people/{person}")).text
    assert history.count("comes on Friday") == 1
    undo = {"csrf": form["csrf"], "back": "/health-checks/list"}
    assert (await priya.post(f"/health-checks/entries/attempt.{form['attempt_id']}/take-back", data=undo)).status_code == 303
    [row] = await rows_of(priya, f"search={person}")
    assert row["hidden_until"] == ""
    assert "taken back" in (await priya.get(f"/health-checks/people/{person}")).text


async def test_what_came_of_an_attempt_is_told_later_on_the_page_of_the_person(visitor: httpx.AsyncClient) -> None:
    priya = await signed_in(visitor, "priya")
    person = a_person("RXA").personkey
    tried = await entry_form(priya, person) | {"channel": "letter", "made_on": str(AT)}
    assert (await priya.post("/health-checks/attempts", data=tried)).status_code == 303
    page = f"/health-checks/people/{person}"
    form = re.search(r'<form[^>]* action="/health-checks/results">(.*?)</form>', (await priya.get(page)).text, re.DOTALL)
    assert form is not None
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[1]))
    said = hidden | {"result": "declined", "reason": "does not want blood taken", "part": ["blood lipids"]}
    assert (await priya.post("/health-checks/results", data=said)).status_code == 303
    told = (await priya.get(page)).text
    assert "does not want blood taken (blood lipids)" in told
    assert f'id="result-{hidden["attempt_id"]}"' not in told


async def test_what_cannot_be_entered_is_refused_and_nothing_is_kept(visitor: httpx.AsyncClient, pool: Pool) -> None:
    priya = await signed_in(visitor, "priya")
    own, other = a_person("RXA").personkey, a_person("practice", provider="RXA").personkey
    form = await entry_form(priya, own)
    before = await pool.fetchval("select count(*) from attempt")
    good = form | {"channel": "call", "made_on": str(AT), "result": "agreed", "reason": "comes on Friday"}
    for wrong, field in (
        ({"result": "agreed", "reason": ""}, "reason"),
        ({"result": "maybe"}, "result"),
        ({"channel": "pigeon"}, "channel"),
        ({"made_on": str(AT + timedelta(1))}, "made_on"),
        ({"result": ""}, "result"),
        ({"person": other}, "task_id"),
    ):
        answer = await priya.post("/health-checks/attempts", data=good | wrong)
        assert answer.status_code == 422, wrong
        assert f"Field: <strong>{field}</strong>" in answer.text, wrong
    assert (await priya.post("/health-checks/attempts", data=good | {"csrf": "guessed"})).status_code == 403
    assert (await priya.post("/health-checks/attempts", data=good | {"back": "https://elsewhere.example/"})).status_code == 422
    assert await pool.fetchval("select count(*) from attempt") == before


async def test_a_text_is_queued_once_a_day(visitor: httpx.AsyncClient, pool: Pool) -> None:
    priya = await signed_in(visitor, "priya")
    form = await entry_form(priya, a_person("RXA").personkey)
    assert [(await priya.post("/health-checks/messages", data=form)).status_code for _ in range(2)] == [303, 422]
    kept = await pool.fetch("select channel, asked_by, owner, state from message")
    assert [tuple(row) for row in kept] == [("text", "priya", "RXA", "queued")]


async def test_readings_and_names_are_for_those_who_may(visitor: httpx.AsyncClient, pool: Pool, database_urls: dict[str, str]) -> None:
    person = next(one for one in HERE if one.responsible == "RXA" and one.checked.get("blood pressure", 999) < 365)
    address = f"/health-checks/people/{person.personkey}"
    priya = await signed_in(visitor, "priya")
    assert "systolic 1" in (await priya.get(address)).text
    shown = await priya.post(f"{address}/contact", data={"csrf": await token_of(priya, address)})
    assert "Wanda Ficton" in shown.text
    assert VAULT.asked == [("priya", "RXA", "show")]
    await outreach_rows.share(database_urls["admin"], "RXA", "VCS01", ["worklist"])
    pat = await signed_in(visitor, "pat")
    page = (await pat.get(address)).text
    assert "done elsewhere" in page
    assert "systolic" not in page
    assert (await pat.post(f"{address}/contact", data={"csrf": await token_of(pat, address)})).status_code == 403
    await outreach_rows.share(database_urls["admin"], "RXA", "VCS01", ["worklist", "readings", "contact"])
    assert "systolic 1" in (await pat.get(address)).text
    assert "Wanda Ficton" in (await pat.post(f"{address}/contact", data={"csrf": await token_of(pat, address)})).text
    amira = await signed_in(visitor, "amira")  # sees the person, acts for nobody
    assert "Show name and contact" not in (await amira.get(address)).text
    await rows_of(amira, "state=complete")
    told = [(row["by"], row["what"]) for row in await pool.fetch("select by, what from audit order by id")]
    assert ("priya", "contact") in told
    assert ("amira", "list as CSV") in told
    assert ("pat", "person") in told
    assert not await pool.fetchval("select count(*) from audit where about::text like '%Ficton%'")


async def test_the_audit_is_only_added_to_and_shows_what_was_changed(
    visitor: httpx.AsyncClient, pool: Pool, database_urls: dict[str, str]
) -> None:
    amira = await signed_in(visitor, "amira")
    for _ in range(3):
        await rows_of(amira, "state=complete")
    async with pool.acquire() as connection:
        assert await trail.broken(connection) is None
        with pytest.raises(Exception, match="only added to"):
            await connection.execute("delete from audit")
    async with outreach_rows.connected(database_urls["admin"]) as connection:
        await connection.execute("alter table audit disable trigger all")
        await connection.execute("update audit set by = 'nobody' where id = 2")
        assert await trail.broken(connection) == 2
        await connection.execute("update audit set by = 'amira' where id = 2")
        assert await trail.broken(connection) is None
        await connection.execute("delete from audit where id = 1")
        assert await trail.broken(connection) == 2
