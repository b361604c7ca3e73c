"""Fixtures for every test, and properties that draw the same lives in every run.

Only `make properties` (and a profile asked for: `pytest --hypothesis-profile default`) draws new ones: what a stranger's
change is judged by does not depend on luck.
"""

import os

from hypothesis import settings

pytest_plugins = ["tests.support.stack"]

settings.register_profile("repeatable", derandomize=True)
settings.load_profile("default" if "EXAMPLES" in os.environ else "repeatable")
