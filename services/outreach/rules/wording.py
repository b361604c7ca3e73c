"""What a message says: templates as data, the variant that a person's preference asks for, and the text with its blanks filled.

No text names a condition, a team of mental health, or what was found: a telephone may be shared, an envelope opened by somebody else. The
name of whom it is for stands in letters alone.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from services.outreach.rules.templates import ENGLISH, PLAIN, Variant, needs_by_hand, variant

CHANNELS = ("text", "email", "letter")
BLANKS = frozenset({"sender", "contact", "name"})


class Text(NamedTuple):
    """One text of a template. `subject`: of e-mails and letters."""

    subject: str
    body: str


class Wording(NamedTuple):
    """A template in one form and language, by channel. `reviewed`: somebody whose language it is has read it."""

    call: str
    ask: str
    reviewed: bool
    texts: Mapping[str, Text]


class Template(NamedTuple):
    """One version of a template, in each of its forms and languages; plain English is always one of them."""

    id: str
    version: int
    title: str
    wordings: Mapping[Variant, Wording]


def parse(table: Mapping[str, Any]) -> Template:
    """A template from the table of its TOML file. ValueError, one line, where it lacks something or holds a blank that nobody fills."""
    name = table.get("id", "template")
    wordings = {
        Variant(form, language): _wording(f"{name} {language} {form}", wording)
        for language, forms in table.items()
        if isinstance(forms, Mapping)
        for form, wording in forms.items()
    }
    if Variant(PLAIN, ENGLISH) not in wordings:
        raise ValueError(f"{name}: write it in plain English, as [{ENGLISH}.{PLAIN}]")
    return Template(table["id"], table["version"], table["title"], wordings)


def _wording(name: str, table: Mapping[str, Any]) -> Wording:
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
    return Wording(table["call"], table["ask"], table.get("reviewed", True), texts)


def chosen(template: Template, channel: str, formats: Sequence[str], language: str | None) -> Variant | str:
    """The variant for this person; or the format that a letter is wanted in and nobody can print for us: somebody makes it by hand.

    Of a text or an e-mail, a telephone or a computer makes large print, speech or braille by itself.
    """
    if channel == "letter" and (by_hand := needs_by_hand(formats, template.wordings.keys())):
        return by_hand[0]
    return variant(formats, language, template.wordings.keys()) or Variant(PLAIN, ENGLISH)


def filled(template: Template, one: Variant, channel: str, sender: str, telephone: str | None, name: str | None = None) -> Text:
    """The text as it goes out. Blanks are filled once: what a name holds is never read as a blank."""
    wording = template.wordings[one]
    contact = wording.call.replace("{telephone}", telephone) if telephone else wording.ask
    blanks = {"sender": sender, "contact": contact, "name": name or ""}
    subject, body = (re.sub(r"\{(sender|contact|name)\}", lambda found: blanks[found[1]], part) for part in wording.texts[channel])
    return Text(subject, body)
