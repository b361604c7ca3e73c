"""A provider's own clock that may stand still."""

from functools import partial

from tests.spec.timeline import Rule
from tests.spec.timeline import Timeline as _Timeline

Timeline = partial(_Timeline, under="local-pausable")
REFERRAL = "1 Jul | referral R1 |\n"


def _all_on(on: str) -> str:
    return f"\n{on} | contact C9 |\n{on} | assessment A1 | with C9\n{on} | score S1 |\n{on} | care plan P1 |"


MISSED_3 = "5 Jul | contact C1 | did not attend\n8 Jul | contact C2 | did not attend\n10 Jul | contact C3 | did not attend"
MISSED_2 = "5 Jul | contact C1 | did not attend\n10 Jul | contact C2 | did not attend"

RULES = [
    Rule(
        "",
        "The person asked to wait",
        "The days of a pause, its first and last included, do not count, and the day past the target moves with them. It feeds no "
        "national figure: the national clock never pauses.",
        [
            Timeline(
                "10 days paused, stopped on the last day in time",
                REFERRAL + "10 Jul | pause W1 | to 19 Jul" + _all_on("8 Aug"),
                {"R1": {"stop": "8 Aug", "paused": 10, "wait": 28, "in time": True, "past target on": "9 Aug"}},
            ),
            Timeline(
                "A day later",
                REFERRAL + "10 Jul | pause W1 | to 19 Jul" + _all_on("9 Aug"),
                {"R1": {"stop": "9 Aug", "paused": 10, "wait": 29, "in time": False}},
            ),
            Timeline(
                "The national clock of the same story",
                REFERRAL + "10 Jul | pause W1 | to 19 Jul" + _all_on("8 Aug"),
                {"R1": {"stop": "8 Aug", "paused": 0, "wait": 38, "in time": False}},
                under="national-2024",
            ),
            Timeline(
                "One day",
                REFERRAL + "10 Jul | pause W1 | to 10 Jul",
                {"R1": {"paused": 1, "waited": 90, "past target on": "31 Jul"}},
            ),
            Timeline(
                "Two pauses that overlap: each day once",
                REFERRAL + "10 Jul | pause W1 | to 19 Jul\n15 Jul | pause W2 | to 24 Jul",
                {"R1": {"paused": 15, "waited": 76, "past target on": "14 Aug"}},
            ),
            Timeline(
                "Still paused: it stands today",
                REFERRAL + "10 Jul | pause W1 |",
                {"R1": {"paused": 83, "waited": 8, "pauses": "10 Jul to 30 Sep", "past target on": "21 Oct"}},
            ),
            Timeline(
                "And tomorrow: no day older",
                REFERRAL + "10 Jul | pause W1 |",
                {"R1": {"paused": 84, "waited": 8, "past target on": "22 Oct"}},
                at="1 Oct",
            ),
            Timeline(
                "It will end next week: until then as if it went on",
                REFERRAL + "10 Jul | pause W1 | to 7 Oct",
                {"R1": {"paused": 83, "waited": 8}},
            ),
            Timeline(
                "From the day of receipt: that day counts nothing anyway",
                REFERRAL + "1 Jul | pause W1 | to 5 Jul",
                {"R1": {"paused": 4, "waited": 87}},
            ),
            Timeline(
                "A pause that goes on past the stop counts up to the stop",
                REFERRAL + "10 Jul | pause W1 | to 30 Jul" + _all_on("15 Jul"),
                {"R1": {"stop": "15 Jul", "paused": 6, "wait": 8}},
            ),
            Timeline(
                "From the first day past the target: it moves",
                REFERRAL + "30 Jul | pause W1 | to 31 Jul",
                {"R1": {"past target on": "1 Aug", "paused": 2, "waited": 89}},
            ),
            Timeline(
                "From the day after: what is past the target stays so",
                REFERRAL + "31 Jul | pause W1 | to 1 Aug",
                {"R1": {"past target on": "30 Jul", "paused": 2, "waited": 89}},
            ),
            Timeline(
                "For another reason",
                "1 Jul | referral R1 |\n10 Jul | pause W1 | because other, to 19 Jul",
                {"R1": {"paused": 0}},
                {"W1": "reason for pausing not counted"},
            ),
            Timeline(
                "On another referral, out of scope",
                "1 Jul | referral R1 |\n1 Jul | referral R2 | team A14\n10 Jul | pause W1 | on R2",
                {"R1": {"paused": 0}},
                {"W1": "team not in scope"},
            ),
            Timeline(
                "It begins tomorrow",
                REFERRAL + "1 Oct | pause W1 |",
                {"R1": {"paused": 0}},
                {"W1": "after the date asked for"},
            ),
            Timeline(
                "Over before the spell began",
                REFERRAL + "10 Jun | pause W1 | to 30 Jun",
                {"R1": {"paused": 0}},
                {"W1": "outside the spell"},
            ),
        ],
    ),
    Rule(
        "",
        "Nobody could be reached",
        "After the third missed contact in a row the clock stands still from the next day, until the day before an attended one.",
        [
            Timeline(
                "Missed three times, then seen",
                f"{REFERRAL}{MISSED_3}\n21 Jul | contact C4 |",
                {"R1": {"paused": 10, "pauses": "11 Jul to 20 Jul", "waited": 81, "past target on": "9 Aug"}},
            ),
            Timeline("Missed twice: it runs on", f"{REFERRAL}{MISSED_2}\n21 Jul | contact C3 |", {"R1": {"paused": 0, "waited": 91}}),
            Timeline(
                "Seen in between: not in a row",
                f"{REFERRAL}{MISSED_2}\n12 Jul | contact C3 |\n15 Jul | contact C4 | did not attend",
                {"R1": {"paused": 0}},
            ),
            Timeline("Seen the next day: no day stood still", f"{REFERRAL}{MISSED_3}\n11 Jul | contact C4 |", {"R1": {"paused": 0}}),
            Timeline("Not seen since: it stands today", f"{REFERRAL}{MISSED_3}", {"R1": {"paused": 82, "waited": 9}}),
            Timeline(
                "Cancelled, not missed",
                f"{REFERRAL}{MISSED_2}\n12 Jul | contact C3 | cancelled by the person",
                {"R1": {"paused": 0}},
            ),
            Timeline(
                "The national clock of the same story",
                f"{REFERRAL}{MISSED_3}\n21 Jul | contact C4 |",
                {"R1": {"paused": 0, "waited": 91}},
                under="national-2024",
            ),
        ],
    ),
]
