"""Months of files for tests, and a desk that takes them over a real database."""

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services.referrals.handlers.delivery import Deliveries, How, Taken
from services.referrals.rules.mhsds.layout import TABLES
from services.referrals.store import deliveries
from services.referrals.store.month_files import month_folders
from services.referrals.store.vault import Lookups, Vault, parse_keys
from shared.runtime.database import Pool
from tests.component.sent_events import LOOKUP_KEYS, VAULT_KEYS, Desk, door

RECEIVED = datetime(2024, 12, 20, 12, tzinfo=UTC)
SHORT = {name[:6]: name for name in TABLES}
Rows = Mapping[str, Sequence[Mapping[str, str]]]
"""By table, as MHS101: cells by column."""


def person(local_id: str = "P1", **cells: str) -> dict[str, str]:
    return {"LocalPatientID": local_id, "PersonBirthDate": "1980-01-01", **cells}


def referral(referral_id: str = "R1", local_id: str = "P1", **cells: str) -> dict[str, str]:
    base = {"ServiceRequestID": referral_id, "LocalPatientID": local_id, "CareProfTeamLocalID": "T1"}
    return {**base, "ReferralRequestReceivedDate": "2024-07-01", **cells}


def contact(contact_id: str = "C1", on: str = "2024-07-10", **cells: str) -> dict[str, str]:
    base = {"CareContactID": contact_id, "ServiceRequestID": "R1", "CareContDate": on, "AttendStatus": "5", "ConsMechanismMH": "01"}
    return {**base, **cells}


def month(**tables: Sequence[Mapping[str, str]]) -> dict[str, Sequence[Mapping[str, str]]]:
    """A month of one person and one referral to team T1 (A06), unless the tables say otherwise."""
    teams = [{"CareProfTeamLocalID": "T1", "ServTeamTypeMH": "A06"}, {"CareProfTeamLocalID": "T2", "ServTeamTypeMH": "A08"}]
    return {"MHS001": [person()], "MHS101": [referral()], "MHS902": teams, **tables}


def write(root: Path, name: str, rows: Rows, provider: str = "RXX") -> Path:
    """Write a month's files, replacing what is there; columns are those of the table."""
    folder = root / provider / name
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for short, lines in rows.items():
        table = TABLES[SHORT[short]]
        with (folder / f"{table.name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [column.name for column in table.columns], restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)
    return folder


class FilesDesk(Desk):
    """Takes months of files; each `take` is received an hour after the one before it."""

    def __init__(self, pool: Pool, root: Path) -> None:
        super().__init__(pool, door())
        self.root = root
        self.received = RECEIVED
        self.refused: list[dict[str, Any]] = []
        self._takes = Deliveries(Lookups(parse_keys(LOOKUP_KEYS)), Vault(parse_keys(VAULT_KEYS)))

    async def take(self, name: str, rows: Rows | None = None, *, provider: str = "RXX", uk: bool = False) -> Taken:
        """Write (if given) and take one month; `refused` then holds its refused rows."""
        if rows is not None:
            write(self.root, name, rows, provider)
        self.received += timedelta(hours=1)
        (folder,) = [one for one in month_folders(self.root) if (one.provider, one.name) == (provider, name)]
        async with self.pool.acquire() as connection:
            taken = await self._takes.take(connection, folder, How(self.received, False, uk), lambda *_: None)
            self.refused = [dict(row) for row in await connection.fetch(deliveries.SQL["refused_rows"])]
        return taken

    async def latest(self, kind: str, record_id: str) -> dict[str, Any] | None:
        """What stands of a record by its latest version; None when it is voided, KeyError when nobody ever said it."""
        versions = [
            (one["recordedtime"], one["receivedtime"], one["id"], one)
            for one in await self.said()
            if one["type"].startswith(f"cmh.{kind}.") and record_id in one["data"].values()
        ]
        if not versions:
            raise KeyError(record_id)
        said = max(versions, key=lambda version: version[:3])[3]
        return None if said["type"].endswith("voided.v1") else said["data"]
