"""Three people of one register, through the public edge: one is asked twice, comes, has a finding and is helped; one dies before a text
goes and gets none; one beside them gets theirs. What is seen on the way is checked against what was done."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import httpx

from shared.clock import LONDON, london_date
from tests.support.recount_lives import DifferenceError
from tests.support.recount_outreach import SCHEDULES
from tests.support.running import Running

PROVIDER, WORKER = "XGF01", "tom.hughes"
ELEMENTS: dict[str, list[dict[str, Any]]] = {
    "alcohol": [{"name": "audit-c", "value": 2}],
    "blood glucose": [{"name": "hba1c", "value": 36, "unit": "mmol/mol"}],
    "blood pressure": [{"name": "systolic", "value": 126, "unit": "mmHg"}, {"name": "diastolic", "value": 78, "unit": "mmHg"}],
    "bmi": [{"name": "bmi", "value": 22.4, "unit": "kg/m2"}],
    "blood lipids": [{"name": "total cholesterol", "value": 4.8, "unit": "mmol/L"}],
    "smoking": [{"name": "smoking status", "value": "never"}],
}
HIGH = [{"name": "systolic", "value": 150, "unit": "mmHg"}, {"name": "diastolic", "value": 95, "unit": "mmHg"}]
PHONES = {"ada": "07700900111", "ben": "07700900222", "cleo": "07700900333"}
DEADLINE_S = 60.0


class Story:
    """What the practice's system and its worker do."""

    def __init__(self, stack: Running, now: datetime) -> None:
        self.stack, self.now, self.today = stack, now, london_date(now)
        self.sent = 0

    def day(self, ago: int) -> str:
        return str(self.today - timedelta(days=ago))

    def send(self, who: str, record: str, /, **data: Any) -> None:
        """One event, over HTTPS; the receipt says accepted."""
        self.sent += 1
        person = {"local_id": f"story-{who}", "name": who.title(), "telephone": PHONES[who]}
        event = {
            "specversion": "1.0", "id": f"story-{self.sent}", "source": f"/{PROVIDER}/gp", "type": f"cmh.{record}.recorded.v1",
            "recordedtime": (self.now - timedelta(hours=1) + timedelta(seconds=self.sent)).isoformat(),
            "data": {"provider": PROVIDER, "person": person, **data},
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {self.stack.target.api_keys[PROVIDER]}"}
        answer = httpx.post(f"{self.stack.site}/v1/events", json=event, headers=headers, timeout=30).raise_for_status().json()
        receipt = answer[0] if isinstance(answer, list) else answer["receipts"][0] if "receipts" in answer else answer
        agree(f"receipt of {record}", receipt["verdict"], "accepted")

    def registered(self, who: str, **preference: Any) -> None:
        """Known, on the register, checked a year and five days ago: everything is overdue."""
        self.send(who, "person", birth_date="1980-05-17", practice="XG0701", local_authority="E06999002")
        entry = {"entry_id": f"story-{who}", "condition": "schizophrenia", "entered_on": self.day(900), "practice": "XG0701"}
        self.send(who, "register", **entry, responsible=PROVIDER)
        for element, readings in ELEMENTS.items():
            self.checked(who, element, readings, 370)
        if preference:
            self.send(who, "preference", **preference)

    def checked(self, who: str, element: str, readings: list[dict[str, Any]], ago: int) -> None:
        named = {"check_id": f"story-{who}-{element}-{ago}", "element": element, "on": self.day(ago), "status": "recorded"}
        self.send(who, "health-check", **named, readings=readings)

    def key(self, who: str) -> str:
        rows = self.stack.query(f"select personkey from referrals.events where kind = 'register' and record_id = 'story-{who}'")
        return str(rows[0]["personkey"])

    def due(self, who: str) -> list[tuple[str, ...]]:
        """(schedule, element or finding, due day, status, attempts, last result) of checks and follow-ups that are due for somebody."""
        self.stack.clockstop("settle", "--timeout", "120")
        key = self.key(who)
        return [row[2:] for row in self.stack.outreach("due") if row[1] == key and row[2] in SCHEDULES]

    def post(self, client: httpx.Client, path: str, who: str, **fields: str) -> None:
        """A form of the worklist, sent as a browser does."""
        page = client.get("/health-checks/list").raise_for_status().text
        token = re.search(r'name="csrf" value="([^"]+)"', page)
        given = {"csrf": token[1] if token else "", "person": self.key(who), "back": "/health-checks/list", **fields}
        answer = client.post(path, data=given)
        if answer.status_code >= 400:
            said = " ".join(re.sub("<[^>]+>", " ", answer.text).split())
            raise DifferenceError(f"{path}: {answer.status_code} {said[:600]}")

    def message(self, who: str) -> Any:
        rows = self.stack.query(f"select state, why from outreach.message where personkey = '{self.key(who)}'")
        return (rows[0]["state"], rows[0]["why"]) if rows else None

    def texts(self, who: str) -> int:
        """How many texts the stand-in for Notify took for somebody."""
        sent = httpx.get(f"{self.stack.stack['notify_url']}/stand-in/messages", timeout=30).raise_for_status().text
        return re.sub(r"[ +]|44(?=7700)", "", sent).count(PHONES[who][1:])


def story(stack: Running, now: datetime) -> Iterator[str]:
    """Live it; a line for each of the three. DifferenceError when something is not as it should be."""
    told = Story(stack, now)
    hour = now.astimezone(LONDON).hour
    quiet = {"from": f"{(hour - 1) % 24:02}:00", "to": f"{(hour + 3) % 24:02}:00"}
    told.registered("ada")
    told.registered("ben", channels=["text"], quiet_hours=quiet)
    told.registered("cleo", channels=["text"])
    checked = told.today - timedelta(days=370)
    a_year_on = str(date(checked.year + 1, checked.month, 28 if (checked.month, checked.day) == (2, 29) else checked.day))
    overdue = [("annual-recall", element, a_year_on, "overdue", "0", "") for element in sorted(ELEMENTS)]
    agree("overdue after a year and five days", told.due("ada"), overdue)
    with stack.signed_in(WORKER) as client:
        yield from _tried_and_came(told, client)
        yield from _died(told, client)


def _tried_and_came(told: Story, client: httpx.Client) -> Iterator[str]:
    for number, (ago, channel, result) in enumerate(((9, "text", "no answer"), (1, "call", "agreed"))):
        fields = {"channel": channel, "made_on": told.day(ago), "result": result, "reason": "as the worker says"}
        told.post(client, "/health-checks/attempts", "ada", attempt_id=f"story-attempt-{number}", **fields)
    agree("attempts on the worklist", {row[4:] for row in told.due("ada")}, {("2", "agreed")})
    for element, readings in ELEMENTS.items():
        told.checked("ada", element, HIGH if element == "blood pressure" else readings, 0)
    due_on = str(told.today + timedelta(days=28))
    wanted = [("follow-up", "blood pressure", due_on, "due soon", "0", "")]
    agree("after the check", told.due("ada"), wanted)
    told.send(
        "ada", "physical-intervention", record_id="story-1", kind="hypertension", finding="blood pressure", on=told.day(0), status="started"
    )
    agree("after the treatment began", told.due("ada"), [])
    closed = told.stack.query(f"select outcome from outreach.task where personkey = '{told.key('ada')}' and schedule = 'follow-up'")
    agree("the follow-up", [row["outcome"] for row in closed], ["done"])
    yield "Ada: overdue, two attempts, came, a high blood pressure followed up and treated"


def _died(told: Story, client: httpx.Client) -> Iterator[str]:
    for who in ("ben", "cleo"):
        told.post(client, "/health-checks/messages", who, attempt_id=f"story-text-{who}")
    agree("a text in quiet hours", told.message("ben"), ("queued", None))
    told.send("ben", "person", birth_date="1980-05-17", practice="XG0701", local_authority="E06999002", death_date=told.day(0))
    told.send("ben", "preference", channels=["text"])  # nothing but the death holds the text back any more
    wait("the text is cancelled", lambda: (told.message("ben") or ("",))[0] == "cancelled")
    agree("why", told.message("ben"), ("cancelled", "died"))
    agree("due for the dead", told.due("ben"), [])
    night = not all(8 <= (told.now + timedelta(minutes=ahead)).astimezone(LONDON).hour < 20 for ahead in (0, 10))
    if not night:
        wait("the other text goes", lambda: told.texts("cleo") == 1)
    agree("texts to the dead", told.texts("ben"), 0)
    yield f"Ben: died between queueing and sending, no text; Cleo's {'waits for the morning' if night else 'went'}"


def agree(what: str, ours: object, wanted: object) -> None:
    if ours != wanted:
        raise DifferenceError(f"{what}: {ours} is not {wanted}")


def wait(what: str, there: Callable[[], bool]) -> None:
    """Look until it is so; DifferenceError when time runs out."""
    deadline = time.monotonic() + DEADLINE_S
    while not there():
        if time.monotonic() > deadline:
            raise DifferenceError(f"{what}: not within {DEADLINE_S:g} s")
        time.sleep(0.2)
