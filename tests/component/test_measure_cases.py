"""Worked cases of every measure, through both services over a real database; and the page that they are printed as."""

from collections.abc import AsyncIterator, Sequence
from datetime import date

import pytest

from services.reporting.rules.measures import Family, Found
from services.reporting.store.measures import Asked, counted
from shared import clock
from shared.runtime.database import connect_pool
from tests.component.test_measures import NOW, REFERENCE, Road, load_reference
from tests.spec_measures.case import events, families, named, practices, shown
from tests.spec_measures.chapters import CHAPTERS
from tests.spec_measures.page import COMMAND, PAGE, page

CASES = [case for chapter in CHAPTERS for case in chapter.cases]


@pytest.fixture
async def road(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Road]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    places = [place for number, _ in enumerate(CASES) for place in practices(number)]
    live = [("CEN", named("RXX", number), date(2024, 7, 3)) for number, _ in enumerate(CASES)]
    monkeypatch.setitem(REFERENCE, "practices", (("practice", "name", "pcn", "icb"), places))
    monkeypatch.setitem(REFERENCE, "dedicated_pathways", (("pathway", "provider", "live_from"), live))
    waits, reporting = await connect_pool(database_urls["waits"], "waits"), await connect_pool(database_urls["reporting"], "reporting")
    async with await connect_pool(database_urls["admin"], "public") as admin, waits, reporting:
        async with admin.acquire() as connection:
            await load_reference(connection)
        yield Road(waits, reporting)


async def test_every_measure_says_what_was_worked_out_by_hand(road: Road) -> None:
    sent = sorted((event for number, case in enumerate(CASES) for event in events(case, number)), key=lambda event: event.received)
    for first in range(0, len(sent), 2000):
        await road.hear(sent[first : first + 2000])
    await road.settle()
    found: dict[date, Sequence[tuple[Family, Sequence[Found]]]] = {}
    for last in {case.last for case in CASES}:
        found[last] = await counted(road.reporting, Asked(last), families([case for case in CASES if case.last == last]))
    wrong: dict[tuple[str, str], tuple[str, str]] = {}
    for number, case in enumerate(CASES):
        told = shown(case, number, found[case.last])
        wrong |= {(case.says, name): (told[name], figure) for name, figure in case.figures.items() if told[name] != figure}
    assert wrong == {}, "what is said, and what was worked out by hand"


def test_no_two_cases_say_the_same() -> None:
    said = [(chapter.title, case.says) for chapter in CHAPTERS for case in chapter.cases]
    assert len(said) == len(set(said))


def test_the_committed_page_is_the_one_printed() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"docs/measure-cases.md is out of date: run `{COMMAND}`"
