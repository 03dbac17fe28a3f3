"""Who asks in the measurement: tokens, references and requests that follow from a number alone.

The seed writes them into the database, the client sends them; neither needs the other's memory.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.validate.client import post
from torhaus_sdk.tokens import ALPHABET, Token

PREFIX, PRODUCT, VERSION = "acme", "acme", "34.1.2"
PLACES = 3  # installations of each licence
FEATURES = ("archive", "flows", "maps")
USED, BOOKED, SEATS = 3120, 5000, 25


def base62(number: int, length: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = ALPHABET[rest] + digits
    return digits.rjust(length, "0")


def token(number: int) -> Token:
    """Give the licence token of contract ``number``."""
    return Token(PREFIX, base62(number * 7919 + 1, 12), "s3cret" + base62(number * 104_729 + 7, 16))


def contract_number(number: int) -> str:
    return f"V-{number:08}"


def customer_number(number: int) -> str:
    return f"K-{number:08}"


def licence_ref(number: int) -> str:
    return f"L{number:011}"


def installation_ref(number: int, place: int) -> str:
    return f"I{number:09}x{place}"


def fingerprint(place: int) -> dict[str, str]:
    """Give what the ``place``-th installation of a licence says of its machine: hashes, as the SDK sends them."""
    return {name: f"{place}{name.encode().hex()}".ljust(64, "a")[:64] for name in ("board", "host", "machine")}


@dataclass(frozen=True)
class Asked:
    """A request and what its answer has to say."""

    number: int
    place: int
    nonce: str
    request: bytes


def question(number: int, place: int, nonce: str = "") -> dict[str, object]:
    """Give the body of a check."""
    asked: dict[str, object] = {
        "product": PRODUCT,
        "installation": installation_ref(number, place),
        "fingerprint": fingerprint(place),
        "version": VERSION,
        "environment": "production",
    }
    return asked | {"nonce": nonce} if nonce else asked


def asked(licences: int, count: int, *, nonces: bool, seed: int = 7) -> Iterator[Asked]:
    """Give ``count`` checks by installations drawn evenly from all of them."""
    draw = random.Random(seed)
    for index in range(count):
        number, place = draw.randrange(licences), draw.randrange(PLACES)
        nonce = f"{draw.getrandbits(128):032x}{index:08x}" if nonces else ""
        body = json.dumps(question(number, place, nonce), separators=(",", ":")).encode()
        yield Asked(number, place, nonce, post("/api/v1/validate", token(number).text, body))
