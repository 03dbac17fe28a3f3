"""Visiting the portal in tests: sign in with a token, read a page as people read it."""

import html
import re

from django.test import Client

from tests import people


def signed_in(contract, language="en") -> Client:
    """A browser that opened the portal with a fresh token of ``contract``."""
    client = Client()
    client.cookies["torhaus_language"] = language
    answer = client.post("/login/", {"token": people.token(contract)})
    assert answer.status_code == 302, answer.content[:300]
    return client


def words(answer) -> str:
    """What a page says: no markup, plain blanks."""
    body = answer.content.decode()
    return _plain(body[body.index("<main") :])


def card(answer, heading_id: str) -> str:
    """What the card headed by ``heading_id`` says."""
    body = answer.content.decode()
    start = body.index(f'aria-labelledby="{heading_id}"')
    return _plain("<" + body[start : body.index("</section>", start)])


def _plain(body: str) -> str:
    text = html.unescape(re.sub(r"<[^>]+>", " ", body))
    return " ".join(text.split()).replace(" )", ")").replace(" .", ".")
