"""A clock definition: data from a TOML file that names the rules it goes by (02-clock section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

UNITS = ("provider", "person", "referral")
STARTS = ("referral-received", "decided-on", "help-sought")
TESTS = ("<=", "<")
MILESTONES = ("first-contact", "second-contact", "baseline-outcome", "assessment", "care-plan-or-intervention")
"""Components that every clock tells of, whatever stops it."""
COMPONENTS = (
    *MILESTONES, "care-plan", "intervention", "evidence-based-intervention", "treatment-contact", "care-coordinator",
)  # fmt: skip
USES = ("assessment", "intervention", "psychological-therapy")
ENDS = ("discharged", "rejected", "closed", "not-submitted")
"""The dates that may end a referral, in the order of W7 and W25: the first that is present does."""
ATTENDANCE = ("2", "3", "4", "5", "6", "7")
MEDIA = ("01", "02", "03", "04", "05", "06", "09", "10", "11", "12", "13", "98")
ROLES = ("care coordinator", "key worker")
PAUSES = ("person asked to wait", "unable to contact", "other")
_CONTACTS = frozenset({"first-contact", "second-contact"})
_JUDGEMENT = frozenset(
    {"id", "version", "title", "source", "publish", "stop", "target_days", "target_test", "waivers", "pauses"},
)
"""What makes a clock of what is seen (`clock._told`); all else decides what that is."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A component that is not waited for where the spell started and was first seen before these dates (W16)."""

    component: str
    spell_started_before: date
    first_contact_before: date

    def applies(self, start: date, first_contact: date | None) -> bool:
        """No first contact, no waiver (02-clock section 7)."""
        return start < self.spell_started_before and first_contact is not None and first_contact < self.first_contact_before


@dataclass(frozen=True, slots=True)
class Stop:
    """What stops the clock: `all` = the last of the components, every one required; `any` = the first of them."""

    mode: str
    components: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pauses:
    """What makes the clock stand still: pause records of these reasons, and so many missed contacts in a row (None: never)."""

    reasons: frozenset[str]
    tries: int | None


@dataclass(frozen=True, slots=True)
class Definition:
    id: str
    version: int
    title: str
    source: str
    publish: bool  # whether it may feed a return
    unit: str
    start: str
    stop: Stop
    target_days: int
    target_test: str
    age_from: int | None  # years on the day of receipt, both inclusive; None: not tested
    age_to: int | None
    team_types: Mapping[str, str]  # as sent -> as counted (W2)
    reasons: frozenset[str]  # reasons for referral; empty: any
    merge_gap_days: int  # of no meaning where the unit is the referral
    oldest_start: date
    residence: str  # district codes in scope begin so; empty: any
    stays: bool  # a referral with a hospital stay is in scope
    ends: tuple[str, ...]  # of ENDS, the first that is present ends a referral
    closed_by: frozenset[str]  # of `ends`: with none of these, an ended referral is neither open nor closed (Q5)
    waivers: tuple[Waiver, ...]
    pauses: Pauses | None
    attended: frozenset[str]
    media: frozenset[str]
    did_not_attend: frozenset[str]
    direct_access: bool  # contacts without a referral count
    own_team: bool  # a contact that names its own team counts only where that team is in scope
    after_end: bool  # contacts after the end count too
    for_each_team: bool  # a contact counts once for each team in scope of its referral (Q4)
    uses: Mapping[str, frozenset[str]]  # id of a reference set -> what its codes count as
    excluded_codes: frozenset[str]
    refused_code: str | None  # None: what was refused counts too (Q3)
    on_missed_contacts: bool  # codes and scores of contacts that were not attended count (Q2)
    excluded_tools: frozenset[str]
    never_updated: bool  # a plan without an update counts (not so: Q1)
    coordinators: frozenset[str]  # roles of an assignment that make a care coordinator
    beyond: tuple[str, ...] = field(init=False)  # components of the stop that are no milestones
    sight: str = field(init=False)  # the same of two definitions that see the same spells and evidence, and differ in what they make of it

    def __post_init__(self) -> None:
        object.__setattr__(self, "beyond", tuple(name for name in self.stop.components if name not in MILESTONES))
        seen = {one.name: getattr(self, one.name) for one in fields(self) if one.init and one.name not in _JUDGEMENT}
        object.__setattr__(self, "sight", repr({name: _ordered(value) for name, value in seen.items()}))

    @property
    def key(self) -> str:
        """What names this version: `id@version`."""
        return f"{self.id}@{self.version}"

    @property
    def asked(self) -> frozenset[str]:
        """The components whose events it counts: those of its stop, and of contacts the first two together."""
        asked = frozenset(self.stop.components)
        return asked | _CONTACTS if asked & _CONTACTS else asked


def _ordered(value: Any) -> Any:
    """A set or mapping in one order, so that what is equal reads equal."""
    if isinstance(value, Mapping):
        return [(key, _ordered(value[key])) for key in sorted(value)]
    return sorted(value) if isinstance(value, frozenset) else value
