"""What the commands of measures share: the period that is asked for, and connections for long reads."""

from collections.abc import Mapping
from datetime import datetime

from services.reporting.rules.period import Period, month_of, parse
from services.reporting.store import measures
from shared import clock
from shared.runtime.database import Pool, connect_pool
from shared.runtime.errors import CommandError
from shared.runtime.settings import Settings


def period_of(text: str) -> Period:
    """CommandError names the option, where it names none, or one that has not begun."""
    try:
        found = parse(text)
    except ValueError as error:
        raise CommandError(f"--period: {error}") from None
    if found.first > (today := clock.today()):
        raise CommandError(f"--period: {text} has not begun: ask for one up to {month_of(today).name}")
    return found


async def open_pool() -> Pool:
    """A few connections for long reads."""
    return await connect_pool(Settings.of("reporting").database_url.get_secret_value(), "reporting", size=2, fenced=False)


async def names_with(pool: Pool, provider: str, known_at: datetime | None = None) -> Mapping[tuple[str, str], str]:
    """What places are called. CommandError names the option, where there is no such provider; '' asks for none."""
    names = await measures.names(pool, known_at)
    if provider and ("provider", provider) not in names:
        raise CommandError(f"--unsuppressed: {provider!r} is no provider of the reference data: give its ODS code, as RXA")
    return names
