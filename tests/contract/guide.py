"""The tables of docs/send-your-first-event.md that the catalogue's words make. `python -m tests.contract.guide` renews them."""

import re
from pathlib import Path

from shared.events.words import FLAGS, REASONS, VERDICTS

GUIDE = Path(__file__).parents[2] / "docs" / "send-your-first-event.md"
COMMAND = "python -m tests.contract.guide"
BEGIN, END = "<!-- made by `python -m tests.contract.guide` -->", "<!-- end -->"


def tables() -> str:
    """Verdicts, reasons and flags, each with its meaning and remedy."""
    verdicts = [f"| `{verdict}` | {words} |" for verdict, words in VERDICTS.items()]
    reasons = [f"| `{reason}` | {words} | {remedy} |" for reason, (words, remedy) in REASONS.items()]
    flags = [f"| `{flag}` | {words} |" for flag, words in FLAGS.items()]
    lines = [
        *("| verdict | what it means |", "|---|---|", *verdicts, ""),
        *("| reason | what is wrong | remedy |", "|---|---|---|", *reasons, ""),
        *("| flag of an accepted event | what it means |", "|---|---|", *flags),
    ]
    return "\n".join([BEGIN, *lines, END])


def renewed(text: str) -> str:
    """The guide with today's tables."""
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: tables(), text, flags=re.DOTALL)


if __name__ == "__main__":
    GUIDE.write_text(renewed(GUIDE.read_text("utf-8")), "utf-8")
