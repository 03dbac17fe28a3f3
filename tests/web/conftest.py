"""What the tests of the customer's door share."""

import io
import logging

import pytest

from tests import people
from torhaus.frame.logs import JsonFormatter


@pytest.fixture
def contract():
    """A contract of an English-speaking customer."""
    people.vendor()
    return people.contract(people.customer(language="en"))


@pytest.fixture
def token(contract):
    """Its licence token."""
    return people.token(contract)


@pytest.fixture
def log():
    """What is logged, line by line, as it is written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)
