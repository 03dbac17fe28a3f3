"""Keeps licence tokens and the codes of mail links out of where they do not belong: logs, error texts, mails."""

import re

from torhaus_sdk.tokens import MalformedToken, parse_token

_IN_TEXT = re.compile(r"\b([a-z][a-z0-9]{1,15}_[0-9A-Za-z]{12})_[0-9A-Za-z]{28}\b")
_TAIL = re.compile(r"(?<=[a-z0-9])_[0-9A-Za-z]{12}_[0-9A-Za-z]{28}")
# Before the code of each address that has one; a house test holds it against the routes.
_WITH_CODE = (
    "lost-token|lost-password|invitation|passkey|registration|reminders|release-mail|report-mail|book/from-product"
)
_LINK = re.compile(rf"(/(?:{_WITH_CODE})/[0-9A-Za-z]{{1,40}})/[^\s/\"'?]+")
_PREFIX = re.compile(r"[a-z0-9]{2,16}\Z")


def without_secrets(text: str) -> str:
    """Give ``text`` with the secret part of any licence token, and the code of any mail link, cut out."""
    return _LINK.sub(r"\1/…", _IN_TEXT.sub(r"\1_…", text))


def holds_token(text: str) -> bool:
    """Whether a whole licence token stands in ``text``, also one broken over lines or glued to a word."""
    return any(_has_token(form) for form in (text, "".join(text.split())))


def _has_token(text: str) -> bool:
    for tail in _TAIL.finditer(text):
        before = _PREFIX.search(text[: tail.start()][-16:])
        letters = before.group() if before else ""
        if any(_parses(letters[start:] + tail.group()) for start in range(len(letters) - 1)):
            return True
    return False


def _parses(text: str) -> bool:
    try:
        parse_token(text)
    except MalformedToken:
        return False
    return True
