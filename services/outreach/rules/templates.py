"""Which variant of a message a person gets."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

ENGLISH = "en"
PLAIN, EASY_READ = "plain", "easy read"


class Variant(NamedTuple):
    """`form`: plain, or a format as somebody wants it; `language`: as `en`, `pl`."""

    form: str
    language: str


def variant(formats: Sequence[str], language: str | None, available: Collection[Variant]) -> Variant | None:
    """The best of what there is for this person: their language first, their formats in it in order; then the same in English.

    Somebody who reads another language is served better by plain words in it than by Easy Read in English. None: not even plain
    English is there. A region (`pt-BR`) falls back to its language.
    """
    spoken = [one for one in (language, (language or "").partition("-")[0], ENGLISH) if one]
    wanted = [Variant(form, one.lower()) for one in spoken for form in (*formats, PLAIN)]
    return next((one for one in wanted if one in available), None)


def needs_by_hand(formats: Sequence[str], available: Collection[Variant]) -> tuple[str, ...]:
    """Wanted formats that no template has, as braille: somebody makes that message by hand."""
    held = {one.form for one in available}
    return tuple(form for form in formats if form not in held)
