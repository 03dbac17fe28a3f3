"""Damage licence files at random and see that none is accepted and none does harm (R48).

Run: ``python -m benchmarks.fuzz_licences [COUNT]``, two processes, resumable. The same COUNT gives the same files.
Half of the files are damaged as bytes, a quarter as statements without the vendor's key, a quarter in their content
and signed anew with it, as a faulty issuer might. Every answer must be a documented refusal, or right. A sample of
what needs no key is also shown to the verifiers of docs/verify-licence.md, which must say the same.
Exits 1 if anything else happens.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from scripts.make_vectors import AUDIENCE, CURRENT, HEADER, KID, NOW, RETIRED, STRANGE, kid_of, statement, vectors
from tests.sdk.languages import ROOT, documented, sdk_verdict

from torhaus_sdk.armour import BEGIN, END, armour, dearmour
from torhaus_sdk.jws import b64, unb64
from torhaus_sdk.licence import Licence, verify_licence
from torhaus_sdk.refusals import REFUSALS, Refused

CHUNK = 10_000
PROCESSES = 2
KEYS = {kid_of(key): key.public_key() for key in (CURRENT, RETIRED)}
ALL = {name: vector.data for name, vector in vectors().items()}
GOOD = [vector.data for vector in vectors().values() if vector.code in {"valid", "ended"}]
STATEMENTS = sorted({dearmour(data) for data in GOOD})
KNOWN = {f"{BEGIN}{text}{END}".replace(" ", "").encode() for text in STATEMENTS}
TOKENS = [BEGIN, END, "-----", "=", "==", ".", "..", "\r", "\n", "\r\n", "\0", "\t", " ", "\ufeff", "é", "\u2028", "A"]
TOKENS += ["eyJhbGciOiJub25lIn0", "+", "/", "\x1a", "\x0b", "\x85", "𝟙", "{", "}", '"', "\\u0000", "[" * 3000]
VALUES: list[Any] = [None, True, False, 0, -1, 1, 1.5, 2**53, 2**63, 10**40, "", "x", "__proto__", [], {}, [[]], [None]]
VALUES += [{"a": {"b": []}}, "\u0000", "é" * 50, ["acme"], [1, "acme"], "1.0", "2.0", "license+jwt", "none", "HS256"]


def bytewise(chance: random.Random) -> bytes:
    """Damage one to four places of a file, good or bad."""
    data = chance.choice(GOOD if chance.random() < 0.8 else list(ALL.values()))
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        data = chance.choice(BYTEWISE)(data, chance)
    return data


def _place(data: bytes, chance: random.Random) -> int:
    return chance.randrange(len(data) + 1)


def _flip(data: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    return data[:at] + bytes(byte ^ (1 << chance.randrange(8)) for byte in data[at : at + 1]) + data[at + 1 :]


def _replace(data: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]


def _insert(data: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    put = chance.choice(TOKENS).encode() if chance.random() < 0.7 else chance.randbytes(chance.randrange(1, 9))
    return data[:at] + put + data[at:]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: _place(data, chance)]


def _take_out(data: bytes, chance: random.Random) -> bytes:
    at = _place(data, chance)
    return data[:at] + data[at + chance.randrange(1, 70) :]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    at, length = _place(data, chance), chance.randrange(1, 200)
    return data[: at + length] + data[at:]


def _shuffle_lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    if lines:
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def _splice(data: bytes, chance: random.Random) -> bytes:
    other = chance.choice(GOOD)
    return data[: _place(data, chance)] + other[_place(other, chance) :]


def _rewrap(data: bytes, chance: random.Random) -> bytes:
    return data.replace(b"\n", chance.choice((b"", b"\r\n", b"\n\n", b" \n", b"\n ", b"\t\r\n", b"\r", b"\n> ")))


BYTEWISE: list[Callable[[bytes, random.Random], bytes]] = [
    _flip, _replace, _insert, _cut, _take_out, _repeat, _shuffle_lines, _splice, _rewrap,
]  # fmt: skip


def keyless(chance: random.Random) -> bytes:
    """Build a statement as somebody without the vendor's key can: parts mixed, headers made, strange signatures."""
    parts = [chance.choice(STATEMENTS).split(".")[place] for place in range(3)]
    kind = chance.randrange(5)
    if kind == 0:
        parts[0] = b64(_json(_changed(dict(HEADER), chance), chance))
    elif kind == 1:
        header = _changed(dict(HEADER), chance) if chance.random() < 0.5 else HEADER | {"kid": chance.choice([KID, ""])}
        parts = statement(_json(header, chance), _json(_claims(chance), chance), signer=STRANGE).split(".")
    elif kind == 2:
        place = chance.randrange(3)
        parts[place] = b64(chance.choice(BYTEWISE)(unb64(parts[place]), chance))
    elif kind == 3:
        place = chance.randrange(3)
        parts[place] += chance.choice(["=", "==", "A", "AA", "AAA", "-", "_", "+", "/"])
    else:
        parts[chance.randrange(3)] = chance.choice(["", b64(bytes(64)), b64(chance.randbytes(64)), "e30", "W10"])
    return armour(chance.choice([".", ".", ".", ".", "..", ""]).join(parts)).encode()


def resigned(chance: random.Random) -> bytes:
    """Change the content and sign it anew with the vendor's key."""
    raw = _json(_changed(_claims(chance), chance), chance)
    if chance.random() < 0.3:
        raw = chance.choice(BYTEWISE)(raw, chance)
    return armour(statement(payload=raw)).encode()


def _claims(chance: random.Random) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(unb64(chance.choice(STATEMENTS).split(".")[1]))
    return claims


def _changed(value: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    for _ in range(chance.choice((1, 1, 2, 3))):
        inside: Any = value
        while True:
            name = chance.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
            if not isinstance(inside[name], dict | list) or not inside[name] or chance.random() < 0.3:
                break
            inside = inside[name]
        kind = chance.randrange(4)
        if kind == 0 and len(inside) > 1:
            del inside[name]
        elif kind == 1 and isinstance(inside, dict):
            inside[chance.choice(["x", "exp", "alg", "jku", "jwk", "crit", "", "__proto__"])] = deepcopy(
                chance.choice(VALUES)
            )
        else:
            inside[name] = deepcopy(chance.choice(VALUES))
    return value


def _json(value: Any, chance: random.Random) -> bytes:
    text = json.dumps(value, ensure_ascii=chance.random() < 0.5, indent=chance.choice((None, None, 1)))
    if chance.random() < 0.1:  # a name stands twice
        text = text.replace("{", f'{{"{chance.choice(["alg", "kid", "exp", "aud"])}":1,', 1)
    return text.encode("utf-8", "replace")


WORDS = {
    "enforcement": (["advise", "degrade", "block"], "block"),
    "after_grace": (["read_only", "stop"], "read_only"),
}


def wrong_in(data: bytes, *, genuine: bool) -> tuple[str, str]:
    """Give what was said of a file, as a code, and what is wrong with that: empty for nothing."""
    try:
        licence = verify_licence(data, keys=KEYS, audience=AUDIENCE, now=NOW)
    except Refused as refusal:
        documented_code = REFUSALS.get(refusal.code) is type(refusal) and str(refusal).endswith((".", "?"))
        return refusal.code, "" if documented_code else f"refused as {refusal!r}"
    except Exception as error:  # noqa: BLE001 - whatever else is raised is what is looked for
        return "crash", f"raised {error!r}"
    return "accepted", _wrongly_accepted(data, licence, genuine=genuine)


def _wrongly_accepted(data: bytes, licence: Licence, *, genuine: bool) -> str:
    bare = data.removeprefix(b"\xef\xbb\xbf").translate(None, b" \t\r\n")
    if not genuine:
        return "" if bare in KNOWN else "accepted, and nobody signed it"
    claims = json.loads(unb64(dearmour(data).split(".")[1]))
    current = claims["nbf"] <= NOW.timestamp() + 60 and claims["exp"] > NOW.timestamp() - 60
    kept = licence.claims().items()
    same = all(_same(name, claims, value) for name, value in kept)
    return "" if current and AUDIENCE in claims["aud"] and same else "accepted with another content than was signed"


def _same(name: str, claims: dict[str, Any], read: Any) -> bool:
    """Whether a claim was read as it was signed."""
    if name in WORDS:
        return _usual(name, claims, read)
    if name == "machine":  # how many marks have to fit is all of them, where no known word says another
        signed = claims[name].get("matching")
        matching = signed if signed in ("any", "most", "all") else "all"
        return _holds(claims[name]["marks"], read["marks"]) and bool(read["matching"] == matching)
    return _holds(claims[name], read)


def _usual(name: str, claims: dict[str, Any], read: Any) -> bool:
    """Whether a claim that may be left out was read as signed, or as its usual word where it says none that is known."""
    known, usual = WORDS[name]
    return bool(read == (claims[name] if claims.get(name) in known else usual))


def _holds(signed: Any, read: Any) -> bool:
    """Whether what was read is what was signed, names of later versions left out."""
    if isinstance(read, dict):
        return isinstance(signed, dict) and all(name in signed and _holds(signed[name], read[name]) for name in read)
    if isinstance(read, list):
        return isinstance(signed, list) and len(signed) == len(read) and all(map(_holds, signed, read))
    return type(signed) is type(read) and bool(signed == read)


FAMILIES: list[tuple[Callable[[random.Random], bytes], bool]] = [
    (bytewise, False), (bytewise, False), (keyless, False), (resigned, True),
]  # fmt: skip


def fuzz(task: tuple[int, int]) -> tuple[int, dict[str, int], list[str]]:
    """Damage so many files from a seed; give the seed, how often each code was said, and what was wrong."""
    seed, count = task
    chance, said, wrong = random.Random(seed), Counter[str](), []
    for place in range(count):
        make, genuine = FAMILIES[place % len(FAMILIES)]
        data = make(chance)
        code, fault = wrong_in(data, genuine=genuine)
        said[code] += 1
        if fault:
            wrong.append(f"seed {seed}, file {place}: {fault}: {data[:4000]!r}")
    return seed, dict(said), wrong


def main(words: list[str]) -> int:
    """Give 0 when nothing was accepted wrongly, nothing crashed, and all verifiers agree."""
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int, nargs="?", default=1_000_000)
    count = parser.parse_args(words).count
    wrong = _fuzz_all(count) + _differences(max(500, count // 100))
    for fault in wrong[:20]:
        print(fault)
    print(f"{len(wrong)} wrong")
    return int(bool(wrong))


def _fuzz_all(count: int) -> list[str]:
    state = _state_file(count)
    done: dict[str, Any] = json.loads(state.read_text("utf-8")) if state.exists() else {}
    tasks = [(start, min(CHUNK, count - start)) for start in range(0, count, CHUNK) if str(start) not in done]
    started = time.perf_counter()
    with get_context("spawn").Pool(PROCESSES) as pool:
        for seed, said, wrong in pool.imap_unordered(fuzz, tasks):
            done[str(seed)] = [said, wrong]
            state.write_text(json.dumps(done), "utf-8")
    spent, now = time.perf_counter() - started, sum(size for _, size in tasks)
    total: Counter[str] = Counter()
    for said, _ in done.values():
        total.update(said)
    print(f"{count} damaged files, {PROCESSES} processes, {now / max(spent, 1e-9):.0f} a second")
    for code, times in total.most_common():
        print(f"  {code:22}{times:9}")
    state.unlink(missing_ok=True)
    return [fault for _, wrong in done.values() for fault in wrong]


def _state_file(count: int) -> Path:
    """Give where it is noted what is done already, of this code and no other."""
    code = sha256(Path(__file__).read_bytes())
    for path in sorted((ROOT / "sdk" / "python" / "src").rglob("*.py")):
        code.update(path.read_bytes())
    folder = ROOT / "build"
    folder.mkdir(exist_ok=True)
    return folder / f"fuzz-licences-{count}-{code.hexdigest()[:12]}.json"


def _differences(count: int) -> list[str]:
    """Show the same damaged files to the documented verifiers; the shell's gets fewer, it starts programs for each."""
    chance, wrong = random.Random("languages"), []
    files = [(bytewise if place % 2 else keyless)(chance) for place in range(count)]
    expected = [sdk_verdict(data) for data in files]
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{place}.txt" for place in range(count)]
        for path, data in zip(paths, files, strict=True):
            path.write_bytes(data)
        for language in documented():
            shown = paths[: max(100, count // 20)] if language.name == "sh" else paths
            said = language.verdicts(Path(folder), shown)
            differing = [path for path in shown if said[path] != expected[int(path.stem)]]
            print(f"  {language.name:6}{len(shown):9} of them, {len(differing)} verdicts differ")
            for path in differing:
                told = f"{language.name} says {said[path]}, python {expected[int(path.stem)]}"
                wrong.append(f"{told}: {files[int(path.stem)][:4000]!r}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
