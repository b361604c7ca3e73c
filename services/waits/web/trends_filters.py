"""The filters of trends and forecast."""

from typing import Annotated

from pydantic import Field

from services.waits.rules.trends import By
from services.waits.web.filters import AsKnown


class Trending(AsKnown):
    """Which part of what the reader may see, by week or month."""

    by: Annotated[By, Field(description="whole weeks (Monday to Sunday) or months")] = "week"
    seen_within: Annotated[int, Field(ge=0, le=365, description="days of `seen-within`")] = 14


class Ahead(AsKnown):
    """Which part of what the reader may see, and in how many weeks nobody is to be past the target."""

    weeks: Annotated[int, Field(ge=5, le=52, description="weeks in which nobody is to be past the target any more")] = 12
