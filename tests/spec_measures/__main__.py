"""`make spec`: writes `docs/measure-cases.md`. The cases are held by their test, which wants a database."""

import sys

from tests.spec_measures.page import PAGE, page


def main() -> int:
    """The number of lines written."""
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
