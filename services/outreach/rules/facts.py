"""What outreach reads of a person's records."""

READ = frozenset(
    {"care-plan", "contact", "health-check", "medication", "monitoring", "person", "physical-intervention", "preference", "register"}
    | {"vaccination"}
)
"""The kinds of record that a rule reads; a document holds no others."""
