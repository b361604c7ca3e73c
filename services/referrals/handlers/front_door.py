"""The front door: judge -> dedupe -> resolve the person -> ledger -> canonical event -> receipt, for a batch in one transaction.

Kafka and HTTPS take this same way. A refused event never stops the next one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from services.referrals import publish
from services.referrals.handlers.accepting import Accepted, accept
from services.referrals.handlers.judge import Incoming, Judged, Refusal, judge
from services.referrals.publish import Told
from services.referrals.store import ledger
from services.referrals.store import reference as reference_store
from services.referrals.store.reference import Reference
from services.referrals.store.vault import Lookups, Vault
from shared.events.receipts import Reason, Receipt, Verdict
from shared.events.topics import provider_of
from shared.runtime.batch import Batch, Record, write_outbox
from shared.runtime.database import Connection
from shared.runtime.reference import Cached

CONTRACT = "1.1"
"""The version of the event contract that judges; quarantined events judged by another one are judged again."""


class Arrival(NamedTuple):
    """One event and where it came from; `record` is None over HTTPS. `came`: when it came first, if it was set aside then."""

    incoming: Incoming
    record: Record | None = None
    came: datetime | None = None


class _Case(NamedTuple):
    """One arrival on its way through the door."""

    arrival: Arrival
    position: int
    judged: Judged | Refusal


class FrontDoor:
    """Holds the keys and the cached reference data; everything else is in the transaction it is given."""

    def __init__(self, lookups: Lookups, vault: Vault) -> None:
        self.lookups = lookups
        self.vault = vault
        self._reference: Cached[Reference] = Cached(reference_store.load)

    async def consume(self, batch: Batch) -> None:
        """The handler of the ingress topics: `in.<ods>.v1`, whose name is bound to the sender."""
        readable = [record for record in batch.records if record.unreadable is None]
        arrivals = [Arrival(Incoming(provider_of(record.topic), record.value or b""), record) for record in readable]
        receipts, outgoing = await self.receive(batch.connection, arrivals, batch.received, tell=True)
        for record, receipt in zip(readable, receipts, strict=True):
            batch.count(record, receipt.verdict.value)
        batch.outgoing += outgoing
        await self._unreadable(batch, [record for record in batch.records if record.unreadable is not None])

    async def receive(
        self, connection: Connection, arrivals: Sequence[Arrival], received: datetime, *, tell: bool
    ) -> tuple[list[Told], list[publish.Outgoing]]:
        """Take the arrivals in; returns a receipt for each, in order, and the events to write to the outbox.

        `tell`: also publish the receipts on the providers' topics (events that came over Kafka).
        """
        if not arrivals:
            return [], []
        reference = await self._reference.get(connection)
        numbers = await ledger.positions(connection, len(arrivals))
        cases = [
            _Case(arrival, position, judge(arrival.incoming, arrival.came or received, reference))
            for arrival, position in zip(arrivals, numbers, strict=True)
        ]
        receipts = await self._dedupe(connection, cases)
        accepted = [
            Accepted.of(case.position, case.arrival.incoming.provider, case.judged, case.arrival.incoming.raw)
            for case in cases
            if isinstance(case.judged, Judged) and receipts[case.position].verdict is Verdict.ACCEPTED
        ]
        outgoing = await accept(connection, self.lookups, self.vault, accepted, received) if accepted else []
        await self._refuse(connection, cases, receipts, received)
        await ledger.write_raw(
            connection,
            self.vault,
            [(case.position, case.arrival.incoming.raw) for case in cases if receipts[case.position].verdict is not Verdict.DUPLICATE],
        )
        told = [receipts[case.position] for case in cases]
        if tell:
            outgoing += [publish.receipt(c.arrival.incoming.provider, c.position, receipts[c.position], received) for c in cases]
        return told, outgoing

    async def _dedupe(self, connection: Connection, cases: Sequence[_Case]) -> dict[int, Told]:
        """A receipt for each position: the first with an id is accepted, the same again is a duplicate, other content a conflict."""
        receipts: dict[int, Told] = {}
        firsts: dict[tuple[str, str], tuple[_Case, Judged]] = {}
        again: list[tuple[_Case, Judged]] = []
        for case in cases:
            if isinstance(judged := case.judged, Refusal):
                receipts[case.position] = Told(
                    source=judged.source,
                    id=judged.id,
                    verdict=judged.verdict,
                    reason=Reason(judged.reason),
                    field=judged.field,
                    detail=judged.detail,
                )
            elif firsts.setdefault((judged.event["id"], judged.event["source"]), (case, judged))[0] is not case:
                again.append((case, judged))
        claims = [(*name, judged.hash, case.position) for name, (case, judged) in firsts.items()]
        claimed = await ledger.claim(connection, claims)
        seen_before = []
        for name, (case, judged) in firsts.items():
            if case.position in claimed:
                receipts[case.position] = _receipt(judged, Verdict.ACCEPTED, judged.flags)
            else:
                again.append((case, judged))
                seen_before.append(name)
        known = await ledger.first_seen(connection, seen_before)
        for case, judged in again:
            name = judged.event["id"], judged.event["source"]
            first = known.get(name) or ledger.First(firsts[name][1].hash, firsts[name][1].flags)
            if first.hash == judged.hash:
                receipts[case.position] = _receipt(judged, Verdict.DUPLICATE, first.flags)
            else:
                receipts[case.position] = _conflict(judged, first)
        return receipts

    async def _refuse(self, connection: Connection, cases: Sequence[_Case], receipts: dict[int, Told], received: datetime) -> None:
        rows = []
        for case in cases:
            receipt, record = receipts[case.position], case.arrival.record
            if receipt.verdict in {Verdict.ACCEPTED, Verdict.DUPLICATE}:
                continue
            kind = case.judged.type if isinstance(case.judged, Refusal) else case.judged.event["type"]
            place = (None, None, None) if record is None else (record.topic, record.partition, record.offset)
            rows.append(
                ledger.RefusalRow(
                    case.position,
                    case.arrival.incoming.provider,
                    receipt.source,
                    receipt.id,
                    kind,
                    receipt.verdict.value,
                    str(receipt.reason),
                    receipt.field,
                    receipt.detail,
                    ",".join(receipt.hashes) if receipt.hashes else None,
                    *place,
                )
            )
        await ledger.write_refusals(connection, rows, received, CONTRACT)

    async def _unreadable(self, batch: Batch, records: Sequence[Record]) -> None:
        """Records that the client could not hand over: rejected, with what is known of them."""
        numbers = await ledger.positions(batch.connection, len(records)) if records else []
        rows = [
            ledger.RefusalRow(
                position,
                provider_of(r.topic),
                None,
                None,
                None,
                Verdict.REJECTED.value,
                Reason.UNREADABLE.value,
                None,
                r.unreadable,
                None,
                r.topic,
                r.partition,
                r.offset,
            )
            for position, r in zip(numbers, records, strict=True)
        ]
        await ledger.write_refusals(batch.connection, rows, batch.received, CONTRACT)
        for position, record in zip(numbers, records, strict=True):
            batch.count(record, Verdict.REJECTED.value)
            told = Told(source=None, id=None, verdict=Verdict.REJECTED, reason=Reason.UNREADABLE, detail=record.unreadable)
            batch.outgoing.append(publish.receipt(provider_of(record.topic), position, told, batch.received))


async def receive_over_http(
    door: FrontDoor, connection: Connection, provider: str, raws: Sequence[bytes], received: datetime
) -> list[Receipt]:
    """Take events in that came over HTTPS; one transaction."""
    async with connection.transaction():
        arrivals = [Arrival(Incoming(provider, raw)) for raw in raws]
        receipts, outgoing = await door.receive(connection, arrivals, received, tell=False)
        await write_outbox(connection, outgoing)
    return [told.model for told in receipts]


def _receipt(judged: Judged, verdict: Verdict, flags: Sequence[str]) -> Told:
    event = judged.event
    return Told(event["source"], event["id"], verdict, flags, canonical=event["id"])


def _conflict(judged: Judged, first: ledger.First) -> Told:
    return Told(
        source=judged.event["source"],
        id=judged.event["id"],
        verdict=Verdict.CONFLICT,
        reason=Reason.OTHER_CONTENT,
        field="id",
        detail="an event with this id and other content came before and stands: send a correction under a new id",
        hashes=[first.hash.hex(), judged.hash.hex()],
    )
