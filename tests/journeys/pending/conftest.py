"""Both databases for what waits."""

import pytest


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest) -> str:
    """Whatever stands here is true of both databases."""
    return str(request.param)
