"""What the community's outreach workers have tried: attempts of the last two years, brought in once the history is there.

They are no care events: a provider's feed does not carry them. Each hangs on a register entry, whose id is the same for the same seed.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from deploy.simulator import shares
from deploy.simulator.community import chance
from services.outreach.handlers import CareEvents
from services.outreach.rules.entered import NOTHING, Attempt
from services.outreach.rules.facts import Life, facts
from services.outreach.rules.ladder import RESULTS, may_contact
from services.outreach.rules.membership import runs
from services.outreach.rules.schedule import ELEMENTS
from services.outreach.rules.standing import Standing, standing
from services.outreach.rules.tasks import tasks
from services.outreach.store import entered
from shared.events.outreach import TaskCause
from shared.runtime.database import Connection, Pool
from shared.runtime.documents import lock, people_after, stored

SCHEDULE = "annual-recall"
BY = "tom.hughes"
AT_ONCE = 250
LOOK_BACK = 730
CHANNELS = ("text", "letter", "call", "call", "peer support", "home visit")
REASONS: Mapping[str, str] = {
    "no answer": "rang out, no machine", "agreed": "will come this week or next", "call back": "busy, asked for another time",
    "declined": "does not want it now", "wrong number": "somebody else answered", "done elsewhere": "says the hospital did it",
    "moved": "lives in another county now", "transferred": "another team looks after them", "deceased": "the family told us",
    "other": "spoke to a neighbour",
}  # fmt: skip


async def bring_in(pool: Pool, seed: int, now: datetime) -> AsyncIterator[int]:
    """Attempts of everybody on a register, in the order of their keys; tells how many were brought in so far. Twice is no change."""
    care, count, after = CareEvents(), 0, ""
    while people := await people_after(pool, after, AT_ONCE):
        async with pool.acquire() as connection, connection.transaction():
            count += await _bring_in(connection, care, people, seed, now)
        after = people[-1]
        yield count


async def _bring_in(connection: Connection, care: CareEvents, people: Sequence[str], seed: int, now: datetime) -> int:
    concerned = [person for person, document in (await stored(connection, people)).items() if any("|register|" in key for key in document)]
    documents = await lock(connection, concerned) if concerned else {}
    work = await care.work(connection, now)
    there = await entered.of(connection, concerned)
    new: list[Attempt] = []
    for person, document in documents.items():
        life = facts(document)
        stands = standing(life, tasks(life, NOTHING, *work), NOTHING, *work)
        if stands is not None and person not in there:
            new += attempts(person, life, stands, seed, work.at)
    for one in new:
        await entered.add_attempt(connection, one)
    moved = {person: documents[person] for person in sorted({one.personkey for one in new})}
    causes = {person: TaskCause(kind="entry", receivedtime=now) for person in moved}
    await care.recompute(connection, moved, causes, now, stand=True)
    return len(new)


def attempts(person: str, life: Life, stands: Standing, seed: int, at: date) -> list[Attempt]:
    """What was tried of one person until the day before `at`, in order; the same for the same register entry."""
    run = runs(life.entries, at)[-1]
    anchor = run.leading(at).key
    draw = chance(seed, "attempts", anchor)
    wanted = [*stands.channels, *[channel for channel in CHANNELS if channel not in stands.channels]]
    made = [*_before_checks(draw, life, run.start, at)]
    if stands.on_register and stands.missing and may_contact(life, at) is None and draw.random() < shares.TRIED:
        made += _this_round(draw, stands, at)
    told: list[Attempt] = []
    for number, (on, result) in enumerate(sorted(made)):
        made_at = datetime.combine(on, time(9 + draw.randrange(8), draw.randrange(60)), UTC)
        part = tuple(draw.sample(ELEMENTS, 2)) if result == "declined" and draw.random() < 0.5 else ()
        attempt_id = f"demo-{seed}-{anchor.rpartition('|')[2]}-{number + 1}"
        channel = wanted[min(number % len(wanted), len(wanted) - 1)]
        head = attempt_id, person, anchor, SCHEDULE, channel, on, made_at, BY, result, REASONS[result], part
        told.append(Attempt(*head, None, automatic=False, entered_at=made_at))
    return told


def _before_checks(draw: Random, life: Life, since: date, at: date) -> Iterator[tuple[date, str]]:
    """Of the checks of the last two years: who was invited to them, some more than once."""
    days = sorted({one.on for one in life.checks if one.element in ELEMENTS and one.status == "recorded"})
    began: date | None = None
    for day in days:
        if began is not None and (day - began).days < 120:  # later parts of one check
            continue
        began = day
        if day < at - timedelta(LOOK_BACK) or draw.random() >= shares.INVITED:
            continue
        asked = day - timedelta(draw.randint(2, 20))
        if asked > since:
            yield asked, "agreed"
        if draw.random() < shares.REMINDED and (earlier := asked - timedelta(draw.randint(7, 25))) > since:
            yield earlier, "no answer"


def _this_round(draw: Random, stands: Standing, at: date) -> Iterator[tuple[date, str]]:
    """Of somebody whose check is due: about one attempt in three weeks since then, until one ends the asking."""
    since = max(stands.entered_on, at - timedelta(150), (stands.due_on or at) - timedelta(28))
    on = since + timedelta(draw.randint(1, 14))
    while on < at:
        result = draw.choices(tuple(shares.RESULTS), tuple(shares.RESULTS.values()))[0]
        yield on, result
        if result == "declined" or RESULTS[result].stops_contact:
            return
        on += timedelta(max(RESULTS[result].hide_days, 7) + draw.randint(0, 21))
