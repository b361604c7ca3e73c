"""Returns and measures in a real browser: the road of one return by two people, and a month's measures beside a published file."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from services.reporting.handlers import figures as job
from services.reporting.handlers.submitting import Submitting
from services.reporting.publish.drop import FileDrop
from services.reporting.rules.layout import lines
from services.reporting.rules.measures import FAMILIES
from services.reporting.rules.measures.lines import for_comparison
from services.reporting.rules.period import month_of
from services.reporting.rules.returns import book
from services.reporting.store import definitions, figures, submissions
from services.reporting.store.measures import COMPAT, MAIN, Asked, counted
from services.reporting.web.reconciling import NATIONAL
from services.reporting.web.site import build_web
from shared.runtime.broker import Ends
from shared.runtime.database import Pool, connect_pool
from shared.web.application import Access
from tests.component import measure_rows, returns_scene
from tests.component.returns_scene import FEMI, GRACE, ICB, NOW, PERIOD, Scene
from tests.journey.support import LAPTOP, PHONE, faults, served

RETURN = f"checks-by-file:XIB:{PERIOD}"
KEYS = "k" * 32


async def signed_in(browser: Browser, address: str, name: str, path: str, size: tuple[int, int] = LAPTOP, *, script: bool = True) -> Page:
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, java_script_enabled=script)
    page = await context.new_page()
    await page.goto(f"{address}{path}")
    await page.get_by_role("button", name=name).click()
    await expect(page).to_have_url(f"{address}{path}")
    return page


async def sound(page: Page, what: str) -> None:
    """No accessibility fault, and nothing wider than the screen."""
    assert await faults(page) == [], what
    size = page.viewport_size
    assert size is not None
    assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"], what


@pytest.fixture
async def scene(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr("shared.clock.now", lambda: NOW)
    async with returns_scene.scene(database_urls, 30) as found:
        await found.admin.execute("delete from reference.organisations where ods = 'XIB' and name <> $1", ICB)
        told = "insert into access.person (username, name, organisation, roles, providers) values ($1, $2, $3, $4, '{}')"
        await found.admin.executemany(told, [(one.username, one.name, ICB, sorted(one.roles)) for one in (FEMI, GRACE)])
        text = book.texts()["smi-checks"].replace('id = "smi-checks"', 'id = "checks-by-file"')
        text = text.replace('transport = "mesh"\nmailbox = "X26ABC2"', 'transport = "file"\nformat = "csv"').split(
            "# Where each line goes"
        )[0]
        async with found.pool.acquire() as connection:
            await definitions.add(connection, text, "femi", NOW)
        yield found


async def carry(scene: Scene, folder: Path) -> Path:
    """What the worker does with what is signed: the file in the folder."""
    sending = Submitting({"drop": FileDrop(folder)})
    async with scene.pool.acquire() as connection:
        for act in (sending.intend_due, sending.send_intended):
            async with connection.transaction():
                assert await act(connection) == 1
    [file] = await asyncio.to_thread(lambda: [*folder.iterdir()])
    return file


async def acknowledged(scene: Scene) -> None:
    async with scene.pool.acquire() as connection, connection.transaction():
        [row] = await connection.fetch("select * from submission")
        assert await submissions.move(connection, row, "acknowledged", message_id=row["message_id"])


async def _drafted(femi: Page) -> None:
    """Begun and entered; a period that is none is said on the page, and what was chosen stays."""
    await femi.get_by_label("Return", exact=True).select_option("checks-by-file")
    await femi.get_by_label("Period, as 2025-26-Q2").fill("2024-25-Q9")
    await femi.get_by_role("button", name="Begin").click()
    await expect(femi.get_by_role("alert")).to_contain_text("2024-25-Q9 is no period")
    await sound(femi, "refused")
    await expect(femi.get_by_label("Return", exact=True)).to_have_value("checks-by-file")
    await femi.get_by_label("Period, as 2025-26-Q2").fill(PERIOD)
    await femi.get_by_role("button", name="Begin").click()
    await expect(femi.get_by_text("Nothing is frozen yet")).to_be_visible()

    await femi.get_by_text("What explains the quarter").click()  # entered by hand
    await femi.get_by_label("Text").fill("Two practices sent their registers late")
    await femi.get_by_label("Where it comes from").fill("told by the practices")
    await femi.get_by_role("button", name="Enter").click()
    await expect(femi.locator("#line-comment summary")).to_contain_text("1 of 1 entered")
    await sound(femi, "draft")


async def _checked(femi: Page) -> None:
    """Frozen by a double click, explained, checked; whoever froze is not offered to sign."""
    await femi.get_by_role("button", name="Freeze").dblclick()
    await expect(femi.locator(".cs-state")).to_have_text("frozen")
    await expect(femi.get_by_text("Two practices sent their registers late").first).to_be_visible()
    while await femi.get_by_role("button", name="Explain").count():
        await femi.get_by_label("Why it may stand").first.fill("checked with the practices")
        await femi.get_by_role("button", name="Explain").first.click()
    await femi.get_by_role("button", name="Say that it is checked").click()
    await expect(femi.locator(".cs-state")).to_have_text("checked")
    await expect(femi.get_by_role("button", name="Sign", exact=True)).to_have_count(0)


async def _sent(femi: Page, grace: Page, stale: Page) -> None:
    """Signed by another, once, though it was frozen again meanwhile; sent by a page that was shown before that, without script."""
    await femi.get_by_role("button", name="Freeze anew").click()
    await femi.get_by_role("button", name="Say that it is checked").click()
    await stale.get_by_role("button", name="Sign", exact=True).click()
    await expect(stale.locator(".cs-state")).to_have_text("signed")  # frozen again as it was: the same hash
    await sound(stale, "signed")
    await grace.get_by_role("button", name="Sign", exact=True).click()
    await expect(grace.get_by_role("alert")).to_contain_text("To be signed it must be checked")
    await grace.get_by_role("button", name="Send").click()


async def _behind_a_figure(grace: Page) -> None:
    """As many people as the figure says."""
    await grace.get_by_role("link", name="SMIRegister: people on the register").click()
    people = await grace.locator("tbody th").count()
    assert people == int((await grace.locator("#count-1").inner_text()).split(":")[1].split()[0]) > 0


async def _restated(femi: Page) -> None:
    await femi.get_by_role("link", name="SMIRegister: people on the register").click()
    await sound(femi, "cell")
    await femi.get_by_role("link", name="Back to the return").click()
    await femi.get_by_role("link", name="What it would say now, and why").click()
    await expect(femi.get_by_text("Nothing: it would say the same.")).to_be_visible()
    await sound(femi, "compared")
    await femi.get_by_role("link", name="Back to the return").click()
    await femi.get_by_label("Why it is restated").fill("a practice had sent the wrong register")
    await femi.get_by_role("button", name="Restate").click()
    await expect(femi.get_by_role("heading", level=1)).to_contain_text("version 2")
    await expect(femi.locator(".cs-state")).to_have_text("draft")


async def test_the_road_of_a_return_by_two_people(scene: Scene, browser: Browser, tmp_path: Path) -> None:
    @asynccontextmanager
    async def counting() -> AsyncIterator[tuple[Pool, Ends]]:
        yield scene.pool, returns_scene.ends

    async with served(build_web(scene.pool, Access(KEYS, "127.0.0.1"), counting)) as address:
        femi = await signed_in(browser, address, FEMI.name, "/returns")
        await _drafted(femi)
        await _checked(femi)
        grace = await signed_in(browser, address, GRACE.name, f"/returns/{RETURN}", PHONE, script=False)
        await _sent(femi, grace, await signed_in(browser, address, GRACE.name, f"/returns/{RETURN}"))
        file = await carry(scene, tmp_path)
        assert "Two practices sent their registers late" in file.read_text("utf-8-sig")
        await grace.goto(f"{address}/returns/{RETURN}")
        await expect(grace.locator(".cs-state")).to_have_text("submitted")
        await expect(grace.get_by_role("region", name="Table: on its way")).to_contain_text(file.name)
        await acknowledged(scene)
        await grace.reload()
        await expect(grace.locator(".cs-state")).to_have_text("acknowledged")
        await _behind_a_figure(grace)
        await femi.goto(f"{address}/returns/{RETURN}")
        await _restated(femi)


@pytest.fixture
async def measured(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, Pool]]:
    """A site whose figures are kept of a small community: of the four-week wait, this month and the one before."""
    monkeypatch.setattr("shared.clock.now", lambda: measure_rows.NOW)
    monkeypatch.setattr(job, "MONTHS", 1)
    await measure_rows.write(database_urls["admin"])
    async with await connect_pool(database_urls["reporting"], "reporting") as pool:
        await measure_rows.keep(pool)
        await figures.ask(pool, [month_of(date(2024, 9, 1))], NATIONAL, COMPAT, None, measure_rows.NOW, standing=False)
        await measure_rows.keep(pool)
        async with served(build_web(pool, Access(KEYS, "127.0.0.1"))) as address:
            yield address, pool


async def _published(pool: Pool) -> str:
    """What a national file would say of us, with 40 more waiting in England."""
    found = await counted(pool, Asked(date(2024, 9, 30), MAIN), FAMILIES[:1])
    rows = list(csv.reader(lines(for_comparison(date(2024, 9, 30), found, {}, compat=False))))
    england = next(row for row in rows if row[8] == "MRS02" and row[4] == "England")
    england[10] = str(int(england[10]) + 40)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


async def test_measures_on_screen_on_paper_as_a_file_and_beside_what_is_published(
    measured: tuple[str, Pool], browser: Browser, tmp_path: Path
) -> None:
    address, pool = measured
    page = await signed_in(browser, address, "Amira Hassan", "/measures?month=2024-09")
    await sound(page, "measures")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="MRS02", exact=True))
    shown = await row.locator("strong").inner_text()
    async with page.expect_download() as taken:
        await page.get_by_role("link", name="CSV").click()
    told = list(csv.DictReader((await (await taken.value).path()).read_text("utf-8-sig").splitlines()))
    [value] = [one["MEASURE_VALUE"] for one in told if (one["MEASURE_ID"], one["PRIMARY_LEVEL"]) == ("MRS02", "England")]
    assert shown.replace(",", "") == value
    await page.get_by_role("link", name="For paper, with charts").click()
    await expect(page.get_by_role("heading", name="MRS02:")).to_be_visible()
    await sound(page, "for paper")
    assert len(await page.pdf()) > 10_000
    await page.goto(f"{address}/measures/MRS02?month=2024-09")
    await expect(page.locator("#value")).to_have_text(shown)
    await sound(page, "one measure")
    phone = await signed_in(browser, address, "Amira Hassan", "/measures?month=2024-09", PHONE)
    await sound(phone, "measures on a phone")

    load = _loader(page, tmp_path)
    text = await _published(pool)
    await page.goto(f"{address}/measures/reconcile")
    await load(text.replace("30/09/2024", "31/09/2024", 1))
    await expect(page.get_by_role("heading", level=1)).to_contain_text("'31/09/2024' is no date")
    await page.goto(f"{address}/measures/reconcile")
    await expect(page.get_by_text("No published file is loaded yet.")).to_be_visible()
    await load(text)
    table = page.get_by_role("region", name="Table: ours beside theirs")
    await expect(table.get_by_role("row").filter(has_text="MRS02").filter(has_text="England")).to_contain_text("different by more than")
    await sound(page, "beside what is published")


def _loader(page: Page, folder: Path) -> Callable[[str], Awaitable[None]]:
    async def load(text: str) -> None:
        file = folder / "published.csv"
        file.write_text(text, "utf-8")
        await page.get_by_label("CSV file").set_input_files(file)
        await page.get_by_role("button", name="Load").click()

    return load
