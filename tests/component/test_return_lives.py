"""Lives of returns over a real database, from events to what leaves: frozen, explained, signed by two, sent once, restated."""

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import asyncpg
import pytest

from deploy.verifying import verified
from services.reporting.handlers import looking, restating, returning, running
from services.reporting.handlers.returning import NOBODY
from services.reporting.handlers.waits import DEFINITIONS
from services.reporting.rules.life import StepError
from services.reporting.rules.restatement import Cause
from services.reporting.store import frozen, returns
from services.reporting.store.applied import MOMENT
from services.waits.store import definitions
from shared import clock
from shared.runtime.database import Connection
from shared.runtime.stated import MADE_HERE
from tests.component.returns_scene import BOTH, FEMI, GRACE, ID, NOW, PERIOD, STRANGER, Scene, ends, scene
from tests.support.lives import Event

HERE = "register-pcn", "XP01"
BAD = {
    ("smi-checks", "XIB", "2025-13"): r"^2025-13 is no period",
    ("smi-checks", "XIB", "2025-03"): r"^2025-03 is no quarter: smi-checks is for a quarter",
    ("smi-checks", "XZZ", PERIOD): r"^'XZZ' is no organisation of the reference data$",
    ("no-return", "XIB", PERIOD): r"^no return is called 'no-return': there is",
}


@pytest.fixture
async def lived(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    async with scene(database_urls) as found:
        yield found


async def does(lived: Scene, act: object, *args: object, version: int = 1) -> object:
    async with lived.pool.acquire() as connection, connection.transaction():
        return await act(connection, ID, version, *args)  # type: ignore[operator]


async def state(lived: Scene, version: int = 1) -> str:
    return str((await returning.one(lived.pool, ID, version))["state"])


async def test_two_persons_freeze_explain_sign_and_send_what_was_frozen(lived: Scene) -> None:
    for words, told in BAD.items():
        with pytest.raises(StepError, match=told):
            await returning.wanted(lived.pool, *words)
    await lived.drafted()
    with pytest.raises(StepError, match=r"^zoe has nothing to do with returns of XIB$"):
        await returning.freeze(lived.pool, ends, ID, 1, STRANGER)
    made = await returning.freeze(lived.pool, ends, ID, 1, FEMI)
    assert (await returning.freeze(lived.pool, ends, ID, 1, BOTH)).hash == made.hash  # again, by another
    kept = await frozen.figures(lived.pool, ID, 1), await frozen.members(lived.pool, ID, 1)
    assert kept == (made.figures, sorted(made.members, key=lambda one: (one.family, one.personkey, one.fact)))
    assert len(kept[1]) > 5
    assert hashlib.sha256(made.content).hexdigest() == made.hash
    with pytest.raises(StepError, match=r"^smi-checks:XIB:2024-25-Q4 version 1: it is frozen: to be signed it must be checked$"):
        await does(lived, returning.sign, GRACE)
    for edit in made.edits:
        await does(lived, returning.explain, edit.id, "as it is in the records", FEMI)
    await does(lived, returning.check, FEMI)
    with pytest.raises(StepError, match=r"^both froze it: somebody else must sign$"):
        await does(lived, returning.sign, BOTH)
    with pytest.raises(StepError, match=r"^femi may not sign a return"):
        await does(lived, returning.sign, FEMI)
    await does(lived, returning.sign, GRACE)
    with pytest.raises(StepError, match=r"it is signed: to be frozen it must be draft or frozen or checked$"):
        await returning.freeze(lived.pool, ends, ID, 1, FEMI)
    first = await does(lived, returning.send_as, FEMI)
    assert await does(lived, returning.send_as, GRACE) == first  # twice is once
    sent = await lived.pool.fetch("select content, sha256 from submission")
    assert [(row["content"], row["sha256"]) for row in sent] == [(made.content, made.hash)]
    assert await state(lived) == "signed"  # until the transport says more


async def test_an_edit_is_explained_while_it_says_the_same(lived: Scene) -> None:
    await lived.drafted()
    await returning.freeze(lived.pool, ends, ID, 1, FEMI)
    await lived.admin.execute("delete from reporting.edit")
    for kind, edit in (("validity", "V"), ("quality", "Q")):
        await lived.admin.execute("insert into reporting.edit values ($1, 1, $2, $3, null, 'is not so')", ID, edit, kind)
    with pytest.raises(StepError, match=r"^V: is not so: it must be corrected and frozen again, not explained$"):
        await does(lived, returning.explain, "V", "it is as it should be", FEMI)
    with pytest.raises(StepError, match=r"has no edit 'X': there is V, Q$"):
        await does(lived, returning.explain, "X", "it is as it should be", FEMI)
    with pytest.raises(StepError, match=r"at least ten characters"):
        await does(lived, returning.explain, "Q", "no", FEMI)
    await does(lived, returning.explain, "Q", "it is as it should be", FEMI)
    with pytest.raises(StepError, match=r"^validity edit V"):
        await does(lived, returning.check, FEMI)
    await lived.admin.execute("delete from reporting.edit where id = 'V'")
    await lived.admin.execute("update reporting.edit set message = 'is still less so'")
    with pytest.raises(StepError, match=r"^quality edit Q: is still less so: correct it, or explain it$"):
        await does(lived, returning.check, FEMI)


async def test_a_quarter_runs_itself_under_a_standing_authorisation(lived: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async with lived.pool.acquire() as connection, connection.transaction():
        with pytest.raises(StepError, match=r"^femi may not sign a return"):
            await returning.authorise(connection, "smi-checks", "XIB", date(2025, 4, 1), date(2026, 3, 31), FEMI)
        assert await returning.authorise(connection, "smi-checks", "XIB", date(2025, 4, 1), date(2026, 3, 31), GRACE) == 1
        assert await returning.automate(connection, await lived.wanted(), FEMI)
    monkeypatch.setattr(clock, "now", lambda: NOW - timedelta(3))
    assert await running.run_due(lived.pool, ends) == 1
    assert await state(lived) == "draft"  # it is frozen ten days before its deadline
    monkeypatch.setattr(clock, "now", lambda: NOW)
    await running.run_due(lived.pool, ends)
    row = await returning.one(lived.pool, ID)
    found = await frozen.edits(lived.pool, ID, 1)
    if found:  # somebody must explain: then it goes on by itself, but not in the name of the authorisation
        assert (row["state"], row["frozen_by"]) == ("frozen", NOBODY.username)
        for edit in found:
            await does(lived, returning.explain, edit.id, "as it is in the records", FEMI)
        await running.run_due(lived.pool, ends)
        assert await state(lived) == "checked"
        assert [one["kind"] for one in await returns.notices(lived.pool, ID)] == ["to explain", "to sign"]
    else:
        assert (row["state"], row["signed_by"], row["authorisation"]) == ("signed", NOBODY.username, 1)
        assert await lived.pool.fetchval("select count(*) from submission") == 1
        steps = {one["change"]: one["detail"] for one in await returns.steps(lived.pool, ID)}
        assert "under the standing authorisation 1 of grace" in steps["signed"]
    before = await lived.pool.fetchval("select count(*) from step")
    assert await running.run_due(lived.pool, ends) == 0
    assert await lived.pool.fetchval("select count(*) from step") == before


async def test_a_return_is_chased_and_overdue_once(lived: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async with lived.pool.acquire() as connection, connection.transaction():
        await returning.automate(connection, await lived.wanted(), FEMI)
    for days in (0, 5, 6, 12, 13):
        monkeypatch.setattr(clock, "now", lambda days=days: NOW + timedelta(days))
        await running.run_due(lived.pool, ends)
    told = [(one["kind"], one["role"]) for one in await returns.notices(lived.pool, ID)]
    assert [kind for kind, _ in told if kind in {"reminder", "overdue"}] == ["reminder", "overdue"]
    assert "to sign" in dict(told) or "to explain" in dict(told)
    texts = {one["kind"]: one["text"] for one in await returns.notices(lived.pool, ID)}
    assert re.fullmatch(rf"{PERIOD} was due on 2025-04-20 at NHS England collection of physical health checks: it is \w+", texts["overdue"])


async def leave(lived: Scene) -> None:
    """Through every step to submitted."""
    await lived.drafted()
    made = await returning.freeze(lived.pool, ends, ID, 1, FEMI)

    async def rest(connection: Connection) -> None:
        for edit in made.edits:
            await returning.explain(connection, ID, 1, edit.id, "as it is in the records", FEMI)
        await returning.check(connection, ID, 1, FEMI)
        await returning.sign(connection, ID, 1, GRACE)
        await returns.step(connection, ID, 1, "submitted", "the transport")

    async with lived.pool.acquire() as connection, connection.transaction():
        await rest(connection)


async def test_what_differs_since_is_attributed_and_restated(lived: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await leave(lived)
    found, _ = await restating.compared(lived.pool, ends, ID, 1, FEMI)
    assert found.differences == []
    later = NOW + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    people = await lived.pool.fetch("select distinct personkey from frozen_unit where unit::text like '%SMIRegister%' order by 1 limit 2")
    entries = await lived.pool.fetch(
        "select personkey, provider, entry_id, practice, condition, entered_on from register_now where personkey = any ($1::text[])",
        [row["personkey"] for row in people],
    )
    told = []
    for number, row in enumerate(entries):
        data = {"provider": row["provider"], "entry_id": row["entry_id"]}
        whole = data | {"practice": row["practice"], "condition": row["condition"], "entered_on": str(row["entered_on"])}
        gone = row["personkey"] == people[0]["personkey"]
        event = Event(
            row["provider"], "register", row["entry_id"], row["personkey"], gone, NOW, NOW + timedelta(minutes=number),
            f"/{row['provider']}/gp", f"later-{number}", data if gone else whole | {"left_on": "2025-01-15"},
        )  # fmt: skip
        told.append(event)
    await lived.hear(told)
    found, now = await restating.compared(lived.pool, ends, ID, 1, FEMI)
    assert {one.line for one in found.differences} >= {"register"}
    assert set(found.by_cause) == {"void", "correction"}
    register = next(one for one in found.differences if one.line == "register")
    assert int(register.was) - int(register.now) == 2
    assert sum(cause.went - cause.came for cause in register.causes) == 2
    assert register.shown_was == register.shown_now
    assert now.evidence_hash != (await returning.one(lived.pool, ID, 1))["evidence_hash"]
    assert found.material == []  # two people of so few are hidden by rounding: what leaves stays the same
    assert (await does(lived, restating.restate, FEMI, "two people left the register"))["version"] == 2  # type: ignore[index]
    assert (await state(lived, 1), await state(lived, 2)) == ("closed", "draft")
    with pytest.raises(StepError, match=r"a version of it is at work already$"):
        await does(lived, restating.restate, FEMI, "once more, the same again")


MOVED_NETWORK = (
    "insert into reference.load (hash, rows, changed, loaded_at) values ('2', '{}', '{\"practices\": \"\"}', $1)",
    "insert into reference.replaced (until, table_name, content) select l.version, 'practices', to_json(p) from reference.practices p, "
    "reference.load l where l.hash = '2' and $1::timestamptz is not null",
    "update reference.practices set pcn = 'XP03' where practice = 'XG0101' and $1::timestamptz is not null",
)


async def test_a_merge_its_reversal_a_late_event_and_another_network_are_told_apart(lived: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await leave(lived)
    first, second, third = await lived.pool.fetch(
        "select personkey, provider, entry_id, practice, condition, entered_on from register_now where left_on is null "
        "and practice = 'XG0101' and personkey in (select personkey from frozen_unit) order by 1 limit 3"
    )

    def entry(row: asyncpg.Record, person: str, name: str, hours: int, **told: str) -> Event:
        data = {key: str(row[key]) for key in ("provider", "entry_id", "practice", "condition", "entered_on")}
        heard, source = NOW + timedelta(hours=hours), MADE_HERE if hours < 3 else f"/{row['provider']}/gp"
        named = row["provider"], "register", told.get("entry_id", row["entry_id"]), person, "moved_to" in told
        return Event(*named, NOW - timedelta(days=30), heard, source, name, data | told)

    gone, stays = first["personkey"], second["personkey"]
    await lived.hear([entry(first, gone, "m1", 1, moved_to=stays), entry(first, stays, "m2", 1)])
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=9))
    found, _ = await restating.compared(lived.pool, ends, ID, 1, FEMI)
    assert set(found.by_cause) == {"identity merge"}
    assert {one.line for one in found.differences} >= {"register"}
    await lived.hear([entry(first, stays, "m3", 2, moved_to=gone), entry(first, gone, "m4", 2)])
    found, _ = await restating.compared(lived.pool, ends, ID, 1, FEMI)
    assert found.differences == []
    newcomer = await lived.pool.fetchval(
        "select min(personkey) from person_now where personkey not in (select personkey from register_now)"
    )
    await lived.hear([entry(third, newcomer, "late", 4, entry_id="L1")])
    for statement in MOVED_NETWORK:
        await lived.admin.execute(statement, NOW + timedelta(hours=5))
    found, _ = await restating.compared(lived.pool, ends, ID, 1, FEMI)
    whole, here = (next(one for one in found.differences if (one.line, one.code) == named) for named in (("register", "XIB"), HERE))
    assert whole.causes == (Cause("late event", 1, 0),)
    assert [(one.name, one.came, one.went > 2) for one in here.causes] == [("reference change", 0, True)]
    assert set(found.by_cause) == {"late event", "reference change"}


async def test_a_return_that_left_is_looked_at_once_a_day_and_nothing_goes_by_itself(lived: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await leave(lived)
    async with lived.pool.acquire() as connection, connection.transaction():
        assert await returns.to_look_at(connection, NOW + timedelta(hours=23)) is None
    gone = await lived.pool.fetch("select provider, entry_id, personkey from register_now where practice = 'XG0101'")
    await lived.hear([
        Event(row["provider"], "register", row["entry_id"], row["personkey"], True, NOW, NOW + timedelta(hours=1), f"/{row['provider']}/gp",
              f"void-{place}", {"provider": row["provider"], "entry_id": row["entry_id"]})
        for place, row in enumerate(gone)
    ])  # fmt: skip
    await lived.was_heard_one_by_one()
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=2))
    for due in (True, False):
        async with lived.pool.acquire() as connection, connection.transaction():
            row = await returns.to_look_at(connection, clock.now())
            assert (row is not None) == due
            if row is not None:
                await looking.look(connection, lived.pool, ends, row)
    [listed] = await lived.pool.fetch(returns.SQL["listed"], ["XIB"])
    assert (listed["material"] > 0, listed["differences"] >= listed["material"], listed["version"]) == (True, True, 1)
    assert [(one["kind"], one["role"]) for one in await returns.notices(lived.pool, ID)] == [("restate", "analyst")]
    assert await state(lived) == "submitted"
    assert await lived.pool.fetchval("select count(*) from submission") == 0


async def test_what_is_frozen_is_what_had_been_received_whatever_was_taken_in_together(
    lived: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One batch holds two events of one person, received before and after the instant that would be frozen."""
    await lived.drafted()
    [row] = await lived.pool.fetch(
        "select personkey, provider, entry_id, practice, condition, entered_on from register_now where left_on is null order by 1 limit 1"
    )
    data = {"provider": row["provider"], "entry_id": row["entry_id"], "practice": row["practice"], "condition": row["condition"]}
    person, entry = row["personkey"], (row["provider"], "register", row["entry_id"], row["personkey"])
    later = NOW + timedelta(hours=1)

    def said(name: str, received: datetime, *, voided: bool = False) -> Event:
        told = data | {"entered_on": str(row["entered_on"]), "left_on": "2025-01-15"}
        return Event(*entry, voided, received, received, f"/{row['provider']}/gp", name, told)

    long_ago, before, after = NOW + timedelta(minutes=5), later - timedelta(seconds=25), later - timedelta(seconds=15)
    await lived.hear([said("left", long_ago, voided=True)])
    await lived.hear([said("back", before), said("gone", after, voided=True)])
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(StepError, match=rf"was taken in together with what came after it: name {before - MOMENT:%F}.* or {after:%F}"):
        await returning.freeze(lived.pool, ends, ID, 1, FEMI, before)
    made = await returning.freeze(lived.pool, ends, ID, 1, FEMI)
    assert made.known_at == before - MOMENT
    assert not any(one.personkey == person for one in made.members)
    held = [definitions.definition(name) for name in sorted(DEFINITIONS)]
    async with lived.pool.acquire() as connection:
        assert (await verified(connection, held, ID, 1, lambda done, people: None)).differences == []


async def test_a_frozen_return_is_recomputed_from_the_ledger_and_what_was_changed_is_named(lived: Scene) -> None:
    await lived.drafted()
    await returning.freeze(lived.pool, ends, ID, 1, FEMI)
    held = [definitions.definition(name) for name in sorted(DEFINITIONS)]

    async def differences() -> list[str]:
        async with lived.pool.acquire() as connection:
            found = await verified(connection, held, ID, 1, lambda done, people: None)
        assert found.people > 50
        assert found.units > 5
        return found.differences

    assert await differences() == []
    for harm, told in (
        (
            "update reporting.frozen_row set shown = '999' where line = 'register'",
            r"^row register icb XIB: frozen 999 \(\d+\), by the ledger",
        ),
        (
            "update reporting.frozen_row set exact = '999' where line = 'register'",
            r"^row register icb XIB: frozen \S+ \(999\), by the ledger",
        ),
        ("delete from reporting.frozen_unit where personkey = (select min(personkey) from reporting.frozen_unit)", r"not frozen$"),
        ("update reporting.return_version set hash = 'x'", r"^hash: x "),
        ("update reporting.return_version set evidence_hash = 'x'", r"^evidence hash: x "),
    ):
        async with lived.admin.acquire() as connection:
            attempt = connection.transaction()
            await attempt.start()
            await connection.execute(harm)
            await connection.execute("set local search_path = reporting")
            found = await verified(connection, held, ID, 1, lambda done, people: None)
            await attempt.rollback()
        assert re.search(told, found.differences[0]), (harm, found.differences)
    assert await differences() == []
