"""The licence token's text form: ``<prefix>_<public id>_<secret><checksum>``.

The checksum lets anybody tell a mistyped token without asking a server; it
proves nothing else. The secret carries 131 bits.
"""

import re
import secrets
import zlib
from dataclasses import dataclass, field

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PUBLIC_ID_LENGTH = 12
SECRET_LENGTH = 22
CHECKSUM_LENGTH = 6
# Two digits at a time: a checksum is asked for with every request.
_PAIRS = tuple(first + second for first in ALPHABET for second in ALPHABET)
PREFIX = re.compile(r"[a-z][a-z0-9]{1,15}")
_SHAPE = re.compile(
    rf"(?P<prefix>{PREFIX.pattern})_(?P<public_id>[0-9A-Za-z]{{{PUBLIC_ID_LENGTH}}})"
    rf"_(?P<secret>[0-9A-Za-z]{{{SECRET_LENGTH}}})(?P<checksum>[0-9A-Za-z]{{{CHECKSUM_LENGTH}}})"
)


class MalformedToken(ValueError):
    """The text cannot be a licence token: wrong shape or wrong checksum. Probably mistyped."""


@dataclass(frozen=True)
class Token:
    """A licence token in its parts. Its secret stays out of ``repr``."""

    prefix: str
    public_id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """The whole token, as a person pastes it."""
        body = f"{self.prefix}_{self.public_id}_{self.secret}"
        return body + checksum(body)

    @property
    def masked(self) -> str:
        """The token with its secret hidden, for showing."""
        return f"{self.prefix}_{self.public_id}_{'•' * 8}"


def checksum(body: str) -> str:
    """Give the CRC-32 of ``body`` as six base62 characters."""
    rest, low = divmod(zlib.crc32(body.encode("ascii")), len(_PAIRS))
    high, middle = divmod(rest, len(_PAIRS))
    return _PAIRS[high] + _PAIRS[middle] + _PAIRS[low]


def new_token(prefix: str) -> Token:
    """Make a token with ``prefix`` (2 to 16 of a-z, 0-9, a letter first).

    Raises:
        ValueError: the prefix has another shape.
    """
    if not PREFIX.fullmatch(prefix):
        raise ValueError("a token prefix is 2 to 16 characters of a-z and 0-9, a letter first")
    return Token(prefix, _base62(PUBLIC_ID_LENGTH), _base62(SECRET_LENGTH))


def parse_token(text: str) -> Token:
    """Read a token; white space around and inside it (line breaks of a mail) does not matter.

    Raises:
        MalformedToken: it has another shape, or its checksum does not fit.
    """
    if len(text) > 400:
        raise MalformedToken("too long for a licence token")
    found = _SHAPE.fullmatch("".join(text.split()))
    if not found:
        raise MalformedToken("not the shape of a licence token")
    prefix, public_id, secret, told = found.groups()
    if not secrets.compare_digest(checksum(f"{prefix}_{public_id}_{secret}"), told):
        raise MalformedToken("the checksum does not fit")
    return Token(prefix, public_id, secret)


def _base62(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
