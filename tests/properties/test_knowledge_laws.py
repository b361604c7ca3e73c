"""Laws of what is known: in whatever interleaving it was heard, and as it was known at any instant."""

from hypothesis import given
from hypothesis import strategies as st

from shared.versions import fold
from tests.properties.histories import Sent, folded, histories, law


@law
@given(histories, st.data())
def test_providers_may_be_heard_in_any_interleaving(history: list[Sent], data: st.DataObject) -> None:
    """Each provider's events in their own order, the providers' against each other in any."""
    feeds = {provider: [one for one in history if one.provider == provider] for provider in ("RXX", "RYY")}
    turns = data.draw(st.permutations([one.provider for one in history]))
    assert folded([feeds[provider].pop(0) for provider in turns]) == folded(history)


@law
@given(histories, st.data())
def test_what_was_known_then_is_part_of_what_is_known_later(history: list[Sent], data: st.DataObject) -> None:
    """As known at an instant: the versions received by it. What came since, folded onto that, is what is known now."""
    then = data.draw(st.sampled_from([one.version[1] for one in history]))
    known = folded([one for one in history if one.version[1] <= then])
    received = {one.version[3] for one in history if one.version[1] <= then}
    assert {version[3] for versions in known.values() for version in versions} <= received
    for one in history:
        if one.version[1] > then:
            fold(known, one.kind, one.provider, one.record_id, one.version)
    assert known == folded(history)
