"""Prints the cases as `docs/measure-cases.md`, for an analyst."""

from pathlib import Path

from tests.spec.table import rows
from tests.spec_measures.case import Case
from tests.spec_measures.chapters import CHAPTERS

PAGE = Path(__file__).parents[2] / "docs" / "measure-cases.md"
COMMAND = "make spec"
INTRODUCTION = f"""# What measures count, by example

Every example on this page is a test: sent to both services, it gives exactly these figures (`tests/component/test_measure_cases.py`). They
were worked out by hand from what each measure says; [measures](measures.md) has the readings. Made by `{COMMAND}`; do not edit by hand.

Each line of a table is one example; people are numbered where there are several. Figures are those of provider RXX unless another place
is named, as the provider itself sees them. Unless an example says otherwise: adults who live in England, provider RXX, team A06, contacts
attended face to face, plans agreed by the person, assignments of a care coordinator of an early intervention team, activities on no
contact; the month is September 2024, its quarter begins on 1 July and its 12 months on 1 October 2023. Days without a year are in 2024.
Codes that begin with DEMO stand for codes of licensed sets.
"""


def page() -> str:
    """The whole page as Markdown."""
    parts = [INTRODUCTION]
    for chapter in CHAPTERS:
        parts += [f"## {chapter.title}\n", f"{chapter.text}\n", "| Example | What was recorded | What is counted |", "|---|---|---|"]
        parts += [*map(_line, chapter.cases), ""]
    return "\n".join(parts)


def _line(case: Case) -> str:
    told = [_person(table) for table in case.people]
    people = told if len(told) == 1 else [f"{number}. {one}" for number, one in enumerate(told, 1)]
    month = [] if case.at == "30 Sep" else [f"To {case.at}:"]
    figures = [f"{name.replace(' @ ', ', ')}: {value or 'blank'}" for name, value in case.figures.items()]
    return f"| {case.says} | {'<br>'.join(people)} | {'<br>'.join([*month, *figures])} |"


def _person(table: str) -> str:
    return "; ".join(f"{row.on}: {row.event}{row.details and ', '}{row.details}" for row in rows(table))
