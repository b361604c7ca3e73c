"""One delivered month: what its files say anew becomes events, in one transaction; what they lack is voided, restored or ended."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import asyncpg
import orjson

from services.referrals.handlers import staging
from services.referrals.handlers.accepting import Accepted, keep
from services.referrals.handlers.front_door import CONTRACT
from services.referrals.handlers.judge import Judged
from services.referrals.handlers.rekeying import MICROSECOND, regroup
from services.referrals.handlers.staging import MonthRefusedError, Progress, Staged
from services.referrals.handlers.telling import OwnEvents, Tell
from services.referrals.rules.mhsds.months import Before, Told, absent, carried, has_ended, later
from services.referrals.rules.mhsds.reading import Reading
from services.referrals.store import deliveries, ledger, people
from services.referrals.store.deliveries import SQL, Missing, ToldRow
from services.referrals.store.identities import Said
from services.referrals.store.identities import write as write_identities
from services.referrals.store.month_files import MonthFolder
from services.referrals.store.vault import Lookups, Vault
from shared.clock import london_date
from shared.events.catalogue import RECORDS, event_type
from shared.events.receipts import Flag
from shared.runtime.batch import write_outbox
from shared.runtime.database import Connection, columns

SYSTEM = "mhsds"
"""The sending system of what comes in files: `/<ods>/mhsds`."""


@dataclass
class Taken:
    """What became of a month: rows, refused rows, records and changed records by table; how many events were told, and how."""

    rows: dict[str, int]
    refused: dict[str, int] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    number: int = 0
    recorded: int = 0
    ended: int = 0
    restored: int = 0
    voided: int = 0
    restated: int = 0

    @property
    def events(self) -> int:
        return self.recorded + self.ended + self.restored + self.voided + self.restated


class How(NamedTuple):
    """How to take files: when they were received, whether the operator said so (`history`), and whether dates may be dd/mm/yyyy."""

    received: datetime
    history: bool
    uk: bool


class Deliveries:
    """Takes months. Holds the keys of the look-up and the vault."""

    def __init__(self, lookups: Lookups, vault: Vault) -> None:
        self._lookups = lookups
        self._vault = vault

    async def take(self, connection: Connection, folder: MonthFolder, how: How, progress: Progress) -> Taken:
        """Take one month, whole or not at all. Raises MonthRefusedError; `refused_row` then holds what was refused so far."""
        if folder.month.first > london_date(how.received):
            raise MonthRefusedError(f"{folder.month} has not begun on {london_date(how.received)}")
        reading = Reading.on(folder.provider, london_date(how.received), uk=how.uk)
        staged = await staging.stage(connection, folder, reading, progress)
        async for identities in staging.people(connection, folder.provider):
            async with connection.transaction():
                await people.introduce(connection, self._lookups, dict.fromkeys(identities, how.received))
        taken = Taken(staged.rows)
        async with connection.transaction():
            await _Month(self._lookups, self._vault, connection, folder, how, taken).take(staged)
        return taken


class _Month:
    """One month inside its transaction."""

    def __init__(self, lookups: Lookups, vault: Vault, connection: Connection, folder: MonthFolder, how: How, taken: Taken) -> None:
        self._lookups = lookups
        self._vault = vault
        self._connection = connection
        self._provider = folder.provider
        self._folder = folder
        self._month = folder.month
        self._how = how
        self._taken = taken
        self._received = how.received
        self._flags = [Flag.HISTORY.value] if how.history else []

    async def take(self, staged: Staged) -> None:
        connection, provider, first = self._connection, self._provider, self._month.first
        last = await deliveries.last(connection, provider, first)
        self._received = self._in_order(last.received)
        self._taken.number = last.number + 1
        await self._know_people()
        await staging.map_rows(connection, self._folder, staged, london_date(self._received))
        await self._say()
        async for changes in deliveries.special(connection, provider, first):
            await self._record(changes)
        async for gone in deliveries.missing(connection, provider, first, last.previous, staged.untouched):
            await self._miss(gone)
        if last.later:
            async for told in deliveries.later(connection, provider, first, self._received):
                await self._restate(told, last.later)
        await self._count()
        if not self._taken.events and last.number:
            return  # it says nothing new: it is no delivery
        await connection.execute(SQL["add_delivery"], provider, first, self._taken.number, self._received, self._how.history)
        await connection.execute(SQL["keep_told"], provider, self._received)
        await connection.execute(SQL["keep_refused"], provider, first)
        await connection.execute(SQL["forget_unsaid"], provider, first, sorted(staged.untouched))
        await connection.execute(SQL["refuse_rows"], provider, self._source, f"{provider}/{self._month}", self._received, CONTRACT)

    @property
    def _source(self) -> str:
        return f"/{self._provider}/{SYSTEM}"

    def _in_order(self, before: datetime | None) -> datetime:
        """Deliveries of a provider are received one after the other; those of one run a microsecond apart."""
        if before is None or before < self._how.received:
            return self._how.received
        if self._how.history and before - self._how.received > timedelta(seconds=1):
            raise MonthRefusedError(f"received at {self._how.received}, before the last delivery of {before}: import deliveries in order")
        return before + MICROSECOND

    async def _know_people(self) -> None:
        """Tell the rows whom they are about. A local id that turns out to be somebody else's takes its records along."""
        recorded = self._month.recorded(self._received)
        async for identities in staging.people(self._connection, self._provider):
            found = await people.resolve(self._connection, self._lookups, dict.fromkeys(identities, recorded))
            for identity in found.restated:
                cause = self._because("merge")
                tokens = [found.named[identity].local]
                outgoing = await regroup(self._connection, self._provider, tokens, cause, self._received, found.persons)
                await write_outbox(self._connection, outgoing)
            named = [(identity.local_id, *found.named[identity], found.persons[found.named[identity].local]) for identity in identities]
            await self._connection.execute(SQL["know_people"], *columns(named))

    def _because(self, kind: str) -> dict[str, str]:
        """This delivery as a cause."""
        return {"kind": kind, "source": self._source, "id": f"{self._month}.{self._taken.number}"}

    async def _say(self) -> None:
        """Tell what the rows say anew, as the provider's own events, all at once."""
        connection, prefix = self._connection, f"{self._month}.{self._taken.number}."
        recorded = self._month.recorded(self._received)
        saying = deliveries.Saying(self._source, prefix, recorded, self._received, self._flags)
        self._taken.recorded = await deliveries.say(connection, self._provider, self._month.first, saying)
        async for rows in deliveries.said_of_persons(connection):
            raws = [(row["position"], f'{{"data":{row["data"]},"person":{row["details"]}}}'.encode()) for row in rows]
            await ledger.write_raw(connection, self._vault, raws)
            told = [Said(row["token"], self._provider, orjson.loads(row["details"]), recorded) for row in rows if "," in row["details"]]
            await write_identities(connection, self._vault, self._lookups, told, self._received)

    async def _record(self, changes: Sequence[tuple[asyncpg.Record, Before | None]]) -> None:
        """The same, one by one, for records that earlier months or other people have a part in."""
        connection = self._connection
        positions = await ledger.positions(connection, len(changes))
        accepted, raws, told = [], [], []
        for position, (row, before) in zip(positions, changes, strict=True):
            own = Told(orjson.loads(row["data"]), frozenset(row["teams"] or ()))
            now = carried(own.data, own.teams, before, row["refused_teams"] or ())
            event = self._event(row["kind"], row["record_id"], now.data)
            details = orjson.loads(row["details"]) if row["details"] else {}
            raw = orjson.dumps({**event, "data": {**now.data, "person": details}} if details else event)
            if details:
                raws.append((position, raw))
            accepted.append(Accepted.of(position, self._provider, self._judged(row, event, details), raw))
            teams = sorted(now.teams) if row["kind"] == "referral" else None
            told.append(ToldRow(row["kind"], row["record_id"], self._month.first, True, row["own"], position, teams))
        named = [people.Named(row["token"], row["number_token"]) for row, _ in changes]
        persons = {row["token"]: row["personkey"] for row, _ in changes}
        await ledger.claim(connection, [(one.judged.event["id"], self._source, one.raw_hash, one.position) for one in accepted])
        outgoing = await keep(connection, self._lookups, self._vault, accepted, named, persons, self._received)
        await ledger.write_raw(connection, self._vault, raws)
        await write_outbox(connection, outgoing)
        await deliveries.copy(connection, "told", told)
        self._taken.recorded += len(told)

    def _event(self, kind: str, record_id: str, data: dict[str, Any]) -> dict[str, Any]:
        digest = hashlib.sha256(f"{kind}|{record_id}".encode()).hexdigest()[:32]
        return {
            "specversion": "1.0",
            "id": f"{self._month}.{self._taken.number}.{digest}",
            "source": self._source,
            "type": event_type(kind, voided=False),
            "recordedtime": self._month.recorded(self._received).isoformat(),
            "data": data,
        }

    def _judged(self, row: asyncpg.Record, event: dict[str, Any], details: dict[str, str]) -> Judged:
        """The event as if judged: its cells were checked one by one."""
        record, data = RECORDS[row["kind"]], event["data"]
        number = details.get("nhs_number")
        record_id = data[record.id_field] if record.id_field else ""
        recorded = self._month.recorded(self._received)
        return Judged(event, record, False, record_id, details, number, b"", recorded, row["strange"] + self._flags)

    async def _miss(self, gone: Sequence[Missing]) -> None:
        """Tell what became of records that the rows do not have."""
        tells, told = [], []
        for one in gone:
            now: Told | None = None
            if one.before is not None:
                now = absent(one.kind, one.before)
                if one.refused:  # it was submitted after all, in a row that says nothing
                    now = now._replace(data={name: value for name, value in now.data.items() if name != "not_submitted_after"})
            if not one.said and (now is None or one.kind != "referral" or has_ended(now.data)):
                continue
            tells.append(Tell(one.kind, one.record_id, self._month.first, now and now.data))
            teams = sorted(now.teams) if now and one.kind == "referral" else None
            told.append(ToldRow(one.kind, one.record_id, self._month.first, one.refused, None, None, teams))
            if now is None:
                self._taken.voided += 1
            elif one.kind == "referral" and not one.refused and not one.said:
                self._taken.ended += 1
            else:
                self._taken.restored += 1
        await self._tell(tells, told)

    async def _restate(self, changed: Sequence[deliveries.Later], months: Sequence[date]) -> None:
        """Tell anew, as of later months, what depends on this one."""
        tells, told = [], []
        for one in changed:
            states = [(month, one.states.get(month)) for month in months]
            for month, now in later(one.kind, states, one.before, previous=one.submitted).items():
                state = one.states.get(month)
                tells.append(Tell(one.kind, one.record_id, month, now and now.data))
                teams = sorted(now.teams) if now and one.kind == "referral" else None
                submitted = state is not None and state.submitted
                told.append(ToldRow(one.kind, one.record_id, month, submitted, one.owns.get(month), None, teams))
        await self._tell(tells, told)
        self._taken.restated += len(tells)

    async def _tell(self, tells: Sequence[Tell], told: Sequence[ToldRow]) -> None:
        """Tell these versions as events of our own, and note each in its row of `told`."""
        events = OwnEvents(self._connection, self._provider, self._because("delivery"), self._received, self._flags)
        positions = await events.tell(tells)
        rows = [row._replace(position=position) for row, position in zip(told, positions, strict=True)]
        await deliveries.copy(self._connection, "told", rows)

    async def _count(self) -> None:
        names = {number: table.name for number, table in deliveries.BY_NUMBER.items()}
        refused = await self._connection.fetch(SQL["refused_counts"])
        self._taken.refused = {names[row["tab"]]: row["rows"] for row in refused}
        for row in await self._connection.fetch(SQL["record_counts"], self._month.first):
            self._taken.records[names[row["tab"]]] = row["records"]
            self._taken.changed[names[row["tab"]]] = row["changed"]
