"""The facts of the pages about alerts: what stands, what is watched, one rule with everything that happened to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import asyncpg

from services.waits.rules.alerts import Rule, amount, margin, named, spoken, thresholds_spoken
from services.waits.rules.messages import behind
from services.waits.store import alert_book
from services.waits.store.alerts import rule_of
from services.waits.store.messages import shown_target
from services.waits.store.pages import organisations, team_types
from services.waits.web.alert_form import FORMS
from services.waits.web.desk import Desk
from shared.clock import today
from shared.web.formats import instant
from shared.web.people import Person


class AlertRow(NamedTuple):
    """A threshold that stands, or stood."""

    id: int
    rule_id: int
    title: str
    reached: str  # "rises to 300"
    then: str  # "311 waiting, past 28 days"
    now: str
    whose: str
    fired_at: datetime
    resolved_at: datetime | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    note: str | None
    snoozed_until: datetime | None

    @property
    def state(self) -> str:
        if self.resolved_at:
            return f"resolved {instant(self.resolved_at)}"
        if self.snoozed_until:
            return f"snoozed until {instant(self.snoozed_until)}"
        return f"seen by {self.acknowledged_by}" if self.acknowledged_by else "to look at"


class RuleRow(NamedTuple):
    """What is watched, in words."""

    id: int
    title: str
    measure: str
    reached: str
    whose: str
    now: str
    looked_at: datetime | None
    trouble: str | None
    name: str
    told: list[str]
    is_on: bool
    behind: str


class HistoryRow(NamedTuple):
    at: datetime
    what: str
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class AlertsPage:
    at: date
    standing: list[AlertRow]
    resolved: list[AlertRow]
    rules: list[RuleRow]
    mail: bool

    @property
    def to_look_at(self) -> int:
        return sum(row.state == "to look at" for row in self.standing)


@dataclass(frozen=True, slots=True)
class RulePage:
    at: date
    row: RuleRow
    values: dict[str, Any]  # of the form
    margins: str
    alerts: list[AlertRow]
    history: list[HistoryRow]
    messages: list[dict[str, Any]]
    secret: str | None


class Names(NamedTuple):
    providers: Mapping[str, str]
    teams: Mapping[str, str]
    definitions: Mapping[str, str]


async def names_of(desk: Desk, person: Person) -> Names:
    """What a rule may name, in words: providers, team types and definitions."""
    every = (await desk.definitions()).current().values()
    codes = frozenset(code for definition in every for code in definition.team_types.values())
    return Names(await organisations(desk.pool, person.providers), await team_types(desk.pool, codes), await desk.titles())


async def alerts_page(desk: Desk, person: Person) -> AlertsPage:
    names = await names_of(desk, person)
    standing = await alert_book.alerts(desk.pool, person.providers, standing=True)
    resolved = await alert_book.alerts(desk.pool, person.providers, standing=False)
    rules = await alert_book.rules(desk.pool, person.providers)
    return AlertsPage(
        at=today(),
        standing=[_alert(row, names) for row in standing],
        resolved=[_alert(row, names) for row in resolved],
        rules=[_rule(row, names) for row in rules],
        mail=desk.outlets.mail is not None,
    )


async def rule_page(desk: Desk, person: Person, rule: int) -> RulePage | None:
    """None when this reader sees no such rule."""
    names = await names_of(desk, person)
    found = await alert_book.rules(desk.pool, person.providers, rule)
    if not found:
        return None
    row = found[0]
    standing = await alert_book.alerts(desk.pool, person.providers, standing=True, rule=rule)
    resolved = await alert_book.alerts(desk.pool, person.providers, standing=False, rule=rule)
    watched = rule_of(row)
    back = [watched._replace(thresholds=(line,)) for line in watched.thresholds]
    margins = ", ".join(
        amount(watched.measure, line - margin(one, line) if one.direction == "above" else line + margin(one, line))
        for one in back
        for line in one.thresholds
    )
    return RulePage(
        at=today(),
        row=_rule(row, names),
        values=dict(row) | {"thresholds": ", ".join(f"{line:g}" for line in row["thresholds"]), "emails": ", ".join(row["emails"])},
        margins=margins,
        alerts=[_alert(alert, names) for alert in (*standing, *resolved)],
        history=[_history(said, row) for said in await alert_book.history(desk.pool, rule)],
        messages=[dict(sent) | {"target": shown_target(sent["target"])} for sent in await alert_book.messages(desk.pool, rule)],
        secret=await alert_book.secret(desk.pool, rule, person.username) if row["webhook"] else None,
    )


def _alert(row: asyncpg.Record, names: Names) -> AlertRow:
    rule = Rule(row["measure"], row["direction"], (row["threshold"],))
    return AlertRow(
        id=row["id"],
        rule_id=row["rule_id"],
        title=row["title"],
        reached=thresholds_spoken(rule, [row["threshold"]]),
        then=spoken(rule.measure, row["value"], row["definition"]),
        now=amount(rule.measure, row["value_now"]),
        whose=_whose(row, names),
        **{name: row[name] for name in ("fired_at", "resolved_at", "acknowledged_by", "acknowledged_at", "note", "snoozed_until")},
    )


def _rule(row: asyncpg.Record, names: Names) -> RuleRow:
    rule = rule_of(row)
    told = [*row["emails"], *([f"{shown_target(row['webhook'])} ({FORMS[row['form']]})"] if row["webhook"] else [])]
    whose = _whose(row, names)
    if row["definition"]:
        whose += f", {names.definitions.get(row['definition'], row['definition'])}"
    return RuleRow(
        id=row["id"],
        title=row["title"],
        measure=named(rule.measure, row["definition"]),
        reached=thresholds_spoken(rule, rule.thresholds),
        whose=whose,
        now=amount(rule.measure, row["value"]),
        looked_at=row["looked_at"],
        trouble=row["trouble"],
        name=row["name"],
        told=told,
        is_on=row["is_on"],
        behind=behind(dict(row)),
    )


def _whose(row: asyncpg.Record, names: Names) -> str:
    provider = names.providers.get(row["provider"], row["provider"]) if row["provider"] else ", ".join(row["providers"])
    return f"{provider}, {names.teams.get(row['team_type'], row['team_type'])}" if row["team_type"] else provider


def _history(said: asyncpg.Record, rule: asyncpg.Record) -> HistoryRow:
    words = [said["what"]]
    if said["threshold"] is not None:
        words.append(amount(rule["measure"], said["threshold"]))
    if said["what"] in {"fired", "resolved", "woken"} and said["value"] is not None:
        words.append(f"at {amount(rule['measure'], said['value'])}")
    note = said["note"] or ""
    if said["what"] == "snoozed":
        note = f"until {instant(datetime.fromisoformat(note))}"
    return HistoryRow(said["at"], " ".join(words), said["name"] or "by itself", note)
