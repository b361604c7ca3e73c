"""What reporting makes of `waits.v1` for an earlier month is what `waits` would have said at its end."""

from datetime import date, timedelta

from hypothesis import given, note
from hypothesis import strategies as st

from services.reporting.rules.spells import Part, Spell, standing
from services.waits.rules.clock import Clock, clocks
from services.waits.rules.definition import Definition
from services.waits.rules.facts import facts
from services.waits.rules.past import past
from tests.properties.histories import Sent, folded, histories, law
from tests.spec.reference import DEFINITIONS, REFERENCE

TODAY = date(2025, 3, 31)
MONTH_ENDS = [date(2023, 12, 31) + timedelta(0), *[date(2024, month, 1) - timedelta(1) for month in range(2, 13)], date(2024, 12, 31)]
national = st.sampled_from([DEFINITIONS[name] for name in ("national-2024", "national-2024-compat", "eip-2016")])


def told(clock: Clock, after: date | None = None, until: date | None = None) -> Spell:
    """A clock as reporting holds it."""
    met = {name: one.on for name, one in clock.components.items()}
    parts = tuple(Part(part.referral_id, part.start, part.end) for part in clock.parts)
    return Spell(clock.spell_id, clock.provider, clock.start, clock.end, clock.closed, clock.stop, met, parts, after, until)


@law
@given(histories, st.sampled_from(MONTH_ENDS), national)
def test_a_month_end_is_answered_from_what_is_said_today(history: list[Sent], at: date, under: Definition) -> None:
    pathway = facts(folded(history))
    before = past(pathway, REFERENCE, under, TODAY)
    since = before[-1].until if before else None
    said = [told(clock, since) for clock in clocks(pathway, REFERENCE, under, TODAY)]
    said += [told(clock, period.after, period.until) for period in before for clock in period.clocks]
    expected = [told(clock) for clock in clocks(pathway, REFERENCE, under, at)]
    answered = standing(said, at)
    note(str(before))
    shape = [(one.spell_id, one.start, one.stop, one.met, one.end, one.closed) for one in sorted(answered, key=lambda one: one.spell_id)]
    assert shape == [
        (one.spell_id, one.start, one.stop, one.met, one.end, one.closed) for one in sorted(expected, key=lambda one: one.spell_id)
    ]
