"""Whose address an attempt is counted on, however it is spelt."""

from dataclasses import replace

import pytest
from django.test import RequestFactory

from torhaus.frame.addresses import client_address, from_trusted_proxy, throttle_source


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("192.0.2.1", "192.0.2.1"),
        # A socket for both families: were these one IPv6 network, anybody could lock all others out.
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.2", "192.0.2.2"),
        ("2001:db8::1:2", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("fe80::1%" + "x" * 300, "fe80::/64"),
        ("", "unknown"),
        ("nobody", "unknown"),
    ],
)
def test_R30_each_client_is_counted_for_itself(address, source):
    assert throttle_source(address) == source


def test_R30_a_proxy_is_known_through_a_socket_for_both_families(settings):
    settings.OPTIONS = replace(settings.OPTIONS, trusted_proxies=("127.0.0.1/32",))
    assert from_trusted_proxy("::ffff:127.0.0.1")
    assert not from_trusted_proxy("::ffff:192.0.2.1")
    request = RequestFactory().get("/", REMOTE_ADDR="::ffff:127.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, fe80::1%x")
    assert client_address(request) == "fe80::1"


def test_R30_a_header_without_a_hyphen_has_no_twin(settings):
    """A WSGI server gives ``X_Forwarded_For`` and ``X-Forwarded-For`` one name; ``Clientaddress`` has only its own."""
    settings.OPTIONS = replace(settings.OPTIONS, trusted_proxies=("127.0.0.1/32",), address_header="Clientaddress")
    request = RequestFactory().get(
        "/", REMOTE_ADDR="127.0.0.1", HTTP_CLIENTADDRESS="192.0.2.7", HTTP_X_FORWARDED_FOR="6.6.6.6"
    )
    assert client_address(request) == "192.0.2.7"
