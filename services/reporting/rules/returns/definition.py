"""A return's definition: one TOML file, read and refused in one line that names the field and the remedy."""

import tomllib
from datetime import date, timedelta
from typing import NamedTuple

from services.reporting.rules.period import Period
from services.reporting.rules.period import parse as parse_period
from services.reporting.rules.returns.lines import Line, Target
from services.reporting.rules.returns.sources import KnownMeasures, address, line_of, target_of
from shared.fields import Fields

PERIODS = {"month": 1, "quarter": 3, "year": 12}
ORGANISATIONS = ("icb", "provider")
PCNS = ("footprint", "all", "none")
BASES = ("wider", "exact")
TRANSPORTS = ("mesh", "file")
FORMATS = ("xlsx", "csv", "json")
ROWS = "rows"
"""What is sent unless a recipient takes a file of another format: the canonical rows, whose hash is the return's."""


class Recipient(NamedTuple):
    name: str
    transport: str
    mailbox: str
    """Of MESH."""
    format: str


class Definition(NamedTuple):
    """`basis`: wider (rounded and hidden as for any audience but the provider itself), or exact, where an `agreement` says why.

    `materiality_percent`: a restated figure that differs by more asks for a resubmission. `change_percent`, `change_least`: from one
    period to the next, what must be explained.
    """

    id: str
    version: int
    title: str
    source: str
    organisations: str
    period: str
    pcns: str
    basis: str
    agreement: str
    deadline_days: int
    reminder_days: int
    change_percent: int
    change_least: int
    materiality_percent: int
    formats: tuple[str, ...]
    recipients: tuple[Recipient, ...]
    sections: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    cells: tuple[Target, ...]

    @property
    def key(self) -> str:
        """What names this version: `id@version`."""
        return f"{self.id}@{self.version}"

    def line(self, name: str) -> Line:
        """ValueError naming the lines there are."""
        for line in self.lines:
            if line.id == name:
                return line
        raise ValueError(f"no line {name!r} in {self.key}: there is {', '.join(line.id for line in self.lines)}")

    def period_of(self, text: str) -> Period:
        """ValueError unless it is a period such as this return is for. A quarter is named by its financial year."""
        found = parse_period(text)
        if len(list(found.months())) != PERIODS[self.period]:
            wanted = {"month": "2025-09", "quarter": "2025-26-Q2", "year": "2025-26-FY"}[self.period]
            raise ValueError(f"{text} is no {self.period}: {self.id} is for a {self.period}, as {wanted}")
        if self.period != "quarter":
            return found
        year, quarter = found.first.year - (found.first.month < 4), (found.first.month - 4) % 12 // 3 + 1
        return found._replace(name=f"{year}-{(year + 1) % 100:02}-Q{quarter}")

    def return_id(self, organisation: str, period: Period) -> str:
        return f"{self.id}:{organisation}:{period.name}"

    def returnaddress(self, organisation: str, period: Period) -> str:
        return self.return_id(organisation, period)

    def deadline(self, period: Period) -> date:
        """The last day on which it is in time."""
        return period.last + timedelta(self.deadline_days)

    def reminder(self, period: Period) -> date:
        return self.deadline(period) - timedelta(self.reminder_days)


def parse(text: str, known: KnownMeasures, mailboxes: frozenset[str] | None = None) -> Definition:
    """The definition that a text states. `known`: the measures there are; `mailboxes`: of the allow list, None: not asked.

    ValueError, one line: not TOML, a field that is missing, malformed or not known, a line given twice, a measure that does not exist.
    """
    try:
        fields = Fields(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"not TOML: {error}") from None
    sections = tuple((address(section), section.words("title")) for section in _ended(fields, "sections"))
    change = fields.table("change", {})
    organisations = fields.one_of("organisations", ORGANISATIONS)
    pcns = fields.one_of("pcns", PCNS) if fields.has("pcns") else "none"
    lines: dict[str, Line] = {}
    for each in fields.tables("lines"):
        line = line_of(each, [name for name, _ in sections], lines, known, organisations, pcns)
        lines[line.id] = line
    if not lines:
        raise fields.wrong("lines", "at least one is needed")
    deadline = fields.number("deadline_days", 1)
    definition = Definition(
        id=address(fields),
        version=fields.number("version", 1),
        title=fields.words("title"),
        source=fields.words("source"),
        organisations=organisations,
        period=fields.one_of("period", PERIODS),
        pcns=pcns,
        basis=fields.one_of("basis", BASES) if fields.has("basis") else "wider",
        agreement=fields.take("agreement", str, ""),
        deadline_days=deadline,
        reminder_days=fields.number("reminder_days", 0) if fields.has("reminder_days") else 5,
        change_percent=change.number("percent", 1) if change.has("percent") else 25,
        change_least=change.number("least", 0) if change.has("least") else 10,
        materiality_percent=fields.number("materiality_percent", 0) if fields.has("materiality_percent") else 5,
        formats=fields.names("formats", FORMATS, FORMATS),
        recipients=tuple(_recipient(each, mailboxes) for each in fields.tables("recipients")),
        sections=sections,
        lines=tuple(lines.values()),
        cells=tuple(target_of(each, lines) for each in fields.tables("cells")),
    )
    for part in (change, fields):
        part.end()
    return _whole(definition)


def _whole(definition: Definition) -> Definition:
    if definition.pcns != "none" and definition.organisations != "icb":
        raise ValueError('pcns: a provider\'s return has no PCNs: leave it out, or say organisations = "icb"')
    if (definition.basis == "exact") != bool(definition.agreement.strip()):
        raise ValueError(
            'agreement: basis = "exact" needs the agreement under which the recipients may see small figures, and no other does'
        )
    if definition.reminder_days > definition.deadline_days:
        raise ValueError(f"reminder_days: {definition.reminder_days} lies before the period's end: at most {definition.deadline_days}")
    if not definition.recipients:
        raise ValueError("recipients: at least one is needed")
    return definition


def _ended(fields: Fields, name: str) -> list[Fields]:
    found = fields.tables(name)
    if not found:
        raise fields.wrong(name, "at least one is needed")
    return found


def _recipient(fields: Fields, mailboxes: frozenset[str] | None) -> Recipient:
    name, transport = fields.words("name"), fields.one_of("transport", TRANSPORTS)
    mailbox = fields.words("mailbox") if transport == "mesh" else ""
    if mailbox and mailboxes is not None and mailbox not in mailboxes:
        raise fields.wrong("mailbox", f"{mailbox!r} is an unknown recipient: it is not on the allow list of MESH mailboxes")
    form = fields.one_of("format", (ROWS, *FORMATS)) if fields.has("format") else ROWS
    fields.end()
    return Recipient(name, transport, mailbox, form)
