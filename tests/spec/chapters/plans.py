"""Care plans: W12."""

from tests.spec.timeline import COUNTED, Rule, Timeline

REFERRAL = "1 Jul | referral R1 | discharged 31 Aug\n"
NONE = {"R1": {"care plan": None}}


def _met(on: str) -> dict[str, dict[str, object]]:
    return {"R1": {"care plan": on}}


RULES = [
    Rule(
        "W12",
        "Care plan",
        "Of any type, with an agreement on record, created or last updated inside the spell. Its day is the day it was "
        "created, if that is in the spell and not later than the last update, otherwise the last update; never the day "
        "of the agreement. Every version sent and not voided is evidence, and the earliest day counts. A plan belongs to "
        "the person, to no referral.",
        [
            Timeline("Agreed, never updated", REFERRAL + "10 Jul | care plan P1 |", _met("10 Jul")),
            Timeline("Not agreed", REFERRAL + "10 Jul | care plan P1 | not agreed", NONE, {"P1": "plan not agreed"}),
            Timeline("Agreed later: its day stays its own", REFERRAL + "10 Jul | care plan P1 | agreed 5 Aug", _met("10 Jul")),
            Timeline(
                "The agreement is today",
                "1 Jul | referral R1 |\n10 Jul | care plan P1 | agreed 30 Sep",
                _met("10 Jul"),
            ),
            Timeline(
                "The agreement is tomorrow",
                "1 Jul | referral R1 |\n10 Jul | care plan P1 | agreed 1 Oct",
                NONE,
                {"P1": "plan not agreed"},
            ),
            Timeline("Created on the first day", REFERRAL + "1 Jul | care plan P1 |", _met("1 Jul")),
            Timeline("Created the day before", REFERRAL + "30 Jun | care plan P1 |", NONE, {"P1": "outside the spell"}),
            Timeline("Created on the last day", REFERRAL + "31 Aug | care plan P1 |", _met("31 Aug")),
            Timeline("Created the day after the end", REFERRAL + "1 Sep | care plan P1 |", NONE, {"P1": "outside the spell"}),
            Timeline("Created tomorrow", "1 Jul | referral R1 |\n1 Oct | care plan P1 |", NONE, {"P1": "after the date asked for"}),
            Timeline("Created before, updated inside", REFERRAL + "12 May | care plan P1 | updated 22 Jul", _met("22 Jul")),
            Timeline(
                "Created before, updated after the end",
                REFERRAL + "12 May | care plan P1 | updated 1 Sep",
                NONE,
                {"P1": "outside the spell"},
            ),
            Timeline("Created inside, updated later", REFERRAL + "10 Jul | care plan P1 | updated 5 Aug", _met("10 Jul")),
            Timeline("Created inside, updated after the end", REFERRAL + "10 Jul | care plan P1 | updated 5 Sep", _met("10 Jul")),
            Timeline("Created after its own update", REFERRAL + "10 Aug | care plan P1 | updated 5 Aug", _met("5 Aug")),
            Timeline(
                "No creation day, updated inside",
                REFERRAL + "10 Jul | care plan P1 | created on an unknown day",
                _met("10 Jul"),
            ),
            Timeline(
                "A later version of the plan does not move the day forward",
                REFERRAL + "12 May | care plan P1 | updated 5 Jul\n12 May | care plan P1 | updated 22 Jul",
                _met("5 Jul"),
            ),
            Timeline(
                "Agreed only in the second version: the day of the second",
                REFERRAL + "12 May | care plan P1 | updated 5 Jul, not agreed\n12 May | care plan P1 | updated 22 Jul",
                _met("22 Jul"),
            ),
            Timeline(
                "A version corrected at the same moment of recording is replaced",
                REFERRAL + "10 Jul | care plan P1 |\n12 Jul | care plan P1 | recorded 10 Jul",
                _met("12 Jul"),
            ),
            Timeline(
                "Voided: all its versions are gone",
                REFERRAL + "10 Jul | care plan P1 |\n10 Jul | care plan P1 | voided, recorded 20 Jul",
                NONE,
                {"P1": "voided"},
            ),
            Timeline(
                "Recorded again after it was voided: only what came later counts",
                REFERRAL + "10 Jul | care plan P1 |\n10 Jul | care plan P1 | voided, recorded 20 Jul\n"
                "15 Jul | care plan P1 | recorded 25 Jul",
                _met("15 Jul"),
                {"P1": COUNTED},
            ),
            Timeline("A plan of another provider", REFERRAL + "10 Jul | care plan P1 | at RYY", NONE),
        ],
    ),
]
