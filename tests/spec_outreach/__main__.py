"""Holds every timeline against the rules and, if all hold, writes `docs/outreach-rules.md`. `make spec` runs it."""

import sys

from tests.spec_outreach.chapters import CHAPTERS
from tests.spec_outreach.page import PAGE, page
from tests.spec_outreach.timeline import differences


def main() -> int:
    """0 only when every answer holds; else each difference on a line of its own, and the page stays as it was."""
    timelines = [(rule, timeline) for rules in CHAPTERS.values() for rule in rules for timeline in rule.timelines]
    wrong = [f"{rule.id}, {timeline.says}: {difference}" for rule, timeline in timelines for difference in differences(timeline)]
    if wrong:
        sys.stderr.write("\n".join([*wrong, ""]))
        return 1
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{len(timelines)} timelines hold; wrote {PAGE.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
