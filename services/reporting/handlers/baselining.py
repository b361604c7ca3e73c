"""Declaring a month the baseline of a family of measures: who may, what is kept, a row of the audit."""

from services.reporting.rules.life import StepError, may_draft
from services.reporting.rules.measures import FAMILIES, Family
from services.reporting.rules.period import Period
from services.reporting.rules.trends import as_they_are
from services.reporting.store import baselines, figures
from services.reporting.store.baselines import Told
from shared import clock
from shared.runtime import trail
from shared.runtime.database import Connection
from shared.web.people import Person


async def set_baseline(connection: Connection, by: Person, family: str, month: Period, why: str) -> int:
    """Keep the figures of a month at every place as its family's baseline, in the caller's transaction; returns how many.

    StepError, one line: it is not theirs to do, there is no such family, or its figures of the month do not stand.
    """
    may_draft(by.roles, by.username)
    if len(why.strip()) < 10:
        raise StepError("why: say in a few words why this is the baseline (at least ten characters)")
    of = {one.name: one for one in FAMILIES}.get(family)
    if of is None:
        raise StepError(f"no family of measures is called {family!r}: there is {', '.join(one.name for one in FAMILIES)}")
    kept = await baselines.kept(connection, month.first, of)
    if kept is None or kept.last < month.last or not kept.current:
        state = "are not kept" if kept is None else "are not whole yet" if kept.last < month.last else "are being counted anew"
        raise StepError(f"the figures of {family} in {month.name} {state}: choose a whole month of the last 24, or try again later")
    told = await _told(connection, of, kept.id)
    now = clock.now()
    await baselines.add(connection, of, month.first, kept.counted_at, by.username, now, why.strip(), told)
    about = {"family": family, "month": month.name, "rules": baselines.rules(of), "figures": len(told), "why": why.strip()}
    await trail.note(connection, now, by.username, "baseline set", about)
    return len(told)


async def _told(connection: Connection, family: Family, figured: int) -> list[Told]:
    shown = {(one.level, one.code, one.measure): one.value for one in await figures.shown(connection, [figured])}
    own = {
        (one.level, one.code, measure): str(text)
        for one in (await figures.exact_whole(connection, [figured])).get(figured, [])
        if one.level == "provider"
        for measure, text in as_they_are(family, one).items()
    }
    return [Told(*place, shown.get(place), own.get(place)) for place in sorted(shown | own)]
