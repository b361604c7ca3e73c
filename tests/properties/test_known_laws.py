"""What was known at an instant is a part of what is known later."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from shared.versions import fold
from tests.properties.histories import Sent, folded, histories, instants, law


def known(history: list[Sent], instant: int) -> list[Sent]:
    """What had been received by then."""
    return [one for one in history if one.version[1] <= instant]


@law
@given(histories, instants, instants, st.randoms(use_true_random=False))
def test_what_was_known_and_what_came_since_is_what_is_known_later(history: list[Sent], one: int, other: int, draw: Random) -> None:
    earlier, later = sorted((one, other))
    document = folded(known(history, earlier))
    since = [one for one in known(history, later) if one not in known(history, earlier)]
    draw.shuffle(since)
    for sent in since:
        fold(document, sent.kind, sent.provider, sent.record_id, sent.version)
    assert document == folded(known(history, later))


@law
@given(histories, instants)
def test_nothing_that_came_later_is_known(history: list[Sent], instant: int) -> None:
    received = {one.version[3] for one in history if one.version[1] <= instant}
    standing = [version for versions in folded(known(history, instant)).values() for version in versions]
    assert {version[3] for version in standing} <= received
    assert all(version[1] <= instant for version in standing)
