"""The audit of outreach finds planted drift, and takes nothing else for it; a rebuild from the ledger puts it right."""

from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from services.outreach.handlers.audit import Audit
from shared.runtime.database import Pool, connect_pool
from tests.component.sent_events import Desk, event
from tests.component.test_outreach_handlers import Outreach, outreach  # noqa: F401  # a fixture

PERSON = {"local_id": "P1"}


@pytest.fixture
async def checked(outreach: Outreach, database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Outreach:  # noqa: F811
    """Somebody on a register with one element recorded, heard of over the front door, some hours ago."""
    monkeypatch.setattr("services.outreach.handlers.audit.secrets.token_hex", lambda _: "0")
    async with await connect_pool(database_urls["referrals"], "referrals") as pool:
        desk = Desk(pool)
        await desk.send(event("person", person=PERSON), event("register", "E1", person=PERSON), event("health-check", "H1", person=PERSON))
        await outreach.hear(*await desk.said())
    outreach.now += timedelta(hours=4)
    await outreach.catch_up()
    return outreach


async def audited(pool: Outreach) -> tuple[int, int]:
    """(people audited, people drifted) of one run."""

    def counts() -> tuple[int, int]:
        names = ("cmh_audited_pathways_total", "cmh_drifted_pathways_total")
        audited, drifted = (int(REGISTRY.get_sample_value(name, {"service": "outreach"}) or 0) for name in names)
        return audited, drifted

    audit = Audit(pool.care)
    before = counts()
    await pool.do(audit.look)
    after = counts()
    return after[0] - before[0], after[1] - before[1]


async def person(pool: Pool) -> str:
    return str(await pool.fetchval("select personkey from pathway"))


async def test_what_stands_as_it_should_is_no_drift(checked: Outreach) -> None:
    assert await audited(checked) == (1, 0)


@pytest.mark.parametrize(
    "plant",
    [
        "update task set due_on = due_on + 1 where element = 'bmi'",
        "delete from task where element = 'smoking'",
        "update standing set complete = true",
        "delete from standing",
        "update pathway set document = '{}'",
    ],
)
async def test_planted_drift_is_found_and_a_rebuild_puts_it_right(checked: Outreach, plant: str) -> None:
    await checked.pool.execute(plant)
    assert await audited(checked) == (1, 1)
    assert await checked.do(checked.care.rebuild, [await person(checked.pool)]) > 0 or "pathway" in plant
    assert await audited(checked) == (1, 0)
    assert await checked.do(checked.care.rebuild, [await person(checked.pool)]) == 0


async def test_who_is_about_to_be_computed_anew_is_not_in_the_sample(checked: Outreach) -> None:
    await checked.pool.execute("update pathway set recompute_on = '-infinity'")
    assert await audited(checked) == (0, 0)
