"""Why an event did not count: the closed list of 02-clock section 5, in the words a page shows."""

from enum import StrEnum


class Reason(StrEnum):
    """One reason for each event without effect. SUPERSEDED and RECEIVED_AFTER are told by the ledger: a pathway holds what stands."""

    NOT_ATTENDED = "not attended"
    MEDIUM_NOT_COUNTED = "medium not counted"
    TEAM_NOT_IN_SCOPE = "team not in scope"
    PROVIDER_OUT_OF_SCOPE = "provider out of scope"
    PERSON_OUT_OF_SCOPE = "person out of scope"
    RESIDENCE_OUT_OF_SCOPE = "residence out of scope"
    STAY_OUT_OF_SCOPE = "stay out of scope"
    STARTED_TOO_EARLY = "spell started too early"
    OUTSIDE_SPELL = "outside the spell"
    AFTER_AT = "after the date asked for"
    CODE_NOT_IN_SET = "code not in the set on that date"
    EXCLUDED_CODE = "excluded code"
    EXCLUDED_TOOL = "excluded tool"
    REFUSED = "refused"
    PLAN_NOT_AGREED = "plan not agreed"
    ALREADY_MET = "component already met"
    CONTACT_NOT_KNOWN = "contact not known yet"
    REFERRAL_NOT_KNOWN = "referral not known yet"
    DIRECT_ACCESS = "direct access"
    VOIDED = "voided"
    SUPERSEDED = "superseded version"
    RECEIVED_AFTER = "received after the as-known-at instant"
