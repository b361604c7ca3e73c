"""Frozen returns as files, over a real database: taken away, filled into the recipients' workbook, sent to each in their format."""

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook

from deploy.blank_workbook import made
from services.reporting.handlers import files, returning
from services.reporting.rules.evidence import Figure
from services.reporting.rules.life import StepError
from services.reporting.rules.returns.book import definition
from services.reporting.rules.returns.compose import Row, canonical, rows_of
from services.reporting.store import frozen, returns, submissions
from services.reporting.store.frozen import Frozen, hash_of
from shared import clock
from shared.runtime.database import Connection, connect_pool
from shared.web.people import Person

STATED = definition("community-mental-health")
RETURN = "community-mental-health:XIB:2025-26-Q2"
AMARA = Person("amara", "Amara", "Westside ICB", frozenset({"icb-manager"}), frozenset())
CLERK = Person("clerk", "Clerk", "Westside ICB", frozenset({"outreach-worker"}), frozenset())
ROWS = [Row("people", "footprint", "XIB", "", "", "count", "1205"), Row("arrs", "pcn", "P1", "", "", "count", "3")]
NOW = datetime(2025, 10, 20, 9, tzinfo=UTC)


@pytest.fixture
async def connection(database_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connection]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    async with await connect_pool(database_urls["admin"], "public") as admin:
        await admin.execute("insert into reference.organisations (ods, name, kind) values ('XIB', 'Westside ICB', 'icb')")
        await admin.execute("insert into reference.load (hash, rows) values ('1', '{}')")
    async with await connect_pool(database_urls["reporting"], "reporting") as pool, pool.acquire() as one, one.transaction():
        await returning.draft(one, await returning.wanted(one, STATED.id, "XIB", "2025-26-Q2"), AMARA)
        yield one


async def freeze(connection: Connection) -> bytes:
    content = canonical(RETURN, 1, ROWS)
    kept = Frozen(NOW, "amara", NOW, 1, 0, "{}", "{}", hash_of(content), hash_of(b"evidence"))
    await frozen.write(connection, RETURN, 1, kept, [Figure(row, None, None) for row in ROWS], [], [])
    await returns.step(connection, RETURN, 1, "frozen", "amara")
    return content


async def test_a_frozen_return_is_taken_away_and_the_audit_says_so(connection: Connection) -> None:
    with pytest.raises(StepError, match="it is a draft: freeze it first"):
        await files.export(connection, AMARA, RETURN, 1, "csv")
    content = await freeze(connection)
    assert rows_of((await files.export(connection, AMARA, RETURN, 1, "rows")).content) == sorted(ROWS)
    assert (await files.export(connection, AMARA, RETURN, 1, "rows")).content == content
    file = await files.export(connection, AMARA, RETURN, 1, "csv")
    assert (file.name, file.content.count(b"\r\n")) == ("community-mental-health_XIB_2025-26-Q2_v1.csv", 3)
    assert b"Westside ICB" in file.content
    with pytest.raises(StepError, match="is not taken away as 'pdf'"):
        await files.export(connection, AMARA, RETURN, 1, "pdf")
    assert await connection.fetchval("select count(*) from audit where what = 'return exported' and by = 'amara'") == 3


async def test_each_recipient_gets_it_in_the_format_they_take(connection: Connection) -> None:
    content = await freeze(connection)
    await connection.execute("insert into mesh_recipient values ('X26ABC2')")
    await connection.execute("update return_version set state = 'signed'")
    await returning.send(connection, RETURN, 1, "amara")
    sent = {one["recipient"]: one for one in await connection.fetch("select * from submission")}
    assert bytes(sent["X26ABC2"]["content"]) == content
    sheet = load_workbook(io.BytesIO(sent["NHS England regional team"]["content"]))["Return"]
    assert [row[-1].value for row in sheet.iter_rows(min_row=2)] == [1205, 3]


async def test_what_does_not_fit_the_recipients_workbook_is_known_before_it_is_signed(connection: Connection) -> None:
    await freeze(connection)
    with pytest.raises(StepError, match="clerk"):
        await files.add_blank(connection, CLERK, STATED, "blank.xlsx", made(STATED, ["P1"]))
    with pytest.raises(StepError, match=r"blank\.xlsx: the blank workbook cannot be read"):
        await files.add_blank(connection, AMARA, STATED, "blank.xlsx", b"nothing")
    assert await files.unfillable(connection, STATED, ROWS) == [], "no blank workbook, no edit"
    await files.add_blank(connection, AMARA, STATED, "blank.xlsx", made(STATED, ["P2"]))
    [edit] = await files.unfillable(connection, STATED, ROWS)
    assert (edit.kind, edit.message.split(":")[0]) == ("syntax", "Access!C3"), "these rows lack the line that goes there"
    await connection.execute("update return_version set state = 'signed'")
    with pytest.raises(StepError, match="Access!C3: the line people-all has 0 figures"):
        await returning.send(connection, RETURN, 1, "amara")
    assert await submissions.of(connection, RETURN) == []
