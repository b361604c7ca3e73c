"""Prints the timelines as `docs/outreach-rules.md`, for a physical health lead."""

from pathlib import Path

from services.outreach.rules.ladder import RESULTS, Result
from services.outreach.rules.settings import shipped
from tests.spec.table import rows
from tests.spec_outreach.chapters import CHAPTERS
from tests.spec_outreach.timeline import Rule, Timeline

PAGE = Path(__file__).parents[2] / "docs" / "outreach-rules.md"
COMMAND = "make spec"
PIPE = r"\|"  # a bar inside a cell

INTRODUCTION = f"""# The rules of outreach, by example

Every example on this page is a test: the product gives exactly these answers. Made by `{COMMAND}`; do not edit by hand.
These rules set dates and say who is asked; they are never clinical advice.

Each line of a table is one person's story: what was recorded and entered, by the day it happened, and what outreach makes of it.
Unless a story says otherwise: one adult with schizophrenia who lives in England, recorded by provider RXX; practice Y00001 is
responsible. Today is 30 September 2024; days without a year are in 2024. "All six" records the six elements of the check, each
within its threshold. A task of a schedule is shown with its status, the day it is due, and the day from which it is asked for
where that is not the day it opened.
"""


def page() -> str:
    """The whole page as Markdown."""
    parts = [INTRODUCTION, _contents()]
    for chapter, rules in CHAPTERS.items():
        parts.append(f"## {chapter}\n")
        parts += [_rule(rule) for rule in rules]
    return "\n".join([*parts, _results(), _schedules()])


def _contents() -> str:
    lines = []
    for chapter, rules in CHAPTERS.items():
        links = ", ".join(f"[{_heading(rule)}](#{_anchor(_heading(rule))})" for rule in rules)
        lines.append(f"- **{chapter}**: {links}")
    return "\n".join([*lines, "- [Results of an attempt](#results-of-an-attempt)", "- [Schedules as shipped](#schedules-as-shipped)", ""])


def _heading(rule: Rule) -> str:
    return f"{rule.id}: {rule.title}"


def _anchor(heading: str) -> str:
    return "".join(letter for letter in heading.lower().replace(" ", "-") if letter.isalnum() or letter == "-")


def _rule(rule: Rule) -> str:
    head = ["| Example | What was recorded | What outreach says |", "|---|---|---|"]
    return "\n".join([f"### {_heading(rule)}\n", f"{rule.text}\n", *head, *(_timeline(timeline) for timeline in rule.timelines), ""])


def _timeline(timeline: Timeline) -> str:
    told = rows(timeline.table) if timeline.table.strip() else []
    events = [f"{row.on}: {row.event}{row.details and ', '}{row.details}".replace("|", PIPE) for row in told]
    events += [f"from {first} {provider} sets {name}: {value}" for provider, name, first, value in timeline.settings]
    today = [] if timeline.at == "30 Sep" else [f"As at {timeline.at}:"]
    answers = [*today, *(_answer(name, value) for name, value in timeline.answer.items())]
    return f"| {timeline.says} | {'<br>'.join(events)} | {'<br>'.join(answers)} |"


def _answer(name: str, value: object) -> str:
    if isinstance(value, list):
        return f"**{name}** {'; '.join(str(one) for one in value) or 'asks for nothing'}"
    if isinstance(value, bool):
        return f"**{'' if value else 'not '}{name}**"
    return f"**{name}** {'nothing' if value is None else value}"


def _results() -> str:
    head = ["## Results of an attempt\n", "Each needs a reason in words.\n", "| Result | On the page | What it does |", "|---|---|---|"]
    return "\n".join([*head, *(f"| {one.name} | {one.says} | {_effect(one)} |" for one in RESULTS.values()), ""])


def _effect(result: Result) -> str:
    if result.hide_days:
        return f"Nobody asks again for {result.hide_days} days"
    if result.stops_contact:
        return "Nobody contacts the person from then on"
    if result.declines:
        return "Closes the elements named, or all six, as declined until the day given, or for 12 months"
    return "Closes that way of contact; calls and texts together" if result.drops_channel else "The ladder goes on"


def _schedules() -> str:
    own = shipped()
    head = ["## Schedules as shipped\n", "A provider may set its own in their place, from a day on.\n", "| Schedule | Version | Source |"]
    lines = [f"| {one.title} (`{one.id}`) | {one.version} | {one.source} |" for one in own.schedules.values()]
    findings = f"| {own.findings.title} (`findings`) | {own.findings.version} | {own.findings.source} |"
    return "\n".join([*head, "|---|---|---|", *lines, findings, ""])
