"""The audit of waits finds planted drift, and takes nothing else for it."""

import pytest
from prometheus_client import REGISTRY

from services.waits.store.audit import Audit
from shared.runtime.database import Pool
from tests.component.sent_events import Desk, event
from tests.component.test_waits_handlers import Waits, referrals, waits  # noqa: F401  # fixtures

PERSON = {"local_id": "P1"}
EVERYBODY = "0"


@pytest.fixture(autouse=True)
def from_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chance chooses the first key, so that everybody is in the sample."""
    monkeypatch.setattr("services.waits.store.audit.secrets.token_hex", lambda _: EVERYBODY)


async def audited(waits: Waits) -> tuple[int, int]:  # noqa: F811
    """(pathways audited, pathways drifted) of one run."""

    def counts() -> tuple[int, int]:
        names = ("cmh_audited_pathways_total", "cmh_drifted_pathways_total")
        audited, drifted = (int(REGISTRY.get_sample_value(name, {"service": "waits"}) or 0) for name in names)
        return audited, drifted

    before = counts()
    await waits.do(Audit().look)
    after = counts()
    return after[0] - before[0], after[1] - before[1]


@pytest.fixture
async def helped(waits: Waits, referrals: Pool) -> Waits:  # noqa: F811
    """Somebody whose clock stopped, heard of over the front door, some hours ago."""
    desk = Desk(referrals)
    await desk.send(
        event("person", person=PERSON), event(person=PERSON), event("contact", "C1", person=PERSON), event("score", "S1", person=PERSON)
    )
    await desk.send(event("care-plan", "CP1", person=PERSON))
    await waits.hear(*await desk.said())
    waits.on(11)
    await waits.do(waits.care.recompute_due)
    await waits.do(waits.care.tell_due)
    await waits.side_by_side()
    return waits


async def test_what_stands_as_it_should_is_no_drift(helped: Waits) -> None:
    assert await audited(helped) == (1, 0)


@pytest.mark.parametrize(
    "damage",
    [
        "update clock set start = start - 1",
        "update clock set first_contact = null",
        "delete from clock",
        "update pathway set document = (document::jsonb - 'RXX|contact|C1')::json",
        "update pathway set document = replace(document::text, '2024-07-05', '2024-07-04')::json",
        """update pathway set document = (document::jsonb || '{"RXX|stay|S9": [[1, 1, "/RXX/epr", "nobody-sent-this", null]]}')::json""",
    ],
)
async def test_planted_drift_is_found(helped: Waits, damage: str) -> None:
    await helped.pool.execute(damage)
    assert await audited(helped) == (1, 1)


async def test_what_is_under_way_is_no_drift_until_it_is_late(helped: Waits, referrals: Pool) -> None:  # noqa: F811
    await Desk(referrals).send(event("contact", "C2", person=PERSON), at=helped.now)
    assert await audited(helped) == (1, 0)
    helped.on(12)
    assert await audited(helped) == (1, 1)


async def test_who_waits_for_a_recompute_is_left_to_it(helped: Waits) -> None:
    await helped.pool.execute("update clock set start = start - 1; update pathway set recompute_on = '-infinity'")
    assert await audited(helped) == (0, 0)


async def test_who_is_written_now_is_left_alone(helped: Waits) -> None:
    async with helped.pool.acquire() as other, other.transaction():
        await other.execute("update pathway set updated_at = updated_at")
        assert await audited(helped) == (0, 0)
