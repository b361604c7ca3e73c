"""Two people as they live: records come in, are corrected, voided and repeated, and the two are merged and parted again.

Whatever was done, and in whatever order, what stands is what the latest version of each record says, under the person it belongs to,
and the clocks of every definition follow from that alone.
"""

from collections import defaultdict
from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from services.waits.rules.clock import Clock, clocks
from services.waits.rules.definition import Definition
from services.waits.rules.facts import facts
from shared.versions import EVIDENCE, MOVED, Document, current, fold
from tests.properties.histories import ADULT, EXAMPLES, MIDNIGHT, RECORDS, Sent, folded, instants, law
from tests.spec.reference import DEFINITIONS, NATIONAL, REFERENCE

AT = date(2024, 9, 30)
PEOPLE = ("one", "other")
KINDS = ("referral", "contact", "assessment", "score", "care-plan", "stay", "assignment", "pause")

Key = tuple[str, str, str]
"""Kind, provider and record id."""


class Community(RuleBasedStateMachine):
    """Beside the documents it keeps whose each record is and all that was said of it, by hand."""

    records: Bundle[Key] = Bundle("records")

    def __init__(self) -> None:
        super().__init__()
        self.documents: dict[str, Document] = {person: {} for person in PEOPLE}
        self.history: dict[str, list[Sent]] = {person: [] for person in PEOPLE}
        self.said: defaultdict[Key, list[Sent]] = defaultdict(list)
        self.home: dict[Key, str] = {}  # whose it was when it was first heard of
        self.owner: dict[Key, str] = {}
        self.tick = MIDNIGHT
        self.definition = NATIONAL
        for person in PEOPLE:
            self._take(person, ADULT)

    @initialize(definition=st.sampled_from(list(DEFINITIONS.values())))
    def under(self, definition: Definition) -> None:
        self.definition = definition

    def _take(self, person: str, one: Sent) -> bool:
        self.history[person].append(one)
        return fold(self.documents[person], one.kind, one.provider, one.record_id, one.version)

    def _say(self, key: Key, recorded: int, content: object) -> None:
        self.tick += 1
        one = Sent(*key, [recorded, self.tick, "/RXX/epr", f"e-{self.tick}", content])
        self.said[key].append(one)
        self._take(self.owner[key], one)

    @rule(
        target=records, kind=st.sampled_from(KINDS), provider=st.sampled_from(["RXX", "RXX", "RYY"]), person=st.sampled_from(PEOPLE),
        recorded=instants, data=st.data(),
    )  # fmt: skip
    def record(self, kind: str, provider: str, person: str, recorded: int, data: st.DataObject) -> Key:
        ids, content = RECORDS[kind]
        key = kind, provider, data.draw(ids)
        self.home.setdefault(key, person)
        self.owner.setdefault(key, person)
        self._say(key, recorded, data.draw(content))
        return key

    @rule(key=records, later=st.integers(-1, 1), data=st.data())
    def correction(self, key: Key, later: int, data: st.DataObject) -> None:
        self._say(key, self.said[key][-1].version[0] + later, data.draw(RECORDS[key[0]][1]))

    @rule(key=records)
    def void(self, key: Key) -> None:
        self._say(key, self.said[key][-1].version[0], None)

    @rule(key=records, which=st.integers(0, 9))
    def duplicate(self, key: Key, which: int) -> None:
        one = self.history[self.owner[key]][-1 - which % len(self.history[self.owner[key]])]
        document = self.documents[self.owner[key]]
        assert not fold(document, one.kind, one.provider, one.record_id, one.version)

    @rule(into=st.sampled_from(PEOPLE))
    def merge(self, into: str) -> None:
        self._move([key for key, owner in self.owner.items() if owner != into], into)

    @rule(person=st.sampled_from(PEOPLE))
    def unmerge(self, person: str) -> None:
        self._move([key for key, owner in self.owner.items() if owner != person and self.home[key] == person], person)

    def _move(self, keys: list[Key], into: str) -> None:
        """As the front door tells it: each record is voided as moved, and every version is said again under the other key."""
        for key in keys:
            self.tick += 1
            last = max(one.version[0] for one in self.said[key])
            self._take(self.owner[key], Sent(*key, [last, self.tick, "/clockstop/referrals", f"m-{self.tick}", MOVED]))
            self.owner[key] = into
            for one in self.said[key]:
                self.tick += 1
                self._take(into, Sent(*key, [one.version[0], self.tick, "/clockstop/referrals", f"m-{self.tick}", one.version[4]]))

    @invariant()
    def any_order_gives_the_same(self) -> None:
        for person in PEOPLE:
            assert self.documents[person] == folded(self.history[person][::-1])

    @invariant()
    def what_stands_is_what_was_said_last_of_each_record_under_its_person(self) -> None:
        expected: dict[str, dict[Key, list[object]]] = {person: {} for person in PEOPLE}
        for key, said in self.said.items():
            ranked = sorted(said, key=lambda one: one.version[:2])
            if key[0] in EVIDENCE:
                void = max((place for place, one in enumerate(ranked) if one.version[4] is None), default=-1)
                stands = list({one.version[0]: one.version[4] for one in ranked[void + 1 :]}.values())
            else:
                stands = [ranked[-1].version[4]] if ranked[-1].version[4] is not None else []
            if stands:
                expected[self.owner[key]][key] = stands
        for person in PEOPLE:
            found: defaultdict[Key, list[object]] = defaultdict(list)
            for provider, kind, record_id, version in current(self.documents[person]):
                if version[4] and kind != "person":
                    found[kind, provider, record_id].append(version[4])
            assert found == expected[person]

    @invariant()
    def clocks_run_forward_on_known_referrals(self) -> None:
        for document in self.documents.values():
            pathway = facts(document)
            known = {referral.id for records in pathway.values() for referral in records.referrals}
            for clock in clocks(pathway, REFERENCE, self.definition, AT):
                assert set(clock.referral_ids) <= known
                assert_forward(clock, self.definition)


def assert_forward(clock: Clock, definition: Definition) -> None:
    """Starts, stops and waits as time does."""
    assert clock.start <= AT
    assert clock.stop is None or clock.start <= clock.stop <= AT
    assert 0 <= clock.paused_days <= (AT - clock.start).days
    waited = clock.waited_days(AT)
    assert waited is None or 0 <= waited <= (AT - clock.start).days
    assert (waited is None) == (clock.stop is not None or clock.end is not None)
    assert (clock.stop is None) or not clock.missing
    assert clock.breach_on >= clock.start + timedelta(definition.target_days)  # a pause gives time, unless the target has passed


TestCommunity = Community.TestCase
TestCommunity.settings = settings(law, max_examples=EXAMPLES, stateful_step_count=50)
