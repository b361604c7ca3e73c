"""A pathway as it lives: referrals, contacts, corrections and voids come in, and it always equals a fresh recount."""

from datetime import date

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from services.waits.rules.clock import clocks
from services.waits.rules.facts import facts
from services.waits.rules.versions import Document, fold
from tests.properties.histories import ADULT, MIDNIGHT, RECORDS, Sent, folded, instants, law
from tests.spec.reference import NATIONAL, REFERENCE

AT = date(2024, 9, 30)


class Pathway(RuleBasedStateMachine):
    """Keeps beside the folded document all that was ever sent, and the latest version of each contact and referral by hand."""

    sent = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        self.document: Document = {}
        self.history: list[Sent] = []
        self._take(ADULT)

    def _take(self, one: Sent) -> None:
        self.history.append(one)
        fold(self.document, one.kind, one.provider, one.record_id, one.version)

    def _send(self, kind: str, record_id: str, recorded: int, content: object) -> Sent:
        number = len(self.history)
        one = Sent(kind, "RXX", record_id, [recorded, MIDNIGHT + number, "/RXX/epr", f"e-{number}", content])
        self._take(one)
        return one

    @rule(target=sent, record_id=RECORDS["referral"][0], recorded=instants, content=RECORDS["referral"][1])
    def referral(self, record_id: str, recorded: int, content: object) -> Sent:
        return self._send("referral", record_id, recorded, content)

    @rule(target=sent, record_id=RECORDS["contact"][0], recorded=instants, content=RECORDS["contact"][1])
    def contact(self, record_id: str, recorded: int, content: object) -> Sent:
        return self._send("contact", record_id, recorded, content)

    @rule(target=sent, earlier=sent, later=st.integers(-1, 1), data=st.data())
    def correction(self, earlier: Sent, later: int, data: st.DataObject) -> Sent:
        content = data.draw(RECORDS[earlier.kind][1])
        return self._send(earlier.kind, earlier.record_id, earlier.version[0] + later, content)

    @rule(earlier=consumes(sent))
    def void(self, earlier: Sent) -> None:
        self._send(earlier.kind, earlier.record_id, earlier.version[0], None)

    @rule(earlier=sent)
    def duplicate(self, earlier: Sent) -> None:
        assert not fold(self.document, earlier.kind, earlier.provider, earlier.record_id, earlier.version)

    @invariant()
    def the_document_is_that_of_any_order(self) -> None:
        assert self.document == folded(self.history[::-1])

    @invariant()
    def the_latest_version_stands(self) -> None:
        latest: dict[tuple[str, str], list[object]] = {}
        for one in sorted(self.history, key=lambda one: (one.version[0], one.version[1])):
            latest[one.kind, one.record_id] = one.version
        pathway = facts(self.document)["RXX"]
        standing = {key for key, version in latest.items() if version[4] is not None}
        assert {("referral", fact.id) for fact in pathway.referrals} == {key for key in standing if key[0] == "referral"}
        assert {("contact", record_id) for record_id in pathway.contacts} == {key for key in standing if key[0] == "contact"}
        assert {contact.event_id for contact in pathway.contacts.values()} <= {version[3] for version in latest.values()}

    @invariant()
    def only_known_referrals_have_clocks(self) -> None:
        pathway = facts(self.document)
        known = {referral.id for referral in pathway["RXX"].referrals}
        assert {record_id for clock in clocks(pathway, REFERENCE, NATIONAL, AT) for record_id in clock.referral_ids} <= known


TestPathway = Pathway.TestCase
TestPathway.settings = settings(law, max_examples=50, stateful_step_count=20)
