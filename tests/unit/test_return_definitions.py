"""Definitions of returns: what they may say, and what is refused in one line that names the field and the remedy."""

import re
from datetime import date
from hashlib import sha256
from pathlib import Path
from textwrap import dedent

import pytest

from services.reporting.rules.returns import book
from services.reporting.rules.returns.definition import parse
from services.reporting.rules.returns.lines import Entered, Known, Measured
from tests.unit.test_returns import HEAD, line

GUIDE = Path(__file__).parents[2] / "docs" / "returns.md"
WAITING = line("all", measure="MRS04", section="one", title="A line")


def read(text: str, mailboxes: frozenset[str] | None = None) -> str:
    return parse(text, book.known(), mailboxes).key


def whole(*lines: str, head: str = HEAD) -> str:
    return head + "".join(f"[[lines]]\n{one}\n" for one in lines or (WAITING,))


def entered(**fields: object) -> str:
    return line("hand", section="one", title="A line", owner="analyst", **fields)


def measured(**fields: object) -> str:
    return line("other", **{"section": "one", "title": "A line", "measure": "MRS04", **fields})


def test_the_templates_and_the_guides_examples_can_be_used() -> None:
    assert read(book.texts()["template"]) == "my-return@1"
    [example] = re.findall(r"A small whole one:\n\n(.*?)\n3\. ", GUIDE.read_text("utf-8"), re.DOTALL)
    assert read(dedent(example)) == "winter@1"
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", GUIDE.read_text("utf-8"), re.MULTILINE))
    assert listed >= {one.id for one in book.shipped().values()}


def test_the_assurance_return_has_every_line_of_the_design() -> None:
    stated = book.definition("community-mental-health")
    told = [(line.source.measure, line.source.level, line.source.by) for line in stated.lines if isinstance(line.source, Measured)]
    access = "Second - PCN Rolling"
    assert {(access, "footprint", ""), (access, "footprint", "age"), (access, "footprint", "ethnicity"), (access, "pcn", "")} <= set(told)
    assert ("MHS108", "organisation", "") in told, "all, beside the footprint"
    for pathway in ("AED", "CEN", "rehab"):
        assert {f"{pathway} access", f"Contacts - {pathway} share", f"{pathway} therapy share", f"{pathway} paired outcomes share"} <= {
            measure for measure, *_ in told
        }
    assert {"MHS116", "EIP23i", "MRS01b", "SMIRegister", "All6PHC", "Outreach attempts", "Contacts - VCSE"} <= {name for name, *_ in told}
    hands = {line.id for line in stated.lines if isinstance(line.source, Entered)}
    assert hands >= {
        "spend-total", "spend-vcse", "roles-clinical", "roles-other", "roles-type", "roles-pathway", "arrs", "investment-pathway",
        "eip-level-3", "local-definition", "local-baseline", "progress", "inequalities", "risks",
    }  # fmt: skip
    known = {(line.source.what, line.source.of) for line in stated.lines if isinstance(line.source, Known)}
    assert {("pcn-criteria", ""), ("pathway-live", ""), ("plan", "MHS108"), ("target", "eip-2016")} <= known


def test_a_period_has_one_name_a_deadline_and_a_reminder() -> None:
    stated = book.definition("community-mental-health")
    period = stated.period_of("2025-Q3")
    assert (period.name, stated.return_id("XIB", period)) == ("2025-26-Q2", "community-mental-health:XIB:2025-26-Q2")
    assert (stated.deadline(period), stated.reminder(period)) == (date(2025, 10, 30), date(2025, 10, 25))
    assert stated.period_of("2025-Q1").name == "2024-25-Q4"
    for text, wrong in (("2025-26-FY", "is no quarter: community-mental-health is for a quarter, as 2025-26-Q2"), ("soon", "is no period")):
        with pytest.raises(ValueError, match=wrong):
            stated.period_of(text)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("id = ", "not TOML"),
        (whole(head=HEAD.replace("version = 1", "")), "version: a whole number is needed"),
        (whole(head=HEAD + "colour = 1\n"), "colour: no such field"),
        (HEAD, "lines: at least one is needed"),
        (whole(WAITING, WAITING), "lines.id: the line 'all' is given twice"),
        (whole(measured(measure="MRS99")), "line other: measure: there is no measure 'MRS99'"),
        (whole(measured(level="region")), "line other: level: 'region' is not one of organisation, footprint, pcn"),
        (whole(measured(measure="MHS116")), "line other: level: MHS116 is not counted by icb: it is by"),
        (whole(measured(by="age", values=["18-25", "young"])), "line other: values: 'young' is not known: use 18-25, 26-64, 65+, UNKNOWN"),
        (whole(measured(by="age")), "line other: values: a list is needed"),
        (whole(measured(level="pcn"), head=HEAD.replace('pcns = "footprint"', "")), "line other: level: pcn needs pcns"),
        (whole(measured(section="two")), "line other: section: 'two' is not one of one"),
        (whole(measured(colour="red")), "line other: colour: no such field"),
        (whole(measured(ratio=["all", "all"])), "line other: measure: a line has one source"),
        (whole(WAITING, line("r", section="one", title="R", ratio=["all"])), "line r: ratio: two lines are needed"),
        (whole(WAITING, line("r", section="one", title="R", ratio=["all", "later"])), "line r: ratio: 'later' is not known: use all"),
        (whole(entered(entered="number")), "line hand: entered: 'number' is not one of count, money, percent, date, text"),
        (whole(entered(entered="text", most=5)), "line hand: most: a text has no limit"),
        (whole(entered(entered="money", people=True)), "line hand: people: only a count counts people"),
        (whole().replace('transport = "file"', 'transport = "post"'), "recipients.transport: 'post' is not one of mesh, file"),
        (whole().replace('transport = "file"', 'transport = "mesh", mailbox = "X1"'), "recipients.mailbox: 'X1' is an unknown recipient"),
        (whole() + '[[cells]]\nline = "all"\nat = "C5"\n', "cell of all: at: 'C5' is no cell: write it as Sheet!B7"),
        (whole() + '[[cells]]\nline = "every"\nat = "A!C5"\n', "cells.line: 'every' is not one of all"),
        (whole() + '[[cells]]\nline = "all"\ndown = "A!C5"\n', "cell of all: column: beside `down` either the column"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(wrong)}") as refused:
        read(text, frozenset({"X26ABC2"}))
    assert "\n" not in str(refused.value)


TEXTS = {
    ("community-mental-health", 1): "0e5c26e2ebc3053d",
    ("community-mental-health", 2): "ad33c9784e6f43a1",
    ("smi-checks", 1): "8cb7161222166e13",
}
"""Of each definition that was ever shipped, the beginning of its text's SHA-256. Lines are added here, none is changed."""


def test_a_shipped_definition_says_what_its_version_always_said() -> None:
    """Where it fails: give the changed definition the next version. Returns that were made are read by the one they were made with."""
    found = {key: sha256(text.encode()).hexdigest()[:16] for key, text in book.shipped_texts().items()}
    assert found == {key: TEXTS.get(key) for key in found}
