"""Steps of returns over a real database: state, history, audit and event together or not at all."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from random import Random

import orjson
import pytest

from services.reporting.rules.life import StepError
from services.reporting.store import returns
from services.reporting.store.returns import Wanted
from shared import clock
from shared.events.returns import ReturnChanged
from shared.runtime import trail
from shared.runtime.database import Pool, connect_pool

NOW = datetime(2025, 10, 20, 12, tzinfo=UTC)
QUARTER = Wanted("cmh-assurance", 1, "XIB", "2025-26-Q2", date(2025, 7, 1), date(2025, 9, 30), date(2025, 10, 31))
ID = "cmh-assurance:XIB:2025-26-Q2"
FREEZE = "update return_version set frozen_at = now(), hash = 'a', evidence_hash = 'b'"


@pytest.fixture
async def pool(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pool]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    async with await connect_pool(database_urls["reporting"], "reporting") as pool:
        yield pool


async def taken(pool: Pool, *changes: str) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for change in changes:
            await returns.step(connection, ID, 1, change, "femi")


async def test_a_step_is_told_audited_and_kept(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        made = await returns.draft(connection, QUARTER, "femi")
        assert (made["return_id"], made["version"], made["state"]) == (ID, 1, "draft")
        await connection.execute(FREEZE)
    await taken(pool, "frozen", "checked")
    with pytest.raises(StepError, match=rf"^{ID} version 1: it is checked: to be submitted it must be signed or unknown$"):
        await taken(pool, "submitted")
    with pytest.raises(StepError, match=rf"^{ID} has no version 2$"):
        async with pool.acquire() as connection, connection.transaction():
            await returns.step(connection, ID, 2, "frozen", "femi")
    wanted = ["drafted", "frozen", "checked"]
    assert [row["change"] for row in await returns.steps(pool, ID)] == wanted
    assert [row["what"] for row in await pool.fetch("select what from audit order by id")] == [f"return {one}" for one in wanted]
    told = [ReturnChanged.model_validate_json(row["one"]) for row in await pool.fetch("select unnest(payloads) as one from outbox")]
    assert [event.data.change for event in told] == wanted
    assert sorted({event.data.revision for event in told}) == [event.data.revision for event in told]
    with pytest.raises(Exception, match=r"step is only added to"):
        await pool.execute("delete from step")


async def test_one_version_is_at_work_at_a_time(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await returns.draft(connection, QUARTER, "femi")
        with pytest.raises(StepError, match=rf"^{ID}: a version of it is at work already$"):
            await returns.draft(connection, QUARTER, "femi")
        await returns.step(connection, ID, 1, "closed", "femi")
        assert (await returns.draft(connection, QUARTER, "femi"))["version"] == 2


async def test_random_tamperings_with_the_audit_are_all_found(pool: Pool, database_urls: dict[str, str]) -> None:
    for number in range(12):
        await trail.note(pool, NOW, f"person-{number}", "view", {"cell": number})
    random = Random(7)  # noqa: S311  # chance that can be had again
    async with await connect_pool(database_urls["admin"], "reporting") as admin, admin.acquire() as connection:
        await connection.execute("alter table audit disable trigger all")
        rows = [dict(row) for row in await connection.fetch("select * from audit order by id")]
        assert await trail.broken(connection) is None
        for _ in range(100):
            harm = random.choice(
                ["by = by || 'x'", "what = 'export'", "said_at = said_at + interval '1 us'", "about = '{}'", "seal = '\\x00'"]
            )
            victim = random.choice(rows[:-1])["id"]
            undo = connection.transaction()
            await undo.start()
            statement = f"update audit set {harm} where id = $1" if random.random() < 0.7 else "delete from audit where id = $1"
            await connection.execute(statement, victim)
            assert await trail.broken(connection) is not None, (statement, victim)
            await undo.rollback()
    assert orjson.loads(rows[3]["about"]) == {"cell": 3}
