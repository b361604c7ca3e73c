"""Planted bugs: each of these lines of the rules, broken, must be caught. `python -m tests.support.planted` (about a minute).

A copy of the code is broken in one place at a time; then the worked examples are run on it, and fewer lives are held against the recount,
which has been made once. Prints who caught what, and exits 1 when a bug went by both.
"""

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.spec.chapters import CHAPTERS
from tests.spec.reference import DEFINITIONS
from tests.spec.timeline import differences
from tests.support.lives import Event, lives
from tests.support.recount import as_csv
from tests.support.recount_lives import DAYS, SEED, clocked, pathway, recounted

ROOT = Path(__file__).parents[2]
LIVES = 1500
RECOUNTED = ("national-2024", "eip-2016")


class Bug(NamedTuple):
    """In one module of the rules, or that of versions, `right` (it stands there once) becomes `wrong`."""

    rule: str
    module: str
    right: str
    wrong: str


BUGS = (
    Bug("W1 age", "scope", "_birthday(born, least) > on", "_birthday(born, least) >= on"),
    Bug("W1 leap day", "scope", "return date(born.year + age, 3, 1)", "return date(born.year + age, 2, 28)"),
    Bug("W2 teams", "scope", "if not teams:  # W2, W3", "if len(teams) < len(referral.teams):"),
    Bug("W4 residence", "scope", "next((month - timedelta(1)", "next((month - timedelta(0)"),
    Bug("W5 providers", "reference", "(last is None or on <= last)", "(last is None or on < last)"),
    Bug("W6 stays", "scope", "stay.admitted_on <= at", "stay.admitted_on <= received_on"),
    Bug("W7 order of ends", "scope", "team.rejected_on or referral.rejected_on", "referral.rejected_on or team.rejected_on"),
    Bug("W7 end after the day asked for", "scope", "return end if end <= terms.at else None", "return end"),
    Bug("W7 last team", "scope", "return max(known) if len(known) == len(ends) else None", "return max(known, default=None)"),
    Bug("W8 gap", "spells", "piece.start <= furthest + gap", "piece.start < furthest + gap"),
    Bug("W8 furthest end", "spells", "furthest = last((furthest, piece.end))", "furthest = piece.end"),
    Bug("W10 inside the spell", "evidence", "(spell.end is None or on <= spell.end)", "(spell.end is None or on < spell.end)"),
    Bug("W10 media", "evidence", "if contact.medium not in definition.media:", "if contact.medium is None:"),
    Bug("W11 missed contacts", "evidence", "if contact.attendance not in definition.attended:", "if contact.attendance is None:"),
    Bug("W12 date of a plan", "evidence", "created >= start and (updated", "created > start and (updated"),
    Bug("W12 agreement to come", "evidence", "plan.agreed_on > terms.at", "plan.agreed_on < terms.at"),
    Bug("W12 every version counts", "versions", 'EVIDENCE = frozenset({"care-plan", "person"})', 'EVIDENCE = frozenset({"person"})'),
    Bug("W13 refused", "evidence", r're.findall(r"\d+", refinement)', "[refinement]"),
    Bug("W13 code before the colon", "facts", 'head.partition("|")[0].strip()', 'data["code"].strip()'),
    Bug("W13 set on the day", "reference", "(first is None or first <= on)", "True"),
    Bug("W14 excluded codes", "evidence", "if activity.concept in terms.definition.excluded_codes", "if False"),
    Bug("W15 tool", "evidence", "Reason.EXCLUDED_TOOL if tool in terms.definition.excluded_tools else None", "None"),
    Bug("W15 contact of a score", "evidence", "_delivered(score.contact_id, records, terms)", "None"),
    Bug("W16 waiver", "definition", "first_contact < self.first_contact_before", "first_contact <= self.first_contact_before"),
    Bug("W17 full stop", "clock", "(max([components[name].on for name", "(min([components[name].on for name"),
    Bug("W22 second contact", "components", "found.contacts[1] if len", "found.contacts[-1] if len"),
    Bug("W25 latest version", "versions", "changed = rank(version) > rank(held[-1])", "changed = True"),
    Bug("W26 oldest", "spells", "spell.start < terms.definition.oldest_start", "spell.start <= terms.definition.oldest_start"),
    Bug("midnight in London", "versions", 'ZoneInfo("Europe/London")', 'ZoneInfo("UTC")'),
    Bug("succession: open on the day", "succession", "spell.end >= first_day", "spell.end > first_day"),
    Bug("succession: followed within the gap", "succession", "first_day <= start <= spell.end + gap", "start <= spell.end + gap"),
    Bug("succession: whose word stands", "succession", "{**goes.contacts, **new.contacts}", "{**new.contacts, **goes.contacts}"),
    Bug("a record that moved away", "versions", "version[1] > last[1]]", "version[1] >= 0]"),
)  # fmt: skip


def prepare(folder: Path) -> None:
    """The lives and their recounted clocks, which no bug of the rules can change."""
    people = list(lives(SEED, LIVES))
    with recounted(people) as export:
        theirs = {(name, at): sorted(as_csv(export.clocks(name, at))) for name in RECOUNTED for at in DAYS}
    (folder / "recounted").write_bytes(pickle.dumps((people, theirs)))


def caught(folder: Path) -> list[str]:
    """Who sees that the rules are not what they should be. Anything that is raised is seen."""
    found = []
    try:
        if any(differences(timeline) for rules in CHAPTERS.values() for rule in rules for timeline in rule.timelines):
            found.append("worked examples")
    except Exception:  # noqa: BLE001  # a rule that breaks down has been caught
        found.append("worked examples")
    people: list[list[Event]]
    people, theirs = pickle.loads((folder / "recounted").read_bytes())  # noqa: S301  # our own
    pathways = [pathway(events) for events in people]
    for (name, at), rows in theirs.items():
        if sorted(clocked(pathways, DEFINITIONS[name], at)) != rows:
            return [*found, "recount"]
    return found


def plant(bug: Bug, folder: Path) -> str:
    """Who caught it, in words; nothing when it went by."""
    file = folder / ("shared" if bug.module == "versions" else "services/waits/rules") / f"{bug.module}.py"
    text = file.read_text("utf-8")
    if text.count(bug.right) != 1:
        raise SystemExit(f"{bug.rule}: {bug.right!r} stands {text.count(bug.right)} times in {file.name}: bring it up to date")
    file.write_text(text.replace(bug.right, bug.wrong), "utf-8")
    try:
        return _told(folder)
    finally:
        file.write_text(text, "utf-8")


def _told(folder: Path) -> str:
    command = [sys.executable, "-W", "ignore", "-m", "tests.support.planted", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else f"everybody: {done.stderr.strip().splitlines()[-1]}"


def main() -> int:
    if len(sys.argv) > 1:
        print(" and ".join(caught(Path(sys.argv[1]))))
        return 0
    missed = 0
    with TemporaryDirectory(prefix="clockstop-planted-") as name:
        folder = Path(name)
        for part in ("deploy", "services", "shared", "tests"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        prepare(folder)
        if _told(folder):
            raise SystemExit("the rules are not what they should be, without a bug")
        for bug in BUGS:
            told = plant(bug, folder)
            missed += not told
            print(f"{bug.rule}: {told or 'NOBODY'}", flush=True)
    print(f"{len(BUGS)} bugs, {missed} not caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
