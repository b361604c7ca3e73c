"""Trends and forecast over HTTP on a real database: every number is its list, medians are a recount's, decisions are kept with a name."""

import asyncio
import csv
import io
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from html import unescape
from statistics import quantiles

import asyncpg
import httpx
import pytest

from services.waits.rules.trends import Measure
from services.waits.web.site import build_web
from shared.runtime.database import Pool, connect_pool
from shared.web.application import Access
from tests.component import waits_rows
from tests.component.test_waits_web import signed_in, token_of
from tests.component.waits_rows import AT, COMPONENTS, NOW, Wait
from tests.support.databases import Databases

NARROWINGS = ("", "provider=RXB", "team_type=A08&provider=RXA")
CAME = 120
"""Days of steady flow beside the odd waits."""
TRAITS = """
insert into reference.ethnic_categories (code, name) values ('A', 'White: British'), ('H', 'Asian: Indian');
insert into reference.lsoas (lsoa, local_authority, imd_decile) values ('E1', 'X', 1), ('E9', 'X', 9);
update clock set ethnicity = case when stop - start = 9 then 'H' else 'A' end, lsoa = 'E1' where stop is not null;
update clock set ethnicity = 'S1', lsoa = 'E9' where spell_id in ('RXA:S13', 'RXA:S14', 'RXA:S22');
insert into access.person (username, name, organisation, roles, providers) values ('ana', 'Ana', 'Westside Trust', '{analyst}', '{RXA}')
"""


def steady() -> Iterator[Wait]:
    """Three waits a day at RXA and one at RXB, each stopping, ending or staying by its number."""
    for number in range(CAME * 4):
        started = 1 + number // 4
        provider = "RXB" if number % 4 == 0 else "RXA"
        day = number % 5 * 9
        met = dict.fromkeys(COMPONENTS[: 4 if number % 3 else 2], day) if day <= started else {}
        ends = {"discharged": day} if number % 7 == 0 and day <= started else {}
        yield Wait(f"pks{number:05}", provider, f"S{number}", "A08" if number % 2 else "A06", AT - timedelta(started), met, **ends)


@pytest.fixture(scope="module")
def shared_urls(databases: Databases) -> Iterator[dict[str, str]]:
    """One database for the tests of this file: they read it, and take back what they decide."""

    async def fill(urls: dict[str, str]) -> None:
        await waits_rows.write(urls["admin"], [*waits_rows.waits(), *steady()])
        async with waits_rows.connected(urls["admin"]) as admin:
            await admin.execute(TRAITS)

    with databases.lent() as urls, ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, fill(urls)).result()
        yield urls


@pytest.fixture
async def pool(shared_urls: dict[str, str]) -> AsyncIterator[Pool]:
    async with await connect_pool(shared_urls["waits"], "waits") as opened:
        yield opened


@pytest.fixture
async def visitor(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has not signed in."""
    monkeypatch.setattr("shared.clock.now", lambda: NOW)
    transport = httpx.ASGITransport(app=build_web(pool, Access("k" * 32, "127.0.0.1")))
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
        yield client


@pytest.fixture
async def amira(visitor: httpx.AsyncClient) -> httpx.AsyncClient:
    """Sees RXA and RXB, and may decide."""
    return await signed_in(visitor, "amira")


async def rows_of(client: httpx.AsyncClient, path: str) -> list[dict[str, str]]:
    answer = await client.get(path, headers={"accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


async def length(client: httpx.AsyncClient, path: str) -> int:
    """Of the list that a link on a page leads to."""
    listed = await client.get(unescape(path).replace("/waits/list", "/v1/spells"))
    assert listed.status_code == 200, listed.text
    total: int = listed.json()["total"]
    return total


async def test_every_number_of_the_charts_is_the_length_of_its_list(amira: httpx.AsyncClient) -> None:
    for narrowing in NARROWINGS:
        html = (await amira.get(f"/trends?{narrowing}&seen_within=10")).text
        links = re.findall(r'<a href="(/waits/list[^"]+)">([\d,]+)</a>', html)
        assert {re.search(r"state=([\w-]+)", link)[1] for link, _ in links} == {  # type: ignore[index]  # all have a state
            "waiting-on", "past-on", "started", "seen", "stopped", "stopped-within", "closed",
        }  # fmt: skip
        for link, number in links[::13]:
            assert await length(amira, link) == int(number.replace(",", "")) > 0, link


async def test_charts_say_the_same_as_json_and_csv(amira: httpx.AsyncClient) -> None:
    told = (await amira.get("/v1/trends?by=month")).json()
    assert {point["measure"] for point in told} == {measure.value for measure in Measure}
    exported = await rows_of(amira, "/v1/trends?by=month")
    assert [(row["measure"], row["until"], row["spells"]) for row in exported] == [
        (point["measure"], point["until"], str(point["spells"])) for point in told
    ]
    assert {point["until"] for point in told} == {str(end) for end in _month_ends(12)}, "whole months since the first wait began"
    assert {point["mean"] for point in told} == {None}, "12 months are a run chart"
    weekly = [point for point in (await amira.get("/v1/trends")).json() if point["measure"] == "waiting"]
    assert len(weekly) == 52
    assert all(point["lower"] < point["mean"] < point["upper"] for point in weekly)


def _month_ends(number: int) -> Iterator[date]:
    end = AT.replace(day=1) - timedelta(1)
    for _ in range(number):
        yield end
        end = end.replace(day=1) - timedelta(1)


async def test_a_share_of_nothing_is_none_and_no_zero(amira: httpx.AsyncClient, pool: Pool) -> None:
    told = (await amira.get("/v1/trends")).json()
    empty = [point for point in told if point["measure"] == "share-within" and point["of"] == 0]
    assert empty
    assert {point["value"] for point in empty} == {None}


async def test_internal_waits_are_those_of_a_recount(amira: httpx.AsyncClient) -> None:
    quarter = date(2026, 1, 1)
    days: defaultdict[tuple[str, str | None], list[int]] = defaultdict(list)
    for wait in [*waits_rows.waits(), *steady()]:
        seen = wait.met.get("first-contact")
        if wait.provider == "RXC" or seen is None or not quarter <= wait.start + timedelta(seen) <= AT:
            continue
        if wait.discharged is not None and seen > wait.discharged:
            continue
        days[wait.provider, None].append(seen)
        days[wait.provider, wait.team_type].append(seen)
    rows = (await amira.get("/v1/trends/stages")).json()
    found = {(row["provider"], row["team_type"]): row for row in rows if (row["since"], row["until"]) == ("received", "first-contact")}
    assert len(days) == 6
    for whose, waited in days.items():
        tenths = quantiles(waited, n=10, method="inclusive")
        assert (found[whose]["spells"], found[whose]["median"], found[whose]["ninetieth"]) == (
            len(waited), pytest.approx(tenths[4]), pytest.approx(tenths[8]),
        )  # fmt: skip
    assert found[None, None]["spells"] == sum(len(waited) for (_, team), waited in days.items() if team is None)
    assert len(await rows_of(amira, "/v1/trends/stages")) == len(rows)
    assert "The wait behind the first wait" in (await amira.get("/trends/stages")).text


async def test_groups_add_up_and_a_small_one_is_not_compared(amira: httpx.AsyncClient) -> None:
    for narrowing in NARROWINGS:
        rows = (await amira.get(f"/v1/trends/groups?{narrowing}")).json()
        stopped = await length(amira, f"/v1/spells?{narrowing}&state=stopped-quarter")
        waiting = await length(amira, f"/v1/spells?{narrowing}&state=waiting")
        for trait in ("ethnicity", "deprivation", "age"):
            groups = [row for row in rows if row["trait"] == trait]
            assert (sum(row["stopped"] for row in groups), sum(row["waiting"] for row in groups)) == (stopped, waiting)
    rows = {(row["trait"], row["group"]): row for row in (await amira.get("/v1/trends/groups")).json()}
    asian, few = rows["ethnicity", "Asian"], rows["deprivation", "least deprived fifth"]
    assert (asian["share"], asian["median_wait"]) == (1.0, 9.0)
    assert asian["difference_low"] > 0
    assert few["stopped"] < 5
    assert (few["share"], few["difference"]) == (None, None)
    html = (await amira.get("/trends/groups")).text
    assert re.search(r"Gap: \d+ points more", html)
    assert "fewer than 5: not shown" in html


async def test_the_forecasts_numbers_are_their_lists_and_add_up(amira: httpx.AsyncClient) -> None:
    for narrowing in NARROWINGS:
        told = (await amira.get(f"/v1/forecast?{narrowing}")).json()
        html = (await amira.get(f"/forecast?{narrowing}")).text
        links = re.findall(r'<a href="(/waits/list[^"]+)">([\d,]+)</a>', html)
        assert len(links) > 10
        for link, number in links[::3]:
            assert await length(amira, link) == int(number.replace(",", "")), link
        whole = told["parts"][0]
        assert whole["team_type"] is None
        for index, days in enumerate((7, 14, 28)):
            said = whole["expected"][index]
            assert said["due"] == await length(amira, f"/v1/spells?{narrowing}&state=due-{days}")
            assert 0 <= said["low"] <= said["expected"] <= said["high"] <= said["due"]
            lacking = [one["expected"][index] for one in told["missing"]]
            assert sum(one["due"] for one in lacking) == said["due"]
            assert sum(one["expected"] for one in lacking) == pytest.approx(said["expected"])


async def test_the_look_back_counts_what_came(amira: httpx.AsyncClient) -> None:
    told = (await amira.get("/v1/forecast?provider=RXA")).json()["looked_back"]
    then = AT - timedelta(28)
    assert told["on"] == str(then)
    spells = [spell async for spell in _all(amira, "/v1/spells?provider=RXA&state=started")]
    may = [
        one for one in spells if date.fromisoformat(one["start"]) <= then < date.fromisoformat(one["breach_on"]) and not _left(one, then)
    ]
    last = [one for one in may if not _left(one, date.fromisoformat(one["breach_on"]) - timedelta(1))]
    whole = {row["within_days"]: row for row in told["parts"] if row["part"] == "Westside Trust"}
    due = [one for one in may if date.fromisoformat(one["breach_on"]) <= then + timedelta(28)]
    assert (whole[28]["due"], whole[28]["came"]) == (len(due), len([one for one in last if one in due]))
    assert whole[28]["came"] > 5
    assert sum(fifth["waits"] for fifth in told["calibration"]) == len(may)
    assert sum(fifth["passed"] for fifth in told["calibration"]) == len(last)


def _left(spell: dict[str, str], by: date) -> bool:
    return any(spell[name] and date.fromisoformat(spell[name]) <= by for name in ("stop", "end"))


async def _all(client: httpx.AsyncClient, path: str) -> AsyncIterator[dict[str, str]]:
    after: str | None = ""
    while after is not None:
        page = (await client.get(f"{path}&after={after}")).json()
        for spell in page["spells"]:
            yield spell
        after = page["next"]


async def test_stops_needed_say_who_wants_how_many(amira: httpx.AsyncClient) -> None:
    rows = (await amira.get("/v1/forecast?weeks=10")).json()["stops"]
    assert {(row["provider"], row["team_type"]) for row in rows} == {(p, t) for p in ("RXA", "RXB") for t in ("A06", "A08")}
    for row in rows:
        assert row["waiting"] == await length(amira, f"/v1/spells?state=waiting&provider={row['provider']}&team_type={row['team_type']}")
        excess = row["waiting"] - row["started"] * 29 / 7
        assert row["hold"] == pytest.approx(row["started"] - row["closed"])
        assert row["needed"] == pytest.approx(max(0, row["hold"] + excess / 10))
    most = rows[0]
    assert most["wanting"] == max(row["wanting"] for row in rows) > 0
    assert re.match(
        r"Westside Trust A0\d stops [\d.]+ a week; \d+ a week are needed to have nobody past 28 days by 21 May 2026", most["words"]
    )
    assert most["words"] in (await amira.get("/forecast?weeks=10")).text
    assert [row["words"] for row in await rows_of(amira, "/v1/forecast?weeks=10")] == [row["words"] for row in rows]


async def post(client: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    token = await token_of(client, "/trends")
    return await client.post(path, data={"csrf": token, "what": "set", "reason": "agreed with the board in March"} | form)


async def test_a_target_is_set_with_a_reason_for_one_view_and_taken_back(amira: httpx.AsyncClient, pool: Pool) -> None:
    assert "There is no national threshold" in (await amira.get("/trends")).text
    answer = await post(amira, "/trends/targets?provider=RXA", measure="share-within", number="60")
    assert (answer.status_code, answer.headers["location"]) == (303, "/trends?provider=RXA&by=week&seen_within=14#share-within")
    html = (await amira.get("/trends?provider=RXA")).text
    assert "Target 60%, set by Amira Hassan on 12 March 2026" in html or "Target 60%, set by Amira Hassan" in html
    told = [point for point in (await amira.get("/v1/trends?provider=RXA")).json() if point["measure"] == "share-within"]
    assert {point["target"] for point in told} == {60.0}
    for other in ("/v1/trends", "/v1/trends?provider=RXA&by=month", "/v1/trends?provider=RXA&team_type=A06"):
        assert {point["target"] for point in (await amira.get(other)).json()} == {None}, other
    await post(amira, "/trends/targets?provider=RXA", measure="share-within", what="take-back")
    told = (await amira.get("/v1/trends?provider=RXA")).json()
    assert {point["target"] for point in told} == {None}
    assert "no target" in (await amira.get("/trends?provider=RXA")).text
    with pytest.raises(asyncpg.RaiseError, match="only ever added"):
        await pool.execute("update waits.decision set number = 1")


async def test_limits_are_new_from_a_day_that_has_enough_since(amira: httpx.AsyncClient) -> None:
    since = "2025-11-03"
    answer = await post(amira, "/trends/limits", measure="started", since=since)
    assert answer.status_code == 303
    told = [point for point in (await amira.get("/v1/trends")).json() if point["measure"] == "started"]
    before, after = ({point["mean"] for point in told if (point["since"] >= since) is later} for later in (False, True))
    assert (len(before), len(after)) == (1, 1)
    assert before != after
    assert "Limits new from 3 November 2025, by Amira Hassan" in (await amira.get("/trends")).text
    for wrong in ("2025-11-04", "2026-02-02", "2020-01-06"):
        answer = await post(amira, "/trends/limits", measure="started", since=wrong)
        assert (answer.status_code, "12 values since" in answer.text) == (422, True), wrong
    await post(amira, "/trends/limits", measure="started", since=since, what="take-back")
    told = [point for point in (await amira.get("/v1/trends")).json() if point["measure"] == "started"]
    assert len({point["mean"] for point in told}) == 1
    assert (await post(amira, "/trends/limits", measure="started", since=since, what="take-back")).status_code == 422


async def test_a_capacity_that_somebody_says_stands_for_what_is_observed(amira: httpx.AsyncClient) -> None:
    async def row() -> dict[str, object]:
        rows = (await amira.get("/v1/forecast")).json()["stops"]
        found: dict[str, object] = next(one for one in rows if (one["provider"], one["team_type"]) == ("RXA", "A06"))
        return found

    observed = await row()
    assert (await post(amira, "/forecast/capacity", team="RXA|A06", number="1000")).status_code == 303
    said = await row()
    assert (observed["capacity"], said["capacity"], said["wanting"]) == (None, 1000.0, 0.0)
    assert "can stop 1,000 a week" in str(said["words"])
    assert "says Amira Hassan on" in (await amira.get("/forecast")).text
    await post(amira, "/forecast/capacity", team="RXA|A06", what="take-back")
    assert await row() == observed


@pytest.mark.parametrize(
    ("path", "form", "problem"),
    [
        ("/trends/targets", {"measure": "stopped", "number": "many"}, "&#39;many&#39; is no number"),
        ("/trends/targets", {"measure": "share-within", "number": "101"}, "out of range"),
        ("/trends/targets", {"measure": "stopped", "number": "inf"}, "out of range"),
        ("/trends/targets", {"measure": "stopped", "number": "5", "reason": "so"}, "2 characters"),
        ("/trends/targets?provider=RXC", {"measure": "stopped", "number": "5"}, "unknown value &#39;RXC&#39;"),
        ("/forecast/capacity", {"team": "RXC|A06", "number": "5"}, "unknown value &#39;RXC&#39;"),
        ("/forecast/capacity", {"team": "RXA", "number": "5"}, "no team type"),
    ],
)
async def test_what_cannot_be_decided_is_refused_with_a_remedy(
    amira: httpx.AsyncClient, path: str, form: dict[str, str], problem: str
) -> None:
    answer = await post(amira, path, **form)
    assert answer.status_code == 422
    assert problem in answer.text


async def test_who_may_not_decide_or_see(visitor: httpx.AsyncClient) -> None:
    ana = await signed_in(visitor, "ana")
    page = (await ana.get("/trends")).text
    assert "Set target" not in page
    assert "Say how many clocks" not in (await ana.get("/forecast")).text
    assert (await post(ana, "/trends/targets", measure="stopped", number="5")).status_code == 403
    assert "RXB" not in (await ana.get("/v1/forecast")).text + (await ana.get("/v1/trends/stages")).text
    wrong = await ana.post("/trends/targets", data={"csrf": "no", "what": "set", "measure": "stopped"})
    assert wrong.status_code in {403, 422}


async def test_nobody_waits_and_a_definition_without_clocks_have_pages_too(amira: httpx.AsyncClient) -> None:
    for path in ("/trends", "/trends/stages", "/trends/groups", "/forecast"):
        assert (await amira.get(f"{path}?pathway=rehab")).status_code == 200
        assert (await amira.get(f"{path}?definition=nonsense")).status_code == 422
    assert (await amira.get("/v1/trends?pathway=rehab")).json() == []
