"""The clock's rules as timelines that a clinician can read. They are the tests, and they print `docs/clock-rules.md`."""
