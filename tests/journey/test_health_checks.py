"""The health-check pages in a real browser: found, recorded and taken back, with and without script, on a phone too."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from services.outreach.web.site import build_web
from shared.runtime.database import connect_pool
from shared.web.application import Access
from tests.component import outreach_rows
from tests.component.outreach_rows import NOW, OnRegister
from tests.journey.support import LAPTOP, PHONE, faults, served
from tests.journey.test_pages import Served

PEOPLE = [one for number, one in enumerate(outreach_rows.people()) if number % 4 < 2]


@pytest.fixture
async def site(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    monkeypatch.setattr("shared.clock.now", lambda: NOW)
    await outreach_rows.write(database_urls["admin"], PEOPLE)
    async with await connect_pool(database_urls["outreach"], "outreach") as pool:
        app = build_web(pool, Access("k" * 32, "127.0.0.1"))
        async with served(app) as address:
            yield Served(address, database_urls["admin"])


async def opened(browser: Browser, site: Served, size: tuple[int, int] = LAPTOP, *, script: bool = True) -> Page:
    """The overview as Priya Nair sees it."""
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, java_script_enabled=script)
    page = await context.new_page()
    await page.goto(f"{site.address}/health-checks")
    await page.get_by_role("button", name="Priya Nair").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Physical health checks")
    return page


@pytest.mark.parametrize("script", [True, False])
async def test_an_attempt_is_recorded_from_the_list_and_taken_back(site: Served, browser: Browser, script: bool) -> None:
    page = await opened(browser, site, script=script)
    await page.get_by_role("link", name="with something overdue").click()
    number = await page.get_by_role("heading", level=1).inner_text()
    await page.locator("#record-1").click()
    await page.get_by_label("Result", exact=True).select_option("call back")
    await page.get_by_label("Why, in a few words").fill("asked for next week")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("status")).to_have_text("Saved.")
    await expect(page.get_by_role("table")).to_contain_text("Asked to be called back")
    assert await page.get_by_role("heading", level=1).inner_text() == number  # hidden is not gone
    await page.get_by_role("button", name="Take it back").click()
    await expect(page.get_by_role("table")).not_to_contain_text("Asked to be called back")


async def test_a_new_person_is_on_the_open_worklist_by_itself(site: Served, browser: Browser) -> None:
    page = await opened(browser, site)
    await page.get_by_role("link", name="Worklist").click()
    before = int((await page.get_by_role("heading", level=1).inner_text()).split()[0])
    await expect(page.locator("[data-connection]")).to_have_text("live")
    await outreach_rows.write_more(site.admin_url, [OnRegister("pknew", "RXA")])
    await expect(page.get_by_role("heading", level=1)).to_contain_text(f"{before + 1} people")


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
async def test_the_pages_have_no_accessibility_faults_and_fit(site: Served, browser: Browser, size: tuple[int, int]) -> None:
    page = await opened(browser, site, size)

    async def sound(what: str) -> None:
        assert await faults(page) == [], what
        assert await page.evaluate("document.documentElement.scrollWidth") <= size[0], what

    await sound("overview")
    await page.goto(f"{site.address}/health-checks/list?status=overdue&owner=RXA")
    await sound("worklist")
    await page.locator("#record-1").click()
    await expect(page.get_by_label("Result", exact=True)).to_be_visible()
    await sound("form in the row")
    await page.locator("#person-1").click()
    await expect(page.get_by_role("heading", name="What is to be done")).to_be_visible()
    await sound("one person")
