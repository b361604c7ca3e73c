"""One person across providers: the programme's own words."""

from functools import partial

from tests.spec.timeline import Rule
from tests.spec.timeline import Timeline as _Timeline

Timeline = partial(_Timeline, under="programme-2021")

RULES = [
    Rule(
        "",
        "One person, whichever the provider",
        "Referrals of one person that overlap or follow within 5 days are one spell, at whichever providers and teams they are. "
        "What one provider leaves out of the person's record, another may know.",
        [
            Timeline(
                "From a charity to the trust: one clock",
                "1 Jun | referral R1 | at RVC, team A18, discharged 5 Jul\n10 Jul | referral R2 |",
                {"R1+R2": {"start": "1 Jun", "provider": "RVC", "providers": "RVC, RXX", "waited": 121}},
            ),
            Timeline(
                "6 days between them: two clocks",
                "1 Jun | referral R1 | at RVC, team A18, discharged 5 Jul\n11 Jul | referral R2 |",
                {"R1": {"end": "5 Jul", "providers": "RVC"}, "R2": {"start": "11 Jul", "providers": "RXX"}},
            ),
            Timeline(
                "The same under the national definition: only the trust's, and a clock of its own",
                "1 Jun | referral R1 | at RVC, team A18, discharged 5 Jul\n10 Jul | referral R2 |",
                {"R2": {"start": "10 Jul", "providers": "RXX"}},
                under="national-2024",
            ),
            Timeline(
                "Two providers with one referral id",
                "1 Jun | referral R1 | at RVC\n1 Jul | contact C1 | on R1, at RVC\n10 Jul | referral R1 |",
                {"R1+R1": {"start": "1 Jun", "first contact": "1 Jul"}},
            ),
            Timeline(
                "The charity does not know the birth date",
                "1 Jan | person | birth date unknown, at RVC\n1 Jan | person | born 1 Jan 1980\n1 Jun | referral R1 | at RVC",
                {"R1": {"start": "1 Jun"}},
            ),
            Timeline(
                "Nobody knows the birth date",
                "1 Jan | person | birth date unknown, at RVC\n1 Jun | referral R1 | at RVC",
                {},
                {"R1": "person out of scope"},
            ),
        ],
    ),
    Rule(
        "",
        "Start: the first door",
        "The day help was sought, where it is known; else the earliest referral or direct contact anywhere. A contact without a "
        "referral joins the spell that follows within 5 days; alone it starts no clock.",
        [
            Timeline("Help was sought before", "1 Jul | referral R1 | help sought 10 Jun", {"R1": {"start": "10 Jun", "waited": 112}}),
            Timeline("Not known when: the day received", "1 Jul | referral R1 |", {"R1": {"start": "1 Jul", "waited": 91}}),
            Timeline(
                "A drop-in group 5 days before",
                "26 Jun | contact C1 | direct access, at RVC\n1 Jul | referral R1 |",
                {"R1": {"start": "26 Jun", "providers": "RVC, RXX", "first contact": "26 Jun"}},
                {"C1": "counted"},
            ),
            Timeline(
                "A drop-in group 6 days before",
                "25 Jun | contact C1 | direct access, at RVC\n1 Jul | referral R1 |",
                {"R1": {"start": "1 Jul", "providers": "RXX"}},
            ),
            Timeline(
                "A drop-in group 5 days before, which the person missed",
                "26 Jun | contact C1 | direct access, did not attend\n1 Jul | referral R1 |",
                {"R1": {"start": "1 Jul"}},
                {"C1": "outside the spell"},
            ),
            Timeline("A drop-in group and no referral", "26 Jun | contact C1 | direct access", {}),
            Timeline(
                "A contact before the referral was written",
                "28 Jun | contact C1 | on R1\n1 Jul | referral R1 |",
                {"R1": {"start": "28 Jun", "first contact": "28 Jun"}},
            ),
        ],
    ),
    Rule(
        "",
        "Stop: help",
        "The first of an agreed care plan and an intervention marked as evidence based, at any of the spell's providers.",
        [
            Timeline(
                "An agreed plan",
                "1 Jul | referral R1 |\n29 Jul | care plan P1 |",
                {"R1": {"stop": "29 Jul", "wait": 28, "in time": True}},
            ),
            Timeline(
                "A day later",
                "1 Jul | referral R1 |\n30 Jul | care plan P1 |",
                {"R1": {"stop": "30 Jul", "wait": 29, "in time": False}},
            ),
            Timeline(
                "An evidence based intervention at another provider, before the plan",
                "1 Jul | referral R1 |\n5 Jul | referral R2 | at RVC\n20 Jul | intervention I1 | on R2, at RVC, evidence based\n"
                "25 Jul | care plan P1 |",
                {"R1+R2": {"stop": "20 Jul", "wait": 19}},
            ),
            Timeline(
                "An intervention that nobody marked",
                "1 Jul | referral R1 |\n20 Jul | intervention I1 |",
                {"R1": {"stop": None, "missing": "care plan, evidence based intervention"}},
                {"I1": "not marked as evidence based"},
            ),
            Timeline(
                "Marked, with a code of no national set",
                "1 Jul | referral R1 |\n20 Jul | intervention I1 | evidence based, code 65153003",
                {"R1": {"stop": None}},
                {"I1": "code not in the set on that date"},
            ),
        ],
    ),
]
