"""What each event did, asked for as its provider does: over HTTP, by its id, from the ledger of a real database."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.referrals.store.access import Person, add_person, add_provider
from services.waits.rules.effects import What
from services.waits.web.effects import CAUSES, SENTENCES
from services.waits.web.site import build_web
from shared.runtime.database import connect_pool
from shared.web.application import Access
from tests.component.sent_events import ONE, RECEIVED, TWO, Desk, event
from tests.component.test_waits_handlers import Waits

CODES = """
insert into reference.refset_members (refset_id, concept_id) values ('1853441000000109', 'DEMO-ASSESS-1');
insert into reference.assessment_tools (code, tool) values ('DEMO-SCORE-1', 'Demonstration')
"""
LATER = "2024-07-09T10:00:00+01:00"
HOUR = timedelta(hours=1)


class Asking:
    """RXX sends to the front door, and asks the site of waits what came of it."""

    def __init__(self, desk: Desk, client: httpx.AsyncClient, keys: dict[str, str]) -> None:
        self.desk = desk
        self.client = client
        self.keys = keys

    async def ask(self, event_id: str, provider: str = "RXX") -> httpx.Response:
        return await self.client.get(f"/v1/effects/{event_id}", headers={"authorization": f"Bearer {self.keys[provider]}"})

    async def effects(self, event_id: str) -> list[dict[str, Any]]:
        answer = await self.ask(event_id)
        assert answer.status_code == 200, answer.text
        [one] = answer.json()["events"]
        assert (one["id"], one["source"], one["provider"]) == (event_id, "/RXX/epr", "RXX")
        return list(one["effects"])

    async def page(self, path: str) -> httpx.Response:
        return await self.client.get(path, headers={"authorization": f"Bearer {self.keys['RXX']}"})

    async def told(self, event_id: str) -> list[str]:
        return [effect["sentence"] for effect in await self.effects(event_id)]


@pytest.fixture
async def waits(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Asking]:
    monkeypatch.setattr("shared.clock.now", lambda: RECEIVED)
    keys = {}
    async with (
        await connect_pool(database_urls["referrals"], "referrals") as referrals,
        await connect_pool(database_urls["waits"], "waits") as pool,
    ):
        async with referrals.acquire() as connection:
            await connection.execute(CODES)
            for ods in ("RXX", "RYY"):
                keys[ods] = str((await add_provider(connection, ods, "", new_key=False)).api_key)
            await add_person(connection, Person("priya", "Priya", "Trust", ("team-manager",), ("RXX",)))
        app = build_web(pool, Access("k" * 32, "127.0.0.1"))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://site") as client:
            yield Asking(Desk(referrals), client, keys)


def named(event_id: str, kind: str = "referral", record_id: str = "R1", **say: Any) -> dict[str, Any]:
    return event(kind, record_id, event_id=event_id, **say)


STORY = [
    named("person", "person", ""),
    named("referral"),
    named("again", record_id="R2", received_on="2024-07-04"),
    named("child", record_id="R3", teams=[{"team_type": "A14"}]),
    named("contact", "contact", "C1", on="2024-07-03"),
    named("email", "contact", "C2", medium="05"),
    named("missed", "contact", "C3", attendance="3"),
    named("second", "contact", "C4", on="2024-07-08"),
    named("third", "contact", "C5", on="2024-07-09"),
    named("orphan", "contact", "C6", referral_id="R-later"),
    named("open-door", "contact", "C7", referral_id=None, direct_access=True),
    named("score", "score", "S1", on="2024-07-04"),
    named("assessment", "assessment", "A1", on="2024-07-03"),
    named("of-no-contact", "assessment", "A2", contact_id="C-later"),
    named("plan", "care-plan", "P1", created_on="2024-07-09"),
    named("check", "health-check", "H1"),
]
TOLD = {
    "person": ["read with this person's clocks; starts and stops none by itself"],
    "referral": ["started the clock on 1 July 2024"],
    "again": ["started no new clock: it belongs to the spell that began on 1 July 2024"],
    "child": ["no effect: team not in scope"],
    "contact": ["met: first contact on 3 July 2024"],
    "email": ["no effect: medium not counted"],
    "missed": ["no effect: not attended"],
    "second": ["met: second contact on 8 July 2024"],
    "third": ["no effect: component already met"],
    "orphan": ["no effect: its referral is not known yet"],
    "open-door": ["no effect: direct access"],
    "score": ["met: baseline outcome on 4 July 2024"],
    "assessment": ["met: assessment on 3 July 2024"],
    "of-no-contact": ["no effect: its contact is not known yet"],
    "check": ["no effect: no clock reads health-check records"],
    "plan": ["met: agreed plan or intervention on 9 July 2024", "stopped the clock at day 8"],
}


async def test_what_each_event_of_a_pathway_did(waits: Asking) -> None:
    await waits.desk.send(*STORY)
    assert {name: await waits.told(name) for name in TOLD} == TOLD


async def test_an_effect_names_its_spell_day_and_reason(waits: Asking) -> None:
    await waits.desk.send(*STORY)
    [met, stopped] = await waits.effects("plan")
    assert (met["effect"], met["component"], met["spell_id"], met["day"]) == ("component-met", "care-plan-or-intervention", "RXX:R1", 8)
    assert (stopped["effect"], stopped["on"], stopped["day"]) == ("clock-stopped", "2024-07-09", 8)
    [email] = await waits.effects("email")
    assert (email["effect"], email["reason"], email["spell_id"], email["on"]) == (
        "no-effect",
        "medium not counted",
        "RXX:R1",
        "2024-07-05",
    )


async def test_an_effect_waits_for_its_referral_in_any_order(waits: Asking) -> None:
    await waits.desk.send(named("contact", "contact", "C1"))
    assert await waits.told("contact") == ["no effect: its referral is not known yet"]
    await waits.desk.send(named("referral"))
    assert await waits.told("contact") == ["no effect: person out of scope"]  # without a birth date nobody can say
    await waits.desk.send(named("person", "person", ""))
    assert await waits.told("contact") == ["met: first contact on 5 July 2024"]


async def test_versions_that_stand_no_longer(waits: Asking) -> None:
    await waits.desk.send(
        *STORY,
        named("contact-corrected", "contact", "C1", on="2024-07-04", recorded=LATER),
        named("second-again", "contact", "C4", on="2024-07-08", recorded=LATER),
        named("score-void", "score", "S1", voided=True, recorded=LATER),
        named("plan-same-instant", "care-plan", "P1", created_on="2024-07-06"),
        named("end", recorded=LATER, discharged_on="2024-07-10"),
        named("end-of-both", record_id="R2", received_on="2024-07-04", recorded=LATER, discharged_on="2024-07-10"),
    )
    assert await waits.told("contact") == ["superseded by a later version: event contact-corrected"]
    assert (await waits.effects("contact"))[0]["by"] == {"source": "/RXX/epr", "id": "contact-corrected"}
    assert await waits.told("contact-corrected") == ["met: first contact on 4 July 2024"]
    assert await waits.told("second") == ["duplicate: event second-again says the same and stands instead"]
    assert await waits.told("score") == ["voided by event score-void"]
    assert await waits.told("score-void") == ["took back what was said of outcome score S1"]
    assert await waits.told("plan") == ["superseded by a later version: event plan-same-instant"]
    assert await waits.told("end") == ["started the clock on 1 July 2024", "ended the spell on 10 July 2024"]
    assert await waits.told("end-of-both") == [
        "started no new clock: it belongs to the spell that began on 1 July 2024",
        "ended the spell on 10 July 2024",
    ]
    await waits.desk.send(named("score-restored", "score", "S1", recorded="2024-07-09T11:00:00+01:00"))
    assert await waits.told("score-void") == ["superseded by a later version: event score-restored"]
    assert await waits.told("score") == ["voided by event score-void"]


async def test_a_stay_takes_its_referral_out(waits: Asking) -> None:
    await waits.desk.send(
        *STORY,
        named("stay", "stay", "S1", referral_id="R1"),
        named("stay-alone", "stay", "S2"),
        named("stay-orphan", "stay", "S3", referral_id="R-later"),
        named("stay-child", "stay", "S4", referral_id="R3", admitted_on="2024-07-11"),
    )
    assert await waits.told("stay") == ["took referral R1 out of the clock: a hospital stay is attached to it"]
    assert await waits.told("referral") == ["no effect: stay out of scope"]
    assert await waits.told("again") == ["started the clock on 4 July 2024"]
    assert await waits.told("stay-alone") == TOLD["person"]
    assert await waits.told("stay-orphan") == ["no effect: its referral is not known yet"]
    assert await waits.told("stay-child") == ["no effect: after the date asked for"]


async def test_what_was_moved_did_its_work_at_the_other_person(waits: Asking) -> None:
    """A local id turns out to have the NHS number of somebody known: all its records move, and go on counting."""
    there = {"local_id": "P2", "nhs_number": ONE}
    await waits.desk.send(*STORY)
    await waits.desk.send(named("there", record_id="R9", person=there, received_on="2024-06-01"))
    shows = {"local_id": "P1", "nhs_number": ONE}
    await waits.desk.send(named("merging", "contact", "C8", person=shows, attendance="3"), at=RECEIVED + HOUR)
    moved = "moved to another person by merge: event merging"
    assert await waits.told("plan") == [moved, "met: agreed plan or intervention on 9 July 2024", "stopped the clock at day 38"]
    assert await waits.told("person") == [moved, *TOLD["person"]]
    elsewhere = {"local_id": "P3", "nhs_number": TWO}
    await waits.desk.send(named("taken", "contact", "C1", person=elsewhere, recorded=LATER), at=RECEIVED + 2 * HOUR)
    assert await waits.told("contact") == [
        moved,
        "moved to another person by a later version that names the other: event taken",
        "superseded by a later version: event taken",
    ]


async def test_a_merge_and_its_undoing(waits: Asking) -> None:
    """Records go to the other person and come back, and each event says what it does where it is now."""
    there = {"local_id": "P2"}
    await waits.desk.send(*STORY)
    await waits.desk.send(
        named("there", record_id="R9", person=there, received_on="2024-06-01"), named("born", "person", "", person=there, recorded=LATER)
    )
    join = {"from": "P1", "into": "P2"}
    await waits.desk.send(named("join", "merge", "M1", person=there, **join), at=RECEIVED + HOUR)
    moved = "moved to another person by merge: event join"
    assert await waits.told("join") == ["joined two local ids: the records of both belong to one person, and its clocks follow"]
    assert await waits.told("contact") == [moved, "met: first contact on 3 July 2024"]
    assert await waits.told("person") == [moved, *TOLD["person"]]
    assert await waits.told("born") == TOLD["person"]
    undo = named("undo", "merge", "M1", person=there, voided=True, recorded=LATER)
    await waits.desk.send(undo, at=RECEIVED + 2 * HOUR)
    assert await waits.told("undo") == ["took back what was said of merge M1"]
    assert {name: await waits.told(name) for name in TOLD} == TOLD


async def test_an_event_of_another_provider_is_not_found(waits: Asking) -> None:
    await waits.desk.send(*STORY)
    answer = await waits.ask("plan", "RYY")
    assert (answer.status_code, answer.json()["field"]) == (404, "event_id")
    assert answer.json()["remedy"] == "ask /v1/receipts/plan what became of it"
    assert (await waits.client.get("/v1/effects/plan")).status_code == 401


async def test_an_event_that_was_not_accepted_has_no_effects(waits: Asking) -> None:
    await waits.desk.send(named("refused", received_on="1900-01-01"))
    assert (await waits.ask("refused")).status_code == 404


async def test_one_id_of_two_sources_is_two_events(waits: Asking) -> None:
    await waits.desk.send(named("e1"), named("e1", "contact", "C1") | {"source": "/RXX/crm"})
    events = (await waits.ask("e1")).json()["events"]
    assert [(one["source"], one["kind"]) for one in events] == [("/RXX/crm", "contact"), ("/RXX/epr", "referral")]


async def test_a_spell_tells_of_superseded_versions_and_of_all_that_was_known(waits: Asking, database_urls: dict[str, str]) -> None:
    corrected = named("contact-corrected", "contact", "C1", on="2024-07-04", recorded=LATER)
    await waits.desk.send(named("person", "person", ""), named("referral"), named("contact", "contact", "C1"), corrected)
    async with await connect_pool(database_urls["waits"], "waits") as pool:
        await pool.execute("insert into cursor values ('care.v1', 0, 'c', 't', 0)")
        await Waits(pool).hear(*await waits.desk.said())
    uncounted = (await waits.page("/v1/spells/RXX:R1")).json()["uncounted"]
    assert [(one["event_id"], one["reason"]) for one in uncounted] == [("contact", "superseded version")]
    token = re.search(r'name="csrf" value="([^"]+)"', (await waits.client.get("/sign-in")).text)
    assert token
    await waits.client.post("/sign-in", data={"username": "priya", "csrf": token[1]})
    page = (await waits.client.get("/waits/spells/RXX:R1")).text
    assert "What was known when (4 versions)" in page
    assert '<td>superseded version</td><td><a href="/waits/events/contact">contact</a></td>' in page
    assert "<td>first contact moved from 5 July 2024 to 4 July 2024</td>" in page
    event_page = (await waits.client.get("/waits/events/contact")).text
    assert "superseded by a later version: event contact-corrected" in event_page
    assert (await waits.client.get("/waits/events/no-such-event")).status_code == 404


def test_every_effect_has_a_sentence() -> None:
    assert set(SENTENCES) == set(What)
    assert set(CAUSES) == {"merge", "un-merge", "moved"}
