"""What the API says of trends and the forecast, as JSON; a row of CSV has the same fields in the same order."""

from datetime import date

from pydantic import BaseModel, Field

from services.waits.rules.trends import Measure
from shared.xmr import Assurance, Variation


class Point(BaseModel):
    """One measure in one whole week or month."""

    measure: Measure
    since: date
    until: date
    value: float | None = Field(description="spells, percent or days; null: a share or a median of nothing")
    spells: int = Field(description="of a share those that it counts, of a median those that it is of")
    of: int | None = Field(description="of a share: all of them")
    mean: float | None
    lower: float | None = Field(description="process limits; null in a run chart, which has fewer than 15 values")
    upper: float | None
    variation: Variation | None
    rules: list[str] = Field(description="why it is special cause")
    target: float | None = Field(description="that somebody set; there is no national one")
    assurance: Assurance | None = Field(description="whether the process as it is meets the target; of the measure, in each row")


class Stage(BaseModel):
    """Days between two milestones, of those who reached the later one in the rolling quarter."""

    provider: str | None = Field(description="null: all in view")
    team_type: str | None = Field(description="null: the provider as a whole")
    since: str
    until: str
    spells: int
    before: int = Field(description="the later milestone came first; not in median and centile")
    median: float | None
    ninetieth: float | None


class Group(BaseModel):
    """One group of people: stopped in the rolling quarter, and waiting now."""

    trait: str
    group: str
    stopped: int
    within_target: int
    share: float | None = Field(description="0 to 1; null of fewer than 5 people")
    share_low: float | None = Field(description="Wilson, 95%")
    share_high: float | None
    difference: float | None = Field(description="of the share to everyone else's")
    difference_low: float | None = Field(description="Newcombe, 95%")
    difference_high: float | None
    median_wait: float | None
    waiting: int
    past_target: int
    median_waited: float | None


class Expected(BaseModel):
    """Waits that may pass the target within so many days, and how many are expected to."""

    within_days: int
    due: int
    expected: float
    low: int = Field(description="9 times in 10 the number lies from here")
    high: int = Field(description="to here")


class Part(BaseModel):
    """A provider (team type null), one of its team types, or all in view (both null)."""

    provider: str | None
    team_type: str | None
    expected: list[Expected]


class Lacking(BaseModel):
    components: list[str]
    expected: list[Expected]


class Came(BaseModel):
    part: str
    within_days: int
    due: int
    expected: float
    low: int
    high: int
    came: int


class Fifth(BaseModel):
    """Waits that were given chances in this range: percent."""

    least: int
    most: int
    waits: int
    mean_chance: float
    passed: int


class LookBack(BaseModel):
    """What it would have said then, of what is known now."""

    on: date
    parts: list[Came]
    calibration: list[Fifth]


class Stops(BaseModel):
    """Clock stops a week of one team type."""

    provider: str
    team_type: str
    waiting: int
    started: float = Field(description="a week, the median of the last 13, as the next two")
    stopped: float
    closed: float
    capacity: float | None = Field(description="that somebody set")
    needed: float = Field(description="to have nobody past the target by `by`")
    wanting: float = Field(description="needed less capacity, or less what is stopped now")
    hold: float = Field(description="to keep it so")
    weeks: float | None = Field(description="after which nobody is past the target at the present rate; null: never")
    words: str


class Forecast(BaseModel):
    as_at: date
    definition: str
    by: date
    parts: list[Part]
    missing: list[Lacking]
    looked_back: LookBack
    stops: list[Stops]
