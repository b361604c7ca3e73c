"""SQL is kept as SQL: in `.sql` files, by name, every query used and none asked for that is not there."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from shared.runtime.database import queries
from tests.architecture.source import PRODUCT, ROOT, Module, modules

STATEMENT = re.compile(
    r"""\s*(
    select\b | insert\ into\b | update\ \w+\ set\b | delete\ from\b | with\ \w+\ as\b | lock\ table\b | truncate\b | copy\ \w+
    | grant\b | revoke\b
    | (create|alter|drop)\ (table|view|index|schema|sequence|role|database|type|function)\b | set\ (local\ |session\ )?[\w.]+\ ?(=|to)\s
    )""",
    re.IGNORECASE | re.VERBOSE,
)
IN_PYTHON = {
    "services/referrals/store/ledger.py": 1,  # a month's partition: its name and bounds cannot be arguments
    "services/referrals/store/loading.py": 5,  # a reference table is replaced whole; its name comes from the list in tables.py
    "shared/runtime/database.py": 5,  # the migrations' own table, before any file of SQL is applied; a planner setting, for one transaction
    "shared/runtime/health.py": 1,  # does the database answer?
    "shared/runtime/outbox.py": 1,  # giving back the relay's lock
    "shared/runtime/reference.py": 1,  # the version of the reference data
}
"""Statements that stand in Python, by module, and why. This list may only become shorter."""


def _statements(module: Module) -> list[str]:
    return [f"{module.path}:{line} {text[:60]}" for line, text in module.strings() if STATEMENT.match(text)]


def test_statements_stand_in_sql_files() -> None:
    found = {module.path: _statements(module) for module in modules("services", "shared")}
    more = [line for path, lines in found.items() if len(lines) > IN_PYTHON.get(path, 0) for line in lines]
    assert more == [], "move these to a .sql file, as named queries"
    fewer = {path: len(found.get(path, [])) for path, known in IN_PYTHON.items() if len(found.get(path, [])) < known}
    assert fewer == {}, "these are fewer now: make the list shorter"


def _files() -> dict[tuple[str, str], Path]:
    """(package, file) of every file of named queries, as `queries` wants them."""
    named = {}
    for folder in PRODUCT:
        for path in (ROOT / folder).rglob("*.sql"):
            if "migrations" not in path.parts and "-- name:" in path.read_text("utf-8"):
                package = next(parent for parent in path.parents if (parent / "__init__.py").exists())
                named[".".join(package.relative_to(ROOT).parts), path.relative_to(package).as_posix()] = path
    return named


def _asked() -> Iterator[tuple[Module, Mapping[str, str], str | None]]:
    """(module, named queries, name) of every `SQL[name]` in the code; the name is None where it is not written out."""
    for module in modules(*PRODUCT):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
                match node.value:
                    case ast.Name(id="SQL"):
                        named = import_module(module.name).SQL
                    case ast.Attribute(value=ast.Name(id=holder), attr="SQL"):
                        named = getattr(import_module(module.name), holder).SQL
                    case _:
                        continue
                name = node.slice.value if isinstance(node.slice, ast.Constant) else None
                yield module, named, None if name is None else str(name)


def test_every_query_is_used_and_every_used_one_exists() -> None:
    used: set[tuple[int, str]] = set()
    for module, named, name in _asked():
        if name is None:  # one of several, chosen at run time: their names are written somewhere in the module
            used |= {(id(named), text) for _, text in module.strings()}
        else:
            assert name in named, f"{module.path} asks for the query {name!r}, and no file has it"
            used.add((id(named), name))
    stored = {(id(queries(*key)), name): path for key, path in _files().items() for name in queries(*key)}
    assert [f"{path.relative_to(ROOT)}: {query[1]}" for query, path in stored.items() if query not in used] == []


def test_names_are_given_once_and_nothing_stands_before_the_first() -> None:
    assert len(_files()) >= 4
    for path in _files().values():
        text = path.read_text("utf-8")
        names = Counter(re.findall(r"^-- name: (\w+)$", text, re.MULTILINE))
        assert [name for name, times in names.items() if times > 1] == [], path
        assert names.total() == text.count("-- name:"), f"{path}: a name that the reader of queries does not see"
        assert all(line.startswith("--") or not line for line in text.partition("-- name:")[0].splitlines()), path


def test_no_query_decides_by_the_databases_clock() -> None:
    """Dates come as arguments; `clock_timestamp()` only notes when a row was written, or measures its age."""
    for path in _files().values():
        assert re.findall(r"\b(now\(\)|current_date|current_timestamp|localtimestamp)", path.read_text("utf-8"), re.IGNORECASE) == [], path
