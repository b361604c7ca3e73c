"""A succession is loaded: open waits go on at the successor, old spell ids are withdrawn, and everybody is told why."""

from pathlib import Path

from services.referrals.store.loading import load
from shared.events.waits import Wait
from shared.runtime.database import Pool
from tests.component.test_waits_handlers import Waits, canonical, care, referrals, wait, waits  # noqa: F401  # fixtures
from tests.component.test_waits_stream import held

HEADER = "ods,name,kind,successor,valid_from,valid_to\n"
NEW = "RYY,New Trust,nhs trust,,,\n"


async def loaded(pool: Pool, folder: Path, last_day: str) -> None:
    """As `clockstop reference load` does: RXX is no more after this day, RYY stands in its place."""
    old = f"RXX,Old Trust,nhs trust,RYY,,{last_day}\n" if last_day else "RXX,Old Trust,nhs trust,,,\n"
    (folder / "organisations.csv").write_text(HEADER + old + NEW, "utf-8")
    async with pool.acquire() as connection:
        assert (await load(connection, folder, lambda _: None)).version is not None


async def recomputed(waits: Waits) -> list[Wait]:  # noqa: F811
    while await waits.do(waits.care.recompute_due):
        pass
    return await waits.said()


def told(said: list[Wait]) -> list[tuple[str, str, str, str]]:
    return [(one.change, one.spell_id, one.provider, one.cause.kind) for one in said]


async def test_open_waits_go_on_and_what_had_ended_stays(waits: Waits, referrals: Pool, tmp_path: Path) -> None:  # noqa: F811
    await waits.hear(*wait(), *wait("pk2", "R2", discharged_on="2024-07-03"), canonical("contact", "contact-1"))
    before = await waits.said()
    await loaded(referrals, tmp_path, "2024-07-04")
    waits.on(10)
    changed = await recomputed(waits)
    assert told(changed) == [("withdrawn", "RXX:R1", "RXX", "reference"), ("started", "RYY:R1", "RYY", "reference")]
    assert changed[1].start == changed[0].start
    assert changed[1].components["first-contact"].event == changed[0].components["first-contact"].event
    await held(waits, before + changed)
    rows = {row["spell_id"]: row for row in await waits.clocks()}
    assert rows.keys() == {"RYY:R1", "RXX:R2"}
    assert rows["RYY:R1"]["providers"] == ["RYY"]


async def test_the_day_comes_of_itself(waits: Waits, referrals: Pool, tmp_path: Path) -> None:  # noqa: F811
    await waits.hear(*wait())
    await loaded(referrals, tmp_path, "2024-07-14")
    assert [one.change for one in await recomputed(waits)] == ["started"]
    assert await recomputed(waits.on(14)) == []
    assert told(await recomputed(waits.on(15))) == [("withdrawn", "RXX:R1", "RXX", "date"), ("started", "RYY:R1", "RYY", "date")]


async def test_events_of_both_move_the_one_clock(waits: Waits, referrals: Pool, tmp_path: Path) -> None:  # noqa: F811
    await loaded(referrals, tmp_path, "2024-07-04")
    await waits.hear(*wait(), *care()[:3])
    await waits.hear(canonical("care-plan", "plan-2", provider="RYY", created_on="2024-07-08"))
    (row,) = await waits.clocks()
    assert (row["spell_id"], row["provider"], row["wait_days"], row["stop"].isoformat()) == ("RYY:R1", "RYY", 7, "2024-07-08")
    await waits.hear(canonical("referral", "R1", provider="RYY", discharged_on="2024-07-09"))
    (row,) = await waits.clocks()
    assert (row["start"].isoformat(), row["end"].isoformat()) == ("2024-07-01", "2024-07-09")
    assert (
        await waits.pool.fetchval("select count(*) from pathway where gaps is not null and array_to_string(gaps, ';') like '%no-referral%'")
        == 0
    )


async def test_a_succession_taken_back_restores_the_old_spell(waits: Waits, referrals: Pool, tmp_path: Path) -> None:  # noqa: F811
    await waits.hear(*wait())
    await loaded(referrals, tmp_path, "2024-07-04")
    said = await waits.said() + await recomputed(waits)
    await loaded(referrals, tmp_path, "")
    back = await recomputed(waits)
    assert told(back) == [("withdrawn", "RYY:R1", "RYY", "reference"), ("started", "RXX:R1", "RXX", "reference")]
    await held(waits, said + back)
