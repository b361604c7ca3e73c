"""Which variant of a message a person gets."""

import pytest

from services.outreach.rules.templates import EASY_READ, ENGLISH, PLAIN, Variant, needs_by_hand, variant

HELD = {Variant(PLAIN, ENGLISH), Variant(EASY_READ, ENGLISH), Variant(PLAIN, "pl")}


@pytest.mark.parametrize(
    ("formats", "language", "chosen"),
    [
        ((), None, Variant(PLAIN, ENGLISH)),
        (("easy read",), "en", Variant(EASY_READ, ENGLISH)),
        (("easy read",), "pl", Variant(PLAIN, "pl")),
        ((), "pl-PL", Variant(PLAIN, "pl")),
        (("braille", "easy read"), "ur", Variant(EASY_READ, ENGLISH)),
        (("braille",), None, Variant(PLAIN, ENGLISH)),
    ],
)
def test_the_best_there_is(formats: tuple[str, ...], language: str | None, chosen: Variant) -> None:
    assert variant(formats, language, HELD) == chosen


def test_without_plain_english_there_is_none() -> None:
    assert variant((), "en", {Variant(PLAIN, "pl")}) is None


def test_what_no_template_has_is_made_by_hand() -> None:
    assert needs_by_hand(("braille", "easy read"), HELD) == ("braille",)
