"""The client's address, believed from a proxy only when the proxy is one of ours (ASVS 4.1.3)."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest


@lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text, strict=False) for text in texts)


def client_address(request: HttpRequest) -> str:
    """Give the client's IP address: the last hop that no trusted proxy vouches for."""
    return address_in(request.META)


def address_in(environ: Mapping[str, Any]) -> str:
    """Give the client's IP address from a request's environment (PEP 3333), as :func:`client_address` does."""
    hop = environ.get("REMOTE_ADDR", "")
    trusted = _networks(settings.OPTIONS.trusted_proxies)
    variable = f"HTTP_{settings.OPTIONS.address_header.upper().replace('-', '_')}"
    forwarded = [part.strip() for part in environ.get(variable, "").split(",") if part.strip()]
    while forwarded and _within(hop, trusted):
        hop = forwarded.pop()
    parsed = _parsed(hop)
    return str(parsed) if parsed else ""


def from_trusted_proxy(address: str) -> bool:
    """Whether ``address`` is one of our proxies, whose word about the client counts."""
    return _within(address, _networks(settings.OPTIONS.trusted_proxies))


def within(address: str, networks: tuple[str, ...]) -> bool:
    """Whether ``address`` is in one of ``networks`` (texts such as 10.0.0.0/8)."""
    return _within(address, _networks(networks))


def throttle_source(address: str) -> str:
    """Give what is counted for ``address``: IPv4 whole, IPv6 by /64, which is what one subscriber holds."""
    parsed = _parsed(address)
    if parsed is None:
        return "unknown"
    return str(ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address; one IPv4 client is the same however a socket for both families spells it (RFC 4291, 2.5.5.2)."""
    try:
        parsed = ip_address(text.partition("%")[0])  # a zone (fe80::1%eth0) is a word of this machine only
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed


def _within(text: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    parsed = _parsed(text)
    return parsed is not None and any(parsed in network for network in networks)
