"""The databases that tests borrow: one after another gets the same, as new."""

import subprocess

import pytest

from deploy.local import postgres as local_postgres
from tests.support.databases import Databases
from tests.support.stack import sql

SAME = "select oid from pg_database where datname = current_database()"
SOILED = """
    insert into reference.pcns select 'P' || n, 'made up', null from generate_series(1, 9000) n;
    insert into reference.team_types values ('X01', 'made up');
    delete from waits.migration;
    select nextval(oid) from pg_class where relkind = 'S';
    create temporary table mine (id int)
"""


def dumped(url: str) -> list[str]:
    """All of a database, but for the word that guards a dump, which is another each time."""
    told = subprocess.run([local_postgres.program("pg_dump"), url], check=True, capture_output=True, text=True).stdout
    return [line for line in told.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]


def test_rows_and_sequences_go_and_the_name_is_another(databases: Databases) -> None:
    with databases.lent() as urls:
        new, it = dumped(urls["admin"]), sql(urls["admin"], SAME)
        sql(urls["admin"], SOILED)
        assert dumped(urls["admin"]) != new
    with databases.lent() as again:
        assert dumped(again["admin"]) == new
        assert sql(again["admin"], SAME) == it
        with pytest.raises(subprocess.CalledProcessError):
            sql(urls["waits"], "select 1")


@pytest.mark.parametrize(
    "change",
    [
        "alter table waits.cursor add column more int",
        "create function waits.more() returns int language sql as 'select 1'",
        "grant select on waits.cursor to clockstop_outreach",
    ],
)
def test_one_that_was_built_over_is_not_lent_again(databases: Databases, change: str) -> None:
    with databases.lent() as urls:
        it = sql(urls["admin"], SAME)
        sql(urls["admin"], change)
    with databases.lent() as again:
        assert sql(again["admin"], SAME) != it
