"""The pages in a real browser: they move by themselves, work without script, fit a laptop and a phone, and have no accessibility faults."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from services.waits.store.alerts import Alerts
from services.waits.web.site import build_web
from shared.runtime.database import connect_pool
from shared.web.application import Access
from tests.component import waits_rows
from tests.component.waits_rows import AT, COMPONENTS, NOW, Wait
from tests.journey.support import LAPTOP, PHONE, faults, served


class Served(NamedTuple):
    """A running site and the database behind it."""

    address: str
    admin_url: str


@pytest.fixture
async def site(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    monkeypatch.setattr("shared.clock.now", lambda: NOW)
    await waits_rows.write(database_urls["admin"], list(waits_rows.waits()))
    async with await connect_pool(database_urls["waits"], "waits") as pool:
        app = build_web(pool, Access("k" * 32, "127.0.0.1"))
        async with served(app) as address:
            yield Served(address, database_urls["admin"])


@asynccontextmanager
async def reading(browser: Browser, site: Served, size: tuple[int, int] = LAPTOP, *, script: bool = True) -> AsyncIterator[Page]:
    """A page of Amira's, signed in, on the live waits; whatever the browser complains of fails the test."""
    context: BrowserContext = await browser.new_context(viewport={"width": size[0], "height": size[1]}, java_script_enabled=script)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if not request.url.startswith(site.address) else None)
    await page.goto(site.address)
    await page.get_by_role("button", name="Amira Hassan").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Adult community mental health")
    yield page
    assert complaints == []
    await context.close()


async def test_a_new_wait_is_on_the_open_page_by_itself(site: Served, browser: Browser) -> None:
    async with reading(browser, site) as page:
        waiting = page.locator("#card-1 .cs-card__number")
        before = int((await waiting.inner_text()).replace(",", ""))
        await expect(page.locator("[data-connection]")).to_have_text("live")
        await page.locator("#how-long-table summary").click()
        await page.locator("#card-2").focus()
        await waits_rows.write_more(site.admin_url, [Wait("pknew", "RXA", "RNEW", "A06", AT, {})])
        await expect(waiting).to_have_text(f"{before + 1:,}")
        await expect(page.locator("#how-long-table")).to_have_attribute("open", "")  # what the reader opened stays open
        await expect(page.locator("#card-2")).to_be_focused()
        await expect(page.locator("[data-connection]")).to_have_text("live")


async def test_filters_survive_a_push(site: Served, browser: Browser) -> None:
    async with reading(browser, site) as page:
        await page.get_by_label("Provider", exact=True).select_option("RXB")
        await page.get_by_role("button", name="Show").click()
        await expect(page).to_have_url(re.compile(r"/waits\?.*provider=RXB"))
        await expect(page.locator("[data-connection]")).to_have_text("live")
        number = page.locator("#card-1 .cs-card__number")
        before = int((await number.inner_text()).replace(",", ""))
        new = [Wait("pkone", "RXA", "RONE", "A06", AT, {}), Wait("pktwo", "RXB", "RTWO", "A06", AT, {})]
        await waits_rows.write_more(site.admin_url, new)
        await expect(number).to_have_text(f"{before + 1:,}")


async def test_from_a_number_to_its_list_to_one_spell(site: Served, browser: Browser) -> None:
    async with reading(browser, site) as page:
        number = await page.locator("#missing-1 strong").inner_text()
        await page.locator("#missing-1").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text(f"{number} wait")
        await expect(page.locator("[data-connection]")).to_have_text("live")
        await page.locator("tbody tr").first.locator("td").last.click(force=True)  # the whole row opens the spell
        await expect(page.get_by_role("heading", name="What is still missing and why")).to_be_visible()
        missed = page.get_by_role("img", name="not attended")
        await missed.focus()
        await expect(missed.locator("text")).to_be_visible()


async def test_an_open_spell_moves_when_something_comes_and_says_when_it_is_gone(site: Served, browser: Browser) -> None:
    start = AT - timedelta(10)
    await waits_rows.write_more(site.admin_url, [Wait("pkspell", "RXA", "RSPELL", "A06", start, {})])
    async with reading(browser, site) as page:
        await page.goto(f"{site.address}/waits/spells/RXA:RSPELL")
        standing = page.locator(".cs-standing")
        await expect(standing).to_contain_text("Clock still running because: no first contact recorded and")
        await expect(page.locator("[data-connection]")).to_have_text("live")
        await page.locator("#history summary").click()
        await waits_rows.write_more(site.admin_url, [Wait("pkspell", "RXA", "RSPELL", "A06", start, dict.fromkeys(COMPONENTS, 4))])
        await expect(standing).to_contain_text("Clock stopped on day 4, within 28 days.")
        await expect(page.locator("#history")).to_have_attribute("open", "")  # what the reader opened stays open
        await waits_rows.take_away(site.admin_url, "pkspell")
        await expect(page.get_by_role("heading", level=1)).to_have_text("There is no such spell any more")


async def test_a_feed_that_falls_silent_is_named_on_the_open_page_though_nothing_came(site: Served, browser: Browser) -> None:
    async with reading(browser, site) as page:
        await expect(page.locator("#silence-link")).to_have_text("learning when feeds come")
        await expect(page.locator("[data-connection]")).to_have_text("live")
        await waits_rows.fall_silent(site.admin_url, "RXA")
        await expect(page.locator("#silence-link")).to_have_text("RXA silent since 09:12")
        await page.locator("#silence-link").click()
        await expect(page).to_have_url(f"{site.address}/data-quality#silence")
        await expect(page.locator("#silence-scroll tbody tr").first).to_contain_text("silent")


async def test_an_old_wait_is_validated(site: Served, browser: Browser) -> None:
    async with reading(browser, site) as page:
        await page.get_by_role("link", name="Data quality").click()
        everything, unsaid = page.locator("#inactive-365-1"), page.locator("#inactive-365-2")
        before = int(await unsaid.inner_text())
        await everything.click()
        await page.locator("#spell-1").click()
        await page.get_by_label("validated, still waiting").check()
        await page.get_by_label("Why (kept with your name)").fill("She has an appointment in April")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("cell", name="She has an appointment in April")).to_be_visible()
        await page.get_by_role("link", name="Data quality").click()
        await expect(unsaid).to_have_text(f"{before - 1}")
        await expect(page.locator("#inactive-365-3")).to_have_text("1")


async def test_a_view_is_saved_and_an_alert_stands_on_the_open_page_by_itself(site: Served, browser: Browser) -> None:
    async with reading(browser, site) as page:
        await page.goto(f"{site.address}/waits/list?state=past-target&provider=RXA")
        await page.locator("#views summary").click()
        await page.get_by_label("Save this view as").fill("Long at Westside")
        await page.get_by_role("button", name="Save view").click()
        await page.locator("#views summary").click()
        await page.get_by_role("link", name="Long at Westside").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("waiting, past 28 days")

        await page.get_by_role("link", name="Alerts").click()
        await page.get_by_role("link", name="Make a rule").click()
        await page.get_by_label("Name of the rule").fill("Too many")
        await page.get_by_label("1 to 6 thresholds").fill("10, 20")
        await page.get_by_role("button", name="Make the rule").click()
        await page.get_by_role("link", name="all alerts").click()
        await expect(page.locator("[data-connection]")).to_have_text("live")
        await expect(page.get_by_text("No threshold is reached.")).to_be_visible()
        async with waits_rows.connected(site.admin_url) as connection, connection.transaction():
            await Alerts().look(connection)
        await expect(page.locator("#standing-scroll tbody tr")).to_have_count(2)
        for path in ("/alerts", "/alerts/rules/1", "/alerts/new", "/views", "/signals"):
            await page.goto(site.address + path)
            assert await faults(page) == [], path
            assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


async def test_a_target_is_set_and_its_icon_told_without_script(site: Served, browser: Browser) -> None:
    async with reading(browser, site, script=False) as page:
        await page.get_by_role("link", name="Trends").click()
        await page.locator("#share-within-decisions summary").click()
        await page.locator("#share-within-number").fill("50")
        await page.locator("#share-within-why").fill("What the board of the trust agreed")
        await page.locator("#share-within-decisions").get_by_role("button", name="Set target").click()
        await expect(page.locator("section", has=page.locator("#share-within"))).to_contain_text("Target 50%, set by Amira Hassan")


async def test_pages_work_without_script(site: Served, browser: Browser) -> None:
    async with reading(browser, site, script=False) as page:
        await expect(page.locator("[data-connection]")).to_have_text("as at 12 March 2026")
        await expect(page.locator("time").first).to_have_text("12 March 2026, 09:12:08")
        await page.get_by_label("Team type").select_option("A08")
        await page.get_by_role("button", name="Show").click()
        await page.locator("#card-1").click()
        await page.get_by_role("link", name="Next page").click()
        await expect(page.locator(".cs-paging")).to_contain_text("51 to 100 of")
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to the demonstration")


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
async def test_no_accessibility_faults_and_nothing_off_the_edge(site: Served, browser: Browser, size: tuple[int, int]) -> None:
    async with reading(browser, site, size) as page:
        spell = await page.request.get(f"{site.address}/v1/spells?missing=baseline-outcome")
        spell_id = (await spell.json())["spells"][0]["spell_id"]
        lists = ("/waits/list?state=past-target", "/waits/list?search=nobody")
        quality = ("/data-quality", "/data-quality/list", "/data-quality/list?what=no-medium")
        senders = ("/senders", "/senders/events/referral", "/senders/verdicts", "/senders/api")
        trends = ("/trends", "/trends?by=month", "/trends/stages", "/trends/groups", "/forecast")
        for path in ("/waits", *lists, f"/waits/spells/{spell_id}", "/sign-in", *quality, *senders, *trends):
            await page.goto(site.address + path)
            assert await faults(page) == [], path
            assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


async def test_the_whole_state_stands_on_a_laptop_without_scrolling(site: Served, browser: Browser) -> None:
    async with reading(browser, site) as page:
        for part in ("#card-5", "#how-long-table summary", "#due-14", "#missing-8"):
            box = await page.locator(part).bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= LAPTOP[1], part
