"""Reads an ASCII timeline into a document and what was entered.

A row is `date | event | details`, as in `tests.spec.table`: dates without a year are in 2024, details are phrases parted by commas, and
what they leave out is ordinary: one person with schizophrenia who lives in England, provider RXX, practice Y00001, which is responsible.
The event names its record: an element, `register`, `medicine clozapine`, `attempt text`, ...; a last word in capitals is its id, and
without one each row is a record of its own. `all six` records the six elements, each within its thresholds.
"""

import re
from datetime import UTC, date, datetime
from typing import Any

from services.outreach.rules.entered import Answer, Attempt, Entered
from services.outreach.rules.ladder import RESULTS
from services.outreach.rules.schedule import CHECKED, ELEMENTS
from shared.versions import Document, fold
from tests.spec.table import day, rows

ATTENDANCE = {"attended": "5", "did not attend": "3", "cancelled by the person": "2", "cancelled by the provider": "4", "booked": None}
WITHIN: dict[str, list[dict[str, Any]]] = {
    "alcohol": [{"name": "audit-c", "value": 4.0}],
    "blood glucose": [{"name": "hba1c", "value": 41.0, "unit": "mmol/mol"}],
    "blood pressure": [{"name": "systolic", "value": 140.0, "unit": "mmHg"}, {"name": "diastolic", "value": 90.0, "unit": "mmHg"}],
    "bmi": [{"name": "bmi", "value": 22.0, "unit": "kg/m2"}],
    "blood lipids": [{"name": "total cholesterol", "value": 6.0, "unit": "mmol/L"}],
    "smoking": [{"name": "smoking status", "value": "never"}],
}
UNITS = {"weight": "kg", "bmi": "kg/m2", "systolic": "mmHg", "diastolic": "mmHg", "hba1c": "mmol/mol"}
NAMES = "systolic|diastolic|hba1c|fasting glucose|random glucose|total cholesterol|bmi|weight|audit-c"
RECORD_ID = re.compile(r"(.*?)(?: ([A-Z]\d+))?")
CLINIC = "RXX"


class Told:
    """The document and what was entered, row by row; a later row of one record is received later."""

    def __init__(self, table: str) -> None:
        self.document: Document = {}
        self._attempts: list[Attempt] = []
        self._answers: list[Answer] = []
        self._received = 0
        for row in [] if not table.strip() else rows(table):
            match = RECORD_ID.fullmatch(row.event)
            assert match
            phrases = [phrase for phrase in (phrase.strip() for phrase in row.details.split(",")) if phrase]
            self._row(match[1], match[2] or f"r{self._received}", day(row.on), phrases)
        if not any("|person|" in key for key in self.document):
            self._say("person", "", date(2000, 1, 1), {"local_authority": "E06999001"}, CLINIC)

    @property
    def entered(self) -> Entered:
        return Entered(self._attempts, self._answers)

    def _row(self, event: str, record_id: str, on: date, phrases: list[str]) -> None:
        provider = next((phrase.removeprefix("at ") for phrase in phrases if phrase.startswith("at ")), CLINIC)
        phrases = [phrase for phrase in phrases if not phrase.startswith("at ")]
        recorded = next((day(phrase.removeprefix("recorded ")) for phrase in phrases if phrase.startswith("recorded ")), on)
        phrases = [phrase for phrase in phrases if not phrase.startswith("recorded ")]
        if event == "all six":
            for element in ELEMENTS:
                self._row(element, f"{record_id}{element}", on, [*phrases, f"at {provider}"])
        elif event.startswith("attempt "):
            self._attempts.append(_attempt(event.removeprefix("attempt "), record_id, on, provider, phrases))
        elif event.startswith("answer "):
            self._answers.append(_answer(event.removeprefix("answer "), record_id, on, phrases))
        else:
            kind, data = _record(event, on, phrases)
            record_id = "" if kind in {"person", "preference"} else record_id
            self._say(kind, record_id, recorded, None if "voided" in phrases else data, provider)

    def _say(self, kind: str, record_id: str, recorded: date, data: dict[str, Any] | None, provider: str) -> None:
        self._received += 1
        instant = int(datetime(recorded.year, recorded.month, recorded.day, 12, tzinfo=UTC).timestamp()) * 1_000_000
        version = [instant + self._received, self._received, f"/{provider}/epr", f"e-{self._received}", data]
        fold(self.document, kind, provider, record_id, version)


def _record(event: str, on: date, phrases: list[str]) -> tuple[str, dict[str, Any]]:
    iso = on.isoformat()
    if event in CHECKED:
        return "health-check", _check(event, iso, phrases)
    kind, _, what = event.partition(" ")
    data: dict[str, Any] = {
        "register": {"condition": "schizophrenia", "entered_on": iso, "practice": "Y00001", "responsible": "practice"},
        "medicine": {"kind": what, "started_on": iso},
        "protocol": {"kind": what, "from": iso},
        "intervention": {"kind": what, "on": iso, "status": "started"},
        "vaccination": {"kind": what, "on": iso, "status": "given"},
        "person": {"local_authority": "E06999001"},
        "preference": {},
        "plan": {"created_on": iso},
        "contact": {"on": iso, "attendance": "5"},
        "referral": {"received_on": iso},
    }[kind]
    for phrase in phrases:
        _read(data, phrase)
    names = {"medicine": "medication", "protocol": "monitoring", "intervention": "physical-intervention", "plan": "care-plan"}
    return names.get(kind, kind), data


def _check(element: str, iso: str, phrases: list[str]) -> dict[str, Any]:
    data: dict[str, Any] = {"element": element, "on": iso, "status": "recorded"}
    readings = []
    for phrase in phrases:
        match = re.fullmatch(rf"({NAMES}) ([\d.]+)( %)?", phrase)
        if match:
            unit = (match[3] and "%") or UNITS.get(match[1], None if match[1] == "audit-c" else "mmol/L")
            readings.append({"name": match[1], "value": float(match[2]), "unit": unit})
        elif phrase in {"current", "former", "never"}:
            readings.append({"name": "smoking status", "value": phrase})
        elif phrase in {"declined", "unsuitable"}:
            data["status"] = phrase
        else:
            assert phrase in {"voided", "home", "trust", "practice", "community"}, f"cannot read the detail {phrase!r}"
            data["setting"] = phrase
    if data["status"] == "recorded":
        data["readings"] = readings or WITHIN.get(element, [])
    return data


def _read(data: dict[str, Any], phrase: str) -> None:
    if phrase in {"offered", "declined", "started", "attended", "completed", "given", "unsuitable"} and "status" in data:
        data["status"] = phrase
    elif phrase in ATTENDANCE:
        data["attendance"] = ATTENDANCE[phrase]
    elif phrase in {"voided", "direct access"}:
        pass
    elif phrase in {"opt out", "restricted"}:
        data[phrase.replace(" ", "_")] = True
    elif phrase in {"bipolar affective disorder", "other psychosis"}:
        data["condition"] = phrase
    else:
        match = next((match for pattern in PATTERNS if (match := re.fullmatch(pattern, phrase))), None)
        assert match, f"cannot read the detail {phrase!r}"
        PATTERNS[match.re.pattern](data, match[1])


def _dated(field: str) -> Any:
    return lambda data, on: data.update({field: day(on).isoformat()})


def _named(field: str) -> Any:
    return lambda data, name: data.update({field: name})


PATTERNS: dict[str, Any] = {
    r"left (.+)": _dated("left_on"),
    r"in remission (.+)": _dated("remission_on"),
    r"stopped (.+)": _dated("stopped_on"),
    r"to (.+)": _dated("to"),
    r"review (\d.+)": _dated("review_due_on"),
    r"updated (.+)": _dated("updated_on"),
    r"died (.+)": _dated("death_date"),
    r"discharged (.+)": _dated("discharged_on"),
    r"practice (\w+)": _named("practice"),
    r"responsible (.+)": _named("responsible"),
    r"nobody (said to be responsible)": lambda data, _: data.pop("responsible"),
    r"lives in (\w+)": _named("local_authority"),
    r"ethnicity (\w+)": _named("ethnicity"),
    r"for (.+)": _named("finding"),
    r"on (\w+)": _named("referral_id"),
    r"every (\d+) days": lambda data, days: data.update(every_days=int(days)),
    r"wants (.+)": lambda data, channels: data.update(channels=channels.split(" then ")),
    r"reads (.+)": lambda data, form: data.update(formats=[form]),
}


def _attempt(channel: str, record_id: str, on: date, provider: str, phrases: list[str]) -> Attempt:
    said: dict[str, Any] = {"result": None, "reason": None, "part": (), "until": None, "voided_at": None}
    anchor, schedule = f"{provider}|register|E1", "annual-recall"
    made_at = datetime(on.year, on.month, on.day, 10, tzinfo=UTC)
    for phrase in phrases:
        if phrase in RESULTS:
            said |= {"result": phrase, "reason": "told the worker"}
        elif phrase == "voided":
            said["voided_at"] = made_at
        elif phrase.startswith("until "):
            said["until"] = day(phrase.removeprefix("until "))
        elif phrase.startswith("for "):
            schedule = phrase.removeprefix("for ")
        elif phrase.startswith("about "):
            anchor = f"{provider}|{phrase.removeprefix('about ').replace(' ', '|')}"
        else:
            assert phrase in CHECKED, f"cannot read the detail {phrase!r}"
            said["part"] = (*said["part"], phrase)
    return Attempt(f"a-{record_id}", "p1", anchor, schedule, channel, on, made_at, "worker", automatic=False, entered_at=made_at, **said)


def _answer(task_id: str, record_id: str, on: date, phrases: list[str]) -> Answer:
    entered_at = datetime(on.year, on.month, on.day, 10, tzinfo=UTC)
    voided_at = entered_at if "voided" in phrases else None
    answer = next(phrase for phrase in phrases if phrase in {"accepted", "declined", "later"})
    return Answer(
        f"w-{record_id}", f"{CLINIC}|register|E1", task_id.replace("/", "|"), answer, None, "asked", on, "worker", entered_at, voided_at
    )
