"""Offers, plan reviews and next steps."""

from tests.spec_outreach.timeline import Rule, Timeline

ON = "1 Jan | register E1 |"
OFFER, REVIEW, MISSED = "community-offer", "care-plan-review", "after-a-missed-contact"
PLAN = "1 Feb | plan P1 | review 1 Aug"
DNA = "1 Sep | contact C1 | did not attend, on R1"
FIVE = "\n".join(f"1 Mar | {element} |" for element in ("alcohol", "blood glucose", "blood pressure", "bmi", "blood lipids"))

RULES = [
    Rule(
        "H15",
        "A community offer after each completed check",
        "When the last of six elements makes the check complete, the person is to be offered what they may want around it; "
        "within 28 days. Closed by their answer. The next completed check asks anew, and takes the place of an offer that "
        "nobody made.",
        [
            Timeline("Five of six", f"{ON}\n{FIVE}", {OFFER: []}),
            Timeline("The sixth", f"{ON}\n{FIVE}\n2 Mar | smoking S1 |", {OFFER: ["overdue: due 30 Mar"]}),
            Timeline("Not on a register", f"{FIVE}\n2 Mar | smoking S1 |", {OFFER: []}),
            Timeline(
                "Accepted",
                f"{ON}\n{FIVE}\n2 Mar | smoking S1 |\n9 Mar | answer community-offer:S1:RXX/health-check/S1 | accepted",
                {OFFER: ["done 9 Mar"]},
            ),
            Timeline(
                "Declined",
                f"{ON}\n{FIVE}\n2 Mar | smoking S1 |\n9 Mar | answer community-offer:S1:RXX/health-check/S1 | declined",
                {OFFER: ["declined 9 Mar"]},
            ),
            Timeline(
                "Later, please",
                f"{ON}\n{FIVE}\n2 Mar | smoking S1 |\n9 Mar | answer community-offer:S1:RXX/health-check/S1 | later",
                {OFFER: ["overdue: due 30 Mar"]},
            ),
            Timeline(
                "One element again: no new round", f"{ON}\n{FIVE}\n2 Mar | smoking |\n1 Jun | bmi |", {OFFER: ["overdue: due 30 Mar"]}
            ),
            Timeline(
                "All six again: a new round",
                f"{ON}\n{FIVE}\n2 Mar | smoking |\n1 Jun | all six |",
                {OFFER: ["superseded 1 Jun", "overdue: due 29 Jun"]},
            ),
        ],
    ),
    Rule(
        "H16",
        "Care plan review",
        "On the day that the plan itself names, asked for from 28 days before; never a blanket interval. Done by a later "
        "version that names another day, or by a new plan of the same kind; ended by discharge.",
        [
            Timeline("Not yet", PLAN, {REVIEW: ["not yet: due 1 Aug, asked for from 4 Jul"]}, "3 Jul"),
            Timeline("Overdue", PLAN, {REVIEW: ["overdue: due 1 Aug, asked for from 4 Jul"]}),
            Timeline("No day named", "1 Feb | plan P1 |", {REVIEW: []}),
            Timeline(
                "Reviewed, the next day named",
                f"{PLAN}\n20 Jul | plan P1 | updated 20 Jul, review 20 Jan 2025",
                {REVIEW: ["done 20 Jul", "not yet: due 20 Jan 2025, asked for from 23 Dec"]},
            ),
            Timeline(
                "Another day agreed before anybody asked: no review",
                f"{PLAN}\n1 Mar | plan P1 | updated 1 Mar, review 1 Sep",
                {REVIEW: ["superseded 1 Mar", "overdue: due 1 Sep, asked for from 4 Aug"]},
            ),
            Timeline(
                "Updated, the same day named",
                f"{PLAN}\n20 Jul | plan P1 | updated 20 Jul, review 1 Aug",
                {REVIEW: ["overdue: due 1 Aug, asked for from 4 Jul"]},
            ),
            Timeline("A new plan in its place", f"{PLAN}\n20 Jul | plan P2 |", {REVIEW: ["done 20 Jul"]}),
            Timeline(
                "Discharged",
                f"1 Jan | referral R1 | discharged 1 Jun\n{PLAN}",
                {REVIEW: ["stopped 1 Jun, discharged"]},
            ),
            Timeline("The plan was a mistake", f"{PLAN}\n2 Feb | plan P1 | voided", {REVIEW: []}),
        ],
    ),
    Rule(
        "H17",
        "After a missed contact",
        "A next step for the team, within 7 days unless the provider sets its own. Done when the person is seen, booked again, "
        "or reached by the team; ended by discharge; a next missed contact takes its place.",
        [
            Timeline("Missed", f"1 Aug | referral R1 |\n{DNA}", {MISSED: ["due soon: due 8 Sep"]}, "7 Sep"),
            Timeline("Nothing happened", f"1 Aug | referral R1 |\n{DNA}", {MISSED: ["overdue: due 8 Sep"]}),
            Timeline("Attended", "1 Sep | contact C1 | attended", {MISSED: []}),
            Timeline("Cancelled by the provider", "1 Sep | contact C1 | cancelled by the provider", {MISSED: []}),
            Timeline("Seen", f"{DNA}\n10 Sep | contact C2 | on R1", {MISSED: ["done 10 Sep"]}),
            Timeline("Seen about another referral", f"{DNA}\n10 Sep | contact C2 | on R2", {MISSED: ["overdue: due 8 Sep"]}),
            Timeline(
                "Booked again",
                f"{DNA}\n20 Oct | contact C2 | booked, on R1, recorded 3 Sep",
                {MISSED: ["done 3 Sep"]},
            ),
            Timeline(
                "Booked again, cancelled again",
                f"{DNA}\n20 Oct | contact C2 | cancelled by the person, on R1, recorded 5 Sep",
                {MISSED: ["overdue: due 8 Sep"]},
            ),
            Timeline(
                "Missed again",
                f"{DNA}\n20 Sep | contact C2 | did not attend, on R1",
                {MISSED: ["superseded 20 Sep", "overdue: due 27 Sep"]},
            ),
            Timeline("Discharged", f"1 Aug | referral R1 | discharged 5 Sep\n{DNA}", {MISSED: ["stopped 5 Sep, discharged"]}),
            Timeline(
                "The team reached the person",
                f"{DNA}\n4 Sep | attempt call | agreed, for after-a-missed-contact, about contact C1",
                {MISSED: ["done 4 Sep"]},
            ),
            Timeline(
                "The provider's own interval",
                DNA,
                {MISSED: ["overdue: due 3 Sep"]},
                settings=(
                    (
                        "RXX",
                        "schedule.after-a-missed-contact",
                        "1 Jan",
                        {
                            "rule": "missed",
                            "id": "after-a-missed-contact",
                            "version": 2,
                            "title": "Two days",
                            "source": "RXX",
                            "date": "2024-01-01",
                            "attendance": ["3"],
                            "days": 2,
                        },
                    ),
                ),
            ),
        ],
    ),
]
