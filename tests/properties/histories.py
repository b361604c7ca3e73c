"""Made-up lives for the properties: a few records, many versions, days close enough to collide."""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from shared.versions import Document, Version, fold

FIRST_DAY = date(2024, 2, 20)  # so that the waiver, a leap day and a change of the clocks lie inside
MIDNIGHT = int(datetime(2024, 2, 20, tzinfo=UTC).timestamp()) * 1_000_000
A_DAY = 86_400_000_000
CODES = ["DEMO-ASSESSMENT", "DEMO-IN-BOTH", "DEMO-JOINED-15-JULY", "718026005", "718026005:443390004", "11429006", "65153003"]
SCALES = ["1037651000000100", "979641000000103", "987191000000101", "DEMO-TOOL"]

EXAMPLES = int(os.environ.get("EXAMPLES", "500"))
"""Lives of the machine; `make properties EXAMPLES=20000` lives longer. Each law is tried on a fifth of it."""

# A busy machine breaks no law.
law = settings(deadline=None, max_examples=EXAMPLES // 5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])

days = st.integers(0, 200).map(lambda number: FIRST_DAY + timedelta(number))
isodays = days.map(date.isoformat)
maybe_days = st.none() | isodays
referral_ids = st.sampled_from(["R1", "R2", "R3"])
contact_ids = st.sampled_from(["C1", "C2", "C3", "C4"])


@dataclass(frozen=True)
class Sent:
    """One version of one record, as a provider sent it."""

    kind: str
    provider: str
    record_id: str
    version: Version


def record(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(fields)


team = record(team_type=st.sampled_from(["A06", "A09", "C03", "A14", "C10"]), rejected_on=maybe_days, closed_on=maybe_days)
teams = st.lists(team, min_size=1, max_size=2)
referral = record(
    received_on=isodays,
    teams=teams,
    discharged_on=maybe_days,
    accepted_on=maybe_days,
    help_sought_on=maybe_days,
    decided_on=maybe_days,
    reason=st.sampled_from(["01", "02"]),
)
RECORDS: dict[str, tuple[st.SearchStrategy[str], st.SearchStrategy[dict[str, Any]]]] = {
    "referral": (referral_ids, referral),
    "stay": (st.just("H1"), record(referral_id=referral_ids, admitted_on=isodays)),
    "contact": (
        contact_ids,
        record(
            referral_id=st.none() | referral_ids,
            on=isodays,
            attendance=st.sampled_from(["5", "6", "3", None]),
            medium=st.sampled_from(["01", "11", "05"]),
        ),
    ),
    "assessment": (
        st.sampled_from(["A1", "A2"]),
        record(
            referral_id=referral_ids,
            contact_id=st.none() | contact_ids,
            on=isodays,
            code=st.sampled_from(CODES),
            evidence_based=st.sampled_from([None, True]),
        ),
    ),
    "assignment": (
        st.just("K1"),
        record(role=st.sampled_from(["care coordinator", "key worker"]), team_type=st.sampled_from(["A14", "A06"]), **{"from": isodays}),
    ),
    "pause": (
        st.sampled_from(["W1", "W2"]),
        record(referral_id=referral_ids, reason=st.sampled_from(["person asked to wait", "other"]), **{"from": isodays, "to": maybe_days}),
    ),
    "score": (
        st.sampled_from(["S1", "S2"]),
        record(referral_id=referral_ids, contact_id=st.none() | contact_ids, on=isodays, code=st.sampled_from(SCALES)),
    ),
    "care-plan": (
        st.sampled_from(["P1", "P2"]),
        record(created_on=maybe_days, updated_on=maybe_days, agreed_by=st.sampled_from([None, "person"]), agreed_on=maybe_days),
    ),
    "person": (
        st.just(""),
        record(
            birth_date=st.sampled_from(["1980-01-01", "2002-02-28", "2006-07-15", None]),
            local_authority=st.sampled_from(["E07000223", "W06000015", None]),
        ),
    ),
}
instants = st.integers(0, 12).map(lambda number: MIDNIGHT + number * 15 * A_DAY)  # few, so that versions tie


@st.composite
def sent(draw: st.DrawFn, kinds: tuple[str, ...] = tuple(RECORDS)) -> Sent:
    """One version; event ids are unique within its source, as the envelope promises, by being drawn from a wide range."""
    kind = draw(st.sampled_from(kinds))
    ids, data = RECORDS[kind]
    content = draw(st.none() | data) if kind != "person" else draw(data)
    event_id = f"e-{draw(st.integers(0, 10**9))}"
    version = [draw(instants), draw(instants), "/RXX/epr", event_id, content]
    return Sent(kind, draw(st.sampled_from(["RXX", "RXX", "RYY"])), draw(ids), version)


ADULT = Sent("person", "RXX", "", [MIDNIGHT - A_DAY, 0, "/RXX/epr", "e-adult", {"birth_date": "1980-01-01"}])
RECEIVED = {"received_on": "2024-03-01", "teams": [{"team_type": "A06"}]}
OPEN = Sent("referral", "RXX", "R1", [MIDNIGHT, 0, "/RXX/epr", "e-open", RECEIVED])
histories = st.lists(sent(), max_size=25, unique_by=lambda one: one.version[3]).map(lambda more: [ADULT, OPEN, *more])


def folded(history: list[Sent]) -> Document:
    document: Document = {}
    for one in history:
        fold(document, one.kind, one.provider, one.record_id, one.version)
    return document
