"""What more measures read of a person's records: help outside the trust, open access, vaccinations, dedicated pathways."""

from collections.abc import Iterable

from services.reporting.rules.records import Data, Row, direct

Known = dict[str, dict[str, dict[str, Data]]]
"""kind -> provider -> record id -> what it says."""
VACCINES = ("influenza", "covid-19")


def of_person(latest: Data) -> Row:
    named = ("carer_identified_on", "carer_assessment_offered_on")
    return {name: latest.get(name) for name in named} | {"groups": sorted(set(latest.get("groups") or ()))}


def of_referral(one: Data) -> Row:
    return {"pathways": sorted({team["dedicated_pathway"] for team in one["teams"] if team.get("dedicated_pathway")})}


def vaccinated(known: Known) -> Row:
    """The days on which each was given, anywhere."""
    given: dict[str, set[str]] = {vaccine: set() for vaccine in VACCINES}
    for records in known["vaccination"].values():
        for one in records.values():
            if one["status"] == "given" and one["kind"] in given:
                given[one["kind"]].add(one["on"])
    return {vaccine.replace("-", "_"): sorted(days) for vaccine, days in given.items()}


def supports(known: Known) -> Iterable[Row]:
    for provider, records in known["support"].items():
        for support_id, one in records.items():
            yield {
                "fact": f"{provider}|{support_id}",
                "provider": provider,
                "support_id": support_id,
                "kind": one["kind"],
                "given_by": one.get("given_by") or provider,
                "first_on": one["first_on"],
                "last_on": one.get("last_on"),
                "outcome": one.get("outcome"),
            }


def open_access(known: Known) -> Iterable[Row]:
    """Direct contacts on no referral."""
    for provider, contacts in known["contact"].items():
        days = sorted(one["on"] for one in contacts.values() if one.get("referral_id") is None and direct(one))
        if days:
            yield {"fact": provider, "provider": provider, "contacts": days}
