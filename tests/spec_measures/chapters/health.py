"""Registers and annual physical health checks."""

from tests.spec.table import SIX
from tests.spec_measures.case import Case, Chapter


def checked(*days: str, register: str = "1 Jan | register") -> str:
    """The six elements, on these days in turn; the last for all that follow."""
    told = [*days, *[days[-1]] * 6]
    return "\n".join([register, *(f"{on} | check | of {element}" for on, element in zip(told, SIX, strict=False))])


def register(details: str = "", on: str = "1 Jan") -> str:
    return f"{on} | register | {details}"


CHAPTERS = (
    Chapter(
        "SMIRegister, All6PHC, PHS001, PHS014",
        "On a register on the last day, not in remission, alive; all six elements in the 12 months.",
        (
            Case(
                "Left on the last day; on the day after; in remission on the last day; entered on it",
                (
                    register("left 30 Sep"),
                    register("left 1 Oct"),
                    register("in remission 30 Sep"),
                    register(on="30 Sep"),
                    register(on="1 Oct"),
                ),
                {"SMIRegister": "2", "PHS001": "2", "All6PHC": "0", "All6PHC share": "0", "PHS014b": "0"},
            ),
            Case("Died by the last day", ("1 Jan | person | died 30 Sep\n1 Jan | register",), {"SMIRegister": "0"}),
            Case(
                "All six on the first and last day of the 12 months",
                (checked("1 Oct 2023", "30 Sep"),),
                {"SMIRegister": "1", "All6PHC": "1", "All6PHC share": "100", "PHS014a": "1", "PHS014b": "100"},
            ),
            Case(
                "One on the day before; one on the day after; one declined; five",
                (
                    checked("30 Sep 2023", "1 Sep"),
                    checked("1 Oct", "1 Sep"),
                    "\n".join(
                        [
                            "1 Jan | register",
                            *(f"1 Sep | check | of {element}" for element in SIX[1:]),
                            "1 Sep | check | of alcohol, declined",
                        ]
                    ),
                    "\n".join(["1 Jan | register", *(f"1 Sep | check | of {element}" for element in SIX[:5])]),
                ),
                {"SMIRegister": "4", "All6PHC": "0"},
            ),
            Case(
                "An element at another provider; one declined that was recorded before",
                (
                    checked("1 Sep").replace("1 Sep | check | of smoking", "1 Sep | check | of smoking, at RYY"),
                    checked("1 Sep") + "\n2 Sep | check | of smoking, declined",
                ),
                {"All6PHC": "2"},
            ),
            Case(
                "On two registers: once at the provider, at each practice",
                ("1 Jan | register | practice XG0101\n1 Jan | register | practice XG0102",),
                {
                    "SMIRegister": "1",
                    "SMIRegister @ practice XG0101": "1",
                    "SMIRegister @ practice XG0102": "1",
                    "PHS001 @ PCN2": "1",
                    "PHS001 @ ICB": "1",
                },
            ),
            Case(
                "Nobody on a register: no share, and not zero",
                (checked("1 Sep", register="1 Oct | register"),),
                {"SMIRegister": "0", "All6PHC share": "", "PHS014b": ""},
            ),
            Case(
                "Vaccinated this season, on its first day, and before it",
                tuple(f"1 Jan | register\n{on} | vaccination" for on in ("1 Sep", "31 Aug")),
                {"Influenza vaccination": "1", "Influenza vaccination share": "50"},
            ),
        ),
    ),
)
