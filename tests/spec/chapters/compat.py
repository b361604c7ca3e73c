"""The published code's oddities: each story under the guidance and as published."""

from collections.abc import Mapping

from tests.spec.timeline import Answer, Rule, Timeline

REFERRAL = "1 Jul | referral R1 |\n"


def _both(
    says: str, table: str, guidance: Mapping[str, Answer], published: Mapping[str, Answer], reason: str | None = None
) -> list[Timeline]:
    """`reason`: why the guidance, or else the published code, does not count I1, S1 or P1."""
    found = [
        Timeline(f"{says}, by the guidance", table, guidance),
        Timeline(f"{says}, as published", table, published, under="national-2024-compat"),
    ]
    return (
        found if reason is None else [*found, Timeline(f"{says}: why not", table, published, {"P1": reason}, under="national-2024-compat")]
    )


RULES = [
    Rule(
        "",
        "Q1: a plan that was never updated",
        "As published, an agreed plan without a day of its last update has no date, and does not count.",
        [
            *_both(
                "Agreed, never updated",
                REFERRAL + "10 Jul | care plan P1 |",
                {"R1": {"care plan": "10 Jul"}},
                {"R1": {"care plan": None}},
                "plan never updated",
            ),
            *_both(
                "Agreed and updated",
                REFERRAL + "10 Jul | care plan P1 | updated 10 Jul",
                {"R1": {"care plan": "10 Jul"}},
                {"R1": {"care plan": "10 Jul"}},
            ),
        ],
    ),
    Rule(
        "",
        "Q2: codes and scores of contacts that were missed",
        "As published, a code or a score counts though its contact was not attended. The contact itself still does not.",
        [
            *_both(
                "An intervention on a missed contact",
                REFERRAL + "15 Jul | contact C1 | did not attend\n15 Jul | intervention I1 | with C1",
                {"R1": {"intervention": None, "first contact": None}},
                {"R1": {"intervention": "15 Jul", "first contact": None}},
            ),
            *_both(
                "A score on a cancelled contact",
                REFERRAL + "15 Jul | contact C1 | cancelled by the person\n15 Jul | score S1 | with C1",
                {"R1": {"baseline outcome": None}},
                {"R1": {"baseline outcome": "15 Jul"}},
            ),
            Timeline(
                "On a contact that nobody has sent yet it counts in neither",
                REFERRAL + "15 Jul | score S1 | with C9",
                {"R1": {"baseline outcome": None}},
                {"S1": "contact not known yet"},
                under="national-2024-compat",
            ),
        ],
    ),
    Rule(
        "",
        "Q3: refused procedures",
        "As published, a procedure marked as refused counts.",
        _both(
            "A therapy that was refused",
            REFERRAL + "15 Jul | intervention I1 | code 718026005 : 443390004 |Refused|",
            {"R1": {"intervention": None}},
            {"R1": {"intervention": "15 Jul"}},
        ),
    ),
    Rule(
        "",
        "Q4: one contact, two teams",
        "As published, a contact counts in second contacts once for each team in scope of its referral.",
        [
            *_both(
                "One contact on a referral to two teams in scope",
                "1 Jul | referral R1 | team A06, team A08\n10 Jul | contact C1 |",
                {"R1": {"first contact": "10 Jul", "second contact": None}},
                {"R1": {"first contact": "10 Jul", "second contact": "10 Jul"}},
            ),
            *_both(
                "The second of its teams is out of scope",
                "1 Jul | referral R1 | team A06, team A14\n10 Jul | contact C1 |",
                {"R1": {"second contact": None}},
                {"R1": {"second contact": None}},
            ),
        ],
    ),
    Rule(
        "",
        "Q5: neither open nor closed",
        "As published, a referral that was rejected, or closed by its team, has ended; but while it is still submitted without a "
        "discharge date no measure counts it as closed.",
        [
            *_both(
                "Rejected",
                "1 Jul | referral R1 | rejected 20 Jul",
                {"R1": {"end": "20 Jul", "closed": True}},
                {"R1": {"end": "20 Jul", "closed": False}},
            ),
            *_both(
                "Closed by its team",
                "1 Jul | referral R1 | team A06 closed 20 Jul",
                {"R1": {"end": "20 Jul", "closed": True}},
                {"R1": {"end": "20 Jul", "closed": False}},
            ),
            *_both(
                "Rejected, and discharged",
                "1 Jul | referral R1 | rejected 10 Jul, discharged 20 Jul",
                {"R1": {"end": "20 Jul", "closed": True}},
                {"R1": {"end": "20 Jul", "closed": True}},
            ),
            *_both(
                "Rejected, and no longer submitted",
                "1 Jul | referral R1 | rejected 20 Jul, not submitted after 31 Jul",
                {"R1": {"end": "20 Jul", "closed": True}},
                {"R1": {"end": "20 Jul", "closed": True}},
            ),
        ],
    ),
]
