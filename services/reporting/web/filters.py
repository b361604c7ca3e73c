"""The filters of the pages of measures, their API and files: read from the address and written back into it."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field

from services.reporting.rules.period import Period, month_of, parse
from services.reporting.store.measures import COMPAT, MAIN
from shared import clock as wall
from shared.clock import LONDON
from shared.runtime.documents import not_known
from shared.web.errors import FieldError
from shared.web.filters import Address, known
from shared.web.tables import Format as Listed

__all__ = ["Listed", "Measuring"]


def _instant(value: object) -> object:
    """An instant of a form is London time without an offset."""
    if isinstance(value, str) and value:
        try:
            told = datetime.fromisoformat(value)
        except ValueError:
            return value
        return told.replace(tzinfo=LONDON) if told.tzinfo is None else told
    return value


KnownAt = Annotated[AwareDatetime | None, BeforeValidator(_instant)]


class Measuring(Address):
    """Which period, where, and by which definition of the four-week wait."""

    month: Annotated[str | None, Field(max_length=12, description="a month (2024-09); none: this month, live")] = None
    place: Annotated[str | None, Field(max_length=20, description="England, or the code of a provider or an ICB")] = None
    definition: Annotated[str | None, Field(max_length=40, description=f"{MAIN} or {COMPAT}")] = None
    known_at: Annotated[KnownAt, Field(description="as known at this instant: for a provider's own figures")] = None

    def period(self) -> Period:
        """The month. Raises FieldError for what is none, or has not begun."""
        if self.month is None:
            return month_of(wall.today())
        try:
            found = parse(self.month)
        except ValueError as error:
            raise FieldError("month", str(error), "choose one of the list") from None
        month = month_of(found.last)
        if month.first > wall.today():
            raise FieldError("month", f"{self.month} has not begun", f"choose one up to {month_of(wall.today()).name}")
        return month

    def check(self) -> None:
        """Raises FieldError for a definition that feeds no measure, or an instant of which nothing can be said."""
        known("definition", self.definition, {MAIN, COMPAT})
        if self.known_at is not None and (problem := not_known(self.known_at)) is not None:
            raise FieldError("known_at", *problem)

    @property
    def counted_by(self) -> str:
        return self.definition or MAIN
