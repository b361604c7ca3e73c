"""Events of our own about records that a month's files do not have: voided, restored, ended, told anew. Each names the delivery."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from services.referrals.handlers import making
from services.referrals.handlers.making import Made
from services.referrals.rules.mhsds.months import Month
from services.referrals.store import deliveries, ledger
from shared.events.catalogue import RECORDS, event_type
from shared.runtime.batch import write_outbox
from shared.runtime.database import Connection


class Tell(NamedTuple):
    """One version to be told of a record as of a month's end; `data` None = there is no such record."""

    kind: str
    record_id: str
    month: date
    data: Mapping[str, Any] | None


@dataclass(frozen=True)
class OwnEvents:
    """Writes them to ledger and outbox, in the caller's transaction."""

    connection: Connection
    provider: str
    cause: Mapping[str, str]
    received: datetime
    flags: list[str]

    async def tell(self, tells: Sequence[Tell]) -> list[int]:
        """Returns their positions. The record id of a person record is the token of its local id."""
        if not tells:
            return []
        keys = [_key(self.provider, tell) for tell in tells]
        owners = await ledger.owners(self.connection, [key for key in keys if key[1] != "person"])
        tokens = [int(tell.record_id) for tell in tells if tell.kind == "person"]
        rows = await self.connection.fetch(deliveries.SQL["persons_of"], tokens) if tokens else []
        persons: dict[int, str] = {row["token"]: row["personkey"] for row in rows}
        entries = []
        for tell, key in zip(tells, keys, strict=True):
            person = tell.kind == "person"
            personkey, local = (persons[int(tell.record_id)], int(tell.record_id)) if person else owners[key]
            named = "|".join((self.provider, self.cause["id"], str(tell.month), tell.kind, tell.record_id))
            made_id = "delivery-" + hashlib.sha256(named.encode()).hexdigest()[:40]
            id_field = RECORDS[tell.kind].id_field
            made_type = event_type(tell.kind, voided=tell.data is None)
            recorded = Month(tell.month).recorded(self.received)
            data = {"provider": self.provider} | ({id_field: tell.record_id} if id_field else {}) if tell.data is None else tell.data
            made = Made(made_id, made_type, recorded.isoformat(), recorded, self.cause, data)
            entries.append(making.entry(made, key, personkey, self.received, self.flags, local, None))
        positions, outgoing = await making.write(self.connection, entries)
        await write_outbox(self.connection, outgoing)
        return positions


def _key(provider: str, tell: Tell) -> ledger.Key:
    return provider, tell.kind, "" if tell.kind == "person" else tell.record_id
