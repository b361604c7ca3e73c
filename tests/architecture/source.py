"""The repository as the architecture tests read it: its files, and its Python as syntax trees."""

import ast
import os
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PRODUCT = ("services", "shared", "deploy")


class Module(NamedTuple):
    """One Python file; `path` is relative to the repository."""

    path: str
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def imports(self) -> Iterator[str]:
        """The dotted name of everything imported, `from a import b` as `a.b`; imports are absolute (ruff TID)."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def strings(self) -> Iterator[tuple[int, str]]:
        """(line, text) of every string that is no docstring, and of the first part of every f-string."""
        documented = {id(node.value) for node in ast.walk(self.tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
                yield node.lineno, node.value


def modules(*folders: str) -> tuple[Module, ...]:
    """Every Python file of these folders, by path."""
    return tuple(sorted((module for folder in folders for module in _parsed(folder)), key=lambda module: module.path))


@cache
def _parsed(folder: str) -> tuple[Module, ...]:
    texts = [(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in (ROOT / folder).rglob("*.py")]
    return tuple(Module(path, text, ast.parse(text)) for path, text in texts)


@cache
def texts() -> dict[str, str]:
    """Every text file of the repository by path, without what git ignores and what it keeps for itself."""
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text("utf-8").split()] + [".git"]
    found = {}
    for folder, inner, files in os.walk(ROOT):
        inner[:] = sorted(name for name in inner if not any(fnmatch(name, pattern) for pattern in ignored))
        for name in sorted(files):
            if not any(fnmatch(name, pattern) for pattern in ignored):
                path = Path(folder, name)
                if b"\0" not in (content := path.read_bytes()):
                    found[path.relative_to(ROOT).as_posix()] = content.decode("utf-8", "replace")
    return found
