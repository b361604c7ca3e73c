"""The demonstration's returns: its past quarters, from hand-entered lines to what was sent, and the current one left to run by itself.

What is entered by hand is made up, as everything that the demonstration shows.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from deploy.demonstration import PEOPLE
from services.reporting.handlers import entering, returning
from services.reporting.handlers.baselining import set_baseline
from services.reporting.handlers.running import counting
from services.reporting.rules.life import StepError
from services.reporting.rules.period import Period, financial_quarter, month_of
from services.reporting.rules.returns.book import definition as stated
from services.reporting.rules.returns.entries import groups
from services.reporting.rules.returns.lines import Entered, Line
from services.reporting.store import returns
from services.reporting.store.returns import Wanted
from shared import clock
from shared.runtime.broker import Ends
from shared.runtime.database import Connection, Pool
from shared.runtime.documents import SETTLED
from shared.runtime.settings import Settings
from shared.web.people import Person

BASELINES, LOOKS, EVERY_SECONDS = ("mrs", "spell-quality", "contacts"), 60, 2.0
"""Families that get a baseline, and how often it is looked whether the worker has counted it."""
DEFINITION, ORGANISATION, QUARTERS = "community-mental-health", "XIB", 4
ACTING = {one.username: Person(one.username, one.name, one.organisation, frozenset(one.roles), frozenset(one.providers)) for one in PEOPLE}
PREPARES, SIGNS = ACTING["kwame.mensah"], ACTING["helen.marsh"]
BY_ROLE = {"icb-manager": ACTING["amara.okafor"], "analyst": PREPARES, "signatory": SIGNS}
AMOUNTS = {"spend-total": 5_200_000, "spend-vcse": 1_150_000, "investment-pathway": 640_000, "eip-teams": 3, "eip-level-3": 2}
WORDS = {
    "local-definition": "From referral to the second contact with an outcome measured and a plan agreed, at any provider of the system",
    "progress": "New teams work with every primary care network of the footprint; one VCSE service takes self-referrals",
    "inequalities": "Access of people of Black and Asian groups is followed by team; an outreach worker joined in two networks",
}
WHY = "as the demonstration makes it up"
EXPLAINED = "The community is made up, and grows through its first year"


async def close_quarters(stop: asyncio.Event, say: Callable[[str], None]) -> None:
    """Close the past quarters, unless an earlier run did; then let the return run by itself under a standing authorisation."""
    settings, stated_now = Settings.of("reporting"), stated(DEFINITION)
    async with counting(settings.database_url.get_secret_value(), settings.kafka_bootstrap_servers) as (pool, ends):
        periods = list(_past(clock.today()))
        todo = [one for one in periods if not await _is_signed(pool, stated_now.return_id(ORGANISATION, one))]
        if not todo or stop.is_set():
            return
        say("Returns: waiting until all that was received can be counted")
        await asyncio.sleep(SETTLED.total_seconds())
        if len(todo) == QUARTERS:
            await _baselines(pool, month_of(todo[1].last), stop, say)
        for place, period in enumerate(todo):
            if stop.is_set():
                return
            try:
                say(f"Returns: {period.name} {await _close(pool, ends, period, place)}")
            except StepError as error:
                say(f"Returns: {period.name} rests: {error}")
        async with pool.acquire() as connection, connection.transaction():
            today = clock.today()
            await returning.authorise(connection, DEFINITION, ORGANISATION, today, today + timedelta(365), SIGNS)
            current = await returning.wanted(connection, DEFINITION, ORGANISATION, financial_quarter(today).name)
            await returning.automate(connection, current, PREPARES)
        say(f"Returns: from {current.period} on they run by themselves, under the standing authorisation of {SIGNS.name}")


async def _baselines(pool: Pool, month: Period, stop: asyncio.Event, say: Callable[[str], None]) -> None:
    """Let a month be the baseline, once the worker has counted it."""
    for family in BASELINES:
        for left in range(LOOKS, -1, -1):
            try:
                async with pool.acquire() as connection, connection.transaction():
                    await set_baseline(connection, PREPARES, family, month, WHY)
                break
            except StepError as error:
                if not left or stop.is_set():
                    say(f"Returns: no baseline: {error}")
                    return
                await asyncio.sleep(EVERY_SECONDS)
    say(f"Returns: {month.first:%B %Y} is the baseline of {', '.join(BASELINES)}")


def _past(today: date) -> Iterator[Period]:
    """The quarters that are over, the oldest first."""
    first = financial_quarter(today).first
    found = []
    for _ in range(QUARTERS):
        found.append(financial_quarter(first - timedelta(1)))
        first = found[-1].first
    yield from reversed(found)


async def _is_signed(pool: Pool, return_id: str) -> bool:
    return any(row["signed_at"] for row in await returns.versions(pool, return_id))


async def _close(pool: Pool, ends: Ends, period: Period, place: int) -> str:
    asked = await returning.wanted(pool, DEFINITION, ORGANISATION, period.name)
    if not await returns.versions(pool, asked.return_id):
        async with pool.acquire() as connection, connection.transaction():
            await returning.draft(connection, asked, PREPARES)
            await _enter(connection, asked, place)
    made = await returning.freeze(pool, ends, asked.return_id, 1, PREPARES)
    async with pool.acquire() as connection, connection.transaction():
        for edit in made.edits:
            await returning.explain(connection, asked.return_id, 1, edit.id, EXPLAINED, PREPARES)
        await returning.check(connection, asked.return_id, 1, PREPARES)
        await returning.sign(connection, asked.return_id, 1, SIGNS)
    async with pool.acquire() as connection, connection.transaction():
        await returning.send_as(connection, asked.return_id, 1, SIGNS)
    return f"frozen ({made.hash[:12]}, {len(made.members):,} units), {len(made.edits)} edits explained, signed, on its way"


async def _enter(connection: Connection, asked: Wanted, place: int) -> None:
    """Every line that is needed, by its owner."""
    about = await entering.named(connection, asked.return_id)
    for line in about.definition.lines:
        if isinstance(line.source, Entered) and line.source.required:
            for group in groups(about.definition, line, about.footprint):
                value = _made_up(line, line.source, place)
                await entering.enter(connection, BY_ROLE[line.source.owner], asked.return_id, line.id, group, value, WHY)


def _made_up(line: Line, source: Entered, place: int) -> str:
    """Growing by little from quarter to quarter."""
    match source.kind:
        case "text":
            return WORDS.get(line.id, "nil")
        case "date":
            return "2024-04-01"
        case "percent":
            return str(41 + place)
        case "money":
            return str(AMOUNTS[line.id] + AMOUNTS[line.id] * place // 20)
        case _:
            return str(AMOUNTS.get(line.id, 6 + len(line.id) % 5 + place // 2))
