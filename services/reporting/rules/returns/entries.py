"""What may be entered by hand for a line: read by its type, as it is kept and shown."""

import re
from datetime import date
from decimal import Decimal

from services.reporting.rules.returns.compose import NIL
from services.reporting.rules.returns.definition import Definition
from services.reporting.rules.returns.footprint import Footprint
from services.reporting.rules.returns.lines import PCN, Entered, Line

LONGEST = 4000
"""Characters of a text."""


def entry(line: Line, text: str) -> str:
    """A value as it is kept: a count without leading zeros, pounds with pence, a date as 2025-09-30; `nil`: there is nothing to say.

    ValueError, one line naming what is wrong and how to write it.
    """
    source = _hand(line)
    text = text.strip()
    if text.lower() == NIL:
        return NIL
    match source.kind:
        case "date":
            return _date(line, text)
        case "text":
            return _text(line, text)
    found = _number(line, source, text)
    for limit, beyond, word in ((source.least, source.least is not None and found < source.least, "least"),
                                (source.most, source.most is not None and found > source.most, "most")):  # fmt: skip
        if beyond:
            raise ValueError(f"{line.id}: {text} is out of range: at {word} {limit}")
    return f"{found:.2f}" if source.kind == "money" else f"{found.normalize():f}"


def groups(definition: Definition, line: Line, footprint: Footprint) -> tuple[str, ...]:
    """What the line is entered for: PCNs, values, or once ('')."""
    source = _hand(line)
    return footprint.asked(definition) if source.by == PCN else source.values or ("",)


def group(definition: Definition, line: Line, footprint: Footprint, named: str) -> str:
    """ValueError unless the line is entered for what is named."""
    known, by = groups(definition, line, footprint), _hand(line).by
    if named not in known:
        if not by:
            raise ValueError(f"{line.id}: it is entered once: leave {named!r} out")
        raise ValueError(
            f"{line.id}: {named!r} is no {by} of it: use {', '.join(known)}" if named else f"{line.id}: of which {by}? {', '.join(known)}"
        )
    return named


def _hand(line: Line) -> Entered:
    if not isinstance(line.source, Entered):
        raise ValueError(f"{line.id}: it is not entered by hand: it is worked out")
    return line.source


def _date(line: Line, text: str) -> str:
    try:
        if len(text) != 10:
            raise ValueError(text)
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"{line.id}: {text!r} is no date: write it as 2025-09-30") from None


def _text(line: Line, text: str) -> str:
    if not text:
        raise ValueError(f"{line.id}: a text is needed; nil where there is nothing to say")
    if len(text) > LONGEST:
        raise ValueError(f"{line.id}: {len(text)} characters are too many: at most {LONGEST}")
    if bad := next((sign for sign in text if ord(sign) < 32 and sign not in "\n\t"), None):
        raise ValueError(f"{line.id}: the character {bad!r} cannot be kept: leave it out")
    return text


def _number(line: Line, source: Entered, text: str) -> Decimal:
    pattern, example = {
        "count": (r"\d{1,9}", "1250"),
        "money": (r"-?\d{1,12}(\.\d{1,2})?", "125000 or 125000.50, in pounds"),
        "percent": (r"-?\d{1,3}(\.\d{1,2})?", "12.5"),
    }[source.kind]
    if not re.fullmatch(pattern, text, re.ASCII):
        raise ValueError(f"{line.id}: {text!r} is no {source.kind}: write it as {example}, without commas or signs")
    found = Decimal(text)
    if source.least is None and found < 0:
        raise ValueError(f"{line.id}: {text} is below nothing")
    if source.kind == "percent" and source.most is None and found > 100:
        raise ValueError(f"{line.id}: {text} is more than 100 percent")
    return found
