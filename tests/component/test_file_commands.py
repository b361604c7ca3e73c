"""`clockstop import mhsds` and `export mhsds` as their users run them: one line for each failure, memory that does not grow, Ctrl-C."""

import contextlib
import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.component.month_files import contact, month, write
from tests.component.sent_events import LOOKUP_KEYS, VAULT_KEYS
from tests.support.stack import sql

MEGABYTE = 1_000_000


@pytest.fixture
def environment(database_urls: dict[str, str]) -> dict[str, str]:
    return os.environ | {
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "DATABASE_URL_REFERRALS": database_urls["referrals"],
        "CLOCKSTOP_LOOKUP_KEYS": LOOKUP_KEYS,
        "CLOCKSTOP_VAULT_KEYS": VAULT_KEYS,
    }


def clockstop(environment: dict[str, str], stack: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.cli", *map(str, words), "--dir", str(stack)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_folder_of_months_in_and_out(environment: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path / "in", "2024-07", month(MHS201=[contact(), contact("C2", AttendStatus="9")]))
    (tmp_path / "in" / "RXX" / "July").mkdir()
    done = clockstop(environment, tmp_path, "import", "mhsds", tmp_path / "in")
    assert done.returncode == 1  # a month was refused
    assert "RXX July refused: 'July' is no month: name the folder as 2024-07" in done.stderr
    assert "RXX/2024-07/MHS201CareContact.csv, line 3, column AttendStatus: '9' is none of 2, 3, 4, 5, 6, 7" in done.stderr
    assert "1 months taken, 0 of them as before, 1 refused; 6 rows became 3 events" in done.stdout
    report = re.search(r"each in (\S+)", done.stdout)
    assert report
    with Path(report[1]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["month"], row["file"], row["line"], row["column"], row["reason"]) for row in rows] == [
        ("2024-07", "MHS201CareContact", "3", "AttendStatus", "unknown-code"),
        ("July", "", "", "", "month-refused"),
    ]
    (tmp_path / "in" / "RXX" / "July").rmdir()
    again = clockstop(environment, tmp_path, "import", "mhsds", tmp_path / "in")
    assert again.returncode == 0
    assert "1 months taken, 1 of them as before, 0 refused; 6 rows became 0 events" in again.stdout
    out = clockstop(environment, tmp_path, "export", "mhsds", "RXX", "2024-07", "--to", tmp_path / "out")
    assert out.returncode == 0, out.stderr
    text = (tmp_path / "out" / "RXX" / "2024-07" / "MHS201CareContact.csv").read_text("utf-8")
    assert text.splitlines()[1:] == ["C1,R1,2024-07-10,,,01,5,,"]
    assert "P1" not in (tmp_path / "out" / "RXX" / "2024-07" / "MHS101Referral.csv").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["import", "mhsds", "EMPTY"], "holds no month; expected <provider ODS>/<YYYY-MM>/<table>.csv"),
        (["import", "mhsds", "nowhere"], "nowhere: no such folder"),
        (["import", "mhsds", "EMPTY", "--received-at", "2024-07-01"], "--received-at: '2024-07-01' is no instant"),
        (["import", "mhsds", "EMPTY", "--received-at", "2999-07-01T09:00:00Z"], "lies in the future"),
        (["export", "mhsds", "RXX", "July"], "MONTH: 'July' is no month: write it as 2024-07"),
        (["export", "mhsds", "RZZ", "2024-07"], "PROVIDER: 'RZZ' is not known here"),
        (
            ["import", "mhsds", "IN", "--report", "/dev/full"],
            "--report: cannot write /dev/full: No space left on device; RXX 2024-07 was taken",
        ),
    ],
)
def test_a_failure_is_one_line(environment: dict[str, str], tmp_path: Path, words: list[str], told: str) -> None:
    (tmp_path / "empty").mkdir()
    write(tmp_path / "in", "2024-07", month(MHS201=[contact(AttendStatus="9")]))
    places = {"EMPTY": str(tmp_path / "empty"), "IN": str(tmp_path / "in")}
    done = clockstop(environment, tmp_path, *(places.get(word, word) for word in words))
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("clockstop: ")
    assert told in last
    assert "Traceback" not in done.stderr


SLEEPY = """
create function referrals.sleep() returns trigger language plpgsql as $$ begin perform pg_sleep(300); return new; end $$;
create trigger sleepy before insert on referrals.delivery for each row when (new.month = '2024-07-01') execute function referrals.sleep()
"""
"""The second month stops where it is taken down, until somebody interrupts it."""
ASLEEP = "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"


def _interrupted(running: subprocess.Popen[str]) -> str:
    """What it says after Ctrl-C, pressed again where asyncio's `wait_for` of Python 3.11 swallowed the first. Pressed too soon, the second
    ends a program that is about to end by itself."""
    while True:
        running.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return running.communicate(timeout=15)[1]


def test_ctrl_c_in_the_middle_says_so_and_leaves_nothing_of_the_month(
    environment: dict[str, str], database_urls: dict[str, str], tmp_path: Path
) -> None:
    write(tmp_path / "in", "2024-06", month())
    write(tmp_path / "in", "2024-07", month(MHS201=[contact()]))
    sql(database_urls["admin"], SLEEPY)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it, and so would what it starts
    command = [sys.executable, "-m", "deploy.cli", "import", "mhsds", str(tmp_path / "in"), "--dir", str(tmp_path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + 60
        while sql(database_urls["admin"], ASLEEP) == "0":
            assert time.monotonic() < deadline, "the second month was not begun"
        told = _interrupted(running)
    assert running.returncode == 1
    assert told.strip().splitlines()[-1] == "clockstop: stopped; RXX 2024-07 was not taken, what came before it is: run the command again"
    months = "select string_agg(distinct month::text, ',') from referrals.delivered"
    assert sql(database_urls["admin"], months) == "2024-06-01"


def peak_of_import(environment: dict[str, str], stack: Path, folder: Path) -> int:
    """The importer's own greatest memory, in bytes."""
    command = [sys.executable, "-m", "deploy.cli", "import", "mhsds", str(folder), "--dir", str(stack)]
    running = os.posix_spawn(sys.executable, command, environment)
    _, status, usage = os.wait4(running, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return usage.ru_maxrss * 1024


def test_a_large_file_takes_no_more_memory_than_a_small_one(environment: dict[str, str], tmp_path: Path) -> None:
    """200 MB: 40,000 rows, each with five thousand characters in a column that is passed over."""
    write(tmp_path / "small", "2024-07", month(MHS201=[contact()]))
    before = peak_of_import(environment, tmp_path, tmp_path / "small")
    folder = write(tmp_path / "large", "2024-08", month())
    with (folder / "MHS201CareContact.csv").open("w", encoding="utf-8") as file:
        file.write("CareContactID,ServiceRequestID,CareContDate,Padding\n")
        for number in range(40_000):
            file.write(f"C{number},R1,2024-08-01,{'x' * 5000}\n")
    assert (folder / "MHS201CareContact.csv").stat().st_size > 200 * MEGABYTE
    after = peak_of_import(environment, tmp_path, tmp_path / "large")
    print(f"{before / MEGABYTE:.0f} MB for a small file, {after / MEGABYTE:.0f} MB for a large one")
    assert after - before < 150 * MEGABYTE
