"""Made-up referrals at the edges of the measures of care: scores, times of contact, plans, key workers, placements, files that stop.

Shares nothing with the rules.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from tests.support.lives import Event

ENDS = (date(2024, 3, 31), date(2024, 6, 30), date(2024, 7, 31), date(2024, 9, 30), date(2025, 3, 31))
RECEIVED = (0, -1, -3, -4, -5, -27, -31, -34, -35, -61, -179, -180, -181, -300)
LATER = (0, 0, 1, 3, 4, 4, 5, 28, 60, 100, 170, 181, 200)
VALUES = {
    "1037651000000100": (1, 2, 3, 4, 5, 7, 8, 9), "1037731000000102": (1, 4, 8), "1091071000000100": (0, 10, 20, 24, 25, 29, 30, 40, 41),
    "1638531000000102": (0, 1, 4, 7, 10, 11), "979641000000103": (4,),
}  # fmt: skip
CODES = (
    "718026005", "718026005", "390773006", "718026005:408730004=443390004", "DEMO-ASSESSMENT", "DEMO-ASSESSMENT |term|", "DEMO-IN-BOTH",
    "DEMO-LEFT-14-JULY", "11429006", "772822000", "1082621000000104 : 408730004=443390004",
)  # fmt: skip
TIMES = (None, None, "08:59:00", "09:00:00", "09:00:01")


def care(random: Random, numbers: "count[int]", provider: str, personkey: str) -> Sequence[Event]:
    """One referral and what happens on it."""
    found: list[Event] = []
    received = random.choice(ENDS) + timedelta(random.choice(RECEIVED))
    referral_id = f"Q{next(numbers)}"

    def say(kind: str, id_field: str, on: date, data: dict[str, Any]) -> None:
        number = next(numbers)
        instant = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
        arrived = max(instant, datetime(2024, 1, 1, tzinfo=UTC)) + timedelta(microseconds=number)
        record_id = data.get(id_field) or f"{kind[0]}{number:06}"
        known = {name: value for name, value in data.items() if value is not None}
        whole = {"provider": provider, id_field: record_id, **known}
        found.append(Event(provider, kind, record_id, personkey, False, instant, arrived, f"/{provider}/epr", f"q-{number:08}", whole))

    def after(chance: float = 1.0) -> str | None:
        return str(received + timedelta(random.choice(LATER))) if random.random() < chance else None

    on_it = {"referral_id": referral_id}
    say("referral", "referral_id", received, on_it | _referral(random, received, after))
    contacts = [f"K{next(numbers)}" for _ in range(random.choice((0, 1, 2, 2, 3, 5, 8)))]
    for contact_id in contacts:
        met = {
            "attendance": random.choice((*"5555566", *"3372", None)),
            "medium": random.choice(("01", "01", "02", "11", "04", "05", None)),
        }
        say("contact", "contact_id", received, on_it | met | {"contact_id": contact_id, "on": after(), "at": random.choice(TIMES)})
    _scored(random, say, on_it, after)
    for _ in range(random.choice((0, 1, 2, 4))):
        kind, within = random.choice(("assessment", "intervention")), random.choice([*contacts, None, None])
        say(kind, "activity_id", received, on_it | {"on": after(), "code": random.choice(CODES), "contact_id": within})
    for _ in range(random.choice((0, 1))):
        worker = {"referral_id": random.choice((referral_id, None)), "role": "key worker", "from": after(), "to": after(0.4)}
        say("assignment", "assignment_id", received, worker)
    for _ in range(random.choice((0, 1, 1, 2))):
        _planned(random, say, received, f"L{next(numbers)}", after)
    if random.random() < 0.06:
        say("stay", "stay_id", received, on_it | {"admitted_on": after(), "wards": [], "admission_source": "19"})
    return found


def _referral(random: Random, received: date, after: Callable[..., str | None]) -> dict[str, Any]:
    def filed() -> str | None:
        until = random.choice(ENDS)
        return str(until) if random.random() < 0.15 and until >= received else None

    def team() -> dict[str, Any]:
        of = {"team_type": random.choice(("A06", "A06", "A06", "A05", "A14", "A14", "C03", "D05", "A18"))}
        ends = {"rejected_on": after(0.08), "not_submitted_after": filed()}
        return of | {name: value for name, value in ends.items() if value}

    discharged = after(0.3) if random.random() < 0.7 else str(random.choice(ENDS) + timedelta(random.choice((0, 1, -29))))
    return {
        "received_on": str(received),
        "received_at": random.choice(TIMES),
        "teams": [team() for _ in range(random.choice((1, 1, 2, 3)))],
        "reason": random.choice(("08", "01", None, None)),
        "discharged_on": discharged if discharged and discharged >= str(received) else None,
        "rejected_on": after(0.06),
        "not_submitted_after": filed(),
    }


def _scored(random: Random, say: Callable[..., None], on_it: dict[str, Any], after: Callable[..., str | None]) -> None:
    for code in random.sample(sorted(VALUES), random.choice((0, 1, 2, 4))):
        for _ in range(random.choice((1, 2, 2, 3))):
            say(
                "score",
                "score_id",
                date.fromisoformat(str(after())),
                on_it | {"on": after(), "code": code, "value": random.choice(VALUES[code])},
            )


def _planned(random: Random, say: Callable[..., None], received: date, plan_id: str, after: Callable[..., str | None]) -> None:
    created = after(0.9)
    for version in range(random.choice((1, 1, 2, 3))):
        agreed = {"agreed_by": random.choice((["person"], "person", ["clinician", "person"], ["clinician"], None)), "agreed_on": after(0.4)}
        dates = {
            "created_on": created,
            "updated_on": after(0.7) if version else None,
            "review_due_on": random.choice((None, *map(str, ENDS), after())),
        }
        data = {"plan_id": plan_id, "type": "10", "coproduced": random.choice((True, False, None)), **dates, **agreed}
        say("care-plan", "plan_id", received + timedelta(version * 9), data)
