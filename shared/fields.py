"""Reads the fields of one table of a TOML file; every complaint is one line that names the field and what it needs."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, TypeVar, overload

_T = TypeVar("_T")
_D = TypeVar("_D")
_KINDS = {int: "a whole number", str: "a text", bool: "true or false", date: "a date", list: "a list", dict: "a table"}
_NEEDED = object()
_FEW = 15


class Fields:
    """The fields of one TOML table; each is taken once, and `end` refuses what is left."""

    def __init__(self, table: Mapping[str, Any], path: str = "") -> None:
        self._left = dict(table)
        self._path = path

    def wrong(self, name: str, why: str) -> ValueError:
        return ValueError(f"{self._path}{name}: {why}")

    def called(self, path: str) -> "Fields":
        """What is left of them, under a path that names whose they are."""
        return Fields(self._left, path)

    def has(self, name: str) -> bool:
        return name in self._left

    @overload
    def take(self, name: str, kind: type[_T]) -> _T: ...
    @overload
    def take(self, name: str, kind: type[_T], otherwise: _D) -> _T | _D: ...
    def take(self, name: str, kind: type[_T], otherwise: object = _NEEDED) -> object:
        if otherwise is not _NEEDED and name not in self._left:
            return otherwise
        value = self._left.pop(name, None)
        if type(value) is not kind:  # not isinstance: true is no number of days
            raise self.wrong(name, f"{_KINDS[kind]} is needed")
        return value

    def number(self, name: str, least: int) -> int:
        value = self.take(name, int)
        if value < least:
            raise self.wrong(name, f"{value} is too small: {least} or more is needed")
        return value

    def maybe_number(self, name: str, least: int) -> int | None:
        return self.number(name, least) if self.has(name) else None

    def words(self, name: str) -> str:
        value = self.take(name, str)
        if not value.strip():
            raise self.wrong(name, "a text is needed, not an empty one")
        return value

    def one_of(self, name: str, known: Collection[str]) -> str:
        value = self.take(name, str)
        if value not in known:
            raise self.wrong(name, f"{value!r} is not one of {', '.join(known)}")
        return value

    def names(self, name: str, known: Collection[str] = (), otherwise: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts, none twice; with `known`, only of those. Without `otherwise` the list must be there."""
        if otherwise is not None and not self.has(name):
            return otherwise
        values = self.take(name, list)
        for place, value in enumerate(values):
            if not isinstance(value, str) or not value:
                raise self.wrong(name, f"{value!r} is no text")
            if known and value not in known:
                in_order = sorted(known) if isinstance(known, frozenset) else known
                remedy = f"use {', '.join(in_order)}" if len(known) <= _FEW else "correct it, or load the reference table that holds it"
                raise self.wrong(name, f"{value!r} is not known: {remedy}")
            if value in values[:place]:
                raise self.wrong(name, f"{value!r} stands twice: leave one out")
        return tuple(values)

    def some(self, name: str, known: Collection[str]) -> tuple[str, ...]:
        """The same, and not empty."""
        values = self.names(name, known)
        if not values:
            raise self.wrong(name, "at least one is needed")
        return values

    def table(self, name: str, otherwise: Mapping[str, Any] | None = None) -> "Fields":
        return Fields(self.take(name, dict) if otherwise is None else self.take(name, dict, otherwise), f"{self._path}{name}.")

    def tables(self, name: str) -> "list[Fields]":
        found = self.take(name, list, [])
        for table in found:
            if not isinstance(table, dict):
                raise self.wrong(name, f"{table!r} is no table")
        return [Fields(table, f"{self._path}{name}.") for table in found]

    def rest(self) -> dict[str, str]:
        return {name: self.take(name, str) for name in list(self._left)}

    def end(self) -> None:
        for name in self._left:
            raise self.wrong(name, "no such field")
