"""What a module may import, read and grow to: the part of the architecture that import-linter alone cannot hold."""

import ast
import re
import sys
from contextlib import chdir

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

from tests.architecture.source import PRODUCT, ROOT, Module, modules

LINES = 300
IMPURE = {
    "asyncio", "http", "io", "logging", "os", "pathlib", "random", "secrets", "select", "socket", "sqlite3", "ssl", "subprocess",
    "threading", "time", "urllib", "uuid",
}  # fmt: skip
"""Parts of the standard library that a rule has no use for: the world outside its facts."""
ENVIRONMENT = {"shared/runtime/settings.py", "shared/runtime/commands.py"}
"""The settings, and `--dir`, which lays a stack's settings over the environment. The local stack in deploy starts programs with theirs."""
CLOCKS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"), ("time", "time_ns"),
    ("time", "localtime"), ("time", "gmtime"), ("time", "ctime"),
}  # fmt: skip
"""What reads the wall clock; time.monotonic only measures."""


def test_the_import_contracts_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with chdir(ROOT):
        monkeypatch.syspath_prepend(str(ROOT))
        status = lint_imports(cache_dir=None)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def rules() -> list[Module]:
    return [module for module in modules("services") if "/rules/" in module.path]


def test_every_service_has_rules() -> None:
    services = {module.path.split("/")[1] for module in modules("services") if module.path.endswith("/app.py")}
    assert {module.path.split("/")[1] for module in rules()} == services


@pytest.mark.parametrize("module", rules(), ids=lambda module: module.name)
def test_rules_import_only_pure_things(module: Module) -> None:
    own = module.name.partition(".rules")[0] + ".rules"
    foreign = [
        name
        for name in module.imports()
        if not re.match(rf"({re.escape(own)}|shared\.(versions|fields|xmr))\b", name)
        and (name.partition(".")[0] not in sys.stdlib_module_names or name.partition(".")[0] in IMPURE)
    ]
    assert foreign == [], (
        "rules take facts and a date, and import the standard library, shared.versions, shared.fields, shared.xmr and each other"
    )


def _wall_clocks(module: Module) -> list[str]:
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            holder = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", None)
            if (holder, node.attr) in CLOCKS:
                found.append(f"{module.path}:{node.lineno} {holder}.{node.attr}")
    return found + [f"{module.path} imports {name}" for name in module.imports() if tuple(name.split(".")) in CLOCKS]


def test_only_shared_clock_reads_the_wall_clock() -> None:
    assert _wall_clocks(next(module for module in modules("shared") if module.path == "shared/clock.py"))
    assert [found for module in modules(*PRODUCT, "tests") if module.path != "shared/clock.py" for found in _wall_clocks(module)] == []


def test_only_settings_read_the_environment() -> None:
    reading = {
        module.path
        for module in modules("services", "shared")
        if any(name in {"os.environ", "os.getenv"} for name in module.imports())
        or any(isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} for node in ast.walk(module.tree))
    }
    assert reading == ENVIRONMENT


def test_every_folder_with_python_is_a_package() -> None:
    folders = {(ROOT / module.path).parent for module in modules(*PRODUCT, "tests")}
    assert [str(folder.relative_to(ROOT)) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_modules_stay_small(capsys: pytest.CaptureFixture[str]) -> None:
    longest = sorted(((module.text.count("\n"), module.path) for module in modules(*PRODUCT)), reverse=True)
    with capsys.disabled():
        print("", "longest modules:", *(f"{lines:5} {path}" for lines, path in longest[:5]), sep="\n")
    assert [f"{path}: {lines} lines" for lines, path in longest if lines > LINES] == []
