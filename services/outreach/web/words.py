"""Plain words of the health-check pages."""

from services.outreach.rules.ladder import RESULTS as LADDER

ELEMENTS = {
    "alcohol": "Alcohol",
    "blood glucose": "Blood glucose or HbA1c",
    "blood pressure": "Blood pressure",
    "bmi": "BMI",
    "blood lipids": "Blood lipids",
    "smoking": "Smoking",
}
"""The six of the annual check, in the order of its columns."""
SHORT = {
    "alcohol": "Alcohol",
    "blood glucose": "Glucose",
    "blood pressure": "BP",
    "bmi": "BMI",
    "blood lipids": "Lipids",
    "smoking": "Smoking",
}
OTHERS = {"weight": "Weight", "blood count": "Blood count"}
STATES = {
    "register": "on the register",
    "complete": "complete in 12 months",
    "answered": "complete, every follow-up done",
    "incomplete": "not complete",
    "hidden": "hidden until a day",
    "no-contact": "not to be contacted",
    "left": "no longer on the register",
    "everyone": "on the register or left",
}
STATUSES = {"due-soon": "due soon", "due": "due today", "overdue": "overdue"}
SCHEDULES = {
    "annual-recall": "annual check",
    "new-antipsychotic": "new antipsychotic",
    "clozapine": "clozapine",
    "own-protocol": "own protocol",
    "follow-up": "follow-up of a finding",
    "community-offer": "community offer",
    "care-plan-review": "care plan review",
    "after-a-missed-contact": "after a missed contact",
}
FINDINGS = {
    "bmi": "BMI",
    "weight gain": "weight gain",
    "blood pressure": "blood pressure",
    "glucose": "glucose",
    "lipids": "lipids",
    "smoking": "smoking",
    "alcohol": "alcohol",
}
FOLLOW_UPS = {
    "open": "open now",
    "opened": "opened in 12 months",
    "done": "done in 12 months",
    "declined": "declined in 12 months",
}
GROUPS = ("White", "Mixed", "Asian or Asian British", "Black or Black British", "Other ethnic groups", "Not known")
AGES = {18: "18 to 25", 26: "26 to 39", 40: "40 to 64", 65: "65 and over", 0: "under 18", -1: "not known"}
FIFTHS = {1: "most deprived fifth", 2: "second fifth", 3: "third fifth", 4: "fourth fifth", 5: "least deprived fifth", 0: "not known"}
CHANNELS = {
    "letter": "letter",
    "text": "text",
    "email": "e-mail",
    "call": "call",
    "peer support": "peer support",
    "home visit": "home visit",
}
ANY = "any"
"""Of the channels of attempts."""
RESULTS = {name: one.says for name, one in LADDER.items()}
"""The closed list; every one needs a reason in words."""
NEEDS_PART = frozenset(name for name, one in LADDER.items() if one.declines)
VACCINES = {"influenza": "influenza", "covid-19": "COVID-19"}
SORTS = {
    "due": "earliest due date",
    "next": "next step",
    "missing": "most missing",
    "last-attempt": "longest without an attempt",
    "practice": "practice",
}
STOPPED = {
    "died": "has died",
    "moved": "moved away",
    "transferred": "under the care of somebody else",
    "left": "left the register",
    "remission": "in remission",
    "restricted": "record is restricted",
    "opted out": "opted out of messages",
}
"""Why nobody is to be contacted, in words."""
OUTCOMES = {"done": "done", "declined": "declined", "unsuitable": "not suitable", "stopped": "stopped", "superseded": "replaced"}
ANSWERS = {"accepted": "accepted", "declined": "declined", "later": "ask again later"}
RECORDED = {
    "recorded": "recorded",
    "missing": "missing",
    "due soon": "due soon",
    "due": "due today",
    "overdue": "overdue",
    "declined": "declined",
    "unsuitable": "not suitable",
}
"""How an element stands."""
MESSAGES = {
    "queued": "waits to be sent",
    "intended": "being sent",
    "sent": "sent",
    "delivered": "delivered",
    "failed": "failed",
    "cancelled": "cancelled",
    "unknown": "not known whether it was sent: somebody must look",
}
FIELDS = {"worklist": "worklist", "readings": "readings", "contact": "name and contact"}
"""What an owner may share with a partner."""
