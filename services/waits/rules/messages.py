"""What a message about an alert says: counts and links, nothing of a person. From the facts kept with the alert."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.waits.rules.alerts import Rule, amount, spoken, thresholds_spoken

BEHIND: dict[str, tuple[str, dict[str, str]]] = {
    "waiting": ("/waits/list", {"state": "waiting"}),
    "past-target": ("/waits/list", {"state": "past-target"}),
    "due-7": ("/waits/list", {"state": "due-7"}),
    "share-within": ("/waits/list", {"state": "stopped-quarter"}),
    "median-days": ("/waits", {}),
    "longest-days": ("/waits/list", {"state": "waiting", "sort": "waited"}),
    "silent-feeds": ("/data-quality", {}),
    "gaps": ("/data-quality/list", {}),
    "signals": ("/signals", {}),
}
"""The page behind each measure."""
EVERY = frozenset({"provider", "team_type", "definition"})
NARROWED = {"silent-feeds": frozenset({"provider"}), "gaps": frozenset({"provider"}), "signals": frozenset({"provider", "team_type"})}
"""What a measure that is no number of spells under a definition can be narrowed by."""

Facts = Mapping[str, Any]


class Message(NamedTuple):
    """One message: its key, by which way (`mail`, `json`, `teams`) to whom, what it tells, and the secret that signs it."""

    key: str
    way: str
    target: str
    facts: Facts
    secret: str


def behind(facts: Facts) -> str:
    """The path of the page that shows what a rule counts."""
    path, query = BEHIND[facts["measure"]]
    named = [name for name in ("provider", "team_type", "definition") if facts[name] and name in NARROWED.get(facts["measure"], EVERY)]
    pairs = [*query.items(), *((name, facts[name]) for name in named)]  # codes and ids: nothing that an address would take otherwise
    return f"{path}?{'&'.join(f'{name}={value}' for name, value in pairs)}" if pairs else path


def headline(facts: Facts) -> str:
    """One line: what happened."""
    rule = Rule(facts["measure"], facts["direction"], tuple(facts["thresholds"]))
    return f"{facts['title']}: {spoken(rule.measure, facts['value'], facts['definition'])} ({thresholds_spoken(rule, rule.thresholds)})"


def whose(facts: Facts) -> str:
    return ", ".join([*(f"{name} ({ods})" for ods, name in facts["providers"].items()), *([facts["team"]] if facts["team"] else [])])


def links(facts: Facts, site: str) -> list[tuple[str, str]]:
    """(words, address): the page behind the number, and the rule with its alerts."""
    return [("See what is behind it", f"{site}{behind(facts)}"), ("Acknowledge or snooze", f"{site}/alerts/rules/{facts['rule']}")]


def text(facts: Facts, site: str) -> str:
    """The body of an e-mail."""
    lines = [headline(facts), "", whose(facts), f"As at {facts['at']}", ""]
    lines += [f"{words}: {address}" for words, address in links(facts, site)]
    return "\n".join([*lines, "", "Counts only: sign in to see more. Sent by Clockstop because somebody asked to be told.", ""])


def document(facts: Facts, site: str, key: str) -> dict[str, Any]:
    """The body of a webhook."""
    named = ("rule", "title", "measure", "direction", "thresholds", "value", "providers", "provider", "team_type", "definition", "at")
    (_, list_), (_, rule) = links(facts, site)
    return {"id": key, "type": "clockstop.alert.v1", "text": headline(facts), **{name: facts[name] for name in named}} | {
        "link": list_,
        "rule_link": rule,
    }


def card(facts: Facts, site: str) -> dict[str, Any]:
    """An Adaptive Card as a Teams webhook takes it."""
    told = [("Now", amount(facts["measure"], facts["value"])), ("Whose", whose(facts)), ("As at", str(facts["at"]))]
    content = {
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "size": "Medium", "weight": "Bolder", "wrap": True, "text": headline(facts)},
            {"type": "FactSet", "facts": [{"title": title, "value": value} for title, value in told]},
        ],
        "actions": [{"type": "Action.OpenUrl", "title": words, "url": address} for words, address in links(facts, site)],
    }
    return {"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": content}]}
