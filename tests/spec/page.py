"""Prints the timelines as `docs/clock-rules.md`, for an operational manager."""

from pathlib import Path

from services.waits.rules.reasons import Reason
from tests.spec.chapters import CHAPTERS
from tests.spec.reference import NATIONAL
from tests.spec.table import rows
from tests.spec.timeline import COUNTED, Answer, Rule, Timeline

PAGE = Path(__file__).parents[2] / "docs" / "clock-rules.md"
COMMAND = "make spec"

INTRODUCTION = f"""# The rules of the four-week wait, by example

Every example on this page is a test: the product's clock gives exactly these answers. Made by `{COMMAND}`; do not edit by hand.

Definition, unless a story says otherwise: **{NATIONAL.title}**, version {NATIONAL.version} (`{NATIONAL.id}`). Source: {NATIONAL.source}.

Each line of a table is one person's story: what the providers recorded, by the day it happened, and what the clock makes of it.
Unless a story says otherwise: one adult who lives in England, provider RXX, team A06, contacts attended face to face, plans agreed
by the person, activities and scores outside a contact. Today is 30 September 2024; days without a year are in 2024. Codes that
begin with DEMO stand for codes of licensed sets.
"""
REASONS = "Why an event did not count"
PIPE = r"\|"  # a bar inside a cell
WORDS: dict[str, dict[object, str]] = {
    "end": {None: "open"},
    "waited": {None: "not waiting"},
    "in time": {True: "**in time**", False: "**past the target**"},
    "assessment waived": {False: "assessment not waived"},
    "closed": {False: "neither open nor closed"},
    "open at period end": {False: "not open at period end"},
    "missing": {None: "nothing missing"},
}


def page() -> str:
    """The whole page as Markdown."""
    parts = [INTRODUCTION, _contents()]
    for chapter, rules in CHAPTERS.items():
        parts.append(f"## {chapter}\n")
        parts += [_rule(rule) for rule in rules]
    parts.append(_reasons())
    return "\n".join(parts)


def _contents() -> str:
    lines = []
    for chapter, rules in CHAPTERS.items():
        links = ", ".join(f"[{_heading(rule)}](#{_anchor(_heading(rule))})" for rule in rules)
        lines.append(f"- **{chapter}**: {links}")
    return "\n".join([*lines, f"- **[Why an event did not count](#{_anchor(REASONS)})**", ""])


def _reasons() -> str:
    intro = "For each event of a person that did not count for a spell, the product tells one of these reasons, and no other."
    return "\n".join([f"## {REASONS}\n", intro, "", *(f"- {reason}" for reason in Reason), ""])


def _heading(rule: Rule) -> str:
    return f"{rule.id}: {rule.title}" if rule.id else rule.title


def _anchor(heading: str) -> str:
    return "".join(letter for letter in heading.lower().replace(" ", "-") if letter.isalnum() or letter == "-")


def _rule(rule: Rule) -> str:
    head = ["| Example | What was recorded | What the clock says |", "|---|---|---|"]
    stories = [_timeline(timeline) for timeline in rule.timelines]
    return "\n".join([f"### {_heading(rule)}\n", f"{rule.text}\n", *head, *stories, ""])


def _timeline(timeline: Timeline) -> str:
    events = [f"{row.on}: {row.event}{row.details and ', '}{row.details.replace('|', PIPE)}" for row in rows(timeline.table)]
    return f"| {timeline.says} | {'<br>'.join(events)} | {'<br>'.join(_answers(timeline))} |"


def _answers(timeline: Timeline) -> list[str]:
    today = [] if timeline.at == "30 Sep" else [f"As at {timeline.at}:"]
    if timeline.under != NATIONAL.id:
        today.insert(0, f"`{timeline.under}`:")
    told = [f"{name} {value:g} days" for name, value in timeline.together.items() if isinstance(value, float)]
    told += [f"**{spell}** {_phrases(answer)}" for spell, answer in timeline.answer.items()] or ["No clock"]
    missed = [
        f"{record_id} counts" if reason == COUNTED else f"{record_id} does not count: *{reason}*"
        for record_id, reason in timeline.not_counted.items()
    ]
    return [*today, *told, *missed]


def _phrases(answer: Answer) -> str:
    return ", ".join(_phrase(name, value) for name, value in answer.items()) or "one clock"


def _phrase(name: str, value: object) -> str:
    if name in WORDS and value in WORDS[name]:
        return WORDS[name][value]
    if value is None or value is False:
        return f"no {name}"
    if value is True:
        return name
    if name == "DNA":
        return f"{value} DNA"
    return f"{name} {value} day{'' if value == 1 else 's'}" if isinstance(value, int) else f"{name} {value}"
