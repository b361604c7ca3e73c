"""Made-up lives of people on registers: few ids and few days, so that they collide; over two years, so that what is yearly comes round."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from services.outreach.rules.entered import Answer, Attempt, Entered
from services.outreach.rules.ladder import RESULTS
from services.outreach.rules.schedule import CHECKED
from services.outreach.rules.settings import CHANNELS, Settings
from tests.properties.histories import A_DAY, MIDNIGHT, Sent, record

FIRST = date(2024, 1, 1)
LONGEST = 900
days = st.sampled_from([FIRST + timedelta(number) for number in range(LONGEST)])  # drawn evenly: small numbers would all be early days
isodays = st.sampled_from([FIRST + timedelta(30 * month) for month in range(LONGEST // 30)]).map(date.isoformat) | days.map(date.isoformat)
ats = st.sampled_from([FIRST + timedelta(number) for number in range(LONGEST // 3, LONGEST + 60)])
maybe_days = st.none() | isodays
READINGS: list[dict[str, Any]] = [
    {"name": "audit-c", "value": 6.0},
    {"name": "hba1c", "value": 43.0, "unit": "mmol/mol"},
    {"name": "hba1c", "value": 50.0, "unit": "mmol/mol"},
    {"name": "systolic", "value": 150.0, "unit": "mmHg"},
    {"name": "bmi", "value": 24.0, "unit": "kg/m2"},
    {"name": "weight", "value": 80.0, "unit": "kg"},
    {"name": "weight", "value": 90.0, "unit": "kg"},
    {"name": "smoking status", "value": "current"},
]
findings = st.sampled_from(["glucose", "smoking", "bmi", "weight gain"])
RECORDS: dict[str, tuple[list[str], st.SearchStrategy[dict[str, Any]]]] = {
    "register": (
        ["E1", "E2"],
        record(
            condition=st.sampled_from(["schizophrenia", "other psychosis"]),
            entered_on=isodays,
            left_on=st.none() | maybe_days,
            remission_on=st.none() | st.none() | isodays,
            practice=st.sampled_from(["Y00001", "Y00002"]),
            responsible=st.sampled_from(["practice", "RXX", None]),
        ),
    ),
    "health-check": (
        [f"C{number}" for number in range(12)],
        record(
            element=st.sampled_from([*CHECKED, "bmi", "bmi", "smoking", "blood glucose"]),
            on=isodays,
            status=st.sampled_from(["recorded", "recorded", "recorded", "declined", "unsuitable"]),
            readings=st.lists(st.sampled_from(READINGS), max_size=2),
        ),
    ),
    "medication": (["M1", "M2"], record(kind=st.sampled_from(["antipsychotic", "clozapine"]), started_on=isodays, stopped_on=maybe_days)),
    "monitoring": (
        ["O1", "O2"],
        record(kind=st.just("eating disorder"), every_days=st.sampled_from([1, 14, 90]), **{"from": isodays, "to": maybe_days}),
    ),
    "physical-intervention": (
        ["I1", "I2", "I3"],
        record(
            kind=st.sampled_from(["stop smoking", "referral on"]),
            finding=findings,
            on=isodays,
            status=st.sampled_from(["offered", "declined", "started", "attended"]),
        ),
    ),
    "preference": (
        [""],
        record(
            channels=st.lists(st.sampled_from(CHANNELS), max_size=3, unique=True),
            opt_out=st.booleans(),
            restricted=st.sampled_from([False, False, False, True]),
        ),
    ),
    "care-plan": (["P1", "P2"], record(created_on=maybe_days, updated_on=maybe_days, review_due_on=maybe_days)),
    "contact": (
        ["C1", "C2", "C3"],
        record(referral_id=st.sampled_from([None, "R1"]), on=isodays, attendance=st.sampled_from(["3", "3", "5", "2", None])),
    ),
    "referral": (["R1", "R2"], record(received_on=isodays, discharged_on=maybe_days)),
    "person": (
        [""],
        record(
            death_date=st.sampled_from([None] * 9 + ["2025-06-01"]),
            local_authority=st.sampled_from([*["E06999001"] * 7, "W06000015", None]),
            ethnicity=st.sampled_from(["A", "H", "Z"]),
        ),
    ),
}
instants = st.integers(0, 30).map(lambda number: MIDNIGHT + number * 30 * A_DAY)


@st.composite
def sent(draw: st.DrawFn) -> Sent:
    """One version; event ids are unique within its source by being drawn from a wide range."""
    kind = draw(st.sampled_from([*RECORDS, *["health-check"] * 8]))
    ids, data = RECORDS[kind]
    content = draw(
        data
        if kind in {"person", "preference"}
        else st.sampled_from([True] * 7 + [False]).flatmap(lambda said: data if said else st.none())
    )
    event_id = f"e-{draw(st.integers(0, 10**9))}"
    return Sent(
        kind,
        draw(st.sampled_from(["RXX", "RXX", "RYY"])),
        draw(st.sampled_from(ids)),
        [draw(instants), draw(instants), "/RXX/epr", event_id, content],
    )


ENTRY = {"condition": "schizophrenia", "entered_on": "2024-02-01", "practice": "Y00001"}
ENTERED = Sent("register", "RXX", "E1", [MIDNIGHT - A_DAY, 0, "/RXX/epr", "e-entry", ENTRY])
histories = st.lists(sent(), min_size=6, max_size=24, unique_by=lambda one: one.version[3]).map(lambda more: [ENTERED, *more])


@st.composite
def attempts(draw: st.DrawFn) -> Attempt:
    made_on = draw(days)
    made_at = datetime(made_on.year, made_on.month, made_on.day, 10, tzinfo=UTC)
    result = draw(st.none() | st.sampled_from([name for name in RESULTS if name != "deceased"] * 3 + ["deceased"]))
    return Attempt(
        f"a-{draw(st.integers(0, 10**9))}",
        "p1",
        draw(st.sampled_from(["RXX|register|E1", "RXX|register|E2", "RXX|contact|C1"])),
        draw(st.sampled_from(["annual-recall", "new-antipsychotic", "after-a-missed-contact"])),
        draw(st.sampled_from(CHANNELS)),
        made_on,
        made_at,
        "worker",
        result,
        "said so" if result else None,
        tuple(draw(st.lists(st.sampled_from(CHECKED), max_size=2, unique=True))),
        draw(st.none() | days),
        draw(st.booleans()),
        made_at,
        draw(st.sampled_from([None, None, None, made_at])),
    )


def answers(task_ids: list[str]) -> st.SearchStrategy[list[Answer]]:
    """Answers to some of these tasks."""
    if not task_ids:
        return st.just([])
    at = datetime(2024, 1, 1, tzinfo=UTC)
    one = st.builds(
        lambda number, task_id, answer, on: Answer(f"w-{number}", "RXX|register|E1", task_id, answer, None, "asked", on, "worker", at),
        st.integers(0, 10**9),
        st.sampled_from(task_ids),
        st.sampled_from(["accepted", "declined", "later"]),
        days,
    )
    return st.lists(one, max_size=3)


entered = st.lists(attempts(), max_size=5, unique_by=lambda one: one.attempt_id).map(Entered)
LATER = date(2025, 3, 1)
SETTINGS = [
    Settings(),
    Settings(
        [
            ("RXX", "follow-up-days", LATER, {"smoking": 7}),
            ("*", "declined-months", FIRST, 6),
            ("RXX", "low-risk-lipids-months", FIRST, 24),
            ("RYY", "ladder", LATER, [{"channel": "call", "after_days": 0}, {"channel": "home visit", "after_days": 3}]),
        ]
    ),
]
