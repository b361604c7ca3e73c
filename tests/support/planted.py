"""Planted bugs: each of these lines of the rules, broken, must be caught. `python -m tests.support.planted` (about two minutes).

A copy of the code is broken in one place at a time; then the worked examples and, on fewer lives, the recount are run on it. Prints who
caught what, and exits 1 when a bug went by both.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
LIVES = "1500"


class Bug(NamedTuple):
    """In one module of the rules, `right` (it stands there once) becomes `wrong`."""

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
    Bug("W16 waiver", "definition", "return start < self.spell_started_before", "return start <= self.spell_started_before"),
    Bug("W17 full stop", "clock", "(max([components[name].on for name in required]), ())", "(min([components[name].on for name in required]), ())"),
    Bug("W22 second contact", "components", "found.contacts[1] if len(found.contacts) > 1", "found.contacts[-1] if len(found.contacts) > 1"),
    Bug("W25 latest version", "versions", "changed = rank(version) > rank(held[-1])", "changed = True"),
    Bug("W26 oldest", "spells", "spell.start < terms.definition.oldest_start", "spell.start <= terms.definition.oldest_start"),
    Bug("midnight in London", "facts", "datetime.fromtimestamp(recorded // 1_000_000, _LONDON)", "datetime.utcfromtimestamp(recorded // 1_000_000)"),
    Bug("a record that moved away", "versions", "version[1] > last[1]]", "version[1] >= 0]"),
)  # fmt: skip


def plant(bug: Bug, copy: Path) -> dict[str, bool]:
    """Who caught it: the worked examples, the recount."""
    file = copy / "services" / "waits" / "rules" / f"{bug.module}.py"
    text = file.read_text("utf-8")
    if text.count(bug.right) != 1:
        raise SystemExit(f"{bug.rule}: {bug.right!r} stands {text.count(bug.right)} times in {file.name}: bring it up to date")
    file.write_text(text.replace(bug.right, bug.wrong), "utf-8")
    try:
        return {"worked examples": _fails(copy, "tests.spec"), "recount": _fails(copy, "tests.support.recount_lives", "--people", LIVES)}
    finally:
        file.write_text(text, "utf-8")


def _fails(copy: Path, *module: str) -> bool:
    command = [sys.executable, "-W", "ignore", "-m", *module]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, check=False).returncode != 0


def main() -> int:
    missed = 0
    with TemporaryDirectory(prefix="clockstop-planted-") as folder:
        copy = Path(folder)
        for part in ("deploy", "services", "shared", "tests"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / "docs").mkdir()
        if _fails(copy, "tests.spec") or _fails(copy, "tests.support.recount_lives", "--people", LIVES):
            raise SystemExit("they do not hold without a bug")
        for bug in BUGS:
            caught = [who for who, did in plant(bug, copy).items() if did]
            missed += not caught
            print(f"{bug.rule}: {' and '.join(caught) or 'NOBODY'}", flush=True)
    print(f"{len(BUGS)} bugs, {missed} not caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
