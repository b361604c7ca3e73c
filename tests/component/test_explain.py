"""`clockstop explain` and the API's account of a spell, on a real ledger: the same answer, whole, for every referral there is."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app
from shared.runtime.database import connect_pool
from shared.runtime.errors import CommandError
from tests.component.sent_events import RECEIVED
from tests.component.test_effects import STORY, Asking, named, waits  # noqa: F401  # a fixture
from tests.component.test_waits_handlers import Waits

HOUR = timedelta(hours=1)
ENVIRONMENT = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}


@pytest.fixture
def environment(database_urls: dict[str, str]) -> dict[str, str]:
    return ENVIRONMENT | {"DATABASE_URL_WAITS": database_urls["waits"]}


async def heard(asking: Asking, environment: dict[str, str]) -> None:
    """Waits takes in all that the front door said."""
    async with await connect_pool(environment["DATABASE_URL_WAITS"], "waits") as pool:
        await pool.execute("insert into cursor values ('care.v1', 0, 'c', 't', 0) on conflict do nothing")
        await Waits(pool).hear(*await asking.desk.said())


async def clockstop(environment: dict[str, str], *words: str) -> Result:
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, list(words), env=environment))


async def explained(environment: dict[str, str], *words: str) -> list[dict[str, Any]]:
    told = await clockstop(environment, "explain", *words, "--json")
    assert told.exit_code == 0, told.output
    return [json.loads(line) for line in told.stdout.splitlines()]


async def test_the_account_of_a_spell_is_whole_and_the_same_on_every_way(waits: Asking, environment: dict[str, str]) -> None:  # noqa: F811
    await waits.desk.send(*STORY)
    corrected = named("corrected", "contact", "C1", on="2024-07-04", recorded="2024-07-09T10:00:00+01:00")
    await waits.desk.send(corrected, at=RECEIVED + HOUR)
    await waits.desk.send(named("elsewhere", "referral", "R1", provider="RYY"), provider="RYY")
    await heard(waits, environment)

    [answer] = await explained(environment, "RXX:R1")
    account = answer["account"]
    assert account["clock"]["standing"] == "Clock stopped on day 8, within 28 days."
    assert {name: met["event_id"] for name, met in account["components"].items()} == {
        "first-contact": "corrected",
        "baseline-outcome": "score",
        "assessment": "assessment",
        "care-plan-or-intervention": "plan",
    }
    reasons = {one["event_id"]: one["reason"] for one in account["uncounted"]}
    assert (reasons["email"], reasons["orphan"], reasons["contact"]) == (
        "medium not counted",
        "referral not known yet",
        "superseded version",
    )
    assert account["milestones"] == {
        "received": "2024-07-01",
        "assessment": "2024-07-03",
        "first-contact": "2024-07-04",
        "care-plan": "2024-07-09",
        "stop": "2024-07-09",
    }
    assert account["hidden"] == "Longest wait after the first contact: 5 days, from first contact to care plan."
    last = account["history"][-1]
    assert (last["event_id"], last["sentence"]) == ("corrected", "first contact moved from 3 July 2024 to 4 July 2024")

    api = (await waits.page("/v1/spells/RXX:R1")).json()
    assert {name: api[name] for name in account} == account

    [of_the_second] = await explained(environment, "R2", "--provider", "RXX")
    assert of_the_second["account"]["clock"] == account["clock"], "R2 belongs to the spell of R1"
    [out] = await explained(environment, "R3")
    assert (out["account"]["clock"]["standing"], out["account"]["clock"]["start"]) == ("No clock: team not in scope.", None)
    assert [one["provider"] for one in await explained(environment, "R1")] == ["RXX", "RYY"]


async def test_the_text_says_it_in_plain_words(waits: Asking, environment: dict[str, str]) -> None:  # noqa: F811
    lacking_plan = [one for one in STORY if one["id"] != "plan"]
    await waits.desk.send(*lacking_plan, named("draft", "care-plan", "P9", created_on="2024-07-05", agreed_by=None))
    await heard(waits, environment)
    told = await clockstop(environment, "explain", "R1", "--at", "2024-08-01")
    assert told.exit_code == 0, told.output
    for line in (
        "RXX referral R1, spell RXX:R1",
        "National 2024, version 1 (national-2024), as at 1 August 2024",
        "Waiting 31 days, past 28 days by 3. Clock still running because: no agreed plan or intervention recorded.",
        "first contact: met on 3 July 2024, day 2, by event contact of /RXX/epr",
        "agreed plan or intervention: missing; what came did not count:",
        "    care plan P9 on 5 July 2024: plan not agreed (event draft)",
        "contact C6 on 5 July 2024: referral not known yet (event orphan)",
        "contact C1: met: first contact on 3 July 2024",
    ):
        assert line in told.stdout


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["R-nowhere"], "no referral 'R-nowhere' is known"),
        (["R1", "--provider", "RZZ"], "--provider: 'RZZ' sends nothing here: there is RXX, RYY"),
        (["R1", "--at", "yesterday"], "--at: 'yesterday' is not a date"),
        (["R1", "--definition", "national"], "--definition: "),
    ],
)
async def test_what_is_not_known_is_one_line(waits: Asking, environment: dict[str, str], words: list[str], error: str) -> None:  # noqa: F811
    told = await clockstop(environment, "explain", *words)
    assert isinstance(told.exception, CommandError)
    assert str(told.exception).startswith(error)
    assert "\n" not in str(told.exception)
