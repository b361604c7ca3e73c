"""Quarantined events are judged again when another contract is in force; what they turn out to be is kept with them."""

from services.referrals.handlers.front_door import CONTRACT, Arrival, FrontDoor
from services.referrals.handlers.judge import Incoming, Refusal, judge
from services.referrals.store import ledger
from services.referrals.store.reference import Reference
from shared import clock
from shared.events.receipts import Verdict
from shared.runtime import metrics
from shared.runtime.batch import write_outbox
from shared.runtime.database import Connection, Pool

AT_ONCE = 200


async def judge_again(door: FrontDoor, connection: Connection, *, contract: str = CONTRACT) -> int:
    """Judge what another contract quarantined as of when it came. What is accepted now is received now: nobody knew it before.

    Returns how many were looked at; 0 = none is left.
    """
    rows = await connection.fetch(ledger.SQL["quarantined"], contract, AT_ONCE)
    for row in rows:
        raw = await ledger.read_raw(connection, door.vault, row["position"], by="referrals", purpose="judge a quarantined event again")
        incoming = Incoming(row["provider"], raw or b"")
        judged, verdict = judge(incoming, row["receivedtime"], Reference()), None
        if not (isinstance(judged, Refusal) and judged.verdict is Verdict.QUARANTINED):
            receipts, outgoing = await door.receive(connection, [Arrival(incoming, came=row["receivedtime"])], clock.now(), tell=True)
            await write_outbox(connection, outgoing)
            verdict = receipts[0].verdict.value
        await connection.execute(ledger.SQL["judged_again"], row["position"], contract, verdict)
    return len(rows)


async def measure(pool: Pool) -> None:
    """How many events wait in quarantine, and for how long."""
    row = await pool.fetchrow(ledger.SQL["quarantine"])
    if row is not None:
        metrics.QUARANTINED_EVENTS.labels("referrals").set(row["events"])
        metrics.QUARANTINE_AGE_SECONDS.labels("referrals").set(row["oldest_seconds"])
