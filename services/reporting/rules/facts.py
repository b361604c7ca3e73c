"""What measures read of a person's records, as plain rows: one pure function from a document to the rows of `sql/migrations/0002`.

Dates are London calendar dates. A row says what holds for good; what depends on the period asked about is left to the measure.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from services.reporting.rules import care, more
from services.reporting.rules.codes import ATTENDED, DIGITAL, DIRECT, DIRECT_DIGITAL, ELEMENTS, IPS, IPS_TEAM, THERAPIES
from services.reporting.rules.records import Data, Row, coded, direct
from shared.versions import Document, current, london_day

OPEN = "infinity"
BEFORE_STAY = timedelta(3)
"""A contact counts as one before an admission from so many days before it on."""

Known = dict[str, dict[str, dict[str, Data]]]
"""kind -> provider -> record id -> what it says."""
_iso = date.fromisoformat

READ = frozenset(
    {
        "person", "referral", "stay", "assignment", "contact", "assessment", "intervention", "score", "care-plan", "register",
        "health-check", "support", "vaccination",
    }
)  # fmt: skip
"""The kinds of record that a measure reads; a document holds no others."""


def rows(document: Document) -> dict[str, list[Row]]:
    """The rows of one person by table; `fact` names each."""
    known: Known = defaultdict(lambda: defaultdict(dict))
    persons: dict[str, list[tuple[date, Data]]] = defaultdict(list)
    plans: dict[tuple[str, str], list[tuple[date, Data]]] = defaultdict(list)
    for provider, kind, record_id, version in current(document):
        if not version[4]:
            continue
        if kind == "person":
            persons[provider].append((london_day(version[0]), version[4]))
        elif kind == "care-plan":
            plans[provider, record_id].append((london_day(version[0]), version[4]))
        else:
            known[kind][provider][record_id] = version[4]
    return {
        "person": [_person(provider, versions) for provider, versions in persons.items()],
        "referral": [row for provider in known["referral"] for row in _referrals(provider, known)],
        "stay": [row for provider in known["stay"] for row in _stays(provider, known)],
        "register": [_entry(provider, one) for provider, entries in known["register"].items() for one in entries.values()],
        "checks": _checks(known),
        "assignment": [care.assignment(provider, one) for provider, all_of in known["assignment"].items() for one in all_of.values()],
        "plan": [care.plan(provider, plan_id, versions) for (provider, plan_id), versions in plans.items()],
        "support": list(more.supports(known)),
        "open_access": list(more.open_access(known)),
    }


def _person(provider: str, versions: list[tuple[date, Data]]) -> Row:
    """The versions in order of recording; the last says who somebody is, each says where they lived from then on."""
    latest = versions[-1][1]
    lived: list[tuple[str, ...]] = []
    for on, data in versions:
        lived.append((on.isoformat(), *[data.get(name) or "" for name in ("practice", "lsoa", "local_authority")]))
    kept = [one for place, one in enumerate(lived) if place == 0 or one[1:] != lived[place - 1][1:]]
    told, practices, lsoas, districts = zip(*kept, strict=True)
    return {
        "fact": provider,
        "provider": provider,
        "birth_date": latest.get("birth_date"),
        "death_date": latest.get("death_date"),
        "ethnicity": latest.get("ethnicity"),
        "told": told,
        "practices": practices,
        "lsoas": lsoas,
        "districts": districts,
        **more.of_person(latest),
    }


def _by_referral(records: dict[str, Data]) -> dict[str | None, list[Data]]:
    found: dict[str | None, list[Data]] = defaultdict(list)
    for one in records.values():
        found[one.get("referral_id")].append(one)
    return found


def _referrals(provider: str, known: Known) -> Iterable[Row]:
    contacts = _by_referral(known["contact"][provider])
    stays, scores = _by_referral(known["stay"][provider]), _by_referral(known["score"][provider])
    acts = _by_referral(known["intervention"][provider] | known["assessment"][provider])
    for referral_id, one in known["referral"][provider].items():
        teams = one["teams"]
        by_contact: dict[str, set[str]] = defaultdict(set)
        refused_too: dict[str, set[str]] = defaultdict(set)
        therapies = []
        for act in acts.get(referral_id, ()):
            concept, refused = coded(act["code"])
            if act.get("contact_id") is not None:
                refused_too[act["contact_id"]].add(concept)
                if not refused:
                    by_contact[act["contact_id"]].add(concept)
                    if concept in THERAPIES:
                        therapies.append((act["on"], concept))
        given = sorted(therapies)
        scored = sorted((score["on"], score["code"], score["score_id"], score["value"]) for score in scores.get(referral_id, ()))
        held = sorted((stay["admitted_on"], stay.get("discharged_on") or OPEN) for stay in stays.get(referral_id, ()))
        team_types = [team["team_type"] for team in teams]
        yield {
            "fact": f"{provider}|{referral_id}",
            "provider": provider,
            "referral_id": referral_id,
            "received_on": one["received_on"],
            "reason": one.get("reason"),
            "discharged_on": one.get("discharged_on"),
            "rejected_on": one.get("rejected_on"),
            "reject_reason": one.get("reject_reason"),
            "team_types": team_types,
            "team_rejected": [team.get("rejected_on") or OPEN for team in teams],
            "team_reasons": [team.get("reject_reason") or "" for team in teams],
            "contacts": sorted(c["on"] for c in contacts.get(referral_id, ()) if direct(c)),
            "stays_from": [first for first, _ in held],
            "stays_to": [last for _, last in held],
            "ips_days": sorted(_ips(provider, team_types, contacts.get(referral_id, ()), by_contact)),
            "ips_all": sorted(_ips(provider, team_types, contacts.get(referral_id, ()), refused_too)),
            "therapies": [code for _, code in given],
            "therapy_days": [on for on, _ in given],
            "scales": [code for _, code, _, _ in scored],
            "score_days": [on for on, *_ in scored],
            "scores": [value for *_, value in scored],
            **more.of_referral(one),
            **care.of_referral(one, contacts.get(referral_id, ()), acts.get(referral_id, ())),
        }


def _ips(provider: str, team_types: list[str], contacts: Iterable[Data], carries: dict[str, set[str]]) -> Iterable[str]:
    """MHS116: direct contacts on a referral to an IPS team, or that carry an IPS code themselves."""
    media = DIRECT_DIGITAL if provider in DIGITAL else DIRECT
    for contact in contacts:
        ours = IPS_TEAM in team_types or not IPS.isdisjoint(carries.get(contact["contact_id"], ()))
        if ours and contact.get("attendance") in ATTENDED and contact.get("medium") in media:
            yield contact["on"]


def _stays(provider: str, known: Known) -> Iterable[Row]:
    seen = sorted(_seen(known))
    for stay_id, one in known["stay"][provider].items():
        wards = one.get("wards") or []
        first: Data = min(wards, key=lambda ward: ward.get("from") or OPEN, default={})
        last = (_iso(one["admitted_on"]) - BEFORE_STAY).isoformat()
        yield {
            "fact": f"{provider}|{stay_id}",
            "provider": provider,
            "stay_id": stay_id,
            "referral_id": one.get("referral_id"),
            "admitted_on": one["admitted_on"],
            "discharged_on": one.get("discharged_on"),
            "ward_class": first.get("class"),
            "source": one.get("admission_source"),
            "seen_on": max([on for on in seen if on <= last], default=None),
            "out_of_area": one.get("out_of_area") is True,
        }


def _seen(known: Known) -> Iterable[str]:
    """MHS106a: days of a contact by W10, or of any indirect activity; at any provider, by any team."""
    for contacts in known["contact"].values():
        yield from (one["on"] for one in contacts.values() if direct(one))
    for kind in ("assessment", "intervention"):
        for acts in known[kind].values():
            yield from (one["on"] for one in acts.values() if one.get("contact_id") is None)


def _entry(provider: str, one: Data) -> Row:
    named: Callable[[str], Any] = one.get
    return {
        "fact": f"{provider}|{one['entry_id']}",
        "provider": provider,
        "entry_id": one["entry_id"],
        "practice": one["practice"],
        "condition": one["condition"],
        "entered_on": one["entered_on"],
        "left_on": named("left_on"),
        "remission_on": named("remission_on"),
    }


def _checks(known: Known) -> list[Row]:
    days: dict[str, set[str]] = {element: set() for element in ELEMENTS}
    for checks in known["health-check"].values():
        for one in checks.values():
            if one["status"] == "recorded" and one["element"] in days:
                days[one["element"]].add(one["on"])
    given = more.vaccinated(known)
    if not any(days.values()) and not any(given.values()):
        return []
    return [{"fact": "", **{element.replace(" ", "_"): sorted(found) for element, found in days.items()}, **given}]
