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
    main = body[body.index("<main") :]
    text = html.unescape(re.sub(r"<[^>]+>", " ", main))
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u202f", " "))


def card(answer, heading_id: str) -> str:
    """What the card headed by ``heading_id`` says."""
    body = answer.content.decode()
    start = body.index(f'aria-labelledby="{heading_id}"')
    text = html.unescape(re.sub(r"<[^>]+>", " ", body[start : body.index("</section>", start)]))
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u202f", " ")).partition("> ")[2]
