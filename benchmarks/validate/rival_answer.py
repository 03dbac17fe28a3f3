"""What the other ways share: who asks, what the answer is, its signature. Only Python's own and ``cryptography``.

The answer says what ours says. It is decided by fewer rules than ours are (term, suspension, fingerprint, limits,
features), so the comparison leans towards the others.
"""

import base64
import hmac
import json
import os
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SAID = json.loads(Path(os.environ["BENCH_SAID"]).read_text("utf-8"))
DSN = os.environ.get("BENCH_DSN", "")
TOKEN_KEY, PRINT_KEY = bytes.fromhex(SAID["token_key"]), bytes.fromhex(SAID["print_key"])
KEY = Ed25519PrivateKey.from_private_bytes(base64.b64decode(SAID["private"]))
DAY = 86400


def b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


HEAD = b64(
    json.dumps({"alg": "EdDSA", "kid": SAID["kid"], "typ": "license-status+jwt"}, separators=(",", ":")).encode()
)
FILLER = b"A" * 8192


def credentials(header: str) -> tuple[str, str] | None:
    """Give public id and hash of the secret of an Authorization header."""
    scheme, _, text = header.partition(" ")
    parts = text.split("_")
    if scheme.lower() != "bearer" or len(parts) != 3 or len(parts[2]) != 28:
        return None
    return parts[1], hmac.digest(TOKEN_KEY, parts[2][:22].encode(), "sha256").hex()


def same_hash(one: str, other: str) -> bool:
    return hmac.compare_digest(one, other)


def prints_fit(stored: dict[str, str], said: dict[str, str]) -> bool:
    """Whether more than half of a stored fingerprint's parts fit what was said."""
    fitting = 0
    for name, value in said.items():
        if stored.get(name) == hmac.digest(PRINT_KEY, f"{name}={value}".encode(), "sha256").hex()[:32]:
            fitting += 1
    return fitting * 2 > len(stored)


def answer(asked: dict, grants: dict, licence: str, used: dict, taken: int, place: dict) -> dict:
    """Give the answer; ``grants`` as a kept row holds them, ``place`` the installation."""
    now = int(time.time())
    policy, ends = grants["policy"], grants["ends_at"]
    code = "valid"
    if grants["suspended"]:
        code = "suspended"
    elif ends is not None and now >= ends + grants["grace_days"] * DAY:
        code = "expired"
    elif not prints_fit(place["parts"], asked.get("fingerprint") or {}):
        code = "fingerprint_mismatch"
    elif policy["max_installations"] is not None and taken > policy["max_installations"]:
        code = "too_many_installations"
    most = policy["max_installations"]
    said = {
        "iss": "acme",
        "aud": grants["product"],
        "sub": licence,
        "iat": now,
        "exp": now + policy["offline_grace_days"] * DAY,
        "valid": code == "valid",
        "code": code,
        "access": "full" if code == "valid" else "none",
        "enforcement": policy["enforcement"],
        "findings": [] if code == "valid" else [{"code": code, "message": code}],
        "message": "The licence is valid.",
        "checked_at": text_of(now),
        "next_check_at": text_of(now + policy["check_hours"] * 3600),
        "licence": {
            "ref": licence,
            "contract": grants["contract"],
            "customer": grants["customer"],
            "product": grants["product"],
            "kind": grants["kind"],
            "edition": grants["edition"],
            "environment": grants["environment"],
            "starts_at": text_of(grants["starts_at"]),
            "ends_at": text_of(ends),
            "maintained_until": None,
            "grace_until": text_of(ends + grants["grace_days"] * DAY),
            "after_grace": policy["after_grace"],
            "fallback_until": text_of(ends) if policy["fallback"] else None,
            "days_left": (ends - now) // DAY,
        },
        "limits": {
            "installations": {
                "model": policy["model"],
                "max": most,
                "used": taken,
                "free": None if most is None else most - taken,
            },
            "leases": None,
            "meters": {
                key: {"max": limit, "used": used.get(key), "free": None if limit is None else limit - used.get(key, 0)}
                for key, limit in grants["allowances"].items()
            },
            "seats": grants["seats"],
        },
        "features": [one["key"] for one in grants["items"] if one["kind"] != "seat"],
        "items": [
            {"key": one["key"], "kind": one["kind"], "quantity": one["quantity"], "ends_at": None}
            for one in grants["items"]
        ],
        "installation": {
            "ref": place["ref"],
            "name": place["name"],
            "environment": place["environment"],
            "lease_until": None,
        },
        "trial": None,
    }
    if asked.get("nonce"):
        said["nonce"] = asked["nonce"]
    return said


def text_of(instant: int) -> str:
    """Give an instant as RFC 3339 text."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(instant))


def signed(said: dict) -> bytes:
    """Give the answer with its signature, as our server does: the signed bytes are the answer's own."""
    body = json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()
    signing = HEAD + b"." + b64(body)
    return body[:-1] + b',"signed":"' + signing + b"." + b64(KEY.sign(signing)) + b'"}'


def filled(said: dict) -> bytes:
    """Give the answer unsigned, with as many bytes as a signed one."""
    body = json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()
    length = len(HEAD) + 2 + (len(body) * 4 + 2) // 3 + 86
    return body[:-1] + b',"signed":"' + FILLER[:length] + b'"}'
