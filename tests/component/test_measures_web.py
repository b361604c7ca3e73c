"""The pages of measures over HTTP on a real database: pages, files and API agree, and each audience sees its own and no more."""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from time import process_time

import httpx
import pytest
from openpyxl import load_workbook

from services.reporting.commands import reconciling
from services.reporting.handlers import figures as job
from services.reporting.handlers.baselining import set_baseline
from services.reporting.rules.layout import COLUMNS, lines
from services.reporting.rules.life import StepError
from services.reporting.rules.measures import FAMILIES, MEASURES
from services.reporting.rules.measures.lines import for_comparison
from services.reporting.rules.period import Period, parse
from services.reporting.store import baselines, figures
from services.reporting.store.measures import Asked, counted
from services.reporting.web.site import build_web
from shared import clock
from shared.runtime.database import Pool, connect_pool
from shared.runtime.errors import CommandError
from shared.web.application import Access
from shared.web.people import Person
from tests.component import measure_rows
from tests.component.measure_rows import NOW
from tests.support.databases import Databases

ANALYST = Person("kwame", "Kwame", "ICB", frozenset({"analyst"}), frozenset())
REGION = Person("rosa", "Rosa", "Region", frozenset({"regional-viewer"}), frozenset())
MONTHS = 15
TRENDS = ("mrs", "health-checks")
"""Families that are kept for more than this month and the one before."""
NO_FIGURE = {"*", ""}
"""Hidden; and to a provider itself, a share of nobody."""
LINE = re.compile(
    r'<a href="(/measures/[^"?]+)[^"]*">([^<]+)</a></th><td>([^<]+)</td>.*?<strong>([^<]*)</strong></td><td[^>]*>([^<]*)</td>', re.DOTALL
)


@pytest.fixture(scope="module")
def shared_urls(databases: Databases) -> Iterator[dict[str, str]]:
    """One database for the tests of this file, its figures kept as the worker keeps them."""

    async def fill(urls: dict[str, str]) -> None:
        await measure_rows.write(urls["admin"])
        async with await connect_pool(urls["reporting"], "reporting") as pool:
            assert await measure_rows.keep(pool) == len(FAMILIES) * 2
            patch.setattr(job, "MONTHS", MONTHS)
            patch.setattr(job, "_BY_NAME", {family.name: family for family in FAMILIES if family.name in TRENDS})
            assert await measure_rows.keep(pool) == len(TRENDS) * (MONTHS - 1)

    with databases.lent() as urls:
        with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as thread:
            patch.setattr("shared.clock.now", lambda: NOW)
            patch.setattr(job, "MONTHS", 1)
            thread.submit(asyncio.run, fill(urls)).result()
        yield urls


@pytest.fixture
async def pool(shared_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pool]:
    monkeypatch.setattr("shared.clock.now", lambda: NOW)
    monkeypatch.setattr(job, "MONTHS", 1)
    async with await connect_pool(shared_urls["reporting"], "reporting") as opened:
        yield opened


@pytest.fixture
async def visitor(pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that has not signed in."""
    app = build_web(pool, Access("k" * 32, "127.0.0.1"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://site") as client:
        yield client


async def signed_in(client: httpx.AsyncClient, username: str) -> httpx.AsyncClient:
    client.cookies.clear()
    token = re.search(r'name="csrf" value="([^"]+)"', (await client.get("/sign-in")).text)
    assert token
    answer = await client.post("/sign-in", data={"username": username, "csrf": token[1], "next": "/measures"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/measures")
    return client


async def told(client: httpx.AsyncClient, query: str = "") -> list[dict[str, str]]:
    answer = await client.get(f"/v1/measures?{query}", headers={"accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def _number(cell: object) -> float | str | None:
    return None if cell in {None, ""} else "*" if cell == "*" else float(str(cell))


def on_page(html: str) -> dict[str, tuple[str, str]]:
    return {unescape(name): (value, of) for _, name, _, value, of in LINE.findall(html)}


def plain(text: str) -> str:
    return text.replace(",", "").rstrip("%").replace("none", "*")


async def test_the_page_the_csv_the_sheet_and_the_api_say_the_same(visitor: httpx.AsyncClient) -> None:
    for who, query in (("amira", "place=England"), ("amira", "place=R1&month=2024-09"), ("priya", "month=2024-09"), ("priya", "")):
        client = await signed_in(visitor, who)
        lines = on_page((await client.get(f"/measures?{query}")).text)
        place = {"place=England": "England", "place=R1&month=2024-09": "R1"}.get(query, "R0")
        rows = [row for row in await told(client, query) if (row["PRIMARY_LEVEL"], row["SECONDARY_LEVEL"]) == (place, "NONE")]
        values = {row["MEASURE_ID"]: row["MEASURE_VALUE"] for row in rows}
        assert set(lines) == set(values)
        assert len(rows) == len(values) > 30
        for name, (value, _) in lines.items():
            exact = values[name]
            assert plain(value) == (f"{round(float(exact), 1):g}" if exact not in NO_FIGURE else "*"), name
        found = (await client.get(f"/v1/measures?{query}")).json()
        everything = await told(client, query)
        assert [(one["measure"], one["value"]) for one in found] == [(row["MEASURE_ID"], row["MEASURE_VALUE"]) for row in everything]
        sheet = load_workbook(io.BytesIO((await client.get(f"/v1/measures?{query}&format=xlsx")).content))["Measures"]
        cells = [cell.value for cell in sheet["K"]][1:]
        assert [_number(cell) for cell in cells] == [_number(row["MEASURE_VALUE"]) for row in everything]


async def test_a_provider_sees_its_own_figures_as_they_were_counted_and_nobody_elses(visitor: httpx.AsyncClient, pool: Pool) -> None:
    priya = await signed_in(visitor, "priya")
    found = {family.name: rows for family, rows in await counted(pool, Asked(date(2024, 9, 30)))}
    mrs = {(one.team, one.by, one.value): one.counts for one in found["mrs"] if one.code == "R0"}
    rows = await told(priya, "month=2024-09")
    assert {row["PRIMARY_LEVEL"] for row in rows} == {"R0"}
    seen = {(row["BREAKDOWN"], row["SECONDARY_LEVEL"], row["MEASURE_ID"]): row["MEASURE_VALUE"] for row in rows}
    assert seen["Provider", "NONE", "MRS02"] == str(mrs["", "", ""]["MRS02"])
    assert seen["Provider; Team type", "A08", "MRS02"] == str(mrs["A08", "", ""]["MRS02"])
    assert seen["Provider; Age", "65+", "MRS06"] == str(mrs["", "age", "65+"]["MRS06"])
    page = (await priya.get("/measures/MRS02?month=2024-09")).text
    assert f'<td class="cs-n">{mrs["A08", "", ""]["MRS02"]}</td>' in page
    assert "Assertive outreach team" in page
    assert "White: British" in page
    for query in ("place=R1", "place=England", "place=Q0"):
        assert (await priya.get(f"/measures?{query}")).status_code == 422
        assert (await priya.get(f"/v1/measures?{query}")).status_code == 422


async def test_everybody_else_sees_what_was_released_and_no_small_count(visitor: httpx.AsyncClient, pool: Pool) -> None:
    amira = await signed_in(visitor, "amira")
    rows = await told(amira, "month=2024-09")
    assert {row["BREAKDOWN"] for row in rows} == {"England", "Provider", "ICB of GP Practice or Residence", "PCN"}
    by_network = {row["MEASURE_ID"] for row in rows if row["BREAKDOWN"] == "PCN"}
    assert {"SMIRegister", "PHS014b"} <= by_network
    assert by_network.isdisjoint({"MRS02", "MHS108"})
    assert {row["SECONDARY_LEVEL"] for row in rows} == {"NONE"}
    counts = [row["MEASURE_VALUE"] for row in rows if MEASURES[row["MEASURE_ID"]].figure.kind == "count" and row["MEASURE_VALUE"] != "*"]
    assert len(counts) > 50
    assert all(int(value) % 5 == 0 and int(value) >= 5 for value in counts)
    assert any(row["MEASURE_VALUE"] == "*" for row in rows)
    page = (await amira.get("/measures/MRS02?month=2024-09")).text
    assert "Assertive outreach team" not in page
    exact = {
        one.code: one.counts["MRS02"]
        for one in (await counted(pool, Asked(date(2024, 9, 30)), FAMILIES[:1]))[0][1]
        if one.level == "provider" and not one.by
    }
    assert any(value % 5 for value in exact.values()), "something to hide"
    refused = await amira.get("/measures?known_at=2024-09-01T00:00:00Z")
    assert refused.status_code == 422
    assert "a provider asks so of its own figures" in refused.text


async def test_what_cannot_be_asked_is_refused_by_name(visitor: httpx.AsyncClient) -> None:
    amira = await signed_in(visitor, "amira")
    for query, field in (
        ("month=2024-13", "month"),
        ("month=2024-11", "month"),
        ("place=R9", "place"),
        ("definition=eip-2016", "definition"),
    ):
        for path in ("/measures", "/measures/MRS02", "/v1/measures"):
            answer = await amira.get(f"{path}?{query}")
            assert answer.status_code == 422, (path, query)
            assert field in answer.text
    assert (await amira.get("/measures/MRS99")).status_code == 404
    assert (await amira.get("/v1/measures/MRS99")).json()["error"] == "there is no measure 'MRS99'"
    assert (await amira.get("/measures/DNA%20rate")).status_code == 404, "no table is declared in which it can be hidden"
    assert "Not shown to a wider audience" in (await amira.get("/measures")).text
    assert (await visitor.get("/v1/measures", headers={"authorization": "Bearer wrong"})).status_code == 401


async def test_a_baseline_stays_as_it_stood_whatever_is_counted_later(
    visitor: httpx.AsyncClient, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, why = parse("2024-08"), "the month before the new teams began"

    async def declare(by: Person, family: str = "mrs", month: Period = whole, words: str = why) -> int:
        async with pool.acquire() as connection, connection.transaction():
            return await set_baseline(connection, by, family, month, words)

    for refused, why_not in (
        (declare(REGION), "may not prepare a return: it takes the role"),
        (declare(ANALYST, "msr"), "no family of measures is called 'msr'"),
        (declare(ANALYST, month=parse("2030-01")), "2030-01 are not kept: choose a whole month"),
        (declare(ANALYST, words="no"), "at least ten characters"),
    ):
        with pytest.raises(StepError, match=why_not):
            await refused
    amira = await signed_in(visitor, "amira")
    before = (await amira.get("/v1/measures/MRS02?month=2024-08")).json()
    assert (before["baseline"], before["baseline_by"], before["baseline_otherwise"]) == (None, None, False)
    assert await declare(ANALYST) > 20
    value = before["months"][-1]["value"]
    after = (await amira.get("/v1/measures/MRS02?month=2024-09")).json()
    assert (float(after["baseline"]), after["baseline_otherwise"]) == (value, False)
    assert re.fullmatch(r"August 2024, by national-2024@\d+, rules [0-9a-f]{12}; set by kwame on 2024-\d\d-\d\d", after["baseline_by"])
    own = await signed_in(visitor, "priya")
    mine = (await own.get("/v1/measures/MRS02?month=2024-08")).json()
    assert float(mine["baseline"]) == mine["months"][-1]["value"] != value
    monkeypatch.setattr(baselines, "rules", lambda family: "changed")
    amira = await signed_in(visitor, "amira")
    page = (await amira.get("/measures/MRS02?month=2024-09")).text
    assert "It is counted by another definition now" in page
    assert float((await amira.get("/v1/measures/MRS02?month=2024-09")).json()["baseline"]) == value
    assert await pool.fetchval("select count(*) from audit where what = 'baseline set' and by = 'kwame'") == 1


async def test_who_may_read_them(visitor: httpx.AsyncClient) -> None:
    paths = ("/measures", "/measures/MRS01", "/measures/print", "/v1/measures", "/v1/measures/MRS01")
    for who, status in (("amira", 200), ("sana", 200), ("priya", 200), ("gwen", 403), ("ian", 403)):
        client = await signed_in(visitor, who)
        assert [(await client.get(path)).status_code for path in paths] == [status] * len(paths), who
    visitor.cookies.clear()
    assert [(await visitor.get(path)).status_code for path in paths] == [303, 303, 303, 401, 401]


async def test_a_trend_has_every_kept_month_with_limits_and_its_target(visitor: httpx.AsyncClient) -> None:
    amira = await signed_in(visitor, "amira")
    series = (await amira.get("/v1/measures/MRS02?month=2024-09")).json()
    ends = [date.fromisoformat(month["until"]) for month in series["months"]]
    assert (len(ends), ends[-1]) == (MONTHS, date(2024, 9, 30))
    assert all((end + timedelta(1)).day == 1 for end in ends)
    for month in series["months"]:
        assert month["lower"] <= month["mean"] <= month["upper"]
    [row] = [row for row in await told(amira, "month=2024-09&place=England") if row["MEASURE_ID"] == "MRS02"]
    assert float(row["MEASURE_VALUE"]) == series["months"][-1]["value"]
    share = (await amira.get("/v1/measures/All6PHC%20share?month=2024-09")).json()
    assert (share["target"], share["numerator"], share["denominator"]) == (75, "All6PHC", "SMIRegister")
    planned = (await amira.get("/v1/measures/All6PHC?month=2024-09&place=Q0")).json()["months"][-1]["planned"]
    assert planned == 250

    assert "target missed whatever chance does" in (await amira.get("/measures/All6PHC%20share")).text


async def test_what_changed_is_counted_again_and_what_did_not_is_not(
    pool: Pool, shared_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await measure_rows.keep(pool) == 0
    before = await pool.fetchval(
        "select value from shown s join figured f on f.id = figured where month = '2024-10-01' and level = 'england' and measure = 'MRS06'"
    )
    await pool.execute("update feed set changes = changes + 1")
    async with measure_rows.connected(shared_urls["admin"]) as admin:
        await admin.execute(
            "update spell_now set \"end\" = null, closed = false, part_ends = array_fill('infinity'::date, array[cardinality(part_ends)])"
            " where definition = 'national-2024' and spell_id in (select spell_id from spell_now where \"end\" is not null limit 200)"
        )
    looking = job.Figures()
    async with pool.acquire() as connection, connection.transaction():
        assert await looking.look(connection) == 1
        assert await looking.look(connection) in {0, 1}, "it rests as long as counting took, nine times"
    monkeypatch.setattr(job, "REST", 0)
    assert await measure_rows.keep(pool) >= len(FAMILIES) * 2 - 2
    after = await pool.fetchval(
        "select value from shown s join figured f on f.id = figured where month = '2024-10-01' and level = 'england' and measure = 'MRS06'"
    )
    assert int(after) > int(before)
    monkeypatch.setattr("shared.clock.now", lambda: NOW + timedelta(1))
    assert await measure_rows.keep(pool) == len(FAMILIES), "a new day belongs to this month alone"


async def test_what_was_counted_before_most_of_a_history_was_there_comes_first(pool: Pool) -> None:
    async with pool.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        await connection.execute("update feed set changes = 100000")
        for heard, outgrown in ((96_000, False), (94_000, True)):
            await connection.execute("update figured set mark = '99999/1/1', counted_at = $1::timestamptz - interval '1 year'", NOW)
            away = "update figured set mark = $1, counted_at = $2 where family = 'mrs' and month = '2024-09-01'"
            await connection.execute(away, f"{heard}/1/1", NOW)
            mark, families = await figures.mark(connection), [family.name for family in FAMILIES]
            found = await figures.claim(connection, mark, NOW.date(), NOW, families, again=True)
            assert found is not None
            assert (found.outgrown, (found.family, found.month) == ("mrs", date(2024, 9, 1))) == (outgrown, outgrown)
        await undone.rollback()


async def counted_for(asking: asyncio.Task[httpx.Response], pool: Pool) -> httpx.Response:
    """What somebody is answered while the worker counts."""
    while not asking.done():
        await measure_rows.keep(pool)
        await asyncio.sleep(0.05)
    return await asking


async def test_a_month_that_is_not_kept_is_counted_when_somebody_asks(visitor: httpx.AsyncClient, pool: Pool) -> None:
    priya = await signed_in(visitor, "priya")
    for query in ("month=2022-03", "month=2024-06&known_at=2024-07-30T12:00:00Z", "month=2024-06&definition=national-2024-compat"):
        status = 503
        async with asyncio.timeout(60):
            while status == 503:  # as a browser does, that comes again
                status = (await counted_for(asyncio.create_task(priya.get(f"/measures?{query}")), pool)).status_code
        assert status == 200, query
    waiting = await priya.get("/v1/measures?month=2021-03")
    assert (waiting.status_code, waiting.headers["retry-after"]) == (503, "3")


async def test_a_page_is_answered_in_two_hundred_milliseconds(visitor: httpx.AsyncClient) -> None:
    amira = await signed_in(visitor, "amira")
    for path in ("/measures", "/measures/MRS02", "/measures?month=2024-09&place=R1"):
        took = []
        for _ in range(3):
            began = process_time()
            assert (await amira.get(path)).status_code == 200
            took.append(process_time() - began)
        assert min(took) < 0.2, path
    assert clock.now() == NOW


async def test_a_published_file_is_set_beside_ours_and_a_corrupt_one_changes_nothing(visitor: httpx.AsyncClient, pool: Pool) -> None:
    amira = await signed_in(visitor, "amira")
    found = await counted(pool, Asked(date(2024, 9, 30)), FAMILIES[:1])
    names = {("provider", "R0"): "WESTSIDE, TRUST"}
    text = "".join(lines(for_comparison(date(2024, 9, 30), found, names, compat=False)))
    rows = list(csv.reader(io.StringIO(text)))
    england = next(row for row in rows if row[8] == "MRS02" and row[4] == "England")
    england[10] = str(int(england[10]) + 40)
    gone = next(row for row in rows if row[8] == "MRS06" and row[4] == "R1")
    rows.remove(gone)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    token = re.search(r'name="csrf" value="([^"]+)"', (await amira.get("/measures/reconcile")).text)
    assert token
    form = {"csrf": token[1]}

    async def load(content: bytes) -> httpx.Response:
        return await amira.post("/measures/reconcile", data=form, files={"file": ("published.csv", content, "text/csv")})

    wrong = out.getvalue().replace(f",{england[10]}", ",lots", 1)
    line = next(number for number, each in enumerate(wrong.splitlines(), 1) if each.endswith(",lots"))
    for content, words in (
        (wrong.encode(), f"line {line}, column MEASURE_VALUE"),
        (b"\xff\xfe", "not UTF-8 text: byte 0"),
        (b"A,B\n1,2\n", "line 1, column REPORTING_PERIOD_START"),
        (b"", "line 1, column REPORTING_PERIOD_START"),
    ):
        refused = await load(content)
        assert refused.status_code == 422
        assert words in unescape(refused.text)
    assert await pool.fetchval("select count(*) from published") == 0
    address = (await load(out.getvalue().encode())).headers["location"]
    async with asyncio.timeout(10):
        page = (await counted_for(asyncio.create_task(amira.get(address)), pool)).text
    assert ">MRS02</a></th><td>England</td>" in page
    told_rows = list(csv.DictReader(io.StringIO((await amira.get(address.replace("reconcile?", "reconcile.csv?"))).text)))
    england_told = [row for row in told_rows if (row["PRIMARY_LEVEL"], row["MEASURE_ID"]) == ("England", "MRS02")]
    assert [row["CAUSE"] for row in england_told] == ["different by more than rounding"]
    missing = [row for row in told_rows if (row["PRIMARY_LEVEL"], row["MEASURE_ID"]) == ("R1", "MRS06")]
    assert [row["THEIRS"] for row in missing] == [""]
    assert int(re.search(r"([\d,]+) figures?: not explained", page)[1]) == len(told_rows)  # type: ignore[index]  # it is there
    released = {(row["PRIMARY_LEVEL"], row["MEASURE_ID"]): row["MEASURE_VALUE"] for row in await told(amira, "month=2024-09")}
    assert all(row["OURS"] in {"", released.get((row["PRIMARY_LEVEL"], row["MEASURE_ID"]), "*")} for row in told_rows)
    assert (await amira.post("/measures/reconcile", data={"csrf": "guessed"}, files={"file": ("p.csv", b"x")})).status_code == 403
    priya = await signed_in(visitor, "priya")
    own = list(csv.DictReader(io.StringIO((await priya.get(address.replace("reconcile?", "reconcile.csv?"))).text)))
    assert {row["PRIMARY_LEVEL"] for row in own} <= {"R0"}


def test_a_file_that_cannot_be_read_is_named_by_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "published.csv"
    file.write_text(",".join(COLUMNS) + "\n01/07/2024,31/09/2024,P,England,England,England,NONE,NONE,MRS01,x,1\n")
    with pytest.raises(CommandError, match=r"published.csv: line 2, column REPORTING_PERIOD_END: '31/09/2024' is no date"):
        reconciling.read_file(file)
