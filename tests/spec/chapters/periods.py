"""What measures ask of clocks: the rolling quarter, who is open at its end, percentiles. W19, W21, W24."""

from tests.spec.timeline import Rule, Timeline


def _stopped(on: str) -> str:
    return f"1 Jun | referral R1 |\n{on} | contact C1 |\n{on} | assessment A1 |\n{on} | score S1 |\n{on} | care plan P1 |"


def _waits(*days: str) -> str:
    """As many people's worth of spells: each received on the first of a month of 2023 and helped on a day of it."""
    months = ("Jan", "Mar", "May", "Jul", "Sep")
    return "\n".join(
        f"1 {month} 2023 | referral R{number} | discharged {day} {month} 2023\n{day} {month} 2023 | contact C{number} |\n"
        f"{day} {month} 2023 | assessment A{number} |\n{day} {month} 2023 | score S{number} |\n{day} {month} 2023 | care plan P{number} |"
        for number, (month, day) in enumerate(zip(months, days, strict=False), 1)
    )


RULES = [
    Rule(
        "W19",
        "The rolling quarter",
        "From the first day of the month two months before to the end of the period, here 30 September.",
        [
            Timeline("Stopped on 1 July", _stopped("1 Jul"), {"R1": {"stopped in the quarter": True}}),
            Timeline("Stopped on 30 June", _stopped("30 Jun"), {"R1": {"stopped in the quarter": False}}),
            Timeline("Stopped on the last day", _stopped("30 Sep"), {"R1": {"stopped in the quarter": True}}),
            Timeline("Received on 1 July", "1 Jul | referral R1 |", {"R1": {"started in the quarter": True}}),
            Timeline("Received on 30 June", "30 Jun | referral R1 |", {"R1": {"started in the quarter": False}}),
            Timeline(
                "Across the year: November to January",
                "1 Nov 2023 | referral R1 |",
                {"R1": {"started in the quarter": True}},
                at="31 Jan",
            ),
            Timeline(
                "Across the year: not October",
                "31 Oct 2023 | referral R1 |",
                {"R1": {"started in the quarter": False}},
                at="31 Jan",
            ),
        ],
    ),
    Rule(
        "W21",
        "Open at the end of the period",
        "Not ended, or ended on or after the day 5 days before the end of the period, whichever of the three dates it is.",
        [
            Timeline("Open", "1 Jul | referral R1 |", {"R1": {"end": None, "open at period end": True}}),
            Timeline(
                "Discharged 5 days before",
                "1 Jul | referral R1 | discharged 25 Sep",
                {"R1": {"end": "25 Sep", "open at period end": True}},
            ),
            Timeline(
                "Discharged 6 days before",
                "1 Jul | referral R1 | discharged 24 Sep",
                {"R1": {"end": "24 Sep", "open at period end": False}},
            ),
            Timeline("Rejected 5 days before", "1 Jul | referral R1 | rejected 25 Sep", {"R1": {"open at period end": True}}),
            Timeline("Rejected 6 days before", "1 Jul | referral R1 | rejected 24 Sep", {"R1": {"open at period end": False}}),
            Timeline("Closed 5 days before", "1 Jul | referral R1 | closed 25 Sep", {"R1": {"open at period end": True}}),
            Timeline("Closed 6 days before", "1 Jul | referral R1 | closed 24 Sep", {"R1": {"open at period end": False}}),
            Timeline(
                "An event in those 5 days, after the discharge, still does not count",
                "1 Jul | referral R1 | discharged 25 Sep\n26 Sep | contact C1 |",
                {"R1": {"open at period end": True, "first contact": None}},
                {"C1": "outside the spell"},
            ),
        ],
    ),
    Rule(
        "W24",
        "Median and 90th centile",
        "Exact, with linear interpolation between the two waits beside the place.",
        [
            Timeline(
                "Of three waits the middle one",
                _waits("5", "11", "21"),
                {"R1": {"wait": 4}, "R2": {"wait": 10}, "R3": {"wait": 20}},
                together={"median wait": 10.0, "90th centile": 18.0},
            ),
            Timeline(
                "Of four waits halfway between the middle two",
                _waits("5", "11", "21", "31"),
                {"R1": {"wait": 4}, "R2": {"wait": 10}, "R3": {"wait": 20}, "R4": {"wait": 30}},
                together={"median wait": 15.0, "90th centile": 27.0},
            ),
        ],
    ),
]
