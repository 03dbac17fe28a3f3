"""Pages are compressed, files are not."""

import gzip

import pytest
from django.test import Client

from tests import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(db):
    people.vendor()
    return Client(headers={"accept-encoding": "gzip, br"})


def test_a_page_is_compressed_for_who_takes_it(client):
    plain = Client().get("/login/")
    packed = client.get("/login/")
    assert packed["Content-Encoding"] == "gzip"
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content) / 2
    assert b"<h1" in gzip.decompress(packed.content)
    assert "Accept-Encoding" in packed["Vary"]
    assert "Accept-Encoding" in plain["Vary"]
    assert not plain.has_header("Content-Encoding")


def test_the_size_of_the_same_page_differs_so_that_it_tells_nothing(client):
    assert len({len(client.get("/legal-notice/").content) for _ in range(20)}) > 5


def test_what_is_no_page_goes_as_it_is(client):
    assert not client.get("/brand.css").has_header("Content-Encoding")
    assert not client.get("/health/ready").has_header("Content-Encoding")
