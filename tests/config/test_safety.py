"""Unsafe settings are refused at start, each by its name (R39)."""

from dataclasses import replace

import pytest

from torhaus.config.options import Options
from torhaus.config.safety import refusals

KEY = "".join(chr(ord("a") + n % 26) for n in range(60))
SAFE = replace(
    Options(),
    production=True,
    https=True,
    hosts=("portal.acme.example",),
    public_url="https://portal.acme.example",
    trusted_proxies=("127.0.0.1/32",),
    mail_mode="smtp",
    mail_from="portal@acme.example",
)


def test_R39_safe_production_settings_are_let_in_on_sqlite_and_on_postgresql():
    assert refusals(SAFE, KEY) == []
    assert refusals(replace(SAFE, bind="0.0.0.0"), KEY) == []
    assert refusals(replace(SAFE, database_url="postgresql://t@db/t"), KEY) == []
    assert refusals(replace(SAFE, hosts=(".acme.example",)), KEY) == []


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"https": False}, "TORHAUS_HTTPS"),
        ({"hosts": ()}, "TORHAUS_HOSTS"),
        ({"hosts": ("*",)}, "TORHAUS_HOSTS"),
        ({"hosts": ("portal.acme.example", "*.acme.example")}, "TORHAUS_HOSTS"),
        ({"hosts": ("other.example",)}, "TORHAUS_PUBLIC_URL"),
        ({"public_url": "http://portal.acme.example"}, "TORHAUS_PUBLIC_URL"),
        ({"trusted_proxies": ()}, "TORHAUS_TRUSTED_PROXIES"),
        ({"trusted_proxies": ("0.0.0.0/0",)}, "TORHAUS_TRUSTED_PROXIES"),
        ({"mail_mode": "files"}, "TORHAUS_MAIL_MODE"),
        ({"mail_from": "portal@localhost"}, "TORHAUS_MAIL_FROM"),
        ({"log_level": "DEBUG"}, "TORHAUS_LOG_LEVEL"),
    ],
)
def test_R39_each_unsafe_production_setting_is_refused_by_name(change, name):
    found = refusals(replace(SAFE, **change), KEY)
    assert found
    assert any(reason.startswith(name) for reason in found)


@pytest.mark.parametrize("key", ["", "short", "a" * 80, "changeme" * 10, "abcdefghijklmnopqrstuvwxyz0123456789"])
def test_R39_a_missing_or_weak_secret_key_is_refused(key):
    assert [reason.split()[0] for reason in refusals(SAFE, key)] == ["TORHAUS_SECRET_KEY"]


@pytest.mark.parametrize("bind", ["0.0.0.0", "::", "192.168.1.5", "portal.acme.example"])
def test_without_production_only_this_machine_is_served(bind):
    assert [reason.split()[0] for reason in refusals(Options(bind=bind), KEY)] == ["TORHAUS_BIND"]


@pytest.mark.parametrize("bind", ["127.0.0.1", "::1", "[::1]", "localhost", "127.0.0.53"])
def test_loopback_needs_no_production(bind):
    assert refusals(Options(bind=bind), "") == []
