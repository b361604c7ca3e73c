"""A month as it is lived: a made-up community's events as they come in, many of them late, some corrected, taken back, moved, merged."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from deploy.simulator.community import chance
from deploy.simulator.flow import Flow
from deploy.simulator.journeys import ID_FIELDS
from deploy.simulator.shares import Size

BEGINS = datetime(2026, 3, 10, tzinfo=UTC)  # the clocks change on 29 March
ENDS = BEGINS + timedelta(days=31)
SMALL = Size(starts=8, registered=2, visitors=2, routine=0.2)
Event = dict[str, Any]


class Coming(NamedTuple):
    """One event, and the instant at which it comes."""

    at: datetime
    event: Event


def month(seed: int, size: Size = SMALL) -> list[Coming]:
    """In the order in which they come, each instant once; what was recorded before the month comes with its first hour."""
    draw = chance(seed, "month")
    told = list(Flow(seed, BEGINS, size).past(ENDS))
    coming = [Coming(_received(event, draw), event) for event in told]
    coming += list(_changes(told, draw))
    coming += list(_joins(told, draw))
    found = sorted((one for one in coming if one.at < ENDS), key=lambda one: (one.at, one.event["id"]))
    return [one._replace(at=one.at + place * timedelta(microseconds=1)) for place, one in enumerate(found)]


def _received(event: Event, draw: Random) -> datetime:
    """One in five comes days late."""
    recorded = datetime.fromisoformat(event["recordedtime"])
    late = timedelta(days=draw.uniform(1, 12)) if draw.random() < 0.2 else timedelta(minutes=draw.uniform(0, 30))
    return max(recorded, BEGINS) + late


def _changes(told: list[Event], draw: Random) -> Iterator[Coming]:
    """Corrections of a day, records taken back and sometimes restored, and records that turn out to be somebody else's."""
    for number, event in enumerate(draw.sample([event for event in told if ".recorded." in event["type"]], len(told) // 8)):
        kind, provider = event["type"].split(".")[1], event["data"]["provider"]
        if kind not in ID_FIELDS:
            continue
        at = max(datetime.fromisoformat(event["recordedtime"]), BEGINS) + timedelta(days=draw.uniform(0.1, 25))
        changed = _again(event, f"change-{number}", at)
        what = draw.choice(("corrected", "corrected", "void", "moved"))
        if what == "void":
            changed["type"] = changed["type"].replace("recorded", "voided")
            person = {"local_id": event["data"]["person"]["local_id"]}
            changed["data"] = {"provider": provider, "person": person, ID_FIELDS[kind]: event["data"][ID_FIELDS[kind]]}
            yield Coming(at, changed)
            if draw.random() < 0.3:
                restored = at + timedelta(days=draw.uniform(0.1, 5))
                yield Coming(restored, _again(event, f"restore-{number}", restored))
            continue
        if what == "moved":
            others = [other for other in told if other["data"]["provider"] == provider]
            changed["data"]["person"] = deepcopy(draw.choice(others)["data"]["person"])
        elif "on" in changed["data"]:
            day = datetime.fromisoformat(changed["data"]["on"]) - timedelta(days=draw.randint(1, 4))
            changed["data"]["on"] = day.date().isoformat()
        yield Coming(at, changed)


def _joins(told: list[Event], draw: Random) -> Iterator[Coming]:
    """Local ids of one provider that are one person, and some that are not after all."""
    by_provider: dict[str, list[str]] = {}
    for event in told:
        by_provider.setdefault(event["data"]["provider"], []).append(event["data"]["person"]["local_id"])
    for provider, locals_ in sorted(by_provider.items()):
        for number in range(4):
            gone, stays = draw.sample(sorted(set(locals_)), 2)
            at = BEGINS + timedelta(days=draw.uniform(2, 25))
            yield Coming(at, _merge(provider, number, gone, stays, at))
            if number % 2:
                later = at + timedelta(days=draw.uniform(0.5, 4))
                yield Coming(later, _merge(provider, number, gone, stays, later, voided=True))


def _again(event: Event, event_id: str, at: datetime) -> Event:
    """A copy under an id of its own, recorded later."""
    copy: Event = json.loads(json.dumps(event))
    return copy | {"id": event_id, "time": at.isoformat(), "recordedtime": at.isoformat()}


def _merge(provider: str, number: int, gone: str, stays: str, at: datetime, *, voided: bool = False) -> Event:
    data = {"provider": provider, "person": {"local_id": stays}, "merge_id": f"M{number}"}
    return {
        "specversion": "1.0",
        "id": f"merge-{provider}-{number}-{voided}",
        "source": f"/{provider}/epr",
        "type": f"cmh.merge.{'voided' if voided else 'recorded'}.v1",
        "time": at.isoformat(),
        "recordedtime": at.isoformat(),
        "data": data if voided else data | {"from": gone, "into": stays},
    }
