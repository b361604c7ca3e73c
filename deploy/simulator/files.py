"""The same history as MHSDS files: what each provider's system would export month by month, `DIR/<provider>/<YYYY-MM>/<table>.csv`.

A row stands in the file of the month in which it was told, so a late contact lies outside its folder's month, and a version told in a
later month stands in both. What the tables cannot say is left out: kinds without a table, a void of a later month.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from deploy.simulator.community import chance
from deploy.simulator.journeys import ID_FIELDS, Event
from deploy.simulator.shares import LEFT_OUT_A_MONTH
from services.referrals.rules.mhsds import layout
from services.referrals.rules.mhsds.writing import Contact, MonthRows
from services.referrals.store.month_files import MonthFiles

Say = Callable[[str], None]
ENDS = {"referral": ("discharged_on", "rejected_on", "closed_on"), "stay": ("discharged_on",), "assignment": ("to",), "care-plan": ()}
"""Kinds that are sent each month while they live, and the dates that end them."""


class Told(NamedTuple):
    """A record as told last, and whose it is."""

    person: dict[str, str]
    data: dict[str, Any]


class Written(NamedTuple):
    months: int
    rows: int


class _Books:
    """What one provider's system knows."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.persons: dict[str, Told] = {}
        self.living: dict[tuple[str, str], Told] = {}
        self.month: dict[tuple[str, str], Told] = {}

    def note(self, event: Event) -> None:
        _, kind, state, _ = event["type"].split(".")
        data = event["data"]
        told = Told(data["person"], data)
        if kind == "person":
            self.persons[told.person["local_id"]] = told
        elif kind in ID_FIELDS:
            books = self.living if kind in ENDS else self.month
            key = (kind, data[ID_FIELDS[kind]])
            if state == "voided":
                books.pop(key, None)
            else:
                books[key] = told

    def close(self, month: date, folder: Path, seed: int) -> int:
        """Write a month's files; returns their rows."""
        first, rows = month.isoformat(), MonthRows(self.provider, month)
        draw = chance(seed, "left out", self.provider, first)
        self.living = {key: told for key, told in self.living.items() if not _ended(key[0], told.data, first)}
        sent = {key: told for key, told in self.living.items() if key[0] != "referral" or draw.random() >= LEFT_OUT_A_MONTH}
        in_care = {told.person["local_id"] for key, told in sent.items() if key[0] == "referral"}
        sent = {key: told for key, told in sent.items() if told.person["local_id"] in in_care}
        contacts = {key[1]: Contact(told.data["on"], told.data.get("attendance") in {"5", "6"}) for key, told in self.month.items()
                    if key[0] == "contact"}  # fmt: skip
        with MonthFiles(folder) as files:
            for table in (layout.PERSON, layout.REFERRAL):
                files.table(table)
            for local_id in sorted(in_care | {told.person["local_id"] for told in self.month.values()}):
                if told := self.persons.get(local_id):
                    number, postcode = told.person.get("nhs_number", ""), told.person["postcode"]
                    files.write(rows.add("person", "", local_id, told.data, nhs_number=number, postcode=postcode))
            for (kind, record_id), told in [*sent.items(), *self.month.items()]:
                contact = contacts.get(told.data.get("contact_id", ""))
                files.write(rows.add(kind, record_id, told.person["local_id"], told.data, contact=contact))
            files.write(rows.closing(_next(month) - timedelta(days=1)))
            self.month.clear()
            return sum(files.rows.values())


def write(events: Iterable[Event], first: date, until: date, folder: Path, seed: int, say: Say) -> Written:
    """Write the whole months of a history from that of `first` to that before `until`.

    Of what was told earlier only what still lives is sent.
    """
    month, books, written = first.replace(day=1), dict[str, _Books](), Written(0, 0)

    def close() -> None:
        nonlocal month, written
        rows = sum(own.close(month, folder / provider / f"{month:%Y-%m}", seed) for provider, own in books.items())
        written = Written(written.months + 1, written.rows + rows)
        say(f"{month:%B %Y}: {rows:,} rows of {len(books)} providers")
        month = _next(month)

    for event in events:
        if event["recordedtime"] >= _next(month).isoformat():
            close()
        if event["recordedtime"] < month.isoformat() and event["type"].split(".")[1] not in {*ENDS, "person"}:
            continue
        provider = event["data"]["provider"]
        if provider not in books:
            books[provider] = _Books(provider)
        books[provider].note(event)
    if _next(month) <= until:
        close()
    return written


def _ended(kind: str, data: dict[str, Any], first: str) -> bool:
    return any(data.get(end, first) < first for end in ENDS[kind])


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
