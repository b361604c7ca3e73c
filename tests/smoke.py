"""`make smoke`: the whole road from nothing, through the public edge, recounted by code that shares nothing with it.

Feeds simulated events with second copies and malformed ones over Kafka and HTTPS, waits for quiet, and compares: every clock with an
independent recount in DuckDB over a COPY of the ledger; every verdict with what was fed; page, API, CSV and clocks with each other.
Then, on a stack of its own, imports a simulated quarter of MHSDS files and compares every clock with a recount straight from the files.
Before all that, thousands of made-up lives that crowd the edges of every rule are clocked and recounted, with no stack at all.
Prints its figures last and exits 0, or names the first difference and exits 1.
"""

import asyncio
import csv
import io
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.process import Identity
from deploy.local.stack import SERVICES
from deploy.simulator.faults import Feed, with_faults
from deploy.simulator.flow import events
from deploy.simulator.sender import send
from shared import clock
from tests.support.outreach_story import story
from tests.support.recount import NATIONAL, as_csv
from tests.support.recount_files import recount_files
from tests.support.recount_lives import PEOPLE, DifferenceError, compare
from tests.support.recount_lives import SEED as LIVES_SEED
from tests.support.recount_measures import differing
from tests.support.recount_outreach import SCHEDULES
from tests.support.return_by_mesh import return_by_mesh
from tests.support.running import Running, clockstop, running

EVENTS = 5000
SEED = 7
EARLIER = (30, 60, 100)
"""Days before today: the clocks are recounted as at these dates too."""
REFERENCE = Path(__file__).parents[1] / "deploy" / "reference"
QUARTER = ("--days", "92", "--starts", "40", "--seed", "3")


def same(what: str, ours: object, theirs: object) -> None:
    """Raise DifferenceError, showing both, unless they are equal."""
    if ours != theirs:
        raise DifferenceError(f"{what}: {str(ours)[:1500]} is not {str(theirs)[:1500]}")


def check_verdicts(stack: Running, feed: Feed) -> dict[str, int]:
    """What became of every message is what was fed, and what was read is what was counted."""
    accepted = stack.query("select count(*) as n from referrals.ledger where source <> '/clockstop/referrals'")[0]["n"]
    refused = {row["reason"]: row["n"] for row in stack.query("select reason, count(*) as n from referrals.refusal group by reason")}
    same("accepted events", accepted, EVENTS)
    same("refused events by reason", refused, dict(feed.malformed))
    for service in SERVICES:
        gaps = stack.query(
            f"select c.topic, c.partition, c.read_count, coalesce(sum(o.count), 0) as counted from {service}.cursor c "
            f"left join {service}.outcome_count o using (topic, partition) group by 1, 2, 3 "
            "having c.read_count <> coalesce(sum(o.count), 0)"
        )
        same(f"records read and counted by {service}", [dict(gap) for gap in gaps], [])
    outcomes = Counter({row["outcome"]: int(row["n"]) for row in stack.query(
        "select outcome, sum(count) as n from referrals.outcome_count group by outcome"
    )})  # fmt: skip
    return {"accepted": accepted, "duplicates over Kafka": outcomes["duplicate"], "refused": sum(refused.values())}


def check_clocks(stack: Running, recounted: Callable[[date, str], list[list[str]]], days: list[date], definition: str) -> int:
    """Every clock as at each of these dates equals the recount. Returns how many were compared."""
    compared = 0
    for day in days:
        ours, theirs = stack.clocks(day, definition), recounted(day, definition)
        different = [pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]]
        same(f"clocks of {definition} as at {day}, the first that differs", different[:1] or len(ours), len(theirs))
        compared += len(ours)
    return compared


def check_views(stack: Running, today: date) -> int:
    """Page, API, CSV and `clockstop clocks` tell one number. Returns the waits."""
    clocks = [row for row in stack.clocks(today) if row[4] == "true" and not row[10]]
    with stack.signed_in() as client:
        summary = client.get("/v1/waits").raise_for_status().json()
        listed = client.get("/v1/spells", params={"state": "waiting"}).raise_for_status().json()
        rows = list(csv.DictReader(io.StringIO(client.get("/v1/spells", params={"state": "waiting", "format": "csv"}).text)))
        page = client.get("/waits").raise_for_status().text
        past = list(csv.DictReader(io.StringIO(client.get("/v1/spells", params={"state": "past-target", "format": "csv"}).text)))
    on_page = re.search(r"([\d,]+)\s*</[^>]+>\s*(?:<[^>]+>\s*)*waiting now", page)
    same("waiting: API and clocks", summary["waiting"], len(clocks))
    same("waiting: list and clocks", listed["total"], len(clocks))
    same("waiting: CSV and clocks", len(rows), len(clocks))
    same("waiting: page and clocks", on_page and int(on_page[1].replace(",", "")), len(clocks))
    same("past 28 days: API and CSV", summary["past_target"], len(past))
    same("past 28 days: CSV and clocks", len(past), sum(int(row[12]) > 28 for row in clocks))
    return len(clocks)


def check_outreach(stack: Running, days: list[date]) -> list[str]:
    """Registers, complete checks, annual recall and follow-ups as at each of these dates equal the recount."""
    due = complete = 0
    with stack.outreach_recounted() as recounted:
        for day in days:
            ours, theirs = [row for row in stack.outreach("due", "--at", str(day)) if row[2] in SCHEDULES], recounted.due(day)
            different = [pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]]
            same(f"tasks due as at {day}, the first that differs", different[:1] or len(ours), len(theirs))
            same(f"complete checks as at {day}", stack.outreach("complete", "--by", "pcn", "--at", str(day)), recounted.complete(day))
            due, complete = due + len(ours), complete + int(recounted.complete(day)[-1][2])
    with stack.signed_in() as client:
        people = client.get("/v1/outreach/people").raise_for_status().json()["total"]
        rows = list(csv.DictReader(io.StringIO(client.get("/v1/outreach/people", params={"format": "csv"}).text)))
    register = int(stack.outreach("complete", "--by", "pcn")[-1][1])
    same("on a register: list, CSV and command", (people, len(rows)), (register, register))
    return [
        f"on a register by list, CSV and command: {register}",
        f"outreach: {due} tasks due and {complete} complete checks compared with the independent recount, differences: 0",
    ]


def check_measures(stack: Running, today: date) -> str:
    """Every measure of the last months' ends equals the recount."""
    compared = 0
    ends = [today.replace(day=1) - timedelta(1)]
    ends.append(ends[0].replace(day=1) - timedelta(1))
    with stack.measures_recounted() as recounted:
        for end in ends:
            theirs = recounted.measures(end, today)
            found = differing(stack.measures(end), theirs)
            told_elsewhere = {key for key in found if key[-1].startswith("Outreach attempts")}  # what was entered is in no export
            same(f"measures of {end:%Y-%m}, ours and theirs", {key: found[key] for key in found.keys() - told_elsewhere}, {})
            compared += len(theirs)
    return f"figures of {ends[1]:%Y-%m} and {ends[0]:%Y-%m} compared with the independent recount: {compared}, differences: 0"


def check_files(today: date, days: list[date]) -> list[str]:
    """A quarter of files, imported twice: clocks equal the recount from the files, and the second time changes nothing."""
    with TemporaryDirectory(prefix="clockstop-months-") as folder, running(providers=False) as stack:
        written = clockstop("simulate", "--files", folder, "--until", str(today.replace(day=1)), *QUARTER).splitlines()[-1]
        said = stack.clockstop("import", "mhsds", folder).splitlines()
        stack.clockstop("settle", "--timeout", "120")
        compared = check_clocks(stack, lambda day, _: as_csv(recount_files(Path(folder), REFERENCE, day, today)), days, "national-2024")
        again = next(line for line in stack.clockstop("import", "mhsds", folder).splitlines() if " taken, " in line)
        same("events of the same months again", re.findall(r"became ([\d,]+) events", again), ["0"])
    taken = next(line for line in said if " taken, " in line)
    return [f"files: {written.split(' in /')[0]}; {taken}", f"clocks compared with the recount from the files: {compared}, differences: 0"]


def main() -> int:
    started = time.monotonic()
    now = clock.now()
    today = clock.london_date(now)
    days = [today, *(date.fromordinal(today.toordinal() - earlier) for earlier in EARLIER)]
    lives = list(compare(LIVES_SEED, PEOPLE))
    feed = with_faults(events(SEED, EVENTS, now), SEED)
    with running(mesh=True) as stack:
        print(f"stack up after {time.monotonic() - started:.1f} s: {stack.site}")
        sending = time.monotonic()
        asyncio.run(send(stack.target, feed.messages))
        stack.clockstop("settle", "--timeout", "120")
        seconds = time.monotonic() - sending
        print(f"{len(feed.messages)} messages sent and settled after {seconds:.1f} s")
        verdicts = check_verdicts(stack, feed)
        compared = sum(check_clocks(stack, stack.recounted, days, definition) for definition in NATIONAL)
        waits = check_views(stack, today)
        told = list(story(stack, clock.now()))
        outreach = check_outreach(stack, [today, today - timedelta(days=1), *days[1:3]])
        measures = check_measures(stack, today)
        sent = return_by_mesh(stack, today)
        rebuilt = stack.clockstop("replay").strip()
        same("replay from the ledger", rebuilt.split("; ")[1], "0 clocks changed")
        processes = [Identity.model_validate(found) for found in Running(stack.directory).stack["processes"].values()]
    left = [process.pid for process in processes if process.alive()]
    same("processes left behind", left, [])
    same("directory removed", Path(stack.directory).exists(), False)
    files = check_files(today, days)
    print(*lives, sep="\n")
    for name, count in verdicts.items():
        print(f"{name}: {count}")
    print(f"clocks of {', '.join(NATIONAL)} compared with the independent recount: {compared}, differences: 0")
    print(f"waiting on page, API, list, CSV and clocks: {waits}")
    print(*told, *outreach, measures, sent, sep="\n")
    print(rebuilt)
    print(*files, sep="\n")
    print(f"smoke passed in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (DifferenceError, RuntimeError) as error:
        print(f"smoke failed: {error}", file=sys.stderr)
        sys.exit(os.EX_SOFTWARE)
