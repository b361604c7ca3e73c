"""Months of files on a real database: taken, taken again, replaced, late, cut short; what they lack is voided, restored or ended."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.runtime.database import Pool, connect_pool
from tests.component.month_files import FilesDesk, contact, month, person, referral


@pytest.fixture
async def pool(database_urls: dict[str, str]) -> AsyncIterator[Pool]:
    async with await connect_pool(database_urls["referrals"], "referrals", size=2, fenced=False) as pool:
        yield pool


@pytest.fixture
def desk(pool: Pool, tmp_path: Path) -> FilesDesk:
    return FilesDesk(pool, tmp_path)


async def test_a_month_becomes_records_and_again_changes_nothing(desk: FilesDesk) -> None:
    rows = month(MHS201=[contact()])
    taken = await desk.take("2024-07", rows)
    assert (taken.events, taken.rows["MHS201CareContact"], desk.refused) == (3, 1, [])
    said = await desk.latest("referral", "R1")
    assert said == {"provider": "RXX", "referral_id": "R1", "received_on": "2024-07-01", "teams": [{"team": "T1", "team_type": "A06"}]}
    before = await desk.said()
    assert (await desk.take("2024-07")).events == 0
    assert await desk.said() == before


async def test_a_month_sent_again_replaces_it(desk: FilesDesk) -> None:
    await desk.take("2024-07", month(MHS201=[contact("C1"), contact("C2"), contact("C3")]))
    taken = await desk.take("2024-07", month(MHS201=[contact("C1", AttendStatus="3"), contact("C2")]))
    assert (taken.recorded, taken.voided, taken.events) == (1, 1, 2)
    assert (await desk.latest("contact", "C1") or {})["attendance"] == "3"
    assert (await desk.latest("contact", "C2") or {})["attendance"] == "5"
    assert await desk.latest("contact", "C3") is None


async def test_april_sent_again_never_beats_august(desk: FilesDesk) -> None:
    await desk.take("2024-07", month())
    await desk.take("2024-08", month(MHS101=[referral(PrimReasonReferralMH="05")]))
    await desk.take("2024-07", month(MHS101=[referral(PrimReasonReferralMH="01")]))
    assert (await desk.latest("referral", "R1") or {})["reason"] == "05"


async def test_a_referral_absent_from_a_later_month_ends_and_comes_back(desk: FilesDesk) -> None:
    await desk.take("2024-07", month())
    taken = await desk.take("2024-08", month(MHS101=[]))
    assert (taken.ended, taken.events) == (1, 2)
    assert (await desk.latest("referral", "R1") or {})["not_submitted_after"] == "2024-07-31"
    await desk.take("2024-09", month())
    assert "not_submitted_after" not in (await desk.latest("referral", "R1") or {})


async def test_a_late_file_closes_nothing(desk: FilesDesk) -> None:
    await desk.take("2024-07", month())
    await desk.take("2024-09", month(MHS101=[]))
    assert (await desk.latest("referral", "R1") or {})["not_submitted_after"] == "2024-07-31"
    await desk.take("2024-08", month(MHS101=[referral(PrimReasonReferralMH="05")]))
    now = await desk.latest("referral", "R1") or {}
    assert (now["not_submitted_after"], now["reason"]) == ("2024-08-31", "05")


async def test_a_month_sent_again_without_a_referral_restores_the_month_before(desk: FilesDesk) -> None:
    await desk.take("2024-07", month())
    await desk.take("2024-08", month(MHS101=[referral(ServDischDate="2024-08-05")]))
    taken = await desk.take("2024-08", month(MHS101=[]))
    assert taken.restored == 1
    now = await desk.latest("referral", "R1") or {}
    assert (now.get("discharged_on"), now["not_submitted_after"]) == (None, "2024-07-31")


async def test_an_other_team_that_is_no_longer_named_has_ended_with_its_last_month(desk: FilesDesk) -> None:
    other = {"ServiceRequestID": "R1", "OtherCareProfTeamLocalID": "T2"}
    await desk.take("2024-07", month(MHS102=[other]))
    await desk.take("2024-08", month())
    await desk.take("2024-09", month())
    own = {"team": "T1", "team_type": "A06"}
    gone = {"team": "T2", "team_type": "A08", "not_submitted_after": "2024-07-31"}
    assert (await desk.latest("referral", "R1") or {})["teams"] == [own, gone]
    await desk.take("2024-10", month(MHS102=[other]))
    assert (await desk.latest("referral", "R1") or {})["teams"] == [own, {"team": "T2", "team_type": "A08"}]


async def test_an_other_team_whose_row_is_refused_goes_on(desk: FilesDesk) -> None:
    other = {"ServiceRequestID": "R1", "OtherCareProfTeamLocalID": "T2"}
    await desk.take("2024-07", month(MHS102=[other]))
    await desk.take("2024-08", month(MHS102=[other | {"ReferClosureDate": "2024-02-31"}]))
    assert (await desk.latest("referral", "R1") or {})["teams"] == [{"team": "T1", "team_type": "A06"}, {"team": "T2", "team_type": "A08"}]


async def test_a_refused_row_leaves_the_earlier_version(desk: FilesDesk) -> None:
    await desk.take("2024-07", month())
    taken = await desk.take("2024-08", month(MHS101=[referral(ServDischDate="2024-06-05")]))
    assert (taken.ended, taken.refused["MHS101Referral"]) == (0, 1)
    assert (await desk.latest("referral", "R1") or {}).get("not_submitted_after") is None
    (refused,) = desk.refused
    assert (refused["file"], refused["line"], refused["field"], refused["reason"]) == (
        "MHS101Referral", 2, "ServDischDate", "impossible-date"
    )  # fmt: skip


async def test_two_local_ids_with_one_nhs_number_are_one_person(desk: FilesDesk) -> None:
    await desk.take("2024-07", month(MHS001=[person("P1"), person("P2")], MHS101=[referral("R1", "P1"), referral("R2", "P2")]))
    number = {"NHSNumber": "9990000018"}
    rows = month(MHS001=[person("P1", **number), person("P2", **number)], MHS101=[referral("R1", "P1"), referral("R2", "P2")])
    await desk.take("2024-08", rows)
    assert await desk.holder("referral", "R1") == await desk.holder("referral", "R2")
