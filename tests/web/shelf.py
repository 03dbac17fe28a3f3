"""Versions on the shelf, and what a visitor of the downloads finds there."""

import re
from datetime import timedelta

from django.test import Client

from tests import people
from tests.web.visitors import signed_in
from torhaus.releases.models import Release

KINDS = ("installation", "update", "windows-installer", "virtual-appliance")


def published(version="34.1", days=12, **fields) -> Release:
    at = people.NOON - timedelta(days=days)
    return people.release(version, **{"packages": [], "published_at": at, "published_on": at.date()} | fields)


def with_all_kinds(version="34.1", **fields) -> Release:
    made = published(version, **fields)
    for kind in KINDS:
        people.release_file(made, kind.encode() * 1000, f"acme-{version}-{kind}.zip", kind)
    return made


def page(contract, path="/downloads/", language="en"):
    answer = signed_in(contract, language).get(path)
    assert answer.status_code == 200
    return answer


def links(answer) -> list[str]:
    return re.findall(r'href="(/downloads/files/[^"]+)"', answer.content.decode())


def fetch(client: Client, link: str) -> tuple[int, bytes]:
    """What a link gives; reading it to its end is what closes the file here."""
    answer = client.get(link)
    return answer.status_code, b"".join(answer.streaming_content) if answer.streaming else answer.content
