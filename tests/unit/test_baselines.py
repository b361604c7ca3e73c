"""What names the definition that a baseline was counted by."""

import os
import subprocess
import sys

from services.reporting.rules.measures import FAMILIES
from services.reporting.store.baselines import rules

SAID = """
from services.reporting.rules.measures import FAMILIES
from services.reporting.store.baselines import rules

print(*map(rules, FAMILIES))
"""


def test_every_process_gives_a_family_the_same_name_and_each_family_its_own() -> None:
    told = subprocess.run(
        [sys.executable, "-c", SAID], env=os.environ | {"PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == [rules(family) for family in FAMILIES]
    assert len(set(told.stdout.split())) == len(FAMILIES)


def test_another_condition_is_another_definition() -> None:
    family = FAMILIES[0]
    other = family.measures[0]._replace(counted="something else")
    assert rules(family) != rules(family._replace(measures=(other, *family.measures[1:])))
