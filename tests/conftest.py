"""Fixtures for every test, and properties that draw the same lives in every run.

Only `make properties` (and a profile asked for: `pytest --hypothesis-profile default`) draws new ones: what a stranger's
change is judged by does not depend on luck.
"""

import gc
import os

from hypothesis import settings

pytest_plugins = ["tests.support.stack"]

settings.register_profile("repeatable", derandomize=True)
settings.load_profile("default" if "EXAMPLES" in os.environ else "repeatable")


def pytest_collection_finish() -> None:
    """What is imported and collected stays to the end: the collector of garbage need not walk through it at every full round."""
    gc.collect()
    gc.freeze()
