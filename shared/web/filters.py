"""Filters that live in an address: read from it, and written back into it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, model_validator

from shared.web.errors import FieldError


class Address(BaseModel):
    """A page's filters; a subclass names them."""

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """A form sends "any" as an empty value."""
        return {name: value for name, value in given.items() if value != ""}

    def to(self, path: str, **changes: object) -> str:
        """The address of `path` with these filters and `changes` (None takes a filter away)."""
        values = self.model_dump(mode="json") | {
            name: ",".join(sorted(value)) if isinstance(value, (tuple, list, frozenset)) else value for name, value in changes.items()
        }
        query = urlencode({name: _text(value) for name, value in values.items() if value is not None})
        return f"{path}?{query}" if query else path


def known(field: str, value: str | None, accepted: Any) -> None:
    """Raises FieldError for a value outside `accepted`."""
    if value is not None and value not in accepted:
        raise FieldError.unknown(field, value, sorted(set(accepted)))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
