"""What the tests of the consumer form on real servers share."""

from collections.abc import Iterator

import pytest

from tests.support import tally


@pytest.fixture
def url(postgres: str) -> Iterator[str]:
    with tally.database(postgres) as url:
        yield url
