"""Age, team, residence, provider, stay, oldest start: W1 to W6 and W26."""

from tests.spec.timeline import Rule, Timeline

IN = {"R1": {"start": "1 Jul"}}
REFERRAL = "1 Jul | referral R1 |"

RULES = [
    Rule(
        "W1",
        "Age",
        "18 or over on the day the referral is received, with no upper limit. Without a birth date nobody is counted.",
        [
            Timeline("18 that very day", f"1 Jan | person | born 1 Jul 2006\n{REFERRAL}", IN),
            Timeline("18 the next day", f"1 Jan | person | born 2 Jul 2006\n{REFERRAL}", {}, {"R1": "person out of scope"}),
            Timeline("95 years old", f"1 Jan | person | born 1 Jul 1929\n{REFERRAL}", IN),
            Timeline(
                "A corrected birth date",
                f"1 Jan | person | born 2 Jul 2006\n{REFERRAL}\n5 Jul | person | born 1 Jul 2006",
                IN,
            ),
            Timeline("No birth date", f"1 Jan | person | birth date unknown\n{REFERRAL}", {}, {"R1": "person out of scope"}),
            Timeline(
                "Born on 29 February: not yet 18 on 28 February",
                "1 Jan 2022 | person | born 29 Feb 2004\n28 Feb 2022 | referral R1 |",
                {},
                {"R1": "person out of scope"},
            ),
            Timeline(
                "Born on 29 February: 18 on 1 March",
                "1 Jan 2022 | person | born 29 Feb 2004\n1 Mar 2022 | referral R1 |",
                {"R1": {"start": "1 Mar 2022"}},
            ),
            Timeline(
                "Age is tested for each referral: the first came too young, the second starts the clock",
                """
                1 Jan  | person      | born 10 Jul 2006
                1 Jul  | referral R1 |
                12 Jul | referral R2 |
                """,
                {"R2": {"start": "12 Jul"}},
                {"R1": "person out of scope"},
            ),
        ],
    ),
    Rule(
        "W2",
        "Teams in scope",
        "A05 primary care mental health, A06 community mental health team, A08 assertive outreach, A09 community "
        "rehabilitation, A12 psychotherapy, A13 psychological therapy (not talking therapies), A16 'personality "
        "disorder', C10 community eating disorder.",
        [
            *(Timeline(f"Team {team}", f"1 Jul | referral R1 | team {team}", IN) for team in ("A05", "A06", "A08", "A09")),
            *(Timeline(f"Team {team}", f"1 Jul | referral R1 | team {team}", IN) for team in ("A12", "A13", "A16", "C10")),
            Timeline("The old code C03 is counted as C10", "1 Jul | referral R1 | team C03 for AED", {"R1": {"teams": "C10"}}),
            Timeline("One of its teams is enough", "1 Jul | referral R1 | team A14, team A06", {"R1": {"teams": "A06"}}),
            Timeline(
                "Dedicated pathways are kept",
                "1 Jul | referral R1 | team A09 for rehab, team C10 for AED",
                {"R1": {"teams": "A09, C10", "dedicated pathways": "AED, rehab"}},
            ),
        ],
    ),
    Rule(
        "W3",
        "Teams not in scope",
        "Every other team, among them A14 early intervention, A18 single point of access, A07 organic, C02 perinatal, "
        "crisis teams and D05.",
        [
            *(
                Timeline(f"Team {team}", f"1 Jul | referral R1 | team {team}", {}, {"R1": "team not in scope"})
                for team in ("A14", "A18", "A07", "C02", "A02", "D05", "B01", "E01")
            ),
            Timeline(
                "Corrected to a team in scope: it always was",
                "1 Jul | referral R1 | team A14\n1 Jul | referral R1 | team A06, recorded 5 Jul",
                {"R1": {"start": "1 Jul", "teams": "A06"}},
            ),
            Timeline(
                "A team corrected to one out of scope was never in scope",
                "1 Jul | referral R1 | team A06\n1 Jul | referral R1 | team A14, recorded 5 Jul",
                {},
                {"R1": "team not in scope"},
            ),
        ],
    ),
    Rule(
        "W4",
        "Residence",
        "England, or unknown. Who moves out keeps the past: the referral ends at the end of the month before the first "
        "month in which the newest record says outside England.",
        [
            Timeline("In England", f"1 Jan | person | lives in E07000223\n{REFERRAL}", IN),
            Timeline("District unknown", f"1 Jan | person | district unknown\n{REFERRAL}", IN),
            Timeline("In Wales", f"1 Jan | person | lives in W06000015\n{REFERRAL}", {}, {"R1": "residence out of scope"}),
            Timeline(
                "Found to live in Wales later in the first month",
                f"1 Jan | person |\n{REFERRAL}\n31 Jul | person | lives in W06000015",
                {},
                {"R1": "residence out of scope"},
            ),
            Timeline(
                "Moved to Wales in August: ended on 31 July",
                f"1 Jan | person |\n{REFERRAL}\n10 Aug | person | lives in W06000015",
                {"R1": {"end": "31 Jul", "waited": None}},
            ),
            Timeline(
                "Came to England before the referral",
                f"1 Jan | person | lives in W06000015\n1 Mar | person | lives in E07000223\n{REFERRAL}",
                IN,
            ),
            Timeline(
                "Moves tomorrow",
                f"1 Jan | person |\n{REFERRAL}\n1 Oct | person | lives in W06000015",
                {"R1": {"end": None}},
            ),
            Timeline(
                "Back in England within the month: nothing happened",
                f"1 Jan | person |\n{REFERRAL}\n10 Aug | person | lives in W06000015\n31 Aug | person | lives in E07000223",
                {"R1": {"end": None}},
            ),
            Timeline(
                "Moved after discharge: the discharge stands",
                "1 Jan | person |\n1 Jul | referral R1 | discharged 20 Jul\n10 Sep | person | lives in W06000015",
                {"R1": {"end": "20 Jul"}},
            ),
            Timeline(
                "Summer time: 23:30 UTC on 31 July is 1 August in London, so July was in England",
                f"1 Jan | person |\n{REFERRAL}\n31 Jul | person | lives in W06000015, recorded 31 Jul at 23:30 UTC",
                {"R1": {"end": "31 Jul"}},
            ),
            Timeline(
                "Summer time: 22:30 UTC on 31 July is still July",
                f"1 Jan | person |\n{REFERRAL}\n31 Jul | person | lives in W06000015, recorded 31 Jul at 22:30 UTC",
                {},
                {"R1": "residence out of scope"},
            ),
            Timeline(
                "Winter: 23:30 UTC on 29 February is February in London",
                "1 Jan | person |\n1 Feb | referral R1 |\n29 Feb | person | lives in W06000015, recorded 29 Feb at 23:30 UTC",
                {},
                {"R1": "residence out of scope"},
            ),
            Timeline(
                "Before the clocks go back: 23:30 UTC on 30 September is 1 October in London",
                "1 Jan | person |\n1 Sep | referral R1 |\n30 Sep | person | lives in W06000015, recorded 30 Sep at 23:30 UTC",
                {"R1": {"end": "30 Sep"}},
                at="30 Nov",
            ),
            Timeline(
                "Clocks have gone back: 23:30 UTC on 31 October is October in London",
                "1 Jan | person |\n1 Oct | referral R1 |\n31 Oct | person | lives in W06000015, recorded 31 Oct at 23:30 UTC",
                {},
                {"R1": "residence out of scope"},
                at="30 Nov",
            ),
            Timeline(
                "Clocks go forward on 31 March: 23:30 UTC that day is 1 April in London",
                "1 Jan | person |\n1 Mar | referral R1 |\n31 Mar | person | lives in W06000015, recorded 31 Mar at 23:30 UTC",
                {"R1": {"end": "31 Mar"}},
            ),
        ],
    ),
    Rule(
        "W5",
        "Excluded providers",
        "Providers on a dated list (nationally two digital services) are left out for referrals received while they are on it.",
        [
            Timeline("DFC is on the list", "1 Jul | referral R1 | at DFC", {}, {"R1": "provider out of scope"}),
            Timeline("Until 30 June on the list, that day", "30 Jun | referral R1 | at RXZ", {}, {"R1": "provider out of scope"}),
            Timeline("The day after", "1 Jul | referral R1 | at RXZ", {"R1": {"provider": "RXZ"}}),
        ],
    ),
    Rule(
        "W6",
        "Hospital stays",
        "A referral with a hospital stay on it is out, as a whole, once the stay has begun.",
        [
            Timeline("A stay on the referral", f"{REFERRAL}\n30 Sep | stay H1 | on R1", {}, {"R1": "stay out of scope"}),
            Timeline("A stay that begins tomorrow", f"{REFERRAL}\n1 Oct | stay H1 | on R1", {"R1": {"waited": 91}}),
            Timeline("A stay on another referral", f"{REFERRAL}\n30 Sep | stay H1 | on R9", {"R1": {"waited": 91}}),
        ],
    ),
    Rule(
        "W26",
        "The oldest spells",
        "Spells that start before 1 January 2016 are left out whole.",
        [
            Timeline("Started on 1 January 2016", "1 Jan 2016 | referral R1 |", {"R1": {"start": "1 Jan 2016"}}),
            Timeline("Started a day before", "31 Dec 2015 | referral R1 |", {}, {"R1": "spell started too early"}),
            Timeline(
                "A younger referral of such a spell does not save it",
                "31 Dec 2015 | referral R1 |\n1 Jul | referral R2 |",
                {},
                {"R2": "spell started too early"},
            ),
        ],
    ),
]
