"""The units of a family as columns: what a query finds, a number for each text. Half a million of them take some tens of megabytes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.runtime.database import Connection

PERSON, COUNTS = "person", "counts"
"""The columns of a number for each person, and of a bit for each measure that is a count."""
WHOLE = {PERSON, COUNTS}
SEPARATOR = "\x1f"
"""Between the texts of one that is several."""
CHUNK = 2_000


class _Codes(dict[str, int]):
    """The number of each value, in the order in which they come."""

    def __missing__(self, value: str) -> int:
        self[value] = number = len(self)
        return number


class Units:
    """Columns by name: numbers of texts, whole numbers (`WHOLE`), other numbers with NaN where there is none."""

    def __init__(self) -> None:
        self.size = 0
        self._codes: dict[str, _Codes] = {}
        self._parts: dict[str, list[NDArray[Any]]] = {}

    def add(self, rows: Sequence[Any]) -> None:
        """Rows of the query; at least one."""
        self.size += len(rows)
        for name, column in zip(rows[0].keys(), zip(*rows, strict=True), strict=True):
            self._parts.setdefault(name, []).append(self._numbers(name, column))

    def _numbers(self, name: str, column: Sequence[Any]) -> NDArray[Any]:
        if isinstance(column[0], str):
            return np.fromiter(map(self._codes.setdefault(name, _Codes()).__getitem__, column), np.int64, len(column))
        if name in WHOLE:
            return np.fromiter(column, np.int64, len(column))
        return np.array(column, np.float64)

    def put(self, name: str, texts: Sequence[str], numbers: NDArray[np.int64]) -> None:
        """A column whose numbers stand for these texts; the same text may stand there several times."""
        codes = self._codes[name] = _Codes()
        self._parts[name] = [np.fromiter(map(codes.__getitem__, texts), np.int64, len(texts))[numbers]]

    def put_numbers(self, name: str, numbers: NDArray[Any]) -> None:
        self._parts[name] = [numbers]

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def __getitem__(self, name: str) -> NDArray[Any]:
        parts = self._parts[name]
        if len(parts) > 1:
            self._parts[name] = parts = [np.concatenate(parts)]
        return parts[0]

    def texts(self, name: str) -> list[str]:
        """What the numbers of a column stand for."""
        return list(self._codes[name])

    def holding(self, name: str) -> dict[str, NDArray[np.bool_]]:
        """Of a column whose texts are several: each of them, and which units have it."""
        told = [text.split(SEPARATOR) if text else [] for text in self.texts(name)]
        return {
            one: np.fromiter((one in texts for texts in told), np.bool_, len(told))[self[name]]
            for one in sorted({one for texts in told for one in texts})
        }


async def units(connection: Connection, statement: str, arguments: Sequence[Any]) -> Units:
    """What a query finds, read in parts. In the caller's transaction."""
    told = Units()
    cursor = await connection.cursor(statement, *arguments)
    while rows := await cursor.fetch(CHUNK):
        told.add(rows)
    return told
