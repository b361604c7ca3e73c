"""Care events in: fold them into pathways, recompute the clocks of the people concerned, write and say what changed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain

import asyncpg

from services.waits import publish
from services.waits.rules.definition import Definition
from services.waits.rules.facts import READ, Pathway, facts
from services.waits.rules.gaps import gaps
from services.waits.rules.lateness import is_late
from services.waits.rules.next_change import next_change
from services.waits.rules.pace import Pace
from services.waits.rules.past import past as before
from services.waits.rules.pauses import may_stand_still
from services.waits.rules.reference import Reference
from services.waits.rules.succession import inherited
from services.waits.rules.terms import Terms
from services.waits.store import definitions, past, pathways
from services.waits.store import reference as reference_store
from shared import clock as wall
from shared.events.waits import Cause, Change
from shared.runtime import blurred
from shared.runtime.batch import Batch, write_outbox
from shared.runtime.blurred import Span
from shared.runtime.database import Connection
from shared.runtime.documents import from_ledger, lock
from shared.runtime.reference import Cached
from shared.runtime.stated import MADE_HERE, NEW, Stated, read, taken
from shared.versions import Document

DUE_BATCH = 500
DUE_WITHIN = timedelta(7)
"""How long before the first day past the target a wait is due, as in the query `claim_due`."""


class CareEvents:
    """Keeps the main definition and the cached reference data; everything else is in the transaction it is given."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.reference: Cached[Reference] = Cached(reference_store.load)
        self.pace = Pace()

    async def consume(self, batch: Batch) -> None:
        """The handler of the care topics."""
        stated = read(batch)
        people = sorted({one.personkey for one in stated if one.kind in READ})
        documents = await lock(batch.connection, people) if people else {}
        causes: dict[str, Cause] = {}
        heard: defaultdict[tuple[str, str, int], list[int]] = defaultdict(list)
        late: Counter[tuple[str, str, int]] = Counter()
        new: list[Stated] = []
        for one in stated:
            document = documents.get(one.personkey, {})
            if one.version[2] != MADE_HERE:
                quarter = one.provider, one.kind, one.version[1] // pathways.QUARTER
                heard[quarter].append(one.version[1])
                if is_late(document, one.kind, one.provider, one.record_id, one.version):
                    late[quarter] += 1
            outcome = taken(document, one) if one.kind in READ else "not-read"
            batch.count(one.record, outcome)
            if outcome in NEW:
                new.append(one)
            if outcome == "applied" or one.personkey not in causes:  # what changed nothing is no cause, unless time alone acts
                causes[one.personkey] = Cause(kind="event", source=one.said_by[0], id=one.said_by[1], receivedtime=one.received)
        await blurred.note(batch.connection, blurred.spanned(documents, new))
        changed = await self.recompute(batch.connection, documents, causes, batch.received)
        await pathways.heard(batch.connection, heard, changed, batch.received, late)
        batch.originated = [one.received for one in stated]
        self.pace.heard(len(batch.records), wall.now())

    async def recompute(
        self, connection: Connection, documents: Mapping[str, Document], causes: Mapping[str, Cause], now: datetime
    ) -> Counter[str]:
        """Write these locked pathways and their main clocks, ask for the other clocks. Returns changes by provider.

        The reference data is read after the lock: a load that comes later marks the pathway for a recompute of its own.
        """
        if not documents:
            return Counter()
        reference, today = await self.reference.get(connection), wall.london_date(now)
        known = {person: facts(document) for person, document in documents.items()}
        terms = Terms(self.definition, reference, today)
        wanting = {person: gaps(inherited(pathway, terms), terms) for person, pathway in known.items()}
        changing = {person: next_change(pathway, today, reference) for person, pathway in known.items()}
        await pathways.write(connection, documents, changing, wanting)
        caused = {person: causes[person] for person in known}
        await definitions.ask(connection, caused)
        under = [self.definition]
        await self._tell_past(connection, known, terms, caused, now)
        computed = chain.from_iterable(pathways.rows(person, pathway, under, reference, today) for person, pathway in known.items())
        return await self.write_clocks(connection, computed, under, caused, now)

    async def _tell_past(
        self, connection: Connection, known: Mapping[str, Pathway], terms: Terms, causes: Mapping[str, Cause], now: datetime
    ) -> None:
        """Write how the clocks of these people stood in the past where the clocks of today do not say it, and say what changed."""
        definition, reference, today = terms.definition, terms.reference, terms.at
        found = {person: past.row(person, definition, before(pathway, reference, definition, today)) for person, pathway in known.items()}
        changed = await past.changed(connection, found)
        if changed:
            numbers = await pathways.revisions(connection, len(changed))
            await past.write(connection, changed, numbers)
            outgoing = [
                publish.past_changed(row, causes[row["personkey"]], number, now) for row, number in zip(changed, numbers, strict=True)
            ]
            await write_outbox(connection, outgoing)

    async def write_clocks(
        self,
        connection: Connection,
        computed: Iterable[pathways.Row],
        under: Sequence[Definition],
        causes: Mapping[str, Cause],
        now: datetime,
        *,
        news: bool = True,
    ) -> Counter[str]:
        """Write the clocks of the people in `causes`, all that they have under these definitions, and say what changed.

        `news=False`: that a clock which was not there is due or past its target already is none, and is not told apart.
        """
        today = wall.london_date(now)
        after = {pathways.key(row): row for row in computed}
        before = await pathways.clocks_of(connection, [(one.id, one.version) for one in under], list(causes))
        changed = [row for key, row in after.items() if _differs(before.get(key), row)]
        withdrawn = [row for key, row in before.items() if key not in after]
        numbers = iter(await pathways.revisions(connection, len(changed) + len(withdrawn)) if changed or withdrawn else [])
        outgoing = [publish.wait_changed(row, "withdrawn", causes[row["personkey"]], next(numbers), now) for row in withdrawn]
        for row in changed:
            old = before.get(pathways.key(row))
            row["spell_revision"] = next(numbers)
            row["told"] = _told(old, row, today) if old or news else _due_by(row["breach_on"], today)
            what = publish.change(old, row)
            outgoing.append(publish.wait_changed(row, what, causes[row["personkey"]], row["spell_revision"], now))
        await pathways.delete_clocks(connection, withdrawn)
        await pathways.write_clocks(connection, changed)
        await pathways.write_activity(connection, [row for key, row in after.items() if _only_active(before.get(key), row)])
        await pathways.recompute_on(connection, _standing(after.values(), under, today), today + timedelta(1))
        await write_outbox(connection, outgoing)
        return Counter(provider for row in (*withdrawn, *changed) for provider in row["providers"])

    async def tell_due(self, connection: Connection) -> int:
        """Due date: say of each open wait, once, that it is due to breach within 7 days, and once that it breached."""
        now = wall.now()
        today = wall.london_date(now)
        rows = [dict(row) for row in await connection.fetch(pathways.SQL["claim_due"], today, DUE_BATCH)]
        outgoing = []
        for row, revision in zip(rows, await pathways.revisions(connection, len(rows)) if rows else [], strict=True):
            row["told"], what = _due(row["breach_on"], today)
            row["spell_revision"] = revision
            outgoing.append(publish.wait_changed(row, what, publish.dated(today, now), revision, now))
        if rows:
            await pathways.told(connection, rows)
            await write_outbox(connection, outgoing)
            await pathways.heard(connection, {}, Counter(provider for row in rows for provider in row["providers"]))
        return len(rows)

    async def recompute_due(self, connection: Connection) -> int:
        """Due date: pathways on which time alone has acted, or that were marked by new reference data."""
        if await connection.fetchval(pathways.SQL["reference_changed"]):
            await connection.execute(pathways.SQL["recompute_all"])
        now = wall.now()
        today = wall.london_date(now)
        rows = await connection.fetch(pathways.SQL["claim_recompute"], today, DUE_BATCH)
        if rows:
            documents = await lock(connection, [row["personkey"] for row in rows])
            causes = {
                row["personkey"]: Cause(kind="reference", receivedtime=now) if row["reference_changed"] else publish.dated(today, now)
                for row in rows
            }
            await blurred.note(connection, await self._late_for(connection, rows, now))
            await pathways.heard(connection, {}, await self.recompute(connection, documents, causes, now))
        return len(rows)

    async def _late_for(self, connection: Connection, rows: Sequence[asyncpg.Record], now: datetime) -> list[Span]:
        """Until now these clocks were not what they should be: since a day began, or since there are other reference data."""
        since = {wall.day_begins(row["due_on"]) for row in rows if not row["reference_changed"]}
        if any(row["reference_changed"] for row in rows):
            since |= {await connection.fetchval(pathways.SQL["reference_since"])}
        return [Span(one, now) for one in since if one is not None]

    async def rebuild(self, connection: Connection, people: Sequence[str]) -> int:
        """Fold these people anew from the ledger; returns how many main clocks differ from what stood (drift; 0 unless code changed)."""
        await lock(connection, people)
        documents = {one.personkey: one.document for one in await from_ledger(connection, people, READ)}
        now = wall.now()
        causes = {person: Cause(kind="definition", id=self.definition.id, receivedtime=now) for person in people}
        changed = await self.recompute(connection, documents, causes, now)
        await pathways.heard(connection, {}, changed)
        return changed.total()


def _standing(rows: Iterable[pathways.Row], under: Sequence[Definition], today: date) -> list[str]:
    """Whose clock may stand still tomorrow."""
    pausing = {(one.id, one.version): one for one in under if one.pauses}
    running = [row for row in rows if row["stop"] is None and row["end"] is None] if pausing else []
    found = ((pausing.get((row["definition"], row["definition_version"])), row) for row in running)
    return sorted(
        {row["personkey"] for one, row in found if one and may_stand_still(one, row["start"], row["paused_days"], row["dna_count"], today)}
    )


def _differs(before: pathways.Row | None, after: pathways.Row) -> bool:
    """Whether there is anything to say; activity that counts for nothing is kept, not told."""
    return before is None or not (after | {"last_activity": before["last_activity"]}).items() <= before.items()


def _only_active(before: pathways.Row | None, after: pathways.Row) -> bool:
    """There is nothing to say but that something happened."""
    return before is not None and before["last_activity"] != after["last_activity"] and not _differs(before, after)


def _told(before: pathways.Row | None, after: pathways.Row, today: date) -> int:
    """What was told of the clock and holds still. A pause moves the target from day to day: what is due now is not told again."""
    if before is None or before["breach_on"] == after["breach_on"]:
        return before["told"] if before else 0
    return min(before["told"], _due_by(after["breach_on"], today)) if before["paused_days"] != after["paused_days"] else 0


def _due_by(breach_on: date, today: date) -> int:
    """What there is to tell by today: 1 that it is due, 2 that it is past the target."""
    return 2 if breach_on <= today else 1 if breach_on <= today + DUE_WITHIN else 0


def _due(breach_on: date, today: date) -> tuple[int, Change]:
    return (2, "breached") if breach_on <= today else (1, "due")
