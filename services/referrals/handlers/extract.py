"""A register extract: what its rows say anew becomes events through the front door; who is missing is named, or taken off the register."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson

from services.referrals.handlers.front_door import CONTRACT, Arrival, FrontDoor
from services.referrals.handlers.judge import Incoming
from services.referrals.publish import Told as Receipt
from services.referrals.rules.mhsds.reading import Fault
from services.referrals.rules.register import Check, Row
from services.referrals.store import extracts, ledger, people
from services.referrals.store.extracts import Told
from shared.events.catalogue import event_type
from shared.events.receipts import Verdict
from shared.runtime.batch import write_outbox
from shared.runtime.database import Connection

SYSTEM = "register"
"""The sending system of what comes in extracts: `/<ods>/register`."""
Record = dict[str, Any]


class How(NamedTuple):
    """How an extract is taken: when it was received, as of which instant and day its rows stand, and by whom it is taken in."""

    received: datetime
    recorded: datetime
    day: date
    by: str


class Line(NamedTuple):
    """A row, the line of the file that it begins on, and the provider in whose name it is told."""

    number: int
    provider: str
    row: Row


class Found(NamedTuple):
    """What there is to say of a line: `taken` no, in part, or flagged."""

    line: int
    fault: Fault
    taken: str


class Missing(NamedTuple):
    """Somebody who was on a register and is not in the extract; `ended`: taken off."""

    provider: str
    practice: str
    local_id: str
    entered_on: str
    ended: bool


@dataclass
class Outcome:
    """What became of rows."""

    events: int = 0
    unchanged: int = 0
    found: list[Found] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)


@dataclass
class _Say:
    """One version of a record on its way through the door."""

    line: Line
    name: str  # of the record among the person's: person, register-1, preference, check-<element>-<day>
    kind: str
    data: Record
    own: str
    check: Check | None = None
    voided: bool = False
    event_id: str = ""


class Extracts:
    """Takes the rows of extracts through a front door."""

    def __init__(self, door: FrontDoor, how: How) -> None:
        self._door, self._how = door, how

    async def take(self, connection: Connection, lines: Sequence[Line]) -> Outcome:
        """Take rows of people who each stand in one row. In the caller's transaction."""
        outcome = Outcome()
        tokens = await self._tokens(connection, lines)
        told = await self._known(connection, tokens)
        persons = [self._say(line, "person", "person", line.row.person | {"person": line.row.details}) for line in lines]
        new = [say for say in persons if not _as_before(say, told.get(tokens.get(_local(say.line), 0)))]
        await self._send(connection, new, outcome)
        outcome.refused = {found.line for found in outcome.found if found.taken == "no"}
        taken = [line for line in lines if line.number not in outcome.refused]
        tokens = await self._tokens(connection, taken)
        people_now = {
            token: told.get(token) or Told(line.row.entry["practice"], self._how.recorded) for line, token in _with(taken, tokens)
        }
        for say in new:
            if say.line.number not in outcome.refused:
                self._note(say, people_now[tokens[_local(say.line)]])
        says = [say for line, token in _with(taken, tokens) for say in self._records(line, token, people_now[token])]
        accepted = await self._send(connection, says, outcome)
        for say in accepted:
            self._note(say, people_now[tokens[_local(say.line)]])
        unchanged = {line.number for line in taken} - {say.line.number for say in (*new, *says)}
        outcome.unchanged = len(unchanged)
        for line, token in _with(taken, tokens):
            self._settle(line, people_now[token])
        for provider in {line.provider for line in taken}:
            here = {token: people_now[token] for line, token in _with(taken, tokens) if line.provider == provider}
            await extracts.keep(connection, provider, here)
        return outcome

    async def refuse(self, connection: Connection, provider: str, file: str, found: Sequence[Found]) -> None:
        """Keep what was wrong with rows before they became events, where senders look for it. `provider` "": nobody's."""
        numbers = await ledger.positions(connection, len(found)) if provider else []
        rows = [
            ledger.RefusalRow(
                position, provider, f"/{provider}/{SYSTEM}", f"{file}:{one.line}"[:200], None, Verdict.REJECTED, one.fault.reason,
                one.fault.column, one.fault.detail, None, None, None, None,
            )
            for position, one in zip(numbers, found, strict=False)
        ]  # fmt: skip
        await ledger.write_refusals(connection, rows, self._how.received, CONTRACT)

    async def tokens(self, connection: Connection, locals_: Iterable[tuple[str, str]]) -> set[int]:
        """The tokens of those of these (provider, local id) who are known."""
        return set((await people.tokens(connection, self._door.lookups, locals_)).values())

    async def missing(
        self, connection: Connection, provider: str, practice: str, seen: Sequence[int], *, end: bool
    ) -> tuple[list[Missing], int]:
        """Who is missing from a practice's extract, and the events told of it. `end`: take them off its register on the extract's day."""
        found: list[Missing] = []
        outcome = Outcome()
        gone = await extracts.missing(connection, provider, practice, self._how.recorded, seen)
        says = []
        for one in gone.values():
            local_id = await self._local_id(connection, provider, one)
            entered_on = one.entry["entered_on"]
            found.append(Missing(provider, practice, local_id, entered_on, end))
            if end:
                row = Row({"local_id": local_id}, {}, one.entry | {"left_on": max(str(self._how.day), entered_on)}, None, [], [])
                says.append((one, self._entry(Line(0, provider, row), one)))
        for one, say in says:
            if say is not None and await self._send(connection, [say], outcome):
                self._note(say, one)
                self._settle(say.line, one)
        await extracts.keep(connection, provider, gone if end else {})
        return found, outcome.events

    # What a row says

    def _records(self, line: Line, token: int, told: Told) -> list[_Say]:
        """Its records but for the person, as far as they are new."""
        entry = self._entry(line, told, token) if self._current(told) else None
        says = [] if entry is None else [entry]
        if line.row.wishes is not None and self._current(told):
            says.append(self._say(line, "preference", "preference", line.row.wishes))
        for check in line.row.checks:
            name = f"check-{check.element.replace(' ', '_')}-{check.on}"
            says.append(self._say(line, name, "health-check", check.data | {"check_id": f"{token}-{name}"}, check))
            if self._current(told):
                says += [self._void(line, token, later) for later in told.told if later > name and later[:-10] == name[:-10]]
        return [say for say in says if not _as_before(say, told)]

    def _entry(self, line: Line, told: Told, token: int | None = None) -> _Say | None:
        """The entry; one after an entry that ended is another one, and an earlier or later first day of the same one is a correction."""
        before, data = told.entry, {name: value for name, value in line.row.entry.items() if name != "entry_id"}
        number = int(before["entry_id"].rpartition("-")[2]) if before else 1
        token = token if token is not None else int(before["entry_id"].split("-")[1])
        ended = before.get("left_on") or before.get("remission_on")
        if ended and data["entered_on"] >= ended and data["entered_on"] != before["entered_on"]:
            number += 1
        return self._say(line, f"register-{number}", "register", data | {"entry_id": f"register-{token}-{number}"})

    def _void(self, line: Line, token: int, name: str) -> _Say:
        """A check that a later extract dates earlier: its day was wrong."""
        return self._say(line, name, "health-check", {"check_id": f"{token}-{name}"}, voided=True)

    def _say(self, line: Line, name: str, kind: str, data: Record, check: Check | None = None, *, voided: bool = False) -> _Say:
        content = orjson.dumps([name, data, voided], option=orjson.OPT_SORT_KEYS)
        own = self._door.lookups.content(content).hex()[:32]
        return _Say(line, name, kind, data, own, check, voided)

    def _current(self, told: Told) -> bool:
        """Whether nothing later was taken of this person: what an older extract says of entry and wishes is superseded."""
        return self._how.recorded >= told.recorded

    def _note(self, say: _Say, told: Told) -> None:
        if say.voided:
            del told.told[say.name]
        elif self._current(told) or say.name not in told.told:
            told.told[say.name] = {"event": say.event_id, "own": say.own}
            if say.kind == "register":
                told.entry = say.data

    def _settle(self, line: Line, told: Told) -> None:
        if self._current(told):
            told.practice, told.recorded = line.row.entry["practice"], self._how.recorded
            told.on_register = bool(told.entry) and not (told.entry.get("left_on") or told.entry.get("remission_on"))

    # Through the door

    async def _send(self, connection: Connection, says: Sequence[_Say], outcome: Outcome) -> list[_Say]:
        """Those that were taken; what the front door says of the others, and its flags, is in `outcome`."""
        arrivals = [Arrival(Incoming(say.line.provider, orjson.dumps(self._event(say)), at_its_time=False)) for say in says]
        receipts, outgoing = await self._door.receive(connection, arrivals, self._how.received, tell=False)
        await write_outbox(connection, outgoing)
        accepted = []
        for say, receipt in zip(says, receipts, strict=True):
            if receipt.verdict in {Verdict.ACCEPTED, Verdict.DUPLICATE}:
                accepted.append(say)
                outcome.events += receipt.verdict is Verdict.ACCEPTED
                outcome.found += [
                    Found(say.line.number, Fault(_column(say, None), flag, f"{say.kind}: {flag}"), "flagged") for flag in receipt.flags
                ]
            else:
                outcome.found.append(
                    Found(say.line.number, _fault(say, receipt), "no" if say.kind in {"person", "register"} else "in part")
                )
        return accepted

    def _event(self, say: _Say) -> Record:
        provider, recorded = say.line.provider, self._how.recorded.isoformat()
        named = f"{provider}|{say.line.row.local_id}|{say.name}|{recorded}|{say.own}"
        say.event_id = f"register-{hashlib.sha256(named.encode()).hexdigest()[:32]}"
        return {
            "specversion": "1.0",
            "id": say.event_id,
            "source": f"/{provider}/{SYSTEM}",
            "type": event_type(say.kind, voided=say.voided),
            "recordedtime": recorded,
            "data": {"provider": provider, "person": {"local_id": say.line.row.local_id}, **say.data},
        }

    async def _tokens(self, connection: Connection, lines: Iterable[Line]) -> dict[tuple[str, str], int]:
        return await people.tokens(connection, self._door.lookups, {_local(line) for line in lines})

    @staticmethod
    async def _known(connection: Connection, tokens: dict[tuple[str, str], int]) -> dict[int, Told]:
        found: dict[int, Told] = {}
        for provider in sorted({provider for provider, _ in tokens}):
            found |= await extracts.known(connection, provider, [token for local, token in tokens.items() if local[0] == provider])
        return found

    async def _local_id(self, connection: Connection, provider: str, told: Told) -> str:
        """The local id, as the vault has it; the reading is logged."""
        event = told.told["person"]["event"]
        position = await connection.fetchval(extracts.SQL["position"], f"/{provider}/{SYSTEM}", event)
        raw = await ledger.read_raw(connection, self._door.vault, position, by=self._how.by, purpose="missing from a register extract")
        return str(orjson.loads(raw or b"")["data"]["person"]["local_id"])


def _local(line: Line) -> tuple[str, str]:
    return line.provider, line.row.local_id


def _with(lines: Iterable[Line], tokens: dict[tuple[str, str], int]) -> Iterable[tuple[Line, int]]:
    return [(line, tokens[_local(line)]) for line in lines]


def _as_before(say: _Say, told: Told | None) -> bool:
    if told is None:
        return False
    return not say.voided and told.told.get(say.name, {}).get("own") == say.own


def _fault(say: _Say, receipt: Receipt) -> Fault:
    """What the front door says of an event, at the column that it came from."""
    left = "" if say.kind == "person" else f"; the {say.kind} was left out"
    return Fault(_column(say, receipt.field), str(receipt.reason), f"{receipt.detail}{left}")


def _column(say: _Say, field: str | None) -> str:
    if say.check is not None:
        return say.check.column(field)
    return {"provider": "practice"}.get(last := (field or "practice").rpartition(".")[2], last)
