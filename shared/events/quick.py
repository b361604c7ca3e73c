"""The same contracts for where every event passes: structs made from the strict models, which read in a third of the time.

What these readers take, the models take too, and say of it the same: a test holds that. What they refuse, or are not made for (a time
of day without seconds, more digits than microseconds have), the models judge and explain.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import AwareDatetime, BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from shared.events.catalogue import CANONICAL_MODELS, SENT_MODELS

_ANNOTATED: Any = Annotated  # of types that are only known when this runs
_LIST: Any = list
_LIMITS = ("min_length", "max_length", "ge", "le")
_FINER = re.compile(rb"\.[0-9]{7}")
"""Finer than microseconds: rounded here, cut off by the models."""


class Reader:
    """Reads one event of any of these types, told apart by `type`, as a struct that has its fields under the names of its model."""

    def __init__(self, models: Mapping[str, type[BaseModel]], *, strict: bool) -> None:
        self._decoder = msgspec.json.Decoder(_any(_struct(model, strict=strict, tag=name) for name, model in models.items()))

    def __call__(self, raw: bytes) -> Any | None:
        """The event, or None: the model has the say."""
        try:
            return None if _FINER.search(raw) else self._decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None


@cache
def _struct(model: type[BaseModel], *, strict: bool, tag: str | None = None) -> Any:
    """The struct of a model, with its validators of the whole; `strict`: it refuses fields that it does not know."""
    fields: list[Any] = []
    names = {}
    for name, field in model.model_fields.items():
        if tag is not None and name == "type":
            continue
        kind = _type(field.annotation, field.metadata, strict=strict)
        fields.append((name, kind) if field.is_required() else (name, kind, field.default))
        names[name] = field.alias or name
    checks = [validator.func for validator in model.__pydantic_decorators__.model_validators.values()]

    def check(self: Any) -> None:
        for one in checks:
            one(self)

    return msgspec.defstruct(
        model.__name__,
        fields,
        namespace=({"type": tag} if tag else {}) | ({"__post_init__": check} if checks else {}),
        tag_field="type" if tag else None,
        tag=tag,
        rename=names,
        kw_only=True,
        forbid_unknown_fields=strict,
        gc=False,
    )


def _type(annotation: Any, metadata: list[Any], *, strict: bool) -> Any:
    """A field's type with its limits. TypeError for one that is not known here."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(parts[0], [*parts[1:], *metadata], strict=strict)
    if origin in (Union, UnionType):
        return _any(_type(part, metadata, strict=strict) for part in parts)
    if origin is list:
        return _ANNOTATED[_LIST[_type(parts[0], [], strict=strict)], msgspec.Meta(**dict(_limits(metadata)))]
    if annotation is AwareDatetime or annotation is datetime:
        return Annotated[datetime, msgspec.Meta(tz=True)]
    if annotation is time:
        return Annotated[time, msgspec.Meta(tz=False)]
    if annotation is str:
        return Annotated[str, msgspec.Meta(**{"max_length": 2000} | dict(_limits(metadata)))]
    if annotation is int:
        return Annotated[int, msgspec.Meta(**dict(_limits(metadata)))]
    if annotation in (bool, float, date, None, type(None)) or origin is Literal:
        return annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _struct(annotation, strict=strict)
    raise TypeError(f"no reader for {annotation}")


def _any(parts: Iterable[Any]) -> Any:
    return reduce(or_, parts)


def _limits(metadata: list[Any]) -> Iterator[tuple[str, Any]]:
    """What a field is held to. Patterns end where the text ends: `$` would let a new line follow."""
    for one in metadata:
        if isinstance(one, FieldInfo):
            yield from _limits(one.metadata)
        elif isinstance(one, (StringConstraints, MinLen, MaxLen, Ge, Le)):
            yield from ((name, value) for name in _LIMITS if (value := getattr(one, name, None)) is not None)
            if (pattern := getattr(one, "pattern", None)) is not None:
                yield "pattern", re.sub(r"\$$", r"\\Z", pattern)
        else:
            raise TypeError(f"no reader for {one}")


SENT = Reader(SENT_MODELS, strict=True)
"""What a provider sends, as `catalogue.SENT`."""
CANONICAL = Reader(CANONICAL_MODELS, strict=False)
"""What the front door publishes, as `catalogue.CANONICAL`."""
