"""Reads an ASCII timeline into a pathway document.

A row is `date | event | details`. The date is the day of the event itself: received, seen, done, admitted, created, recorded
(of a person). Dates without a year are in 2024. Details are phrases parted by commas; what they leave out is ordinary: one
adult who lives in England, provider RXX, team A06, contacts attended face to face, plans agreed by the person, activities
without a contact, an assignment to an early intervention team as care coordinator, a pause that the person asked for. An event belongs
to the referral above it unless it says `on`.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from shared.versions import Document, fold
from tests.spec.reference import TOOLS

ATTENDANCE = {
    "attended": "5",
    "late but seen": "6",
    "late and not seen": "7",
    "did not attend": "3",
    "cancelled by the person": "2",
    "cancelled by the provider": "4",
    "booked": None,
}
MEDIA = {"face to face": "01", "telephone": "02", "talk type": "04", "email": "05", "video": "11", "medium not recorded": None}
KINDS = {"care plan": "care-plan", "check": "health-check"}
SIX = ("alcohol", "blood glucose", "blood pressure", "bmi", "blood lipids", "smoking")
ENDS = {
    "discharged": "discharged_on",
    "rejected": "rejected_on",
    "closed": "closed_on",
    "not submitted after": "not_submitted_after",
}
SCALE_CODES = {
    "DIALOG 1": "1037651000000100", "DIALOG 8": "1037721000000104", "DIALOG 9": "1037731000000102", "DIALOG 11": "1037751000000109",
    "ReQoL-10": "1091071000000100", "GBO 1": "1638531000000102", "GBO 2": "1638541000000106",
}  # fmt: skip
"""As the national list of assessment tools has them."""
LASTS = {"stay": "discharged_on", "support": "last_on"}
RECORD_ID = re.compile(r"(.*?)(?: ([A-Z]\w*))?")


@dataclass(frozen=True)
class Row:
    """One line of a timeline as written."""

    on: str
    event: str
    details: str = ""


@dataclass
class Told:
    """One version of a record."""

    kind: str
    record_id: str
    data: dict[str, Any]
    recorded: datetime
    provider: str = "RXX"
    voided: bool = False
    teams: list[dict[str, Any]] = field(default_factory=list)


def day(text: str) -> date:
    """`1 Jul` is in 2024, `1 Jul 2023` in its own year."""
    return datetime.strptime(text if re.search(r"\d{4}$", text) else f"{text} 2024", "%d %b %Y").replace(tzinfo=UTC).date()


def show(on: date) -> str:
    """The reverse of `day`."""
    return f"{on.day} {on:%b}" if on.year == 2024 else f"{on.day} {on:%b %Y}"


def rows(table: str) -> list[Row]:
    lines = [[cell.strip() for cell in line.split("|", 2)] for line in table.strip().splitlines()]
    return [Row(*cells) for cells in lines]


def document(table: str) -> Document:
    """The pathway document of a timeline, folded row by row; a later row of one record is received later."""
    folded: Document = {}
    for received, event in enumerate(told(table)):
        version = [int(event.recorded.timestamp()) * 1_000_000, received, f"/{event.provider}/epr", f"e-{received}"]
        fold(folded, event.kind, event.provider, event.record_id, [*version, None if event.voided else event.data])
    return folded


def told(table: str) -> list[Told]:
    """What the providers send, row by row; of somebody whom a row does not describe, an ordinary description last."""
    referral_id = "R1"
    events = []
    for row in rows(table):
        event = _event(row, referral_id)
        referral_id = (event.record_id or "R1") if event.kind == "referral" else referral_id
        events.append(event)
    for provider in {event.provider for event in events} - {event.provider for event in events if event.kind == "person"}:
        known = datetime(2000, 1, 1, tzinfo=UTC)
        events.append(Told("person", "", {"birth_date": "1980-01-01", "local_authority": "E07000223"}, known, provider))
    return events


def _event(row: Row, referral_id: str) -> Told:
    match = RECORD_ID.fullmatch(row.event)
    assert match, f"cannot read the event {row.event!r}"
    kind = KINDS.get(match[1], match[1])
    on = day(row.on)
    event = Told(kind, match[2] or "", {"referral_id": referral_id}, datetime(on.year, on.month, on.day, 12, tzinfo=UTC))
    _ordinary(event, on.isoformat())
    for phrase in filter(None, (phrase.strip() for phrase in row.details.split(","))):
        _read(event, phrase)
    if kind == "referral":
        event.data["teams"] = event.teams or [{"team": "A06", "team_type": "A06"}]
    return event


def _ordinary(event: Told, on: str) -> None:
    ordinary: dict[str, dict[str, Any]] = {
        "referral": {"received_on": on},
        "stay": {"admitted_on": on},
        "contact": {"on": on, "attendance": "5", "medium": "01"},
        "assessment": {"on": on, "code": "DEMO-ASSESSMENT"},
        "intervention": {"on": on, "code": "718026005"},
        "score": {"on": on, "code": TOOLS["DIALOG"][0], "value": 4},
        "care-plan": {"created_on": on, "agreed_by": "person"},
        "person": {"birth_date": "1980-01-01", "local_authority": "E07000223"},
        "assignment": {"role": "care coordinator", "team_type": "A14", "from": on},
        "pause": {"reason": "person asked to wait", "from": on},
        "register": {"condition": "schizophrenia", "entered_on": on, "practice": "XG0101"},
        "health-check": {"element": "bmi", "on": on, "status": "recorded"},
        "support": {"kind": "employment", "first_on": on},
        "vaccination": {"kind": "influenza", "on": on, "status": "given"},
    }
    event.data |= ordinary[event.kind]
    if event.kind in {"care-plan", "person", "assignment", "register", "health-check", "support", "vaccination"}:
        del event.data["referral_id"]


def _read(event: Told, phrase: str) -> None:
    data = event.data
    if phrase in ATTENDANCE:
        data["attendance"] = ATTENDANCE[phrase]
    elif phrase in MEDIA:
        data["medium"] = MEDIA[phrase]
    elif phrase in PLAIN:
        PLAIN[phrase](event)
    else:
        match = next((match for pattern in PATTERNS if (match := re.fullmatch(pattern, phrase))), None)
        assert match, f"cannot read the detail {phrase!r}"
        PATTERNS[match.re.pattern](event, *match.groups())


def _team(event: Told, team_type: str, pathway: str | None, how: str | None, on: str | None) -> None:
    team = {"team": team_type, "team_type": team_type, "dedicated_pathway": pathway}
    event.teams.append(team | ({ENDS[how]: day(on).isoformat()} if how and on else {}))


def _ward(event: Told, ward_class: str, since: str | None) -> None:
    event.data.setdefault("wards", []).append({"class": ward_class, "from": day(since).isoformat() if since else event.data["admitted_on"]})


def _recorded(event: Told, on: str, time: str | None) -> None:
    hours, minutes = (int(part) for part in (time or "12:00").split(":"))
    whole = day(on)
    event.recorded = datetime(whole.year, whole.month, whole.day, hours, minutes, tzinfo=UTC)


def _ended(event: Told, how: str, on: str) -> None:
    event.data[ENDS[how]] = day(on).isoformat()


def _updated(event: Told, on: str) -> None:
    event.data["updated_on"] = day(on).isoformat()
    _recorded(event, on, None)


PLAIN: dict[str, Any] = {
    "voided": lambda event: setattr(event, "voided", True),
    "direct access": lambda event: event.data.update(referral_id=None, direct_access=True),
    "not agreed": lambda event: event.data.update(agreed_by=None),
    "created on an unknown day": lambda event: event.data.update(updated_on=event.data.pop("created_on")),
    "declined": lambda event: event.data.update(status="declined"),
    "out of area": lambda event: event.data.update(out_of_area=True),
    "evidence based": lambda event: event.data.update(evidence_based=True),
    "birth date unknown": lambda event: event.data.pop("birth_date"),
    "district unknown": lambda event: event.data.pop("local_authority"),
}
PATTERNS: dict[str, Any] = {
    r"team (\w+)(?: for (\w+))?(?: (discharged|rejected|closed|not submitted after) (.+))?": _team,
    r"(discharged|rejected|closed|not submitted after) (.+)": _ended,
    r"recorded (\d+ \w+(?: \d{4})?)(?: at (\d\d:\d\d) UTC)?": _recorded,
    r"accepted (.+)": lambda event, on: event.data.update(accepted_on=day(on).isoformat()),
    r"agreed (.+)": lambda event, on: event.data.update(agreed_on=day(on).isoformat()),
    r"updated (.+)": _updated,
    r"help sought (.+)": lambda event, on: event.data.update(help_sought_on=day(on).isoformat()),
    r"decided (.+)": lambda event, on: event.data.update(decided_on=day(on).isoformat()),
    r"reason (.+)": lambda event, reason: event.data.update(reason=reason),
    r"to (\d.+)": lambda event, on: event.data.update({LASTS.get(event.kind, "to"): day(on).isoformat()}),
    r"for (.+)": lambda event, kind: event.data.update(kind=kind),
    r"outcome (.+)": lambda event, outcome: event.data.update(outcome=outcome),
    r"by (\w\d+)": lambda event, team_type: event.data.update(team_type=team_type),
    r"because (.+)": lambda event, reason: event.data.update(reason=reason),
    r"as (.+)": lambda event, role: event.data.update(role=role),
    r"at (\w+)": lambda event, provider: setattr(event, "provider", provider),
    r"on (\w+)": lambda event, referral_id: event.data.update(referral_id=referral_id),
    r"with (\w+)": lambda event, contact_id: event.data.update(contact_id=contact_id),
    r"code (.+)": lambda event, code: event.data.update(code=code),
    r"tool (.+)": lambda event, tool: event.data.update(code=TOOLS[tool][0]),
    r"born (.+)": lambda event, on: event.data.update(birth_date=day(on).isoformat()),
    r"died (.+)": lambda event, on: event.data.update(death_date=day(on).isoformat()),
    r"left (.+)": lambda event, on: event.data.update(left_on=day(on).isoformat()),
    r"in remission (.+)": lambda event, on: event.data.update(remission_on=day(on).isoformat()),
    r"of (alcohol|blood glucose|blood pressure|bmi|blood lipids|smoking)": lambda event, element: event.data.update(element=element),
    r"time (\d\d:\d\d)": lambda event, time: event.data.update({"received_at" if event.kind == "referral" else "at": f"{time}:00"}),
    r"ward (\d+)(?: from (.+))?": _ward,
    r"source (\d+)": lambda event, source: event.data.update(admission_source=source),
    r"ethnicity (\w+)": lambda event, code: event.data.update(ethnicity=code),
    r"score (\d+)": lambda event, value: event.data.update(value=float(value)),
    r"scale (.+)": lambda event, scale: event.data.update(code=SCALE_CODES[scale]),
    r"medium (\d\d)": lambda event, medium: event.data.update(medium=medium),
    r"rejection reason (\d\d)": lambda event, reason: (event.teams[-1] if event.teams else event.data).update(reject_reason=reason),
    r"lives in (\w+)": lambda event, district: event.data.update(local_authority=district),
    r"practice (\w+)": lambda event, practice: event.data.update(practice=practice),
}
