"""A small community, straight in the tables that measures count, and its figures kept as the worker keeps them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg

from services.reporting.handlers.figures import Figures
from shared.runtime.database import Pool
from tests.bench.measures import fill

NOW = datetime(2024, 10, 16, 9, 12, 8, tzinfo=UTC)
SIZE = {"people": 900, "practices": 12, "pcns": 4, "icbs": 1, "providers": 3}
NAMES = """
insert into reference.organisations (ods, name, kind) values ('R0', 'Westside Trust', 'nhs trust'), ('R1', 'Eastside Trust', 'nhs trust'),
    ('R2', 'Hillside Mind', 'vcse'), ('Q0', 'Westside and Eastside ICB', 'icb');
insert into reference.pcns (pcn, name) values ('U0', 'Central PCN'), ('U1', 'Station PCN'), ('U2', 'Market PCN'), ('U3', 'Isle PCN');
insert into reference.team_types (code, name) values ('A06', 'Community team'), ('A08', 'Assertive outreach team');
insert into reference.ethnic_categories (code, name) values ('A', 'White: British'), ('H', 'Asian or Asian British: Indian');
insert into reference.targets (measure, target, valid_from, source) values ('smi-health-checks', 0.75, '2024-04-01', 'NHS England');
insert into reference.trajectories (measure, organisation, period, planned) values ('smi-health-checks', 'Q0', '2024-25-Q2', 250);
insert into reference.load (hash, rows) values ('test', '{}');
insert into feed (provider, changes) values ('R0', 1);
insert into access.person (username, name, organisation, roles, providers) values
    ('amira', 'Amira Hassan', 'Westside and Eastside ICB', '{icb-manager}', '{R0,R1,R2}'),
    ('sana', 'Sana Malik', 'Westside and Eastside ICB', '{signatory}', '{R0,R1,R2}'),
    ('priya', 'Priya Nair', 'Westside Trust', '{team-manager}', '{R0}'),
    ('gwen', 'Gwen Price', 'Central Surgery', '{outreach-worker}', '{R0}'),
    ('ian', 'Ian Wright', 'Westside Trust', '{admin}', '{R0}');
"""


@asynccontextmanager
async def connected(admin_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(admin_url, server_settings={"search_path": "reporting", "jit": "off"})
    try:
        yield connection
    finally:
        await connection.close()


async def write(admin_url: str) -> None:
    """Everything but figures."""
    async with connected(admin_url) as connection:
        await connection.execute(NAMES)
        for statement in fill(SIZE):
            if not re.match(r"\s*vacuum", statement):
                await connection.execute(statement)


async def keep(pool: Pool) -> int:
    """What the worker does until nothing is left to be counted; returns how often it counted. The clock is the caller's to set."""
    job, counted = Figures(), 0
    while True:
        async with pool.acquire() as connection, connection.transaction():
            if not await job.look(connection):
                return counted
        counted += 1
