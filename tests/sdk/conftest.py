"""What the tests of the client start with: a portal on loopback, and a client whose token is saved."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sdk.portal import Portal, client, portal
from torhaus_sdk.client import Client


@pytest.fixture
def vendor() -> Iterator[Portal]:
    with portal() as found:
        yield found


@pytest.fixture
def product(vendor: Portal, tmp_path: Path) -> Iterator[Client]:
    with client(vendor, tmp_path) as found:
        found.save_token(vendor.token.text)
        yield found
