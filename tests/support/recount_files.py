"""Every national clock recounted in DuckDB SQL straight from months of files; shares no code with the importer or the rules.

`DIR` holds `<provider>/<YYYY-MM>/<table>.csv` as they stand: of a month delivered twice, the second. `REFERENCE_DIR` holds the reference
tables as CSV. `python -m tests.support.recount_files DIR REFERENCE_DIR --at DATE` prints the columns and order of `clockstop clocks`.
"""

import argparse
import csv
import sys
from datetime import date
from pathlib import Path

import duckdb

from tests.support.recount import COLUMNS, REFERENCE, SQL, as_csv, asked, views

FILES_SQL = Path(__file__).with_name("recount_files.sql")
READ: dict[str, tuple[str, ...]] = {
    "MHS001MPI": ("LocalPatientID", "NHSNumber", "PersonBirthDate", "Postcode", "LADistrictAuth", "PersDeathDate"),
    "MHS008CarePlanType": ("CarePlanID", "LocalPatientID", "CarePlanTypeMH", "CarePlanCreatDate", "CarePlanLastUpdateDate"),
    "MHS009CarePlanAgreement": ("CarePlanID", "CarePlanContentAgreedBy", "CarePlanContentAgreedDate"),
    "MHS101Referral": (
        "ServiceRequestID", "LocalPatientID", "CareProfTeamLocalID", "ServTeamType", "ReferralRequestReceivedDate", "ServDischDate",
        "ReferRejectionDate", "ReferRejectReason", "ReferClosReason", "ClinRespPriorityType",
    ),
    "MHS102OtherServiceType": (
        "ServiceRequestID", "OtherCareProfTeamLocalID", "ServTeamTypeRefToMH", "ReferClosureDate", "ReferRejectionDate",
    ),
    "MHS201CareContact": ("CareContactID", "ServiceRequestID", "CareContDate", "AttendStatus", "ConsMechanismMH"),
    "MHS202CareActivity": ("CareActID", "CareContactID", "Procedure"),
    "MHS204IndirectActivity": (
        "ServiceRequestID", "IndirectActDate", "IndirectActTime", "OtherCareProfTeamLocalID", "IndActProcedure",
    ),
    "MHS501HospProvSpell": ("HospProvSpellID", "ServiceRequestID", "StartDateHospProvSpell", "DischDateHospProvSpell"),
    "MHS606CodedScoreAssessmentRefer": ("ServiceRequestID", "CodedAssToolType", "PersScore", "AssToolCompTimestamp"),
    "MHS607CodedScoreAssessmentAct": ("CareActID", "CodedAssToolType", "PersScore"),
    "MHS902ServiceTeamDetails": ("CareProfTeamLocalID", "ServTeamTypeMH"),
}  # fmt: skip
"""The columns that the clock needs, by table."""


def recount_files(root: Path, reference: Path, at: date, received: date) -> list[tuple[object, ...]]:
    """As `recount`, but from files that were received on the day `received`."""
    with duckdb.connect() as connection:
        views(connection, reference, (*REFERENCE, "postcodes", "lsoas"))
        for table, columns in READ.items():
            named = f"t{table[3:6]}"
            typed = ", ".join(f'"{column}" VARCHAR' for column in columns)
            connection.execute(f"CREATE TABLE {named} (provider VARCHAR, month DATE, line BIGINT, {typed})")
            for file in sorted(root.glob(f"*/*/{table}.csv")):
                _load(connection, named, file, columns)
        connection.execute("SET VARIABLE received = $received", {"received": received})
        connection.execute(FILES_SQL.read_text(encoding="utf-8"))
        return connection.execute(SQL.read_text(encoding="utf-8"), asked("national-2024", at)).fetchall()


def _load(connection: duckdb.DuckDBPyConnection, table: str, file: Path, columns: tuple[str, ...]) -> None:
    """A line that has too few or too many cells is passed over, as the importer refuses it."""
    read = connection.read_csv(
        str(file), header=True, all_varchar=True, delimiter=",", quotechar='"', escapechar='"', ignore_errors=True, null_padding=False
    )
    there = {name.casefold() for name in read.columns}
    chosen = ", ".join(f'"{column}"' if column.casefold() in there else f'NULL AS "{column}"' for column in columns)
    month = date.fromisoformat(f"{file.parent.name}-01")
    read.create_view("read_file", replace=True)
    connection.execute(
        f"INSERT INTO {table} SELECT $provider, $month, row_number() OVER (), {chosen} FROM read_file",
        {"provider": file.parent.parent.name, "month": month},
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Recount every national clock from months of files.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("reference", type=Path)
    parser.add_argument("--at", type=date.fromisoformat, required=True)
    parser.add_argument("--received", type=date.fromisoformat, required=True)
    chosen = parser.parse_args()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(as_csv(recount_files(chosen.folder, chosen.reference, chosen.at, chosen.received)))


if __name__ == "__main__":
    main()
