"""A demonstration table of codes for the timelines: public SNOMED codes, and `DEMO` codes where the published sets are licensed."""

import tomllib
from datetime import date
from pathlib import Path

from services.waits.rules import definitions
from services.waits.rules.definition import Definition
from services.waits.rules.parse import parse
from services.waits.rules.reference import Reference

ASSESSMENT = "1853441000000109"
PSYCHOLOGICAL = "1853461000000105"
PSYCHOSOCIAL = "1853481000000101"
MEDICATION = "1853451000000107"

# The three codes that never count stand in sets here: only their exclusion can keep them out.
MEMBERS = [
    (ASSESSMENT, "DEMO-ASSESSMENT", None, None),
    (ASSESSMENT, "DEMO-LEFT-14-JULY", None, date(2024, 7, 14)),
    (ASSESSMENT, "DEMO-IN-BOTH", None, None),
    (ASSESSMENT, "11429006", None, None),
    (PSYCHOLOGICAL, "718026005", None, None),
    (PSYCHOLOGICAL, "DEMO-JOINED-15-JULY", date(2024, 7, 15), None),
    (PSYCHOLOGICAL, "DEMO-LEFT-AND-CAME-BACK", None, date(2024, 6, 30)),
    (PSYCHOLOGICAL, "DEMO-LEFT-AND-CAME-BACK", date(2024, 8, 1), None),
    (PSYCHOLOGICAL, "975131000000104", None, None),
    (PSYCHOSOCIAL, "DEMO-PSYCHOSOCIAL", None, None),
    (PSYCHOSOCIAL, "DEMO-IN-BOTH", None, None),
    (PSYCHOSOCIAL, "2386021000000108", None, None),
    (MEDICATION, "723948002", None, None),
]
TOOLS = {
    "DIALOG": ("1037651000000100", "DIALOG", None, None),
    "HoNOS": ("979641000000103", "HoNOS Working Age Adults", None, None),
    "Current View": ("987191000000101", "Current View", None, None),
    "a tool listed until 14 July": ("DEMO-TOOL", "Demonstration tool", None, date(2024, 7, 14)),
    "a tool not listed": ("DEMO-UNLISTED", "", date.max, None),
}
EXCLUDED_PROVIDERS = [("DFC", None, None), ("RXZ", None, date(2024, 6, 30))]
SUCCESSIONS = [("RXO", "RXN", date(2024, 4, 1))]

REFERENCE = Reference(MEMBERS, TOOLS.values(), EXCLUDED_PROVIDERS, successions=SUCCESSIONS)


def shipped(name: str) -> Definition:
    """A shipped definition, by its id."""
    folder = Path(definitions.__file__).parent
    return parse(tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8")))


DEFINITIONS = {file.stem: shipped(file.stem) for file in sorted(Path(definitions.__file__).parent.glob("*.toml"))}
NATIONAL = DEFINITIONS["national-2024"]
