"""`clockstop import register` as its user runs it: rows become events through the front door, what is wrong is named, nobody is lost."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.component.sent_events import LOOKUP_KEYS, ONE, TWO, VAULT_KEYS
from tests.support.stack import sql

COLUMNS = (
    "practice", "local_id", "nhs_number", "name", "birth_date", "condition", "entered_on", "left_on", "channels", "blood_pressure_on",
    "systolic_mmhg", "diastolic_mmhg", "bmi_on", "bmi_kg_m2", "bmi_outcome", "shoe_size",
)  # fmt: skip
ADA = {
    "practice": "XG0101", "local_id": "P1", "nhs_number": ONE, "name": "Ada Amber", "birth_date": "1980-05-17",
    "condition": "schizophrenia", "entered_on": "2020-01-01", "channels": "text;call",
    "blood_pressure_on": "2024-05-01", "systolic_mmhg": "128", "diastolic_mmhg": "79",
}  # fmt: skip
BEN = {"practice": "XG0101", "local_id": "P2", "condition": "other psychosis", "entered_on": "2021-01-01", "birth_date": "1970-01-01"}


def rows(url: str, statement: str) -> list[list[str]]:
    """The rows of a statement, each cell as text, "" where null."""
    return [line.split("|") for line in sql(url, statement).splitlines()]


FEDERATION = ("--provider", "XGF01")


class Office:
    """A practice manager's machine."""

    def __init__(self, urls: dict[str, str], folder: Path) -> None:
        self.url, self.folder = urls["referrals"], folder
        self.environment = os.environ | {
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "DATABASE_URL_REFERRALS": self.url,
            "CLOCKSTOP_LOOKUP_KEYS": LOOKUP_KEYS, "CLOCKSTOP_VAULT_KEYS": VAULT_KEYS,
        }  # fmt: skip

    def take(self, *people: dict[str, str], words: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        file = self.folder / "register.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, COLUMNS)
            writer.writeheader()
            writer.writerows(people)
        command = [sys.executable, "-m", "deploy.cli", "import", "register", str(file), *words, "--dir", str(self.folder)]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)

    def report(self, done: subprocess.CompletedProcess[str]) -> list[tuple[str, str, str, str]]:
        path = re.search(r"is in (\S+)", done.stdout)
        assert path, done.stdout + done.stderr
        with Path(path[1]).open(encoding="utf-8", newline="") as file:
            return [(row["line"], row["column"], row["reason"], row["taken"]) for row in csv.DictReader(file)]

    def events(self) -> int:
        return int(sql(self.url, "select count(*) from referrals.ledger where source like '%/register'"))

    def entries(self) -> dict[str, str]:
        """By the number of the person's token, the last day of the entry that stands."""
        found = rows(self.url, "select record_id, data ->> 'left_on' from referrals.events where kind = 'register' order by position")
        return dict(found)


@pytest.fixture
def office(database_urls: dict[str, str], tmp_path: Path) -> Office:
    return Office(database_urls, tmp_path)


def test_an_extract_in_and_the_same_again(office: Office) -> None:
    dry = office.take(ADA, BEN, words=("--dry-run",))
    assert (dry.returncode, office.events()) == (0, 0), dry.stderr
    assert "2 rows: 2 taken (0 as before, 0 in part), 0 refused; 6 events" in dry.stdout
    assert "a dry run: nothing was changed" in dry.stdout
    first = office.take(ADA, BEN)
    assert first.returncode == 0, first.stderr
    assert "2 rows: 2 taken (0 as before, 0 in part), 0 refused; 6 events" in first.stdout  # persons, entries, one preference, one check
    assert "columns that are not read: shoe_size" in first.stdout
    kinds = sql(office.url, "select kind, count(*) from referrals.events group by kind order by kind")
    assert kinds.split() == ["health-check|1", "person|2", "preference|1", "register|2"]
    assert sql(office.url, "select count(*) from referrals.ledger where provider <> 'XG0101' or 'late' = any (flags)") == "0"
    assert sql(office.url, "select count(*) from referrals.outbox, unnest(topics)") == "6"
    assert "Ada" not in sql(office.url, "select event::text from referrals.ledger")
    again = office.take(BEN, ADA)
    assert "2 rows: 2 taken (2 as before, 0 in part), 0 refused; 0 events" in again.stdout
    assert office.events() == 6


def test_what_is_wrong_is_named_by_line_and_column_and_the_rest_is_taken(office: Office) -> None:
    office.take(ADA, words=FEDERATION)
    impossible = ADA | {"local_id": "P3", "nhs_number": "", "systolic_mmhg": "900", "bmi_on": "2024-05-01", "bmi_kg_m2": "24"}
    unborn = BEN | {"local_id": "P4", "bmi_on": "1969-12-31", "bmi_kg_m2": "24"}
    bad = [
        BEN | {"entered_on": "1969-01-01"}, BEN | {"nhs_number": "9434765910"}, BEN | {"condition": "depression"},
        ADA, BEN, BEN, BEN | {"local_id": "P5", "nhs_number": TWO}, BEN | {"local_id": "P6", "nhs_number": TWO}, BEN | {"practice": "x"},
    ]  # fmt: skip
    done = office.take(impossible, unborn, *bad, words=FEDERATION)
    assert done.returncode == 1
    assert office.report(done) == [
        ("2", "systolic_mmhg", "impossible-reading", "in part"),
        ("3", "bmi_on", "impossible-date", "in part"),
        ("4", "entered_on", "impossible-date", "no"),
        ("5", "nhs_number", "invalid-nhs-number", "no"),
        ("6", "condition", "unknown-code", "no"),
        ("9", "local_id", "duplicate-key", "no"),
        ("11", "nhs_number", "duplicate-key", "no"),
        ("12", "practice", "bad-value", "no"),
    ]
    assert "register.csv, line 2, column systolic_mmhg: 900 mmHg is outside 40 to 350" in done.stderr
    assert "11 rows: 5 taken (1 as before, 2 in part), 6 refused" in done.stdout
    kept = sql(office.url, "select reason, count(*) from referrals.refusal group by reason order by reason")
    assert kept.split() == [
        "bad-value|1",
        "duplicate-key|2",
        "impossible-date|2",
        "impossible-reading|1",
        "invalid-nhs-number|1",
        "unknown-code|1",
    ]


def test_a_correction_a_new_entry_and_a_check_whose_day_was_wrong(office: Office) -> None:
    day = ("--extracted-on", "2024-06-30")
    office.take(ADA, words=day)
    office.take(ADA | {"entered_on": "2020-02-01", "blood_pressure_on": "2024-04-30"}, words=("--extracted-on", "2024-07-31"))
    checks = rows(office.url, "select voided, data ->> 'on' from referrals.events where kind = 'health-check' order by position")
    assert checks == [["f", "2024-05-01"], ["f", "2024-04-30"], ["t", ""]]
    old = office.take(ADA | {"entered_on": "2019-01-01"}, words=day)  # an older extract comes late: it changes no entry
    assert "0 events" in old.stdout
    assert len(office.entries()) == 1
    office.take(ADA | {"left_on": "2024-08-01", "blood_pressure_on": ""}, words=("--extracted-on", "2024-08-31"))
    office.take(ADA | {"entered_on": "2024-09-15", "blood_pressure_on": ""}, words=("--extracted-on", "2024-09-30"))
    entries = office.entries()
    assert [left for _, left in sorted(entries.items())] == ["2024-08-01", ""]


def test_who_is_missing_is_listed_and_taken_off_only_when_the_extract_is_whole(office: Office) -> None:
    office.take(ADA, BEN, words=("--extracted-on", "2024-06-30"))
    part = office.take(ADA, words=("--extracted-on", "2024-07-31"))
    assert "XG0101: 1 people of earlier extracts are not in this one, left on its register" in part.stdout
    assert office.report(part) == [("", "local_id", "not-in-extract", "still on the register")]
    assert set(office.entries().values()) == {""}
    broken = office.take(ADA, ADA | {"local_id": ""}, words=("--full-extract", "--extracted-on", "2024-08-01"))
    assert "nobody was taken off, for 1 rows cannot be told whose they are" in broken.stdout
    assert set(office.entries().values()) == {""}
    whole = office.take(ADA, words=("--full-extract", "--extracted-on", "2024-08-31"))
    assert "XG0101: 1 people of earlier extracts are not in this one, taken off its register" in whole.stdout
    assert sorted(office.entries().values()) == ["", "2024-08-31"]
    assert "1 rows: 1 taken (1 as before" in office.take(ADA, words=("--full-extract", "--extracted-on", "2024-08-31")).stdout
    office.take(ADA, BEN, words=("--extracted-on", "2024-09-30"))  # back again: the same entry goes on
    assert (len(office.entries()), set(office.entries().values())) == (2, {""})
    assert sql(office.url, "select count(*) from vault.access_log where purpose like 'missing from%'") > "0"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--provider", "the GP"), "--provider: 'the GP' is no ODS code"),
        (("--extracted-on", "July"), "--extracted-on: 'July' is no day: write it as 2024-07-31"),
        (("--extracted-on", "2999-01-01"), "lies in the future"),
        (("--dates", "us"), "--dates: 'us' is neither iso nor uk"),
    ],
)
def test_a_failure_is_one_line(office: Office, words: tuple[str, ...], told: str) -> None:
    done = office.take(ADA, words=words)
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
