"""Write the published test vectors of licence files: ``python -m scripts.make_vectors``. The keys are for tests only."""

import hashlib
import hmac
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from torhaus_sdk.armour import BEGIN, END, armour
from torhaus_sdk.jwks import jwks
from torhaus_sdk.jws import b64, unb64
from torhaus_sdk.licence import LICENCE_TYPE, Environment, Item, Licence, Seats, fingerprint_hash

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "vectors"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AUDIENCE = "acme"
ORDER = 2**252 + 27742317777372353535851937790883648493  # of the group of Ed25519 (RFC 8032)
DEEP = 5000
MACHINE = {"marks": ["0a1b2c3d", "4e5f6071"], "matching": "most"}


@dataclass(frozen=True)
class Vector:
    """A licence file, the code of what it is, and why."""

    data: bytes
    code: str
    why: str


def key(name: str) -> Ed25519PrivateKey:
    """Give the test key of a name."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"torhaus vectors, {name} key".encode()).digest())


def kid_of(private: Ed25519PrivateKey) -> str:
    """Give the key's thumbprint (RFC 7638)."""
    public = b64(private.public_key().public_bytes_raw())
    return b64(hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}'.encode()).digest())


CURRENT, RETIRED, STRANGE = key("current"), key("retired"), key("strange")
KID = kid_of(CURRENT)
HEADER = {"alg": "EdDSA", "kid": KID, "typ": LICENCE_TYPE}


def claims(**changes: Any) -> dict[str, Any]:
    """Give the claims of a current licence with ``changes``; ``...`` leaves one out."""
    whole = Licence(
        issuer="acme",
        subject="V-2026-001",
        audience=(AUDIENCE, "acme-agent"),
        id="Lx5mQ2rT8vBz",
        issued_at=NOW - timedelta(days=1),
        not_before=NOW - timedelta(days=1),
        expires_at=NOW + timedelta(days=29),
        licence_ends_at=datetime(2027, 3, 31, 22, tzinfo=UTC),
        maintained_until=None,
        edition="medium",
        items=(Item("medium", "plan", "Größe M", 1), Item("api", "add_on", "API", 2)),
        allowances={"objects": 5000, "tenants": None},
        seats={"full": Seats("named", 25), "guest": Seats("named", None)},
        bindings=(),
        customer="10482",
        grace_days=30,
        sequence=7,
        environment=Environment.PRODUCTION,
        tokens=("Ab3dE5fG7hJ9",),
    ).claims()
    return {name: value for name, value in (whole | changes).items() if value is not ...}


def at(**shift: float) -> int:
    """Give a time as a claim, counted from NOW."""
    return int((NOW + timedelta(**shift)).timestamp())


def packed(value: Any) -> str:
    """Give JSON (or text, or bytes that need not be JSON) as base64url."""
    if isinstance(value, bytes):
        return b64(value)
    return b64((value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))).encode())


def statement(header: Any = None, payload: Any = None, *, signer: Ed25519PrivateKey = CURRENT) -> str:
    """Give a JWS over any header and payload, well signed."""
    start = f"{packed(HEADER if header is None else header)}.{packed(claims() if payload is None else payload)}"
    return f"{start}.{b64(signer.sign(start.encode()))}"


def resigned(change: Callable[[bytes], bytes]) -> str:
    """Give the valid statement with its signature changed."""
    start, _, signature = statement().rpartition(".")
    return f"{start}.{b64(change(unb64(signature)))}"


def file(**changes: Any) -> str:
    """Give a well signed licence file with these claims changed."""
    return armour(statement(payload=claims(**changes)))


FILE = file()
OF_RETIRED = armour(statement(HEADER | {"kid": kid_of(RETIRED)}, signer=RETIRED))
BODY = "".join(FILE.splitlines()[1:-1])


def good() -> Iterator[tuple[str, str | bytes, str, str]]:
    """Give what is to be accepted: name, file, code, why."""
    for name, text, why in (
        ("valid", FILE, "a current subscription"),
        ("perpetual", file(lic_exp=None, maint_until=at(days=100)), "without end, with maintenance"),
        ("evaluation", file(env="evaluation", edition="trial"), "for an evaluation"),
        ("bound", file(bind=[fingerprint_hash("machine-1"), fingerprint_hash("machine-2")]), "bound to two machines"),
        ("bound-by-marks", file(bind=[fingerprint_hash("machine-1")], machine=MACHINE), "known by its parts, too"),
        ("machine-unknown", file(machine=7), "a claim that may be left out and says nothing"),
        ("no-tokens", file(tok=[]), "of a contract without a licence token"),
        ("later-minor-version", file(ver="1.7", colour="blue"), "a later minor version with one more claim"),
        ("enforcement-left-out", file(enforcement=..., after_grace=...), "of before these two claims"),
        ("enforcement-unknown", file(enforcement="sing", after_grace=7), "words nobody knows read as the usual ones"),
        ("in-grace", file(lic_exp=at(days=-1)), "the licence has ended, its 30 days of grace have not"),
        ("expired-within-leeway", file(exp=at(seconds=-59)), "ended less than a minute ago: clocks differ"),
        ("begins-within-leeway", file(nbf=at(seconds=60)), "begins in a minute: clocks differ"),
        ("retired-key", OF_RETIRED, "signed by a key that signs no more but is still trusted"),
        ("fallback", file(fallback=True, lic_exp=at(days=-1)), "versions published before the end go on after it"),
        ("alg-ed25519", armour(statement(HEADER | {"alg": "Ed25519"})), "the name RFC 9864 gives the algorithm"),
        ("header-spaced", armour(statement(json.dumps(HEADER, indent=1))), "JSON may have white space"),
        ("crlf", FILE.replace("\n", "\r\n"), "line ends of Windows"),
        ("one-line", f"{BEGIN}\n{BODY}\n{END}\n", "all in one line"),
        ("wrapped-at-20", _wrapped(20), "re-wrapped by a mail program"),
        ("spaces-at-line-ends", FILE.replace("\n", " \t\n"), "white space at line ends"),
        ("indented", FILE.replace("\n", "\n    ").rstrip(" "), "indented lines"),
        ("blank-lines", "\n\r\n" + FILE.replace("\n", "\n\n") + "\n", "empty lines"),
        ("no-last-line-end", FILE.rstrip(), "no line end after END"),
        ("byte-order-mark", "\ufeff" + FILE, "a byte order mark before BEGIN"),
    ):
        yield name, text, "valid", why
    yield "licence-ended", file(lic_exp=at(days=-31)), "ended", "genuine and current, yet licence and grace are over"


def _wrapped(width: int) -> str:
    lines = [BODY[place : place + width] for place in range(0, len(BODY), width)]
    return "\n".join([BEGIN, *lines, END, ""])


def times_and_claims() -> Iterator[tuple[str, str | bytes, str, str]]:
    """Give what is genuine but not to be relied on."""
    yield "expired", file(exp=at(days=-1)), "expired", "the file's time is over"
    yield "expired-by-a-minute", file(exp=at(seconds=-60)), "expired", "over by more than the leeway"
    yield "not-yet-valid", file(nbf=at(days=1)), "not_yet_valid", "begins tomorrow"
    yield "not-yet-valid-by-a-minute", file(nbf=at(seconds=61)), "not_yet_valid", "begins later than the leeway"
    yield "wrong-audience", file(aud=["other", "ACME", "acme "]), "wrong_audience", "for other products"
    yield "no-audience", file(aud=[]), "wrong_audience", "for no product"
    yield "later-major-version", file(ver="2.0"), "unsupported_version", "of a later major version"
    yield "version-without-minor", file(ver="1"), "unsupported_version", "no minor version"
    for name, change, why in (
        ("exp-missing", {"exp": ...}, "no exp"),
        ("exp-text", {"exp": str(at(days=29))}, "exp is a text"),
        ("exp-null", {"exp": None}, "exp is null"),
        ("exp-true", {"exp": True}, "exp is true"),
        ("exp-negative", {"exp": -1}, "exp is negative"),
        ("exp-huge", {"exp": 10**30}, "exp is beyond all time"),
        ("nbf-missing", {"nbf": ...}, "no nbf"),
        ("nbf-text", {"nbf": "0"}, "nbf is a text"),
        ("lic-exp-missing", {"lic_exp": ...}, "no lic_exp; perpetual is null"),
        ("lic-exp-text", {"lic_exp": "never"}, "lic_exp is a text"),
        ("grace-text", {"grace_days": "30"}, "grace_days is a text"),
        ("aud-text", {"aud": AUDIENCE}, "aud is a text, not a list"),
        ("aud-number", {"aud": [AUDIENCE, 1]}, "aud holds a number"),
        ("aud-missing", {"aud": ...}, "no aud"),
        ("ver-missing", {"ver": ...}, "no ver"),
        ("ver-number", {"ver": 1}, "ver is a number"),
    ):
        yield name, file(**change), "malformed", why


def headers() -> Iterator[tuple[str, str | bytes, str, str]]:
    """Give attacks on the header, each as well signed as the attacker can."""
    public = CURRENT.public_key().public_bytes_raw()
    strange_jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(STRANGE.public_key().public_bytes_raw())}
    for name, text, code, why in (
        ("alg-none", _unsigned({"alg": "none"}), "wrong_algorithm", "alg none with an empty signature"),
        ("alg-none-signed", statement(HEADER | {"alg": "none"}), "wrong_algorithm", "alg none beside a signature"),
        ("alg-hs256", _hs256(public), "wrong_algorithm", "HS256 with the public key as the secret"),
        ("alg-es256-zero", _unsigned({"alg": "ES256"}, bytes(64)), "wrong_algorithm", "ES256, signature of zeros"),
        ("alg-lowercase", statement(HEADER | {"alg": "eddsa"}), "wrong_algorithm", "names are exact"),
        ("typ-jwt", statement(HEADER | {"typ": "JWT"}), "wrong_type", "another type of statement"),
        ("typ-head", statement(HEADER | {"typ": "torhaus-chain-head"}), "wrong_type", "a signed head of records"),
        ("kid-unknown", _by_strange(kid_of(STRANGE)), "unknown_key", "a key nobody trusts"),
        ("kid-empty", _by_strange(""), "unknown_key", "an empty key id"),
        ("kid-proto", _by_strange("__proto__"), "unknown_key", "a key id that means something in some languages"),
        ("kid-path", _by_strange("../../dev/null"), "unknown_key", "a key id that looks like a path"),
        ("jku", _by_strange(KID, jku="https://attacker.example/jwks.json"), "malformed", "names keys of its own"),
        ("embedded-jwk", _by_strange(KID, jwk=strange_jwk), "malformed", "brings a key of its own"),
        ("crit", statement(HEADER | {"crit": ["b64"], "b64": False}), "malformed", "asks for an extension"),
        ("typ-missing", statement({"alg": "EdDSA", "kid": KID}), "malformed", "no typ"),
        ("kid-missing", statement({"alg": "EdDSA", "typ": LICENCE_TYPE}), "malformed", "no kid"),
        ("kid-number", statement(HEADER | {"kid": 1}), "malformed", "kid is a number"),
        ("header-twice-alg", statement('{"alg":"none",' + json.dumps(HEADER)[1:]), "malformed", "alg stands twice"),
        ("header-twice-escaped", statement('{"\\u006bid":"x",' + json.dumps(HEADER)[1:]), "malformed",
         "kid stands twice, once written otherwise"),
        ("header-list", statement(["EdDSA", KID, LICENCE_TYPE]), "malformed", "a list"),
        ("header-no-json", statement("alg: EdDSA"), "malformed", "no JSON"),
        ("header-empty", statement(""), "malformed", "nothing"),
        ("header-trailing", statement(json.dumps(HEADER) + "{}"), "malformed", "more after its end"),
        ("header-nul", statement(json.dumps(HEADER) + "\0\0"), "malformed", "zero bytes after its end"),
        ("header-bom", statement("\ufeff" + json.dumps(HEADER)), "malformed", "a byte order mark in JSON"),
        ("header-not-utf8", statement(json.dumps(HEADER).encode().replace(b"EdDSA", b"EdDS\xe9")), "malformed",
         "not UTF-8"),
        ("header-deep", statement('{"alg":"EdDSA","typ":"license+jwt","kid":' + "[" * DEEP + "]" * DEEP + "}"),
         "malformed", "nested deeply, to exhaust the reader"),
    ):  # fmt: skip
        yield name, armour(text), code, why


def _unsigned(header: dict[str, str], signature: bytes = b"") -> str:
    return f"{packed(HEADER | header)}.{packed(claims())}.{b64(signature)}"


def _hs256(public: bytes) -> str:
    start = f"{packed(HEADER | {'alg': 'HS256'})}.{packed(claims())}"
    return f"{start}.{b64(hmac.new(public, start.encode(), hashlib.sha256).digest())}"


def _by_strange(kid: str, **more: Any) -> str:
    return statement(HEADER | {"kid": kid} | more, signer=STRANGE)


def payloads_and_signatures() -> Iterator[tuple[str, str | bytes, str, str]]:
    """Give attacks on content and signature. What is signed here only a faulty issuer would sign."""
    plain = json.dumps(claims(), separators=(",", ":"))
    head, body, signature = statement().split(".")
    zero, more = bytes(64), packed(claims(seq=8))
    for name, text, code, why in (
        ("payload-twice", statement(payload='{"exp":4102444800,' + plain[1:]), "malformed", "exp stands twice"),
        ("payload-twice-inside", statement(payload=plain.replace('"max":25', '"max":25,"max":2500')), "malformed",
         "a name inside stands twice"),
        ("payload-twice-escaped", statement(payload='{"\\u0065xp":4102444800,' + plain[1:]), "malformed",
         "exp stands twice, once written otherwise"),
        ("payload-list", statement(payload=f"[{plain}]"), "malformed", "a list"),
        ("payload-no-json", statement(payload="valid"), "malformed", "no JSON"),
        ("payload-nan", statement(payload=plain.replace('"seq":7', '"seq":NaN')), "malformed", "NaN is no JSON"),
        ("payload-comma", statement(payload=plain[:-1] + ",}"), "malformed", "a comma before the end"),
        ("payload-trailing", statement(payload=plain + "x"), "malformed", "more after its end"),
        ("payload-nul", statement(payload=plain + "\0"), "malformed", "a zero byte after its end"),
        ("payload-bom", statement(payload="\ufeff" + plain), "malformed", "a byte order mark in JSON"),
        ("payload-not-utf8", statement(payload=plain.encode().replace(b"API", b"AP\xcd")), "malformed", "not UTF-8"),
        ("payload-changed", f"{head}.{more}.{signature}", "bad_signature", "content of another licence"),
        ("signature-zero", f"{head}.{body}.{b64(zero)}", "bad_signature", "all zeros"),
        ("signature-strange", _by_strange(KID), "bad_signature", "another key under a trusted key id"),
        ("signature-other-trusted", statement(signer=RETIRED), "bad_signature", "a trusted key under another's key id"),
        ("signature-bit", resigned(lambda raw: bytes([raw[0] ^ 1]) + raw[1:]), "bad_signature", "one bit differs"),
        ("signature-malleable", resigned(_malleable), "bad_signature", "the same signature plus the group's order"),
        ("signature-short", resigned(lambda raw: raw[:63]), "bad_signature", "a byte too short"),
        ("signature-long", resigned(lambda raw: raw + b"\0"), "bad_signature", "a byte too long"),
        ("signature-empty", f"{head}.{body}.", "bad_signature", "none"),
        ("parts-two", f"{head}.{body}", "malformed", "no third part"),
        ("parts-four", f"{head}.{body}.{signature}.", "malformed", "a fourth part"),
        ("padded", f"{head}.{body}.{signature}==", "malformed", "base64url has no padding here"),
        ("noncanonical-signature", f"{head}.{body}.{_next(signature)}", "malformed", "bits nobody reads are set"),
        ("noncanonical-header", f"{_uneven(head)}.{body}.{signature}", "malformed", "a character too many"),
        ("standard-alphabet", f"{head}.{body}.{_standard(signature)}", "malformed", "+ and / are of another alphabet"),
    ):  # fmt: skip
        yield name, armour(text), code, why


def _malleable(raw: bytes) -> bytes:
    return raw[:32] + (int.from_bytes(raw[32:], "little") + ORDER).to_bytes(32, "little")


def _next(text: str) -> str:
    return text[:-1] + chr(ord(text[-1]) + 1)


def _uneven(text: str) -> str:
    return text + "A" * ((1 - len(text)) % 4)


def _standard(text: str) -> str:
    changed = text.replace("-", "+").replace("_", "/")
    return changed if changed != text else "+" + text[1:]


def damaged() -> Iterator[tuple[str, str | bytes, str, str]]:
    """Give damage to the armour."""
    lines = FILE.splitlines(keepends=True)
    for name, text, why in (
        ("empty", "", "nothing"),
        ("no-begin", "".join(lines[1:]), "BEGIN is missing"),
        ("no-end", "".join(lines[:-1]), "END is missing"),
        ("no-armour", BODY, "the statement alone"),
        ("nothing-inside", lines[0] + lines[-1], "nothing between BEGIN and END"),
        ("two-blocks", FILE + FILE, "two licences"),
        ("begin-twice", lines[0] + FILE, "BEGIN twice"),
        ("end-twice", FILE + lines[-1], "END twice"),
        ("text-before", "Your licence:\n" + FILE, "text before BEGIN"),
        ("text-after", FILE + "Regards\n", "text after END"),
        ("text-between", "".join([*lines[:3], "Comment: none\n", *lines[3:]]), "text between BEGIN and END"),
        ("quoted", "".join("> " + line for line in lines), "quoted by a mail program"),
        ("space-inside", FILE.replace(lines[1][:10], lines[1][:9] + " " + lines[1][9]), "a space inside a line"),
        ("form-feed", FILE.replace("\n", "\f\n"), "a form feed at line ends"),
        ("carriage-returns", FILE.replace("\n", "\r"), "carriage returns alone are no line ends"),
        ("no-break-space", FILE.replace("\n", "\u00a0\n"), "no-break spaces at line ends"),
        ("begin-lowercase", FILE.replace("BEGIN TORHAUS", "Begin Torhaus"), "BEGIN written otherwise"),
        ("begin-four-dashes", FILE[1:], "a dash of BEGIN is missing"),
        ("end-of-another", FILE.replace("END TORHAUS LICENCE", "END TORHAUS LICENSE"), "another END"),
        ("nul-byte", FILE.replace("\n", "\0\n", 1), "a zero byte"),
        ("lines-swapped", "".join([*lines[:6], lines[7], lines[6], *lines[8:]]), ""),
    ):
        code = "malformed" if why else "bad_signature"
        yield name, text, code, why or "two lines changed places"
    yield "utf-16", FILE.encode("utf-16"), "malformed", "not UTF-8"
    yield "latin-1", FILE.encode() + b"\xe9", "malformed", "not UTF-8"
    yield "twice-marked", "\ufeff\ufeff" + FILE, "malformed", "two byte order marks"


def changed_and_cut() -> Iterator[tuple[str, str | bytes, str, str]]:
    """Give single-byte changes, sampled over the file, and truncations."""
    start = len(BEGIN) + 1
    first, second = (place + start + place // 64 for place in _dots())
    for name, place, put, code, why in (
        ("byte-in-header", start + 5, "", "malformed", "a byte of the header"),
        ("byte-in-payload", first + 40, "", "bad_signature", "a byte of the content"),
        ("byte-in-signature", second + 9, "", "bad_signature", "a byte of the signature"),
        ("byte-dot", first, "A", "malformed", "the first full stop"),
        ("byte-foreign", first + 40, "!", "malformed", "a byte that is not base64url"),
        ("byte-high", first + 40, "é", "malformed", "a byte that is not ASCII"),
    ):
        yield name, _changed(place, put), code, f"changed: {why}"
    for share in (0.1, 0.5, 0.9, 0.99):
        yield f"cut-at-{share:.0%}".replace("%", ""), FILE[: int(len(FILE) * share)], "malformed", "cut short"


def _dots() -> tuple[int, int]:
    first = BODY.index(".")
    return first, BODY.index(".", first + 1)


def _changed(place: int, put: str) -> str:
    return FILE[:place] + (put or ("A" if FILE[place] != "A" else "B")) + FILE[place + 1 :]


def vectors() -> dict[str, Vector]:
    """Give all vectors by name."""
    found: dict[str, Vector] = {}
    for family in (good, times_and_claims, headers, payloads_and_signatures, damaged, changed_and_cut):
        for name, text, code, why in family():
            if name in found:
                raise ValueError(f"two vectors are called {name}")
            found[name] = Vector(text if isinstance(text, bytes) else text.encode("utf-8"), code, why)
    return found


def files() -> dict[str, bytes]:
    """Give all files of the folder by name: the vectors, their index, the keys."""
    made = vectors()
    index = {
        "now": int(NOW.timestamp()),
        "audience": AUDIENCE,
        "keys": "jwks.json",
        "vectors": [
            {
                "file": f"{name}.txt",
                "expectation": "accept" if vector.code == "valid" else "refuse",
                "code": vector.code,
                "why": vector.why,
            }
            for name, vector in made.items()
        ],
    }
    trusted = {kid_of(private): private.public_key() for private in (CURRENT, RETIRED)}
    return {f"{name}.txt": vector.data for name, vector in made.items()} | {
        "index.json": (json.dumps(index, indent=1) + "\n").encode(),
        "jwks.json": (jwks(trusted) + "\n").encode(),
        ".gitattributes": b"*.txt -text\n",
    }


def main() -> int:
    """Write the folder anew."""
    FOLDER.mkdir(exist_ok=True)
    wanted = files()
    for path in FOLDER.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, data in wanted.items():
        (FOLDER / name).write_bytes(data)
    print(f"{len(wanted)} files in {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
