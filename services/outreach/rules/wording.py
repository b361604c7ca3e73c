"""What a message says: templates as data, the variant that a person's preference asks for, and the text with its blanks filled.

No text names a condition, a team of mental health, or what was found: a telephone may be shared, an envelope opened by somebody else. The
name of whom it is for stands in letters alone.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

CHANNELS = ("text", "email", "letter")
PLAIN = "plain"
BLANKS = frozenset({"sender", "contact", "name"})
BY_HAND = frozenset({"large print", "braille", "audio", "sign language"})
"""Formats that no letter printed by GOV.UK Notify has. A telephone or a computer makes large print, speech or braille of a message."""
TEXT_LENGTH = 612
"""Characters of a text message: four parts. What makes two or more of one message is paid for each."""


class Text(NamedTuple):
    """One text of a template. `subject`: of e-mails and letters."""

    subject: str
    body: str


class Variant(NamedTuple):
    """A template in one form or language. `reviewed`: somebody whose language it is has read it."""

    call: str
    ask: str
    reviewed: bool
    texts: Mapping[str, Text]


class Template(NamedTuple):
    """One version of a template, by variant: `plain`, `easy read`, or a language as in the records (`pl`)."""

    id: str
    version: int
    title: str
    variants: Mapping[str, Variant]


def parse(table: Mapping[str, Any]) -> Template:
    """A template from the table of its TOML file. ValueError, one line, where it lacks something or holds a blank that nobody fills."""
    name = table.get("id", "template")
    variants = {key: _variant(f"{name} {key}", value) for key, value in table.items() if isinstance(value, Mapping)}
    if PLAIN not in variants:
        raise ValueError(f"{name}: write a variant `{PLAIN}`")
    return Template(table["id"], table["version"], table["title"], variants)


def _variant(name: str, table: Mapping[str, Any]) -> Variant:
    texts = {}
    for channel in CHANNELS:
        if channel not in table:
            raise ValueError(f"{name}: write a text for {channel}")
        text = Text(table[channel].get("subject", ""), table[channel]["body"].strip())
        blanks = set(re.findall(r"\{([^}]*)\}", text.subject + text.body))
        if unknown := sorted(blanks - BLANKS):
            raise ValueError(f"{name} {channel}: nobody fills {{{unknown[0]}}}: use {', '.join(sorted(BLANKS))}")
        if ("name" in blanks) != (channel == "letter"):
            raise ValueError(f"{name} {channel}: {{name}} stands in letters, and in nothing else")
        if not {"sender", "contact"} <= blanks:
            raise ValueError(f"{name} {channel}: say who sends it, {{sender}}, and whom to call, {{contact}}")
        texts[channel] = text
    return Variant(table["call"], table["ask"], table.get("reviewed", True), texts)


def variant(template: Template, formats: Sequence[str], language: str | None) -> str:
    """Easy Read where it is wanted; else the person's language where there is a translation; else plain English."""
    wanted = ["easy read"] if "easy read" in formats else []
    if language:
        wanted.append(language.lower().partition("-")[0])
    return next((one for one in wanted if one in template.variants), PLAIN)


def by_hand(channel: str, formats: Sequence[str]) -> str | None:
    """The format because of which a person must make this letter; None: none."""
    return next((one for one in formats if one in BY_HAND), None) if channel == "letter" else None


def filled(template: Template, chosen: str, channel: str, sender: str, telephone: str | None, name: str | None = None) -> Text:
    """The text as it goes out. Blanks are filled once: what a name holds is never read as a blank."""
    one = template.variants[chosen]
    contact = one.call.replace("{telephone}", telephone) if telephone else one.ask
    blanks = {"sender": sender, "contact": contact, "name": name or ""}
    subject, body = (re.sub(r"\{(sender|contact|name)\}", lambda found: blanks[found[1]], part) for part in one.texts[channel])
    return Text(subject, body)
