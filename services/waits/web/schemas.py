"""JSON Schemas and OpenAPI documents as the rows of plain tables."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from shared.events.contracts import TIME_OF_DAY, in_one_piece
from shared.events.words import CODES

PATTERNS = {
    TIME_OF_DAY: "time of day, 09:00 or 09:00:00",
    "^[A-Z0-9]{3,10}$": "ODS code",
    "^(practice|[A-Z0-9]{3,10})$": "practice, or an ODS code",
    "^[A-Z][0-9]{2}$": "letter and two digits, A06",
    r"^[^\s|;]+( [^\s|;]+)*$": "text without bars and semicolons",
    r"^\S+$": "text without spaces",
    "^/[A-Z0-9]{3,10}/[A-Za-z0-9._-]+$": "/ODS code/system, /RXX/epr",
    "^[A-Za-z0-9-]+$": "code",
    r"^\s*[A-Za-z0-9-]+\s*(\|[^|]*\|\s*)?(:.*)?$": "SNOMED CT: concept, optional |term|, optional :refinement",
}
"""Patterns that read better in words."""
OpenApi = Mapping[str, Any]
FORMATS = {"date": "date", "date-time": "instant with offset"}
KINDS = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false", "object": "object"}


class Field(NamedTuple):
    """One field: its path (`teams.team_type`), what it takes, and what it means. `codes`: (code, its words or nothing)."""

    path: str
    takes: str
    required: bool
    codes: list[tuple[str, str]]
    meaning: str


class Answer(NamedTuple):
    status: str
    meaning: str
    takes: list[str]
    fields: list[Field]


class Operation(NamedTuple):
    """One thing that an API does. `asks`: its parameters; `body`: media types it takes, and an example of them."""

    name: str
    summary: str
    description: str
    keys: list[str]
    asks: list[Field]
    body: list[str]
    example: Any
    answers: list[Answer]


def fields(schema: Mapping[str, Any], before: str = "") -> Iterator[Field]:
    """The fields of an object's schema (in one piece), those of inner objects after the one that holds them."""
    for name, field in schema.get("properties", {}).items():
        yield Field(before + name, takes(field), name in schema.get("required", ()), _codes(name, field), field.get("description", ""))
        for inner in _options(field):
            yield from fields(inner.get("items", inner), f"{before}{name}.")


def takes(field: Mapping[str, Any]) -> str:
    """What a field takes, in words: "date", "text of up to 64 characters", "list of objects, at least 1"."""
    return " or ".join(dict.fromkeys(_takes(one) for one in _options(field)))


def operations(api: OpenApi) -> Iterator[Operation]:
    """Everything that an API does, in the order of its document."""
    parts = api.get("components", {}).get("schemas", {})
    for path, methods in api["paths"].items():
        for method, told in methods.items():
            content = told.get("requestBody", {}).get("content", {})
            yield Operation(
                name=f"{method.upper()} {path}",
                summary=told["summary"],
                description=told.get("description", ""),
                keys=[name for one in told.get("security", ()) for name in one],
                asks=[
                    Field(one["name"], takes(schema), one["required"], _codes("", schema), one.get("description", ""))
                    for one in told.get("parameters", ())
                    for schema in [in_one_piece(one["schema"], parts)]
                ],
                body=list(content),
                example=next((one["example"] for one in content.values() if "example" in one), None),
                answers=[_answer(status, one, parts) for status, one in sorted(told["responses"].items())],
            )


def _answer(status: str, told: Mapping[str, Any], parts: Mapping[str, Any]) -> Answer:
    content = told.get("content", {})
    schema = in_one_piece(content.get("application/json", {}).get("schema", {}), parts)
    return Answer(status, told["description"], list(content), list(fields(schema)))


def _options(field: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What a field may be, without null: a field that may be null may be left out."""
    return [one for one in field.get("anyOf", [field]) if one.get("type") != "null"]


def _takes(one: Mapping[str, Any]) -> str:
    if "const" in one:
        return f'"{one["const"]}"'
    if "enum" in one:
        return "one of the codes"
    kind = one.get("type")
    if kind == "array":
        least = f", at least {one['minItems']}" if "minItems" in one else ""
        return f"list of: {takes(one['items'])}{least}"
    if one.get("format") in FORMATS:
        return FORMATS[one["format"]]
    bounds = [f"{words} {one[name]}" for name, words in (("minimum", "from"), ("maximum", "to")) if name in one]
    length = [f"up to {one['maxLength']} characters"] if one.get("maxLength", 2000) < 2000 else []
    pattern = one.get("pattern")
    what = PATTERNS.get(str(pattern)) or KINDS.get(str(kind), "anything") + (f" as {pattern}" if pattern else "")
    return ", ".join([what, *bounds, *length])


def _codes(name: str, field: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The closed list of a field, or of the items of its list."""
    words = CODES.get(name, {})
    listed = (one.get("items", one) for one in _options(field))
    return [(str(code), words.get(str(code), "")) for one in listed for option in _options(one) for code in option.get("enum", ())]
