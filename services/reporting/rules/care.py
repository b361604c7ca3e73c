"""What the measures of care read of a person's records: rows of `sql/migrations/0007`, beside those of `facts`."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from services.reporting.rules.codes import ATTENDED, LATE, MEDIA, MISSED
from services.reporting.rules.records import Data, Row, coded, direct
from shared.versions import LONDON

OPEN = "infinity"
EARLY = timedelta(hours=96)


def of_referral(one: Data, contacts: Collection[Data], acts: Collection[Data]) -> Row:
    """Columns of a referral, from the contacts and coded activities on it."""
    attended = [contact["on"] for contact in contacts if contact.get("attendance") in ATTENDED]
    indirect = [act["on"] for act in acts if act.get("contact_id") is None]
    met = sorted((contact["on"], contact["contact_id"], how) for contact in contacts if (how := _how(contact)))
    said = [(act["on"], *coded(act["code"])) for act in acts]
    done = sorted({(on, concept) for on, concept, refused in said if not refused})
    return {
        "lapsed_on": one.get("not_submitted_after"),
        "team_lapsed": [team.get("not_submitted_after") or OPEN for team in one["teams"]],
        "helped_on": min(attended + indirect, default=None),
        "early_contact": min((contact["on"] for contact in contacts if direct(contact) and _early(one, contact)), default=None),
        "met_ids": [contact_id for _, contact_id, _ in met],
        "met_days": [on for on, _, _ in met],
        "met_how": "".join(how for *_, how in met),
        "acts": [concept for _, concept in done],
        "act_days": [on for on, _ in done],
    }


def _how(contact: Data) -> str:
    """Attended, by what medium, or missed; a letter of `met_how`. Empty: booked or cancelled."""
    attendance = contact.get("attendance")
    if attendance in ATTENDED:
        return MEDIA.get(contact.get("medium") or "", "O")
    return {MISSED: "D", LATE: "L"}.get(attendance or "", "")


def _early(referral: Data, contact: Data) -> bool:
    """Within 96 hours of receipt; where the time of either is not known, within four days."""
    on, received = date.fromisoformat(contact["on"]), date.fromisoformat(referral["received_on"])
    at, received_at = contact.get("at"), referral.get("received_at")
    if at and received_at:
        return timedelta(0) <= _instant(on, at) - _instant(received, received_at) <= EARLY
    return timedelta(0) <= on - received <= EARLY


def _instant(on: date, at: str) -> datetime:
    return datetime.combine(on, time.fromisoformat(at).replace(tzinfo=None), LONDON).astimezone(UTC)


def assignment(provider: str, one: Data) -> Row:
    """Who answers for a person, from when to when."""
    return {
        "fact": f"{provider}|{one['assignment_id']}",
        "provider": provider,
        "role": one["role"],
        "from_on": one["from"],
        "to_on": one.get("to"),
    }


def plan(provider: str, plan_id: str, versions: Sequence[tuple[date, Data]]) -> Row:
    """A care plan: each version stands from the day of its update, else of its creation, else of its recording; of one day the last."""
    dated = [(data.get("updated_on") or data.get("created_on") or on.isoformat(), data) for on, data in versions]
    stood = dict(sorted(dated, key=lambda one: one[0]))
    return {
        "fact": f"{provider}|{plan_id}",
        "provider": provider,
        "told": list(stood),
        "agreed": [_agreed(on, data) for on, data in stood.items()],
        "coproduced": [data.get("coproduced") is True for data in stood.values()],
        "review_due": [data.get("review_due_on") or OPEN for data in stood.values()],
    }


def _agreed(on: str, data: Data) -> str:
    """The day on which the person agreed: `agreed_on`, else that of the version."""
    by: str | Iterable[str] = data.get("agreed_by") or ()
    return (data.get("agreed_on") or on) if "person" in ((by,) if isinstance(by, str) else by) else OPEN
