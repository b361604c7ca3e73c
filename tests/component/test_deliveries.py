"""Months of files on a real database: taken, taken again, replaced, late, cut short; what they lack is voided, restored or ended."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.referrals.handlers.delivery import How
from services.referrals.handlers.staging import MonthRefusedError
from services.referrals.store import ledger, receipts
from shared.runtime.database import Pool, connect_pool
from tests.component.month_files import RECEIVED, FilesDesk, contact, month, person, referral, write


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
    kept = await receipts.by_id(desk.pool, "RXX", before[0]["id"])
    assert [(one.verdict, one.source) for one in kept] == [("accepted", "/RXX/mhsds")]
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


async def test_what_is_stopped_in_the_middle_leaves_nothing_and_completes_when_run_again(
    desk: FilesDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.take("2024-07", month())
    before = await desk.said()

    async def stop(*_: object) -> None:
        raise KeyboardInterrupt

    rows = month(MHS001=[person("P9")], MHS101=[referral("R9", "P9")], MHS201=[contact("C9", ServiceRequestID="R9")])
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "write_raw", stop)  # after ledger and outbox
        with pytest.raises(KeyboardInterrupt):
            await desk.take("2024-08", rows)
    assert await desk.said() == before
    assert await desk.one("select count(*) from delivered where month = '2024-08-01'") == 0
    assert (await desk.take("2024-08")).events == 4  # person, referral, contact, and the end of R1
    assert await desk.latest("contact", "C9") is not None


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ({"MHS101Referral.csv": None}, "MHS101Referral.csv is missing"),
        ({"MHS101Referral.csv": b""}, "MHS101Referral.csv, line 1: is empty"),
        ({"MHS101Referral.csv": b"ServiceRequestID,LocalPatientID\n"}, "column ReferralRequestReceivedDate is missing"),
        ({"MHS001MPI.csv": "LocalPatientID\nP1\n".encode("utf-16")}, "MHS001MPI.csv, line 1: is UTF-16"),
        ({"MHS001MPI.csv": b'LocalPatientID\nP1\n"P2\nP3\n'}, "MHS001MPI.csv, line 3: cannot be read on from here"),
        ({"MHS000Header.csv": b"OrgIDProvider,ReportingPeriodStartDate\nRYY,2024-07-01\n"}, "is of RYY, the folder is RXX"),
        ({"MHS000Header.csv": b"OrgIDProvider,ReportingPeriodStartDate\nRXX,2024-06-01\n"}, "is of 2024-06-01, the folder is 2024-07"),
    ],
)
async def test_a_file_that_all_else_needs_refuses_its_month_by_name(desk: FilesDesk, spoil: dict[str, bytes | None], told: str) -> None:
    folder = write(desk.root, "2024-07", month())
    for name, content in spoil.items():
        if content is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(content)
    with pytest.raises(MonthRefusedError, match=re.escape(told)):
        await desk.take("2024-07")
    assert await desk.said() == []


@pytest.mark.parametrize("content", [b"CareContactID,ServiceRequestID\n", b'CareContactID\n"C1', "x".encode("utf-16")])
async def test_any_other_file_that_cannot_be_read_leaves_what_it_said_before(desk: FilesDesk, content: bytes) -> None:
    await desk.take("2024-07", month(MHS201=[contact()]))
    folder = write(desk.root, "2024-07", month(MHS101=[referral(PrimReasonReferralMH="05")]))
    (folder / "MHS201CareContact.csv").write_bytes(content)
    taken = await desk.take("2024-07")
    assert (taken.voided, taken.recorded) == (0, 1)
    assert await desk.latest("contact", "C1") is not None
    assert [(row["file"], row["reason"]) for row in desk.refused] == [("MHS201CareContact", "unreadable-record")]


async def test_files_of_windows_tools_are_read(desk: FilesDesk) -> None:
    folder = write(desk.root, "2024-07", month())
    for file in folder.iterdir():
        lines = file.read_text("utf-8").splitlines()
        quoted = [",".join(f'"{cell}"' for cell in line.split(",")) for line in lines]
        file.write_bytes(("\ufeff" + "\r\n".join(quoted) + "\r\n").encode())
        file.rename(file.with_name(file.name.upper()))
    assert ((await desk.take("2024-07")).events, desk.refused) == (2, [])


async def test_one_bad_byte_spoils_one_row(desk: FilesDesk) -> None:
    folder = write(desk.root, "2024-07", month(MHS201=[contact("C1"), contact("C2"), contact("C3")]))
    file = folder / "MHS201CareContact.csv"
    file.write_bytes(file.read_bytes().replace(b"C2,", b"C\xe92,"))
    taken = await desk.take("2024-07")
    assert taken.records["MHS201CareContact"] == 2
    assert [(row["line"], row["field"], row["reason"]) for row in desk.refused] == [(3, "CareContactID", "not-utf8")]


async def test_an_event_outside_its_month_is_taken_and_flagged(desk: FilesDesk) -> None:
    await desk.take("2024-08", month(MHS201=[contact(on="2024-07-31"), contact("C2", "2024-08-01")]))
    flags = {row["record_id"]: row["flags"] for row in await desk.rows("select record_id, flags from ledger where kind = 'contact'")}
    assert flags == {"C1": ["outside-month"], "C2": []}


async def test_history_is_marked_and_comes_in_order(desk: FilesDesk) -> None:
    await desk.take("2024-08", month())
    write(desk.root, "2024-07", month(MHS101=[]))
    late = How(RECEIVED - timedelta(days=9), history=True, uk=False)
    with pytest.raises(MonthRefusedError, match="import deliveries in order"):
        await desk.take("2024-07", how=late)
    await desk.take("2024-07", how=late._replace(received=desk.received))
    assert await desk.one("select count(*) from ledger where flags = '{history}' and recordedtime < '2024-08-01'") == 1


async def test_a_contact_of_a_referral_that_nobody_knows_is_refused_until_a_month_names_it(desk: FilesDesk) -> None:
    await desk.take("2024-07", month(MHS201=[contact(ServiceRequestID="R7")]))
    assert [(row["field"], row["reason"]) for row in desk.refused] == [("ServiceRequestID", "no-parent")]
    await desk.take("2024-08", month(MHS101=[referral("R7")]))
    await desk.take("2024-07")
    assert [(row["field"], row["reason"]) for row in desk.refused] == [("ServiceRequestID", "no-parent")]


async def test_refused_rows_are_kept_for_whoever_looks_after_the_feed(desk: FilesDesk) -> None:
    await desk.take("2024-07", month(MHS201=[contact(AttendStatus="9")]))
    (row,) = await desk.rows("select source, type, verdict, reason, field, detail from refusal")
    expected = ("/RXX/mhsds", "MHS201CareContact", "rejected", "unknown-code", "AttendStatus", "RXX/2024-07/MHS201CareContact.csv line 2")
    assert tuple(row) == expected
