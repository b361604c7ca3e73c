"""The rules of outreach as timelines that a physical health lead can read. They are the tests, and they print `docs/outreach-rules.md`."""
