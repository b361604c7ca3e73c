"""Migrated databases for tests: a database of its own for each, emptied and renamed after one test for the next.

A clone costs a copy of a thousand files, and every first statement in it reads the catalogue anew. Emptied means: every row is gone
but those that migrations wrote, sequences begin at their beginnings, nobody is connected, and whoever still asks for the old name finds
no database. One in which a test changed more than rows (a trigger, a function, a column, a right) is dropped.
"""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from deploy.local import postgres as local_postgres
from deploy.local.stack import SERVICES, database_url, role

EMPTY = """
set session_replication_role = replica;  -- no trigger keeps a row, no foreign key an order
do $$
declare written record;
begin
    for written in
        select oid::regclass as name, pg_table_size(oid) > 262144 as large from pg_class
        where relkind = 'r' and oid >= 16384 and pg_relation_size(oid) > 0
    loop
        execute case when written.large then format('truncate %s cascade', written.name) else format('delete from %s', written.name) end;
    end loop;
end $$;
"""
SHAPE = """
select md5(string_agg(line, ' ' order by line)) from (
    select concat_ws(' ', 'c', oid, relname, relkind, relacl, reloptions, relrowsecurity) as line from pg_catalog.pg_class
    where oid >= 16384 and relnamespace <> 'pg_toast'::regnamespace and relpersistence = 'p'
    union all select concat_ws(' ', 'a', attrelid, attnum, attname, atttypid, attnotnull, attisdropped, attacl) from pg_catalog.pg_attribute
    where attrelid >= 16384 and attnum > 0
    union all select concat_ws(' ', 'd', oid, adbin) from pg_catalog.pg_attrdef
    union all select concat_ws(' ', 'p', oid, proname, prosrc, proacl) from pg_catalog.pg_proc where oid >= 16384
    union all select concat_ws(' ', 't', oid, tgname, tgenabled) from pg_catalog.pg_trigger
    union all select concat_ws(' ', 'k', oid, conname, convalidated) from pg_catalog.pg_constraint
    union all select concat_ws(' ', 'i', indexrelid, indisvalid, indisunique) from pg_catalog.pg_index where indexrelid >= 16384
    union all select concat_ws(' ', 'w', oid, md5(ev_action::text)) from pg_catalog.pg_rewrite where oid >= 16384
    union all select concat_ws(' ', 'n', oid, nspname, nspacl) from pg_catalog.pg_namespace where nspname !~ '^pg_(toast_)?temp_'
    union all select concat_ws(' ', 'x', oid, extname) from pg_catalog.pg_extension
    union all select concat_ws(' ', 's', datacl, setrole, setconfig) from pg_catalog.pg_database
    left join pg_catalog.pg_db_role_setting on setdatabase = oid where datname = current_database()
) as lines;
"""
"""All of a database but its rows, as one hash."""


class Databases:
    """The databases of one server, cloned from its template."""

    def __init__(self, postgres: str, template: str, passwords: Mapping[str, str]) -> None:
        self._postgres, self._template, self._passwords = postgres, template, passwords
        self._number = 0
        self._used: list[str] = []
        self._rows = self._shape = ""

    @contextmanager
    def lent(self) -> Iterator[dict[str, str]]:
        """A migrated database for the borrower alone: its URL by service, each as that service's role, and as `admin`."""
        self._number += 1
        name = f"test_{self._number}"
        if not (self._used and self._made_new(self._used.pop(), name)):
            self._run(f"create database {name} template {self._template} strategy file_copy")
        if not self._shape:
            rows = (local_postgres.program("pg_dump"), "--data-only", "--inserts", database_url(self._postgres, name))
            self._rows = subprocess.run(rows, check=True, capture_output=True, text=True).stdout
            self._shape = self._run(f"\\connect {name}\n{SHAPE}")
        try:
            yield {"admin": database_url(self._postgres, name)} | {
                service: database_url(self._postgres, name, role(service), self._passwords[service]) for service in SERVICES
            }
        finally:
            self._used.append(name)

    def _made_new(self, old: str, name: str) -> bool:
        """Empty a used database under a new name. False: it is not what it was, or somebody would not leave it; it is dropped."""
        leave = f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{old}';\nalter database {old} rename to {name};"
        with suppress(subprocess.CalledProcessError):
            if self._run(f"{leave}\n\\connect {name}\n{EMPTY}\n{self._rows}\n{SHAPE}") == self._shape:
                return True
        for left in (old, name):
            self._run(f"drop database if exists {left} with (force)")
        return False

    def _run(self, script: str) -> str:
        """The last line that a script of psql prints. CalledProcessError when a statement fails."""
        psql = [local_postgres.program("psql"), self._postgres, "-X", "--quiet", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1"]
        told = subprocess.run(psql, input=script, check=True, capture_output=True, text=True).stdout
        return told.strip().rpartition("\n")[2]
