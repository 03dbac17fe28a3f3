"""Measure ways in turns, so that a machine that drifts slows all alike, and check what they answer."""

import base64
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from benchmarks.validate import cast, machine
from benchmarks.validate.cast import Asked
from benchmarks.validate.client import Load, body_of, drive
from benchmarks.validate.servers import Way
from torhaus_sdk.answers import ANSWER_TYPE
from torhaus_sdk.jws import verify

WARM_SECONDS = 0.4


@dataclass
class Keys:
    """With what answers are checked."""

    kid: str
    public: Ed25519PublicKey

    @classmethod
    def of(cls, said: dict) -> "Keys":
        return cls(said["kid"], Ed25519PublicKey.from_public_bytes(base64.b64decode(said["public"])))


@dataclass
class Slot:
    """A way with the questions it is asked, and what each round found."""

    name: str
    way: Way
    asked: Sequence[Asked]
    keys: Keys
    signed: bool = True
    answers: bool = True
    rate: list[float] = field(default_factory=list)
    server_us: list[float] = field(default_factory=list)
    database_us: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    pss: list[float] = field(default_factory=list)
    asks: int = 0
    checked: int = 0
    bytes: int = 0

    def __post_init__(self) -> None:
        self.requests = [one.request for one in self.asked]

    @property
    def cpu_us(self) -> list[float]:
        return [server + database for server, database in zip(self.server_us, self.database_us, strict=True)]


def measure(
    slots: Sequence[Slot], postmaster: int, *, rounds: int, seconds: float, connections: int, seed: int = 1
) -> list[machine.Speed]:
    """Fill the slots; rates and processor times are normalised to the run's median speed afterwards."""
    draw, speeds, found = random.Random(seed), [], []
    for turn in range(rounds):
        order = list(slots)
        draw.shuffle(order)
        for slot in order:
            warm = WARM_SECONDS if turn else max(WARM_SECONDS, 2.5 * min(1.0, seconds))
            _load(slot, warm, connections)
            before = machine.calibrate()
            found.append((slot, before, *_once(slot, postmaster, seconds, connections), machine.calibrate()))
            check_all(slot, found[-1][2])
            speeds += [before, found[-1][-1]]
    clock = machine.median(one.by_clock for one in speeds)
    cpu = machine.median(one.by_cpu for one in speeds)
    for slot, before, load, server, database, after in found:
        slot.rate.append(load.rate * clock / ((before.by_clock + after.by_clock) / 2))
        speed = (before.by_cpu + after.by_cpu) / 2 / cpu
        slot.server_us.append(server / len(load.took) * 1e6 * speed)
        slot.database_us.append(database / len(load.took) * 1e6 * speed)
        slot.p50.append(load.percentile(50))
        slot.p99.append(load.percentile(99))
    return speeds


def _once(slot: Slot, postmaster: int, seconds: float, connections: int) -> tuple[Load, float, float]:
    """Ask for a while; give the load and the processor seconds of server and database."""
    server, database = slot.way.pids(), machine.tree(postmaster) if postmaster else []
    began = machine.cpu_seconds(server), machine.cpu_seconds(database)
    load = _load(slot, seconds, connections)
    ended = machine.cpu_seconds(server), machine.cpu_seconds(database)
    slot.pss.append(max(machine.pss_mib(pid) for pid in slot.way.workers()))
    return load, ended[0] - began[0], ended[1] - began[1]


def _load(slot: Slot, seconds: float, connections: int) -> Load:
    load = drive(slot.way.port, slot.requests, seconds=seconds, connections=connections, start=slot.asks)
    slot.asks += len(load.took) + connections
    if load.failed:
        body = next((answer for _, answer in load.samples if not answer.startswith(b"HTTP/1.1 200")), b"")
        raise SystemExit(
            f"{slot.name}: answers that are no 200: {load.failed}\n{body[:1500].decode('utf-8', 'replace')}"
        )
    return load


def check_all(slot: Slot, load: Load) -> None:
    """Check the answers that were kept."""
    for index, answer in load.samples:
        slot.bytes = max(slot.bytes, len(body_of(answer)))
        if slot.answers:
            check(slot.name, slot.asked[index], body_of(answer), slot.keys, signed=slot.signed)
            slot.checked += 1


def check(name: str, asked: Asked, body: bytes, keys: Keys, *, signed: bool = True) -> None:
    """Refuse an answer that is not right for what was asked, or whose signature does not stand."""
    said = json.loads(body)
    token = said.pop("signed")
    if signed and verify(token, keys={keys.kid: keys.public}, typ=ANSWER_TYPE) != said:
        raise SystemExit(f"{name}: what is signed is not what is said")
    wanted = expected(asked)
    got = {path: _of(said, path) for path in wanted}
    if got != wanted:
        raise SystemExit(f"{name}: answered {got}, not {wanted}\n{said}")


def expected(asked: Asked) -> dict[str, object]:
    """Give what an answer has to say, by path."""
    return {
        "valid": True,
        "code": "valid",
        "access": "full",
        "nonce": asked.nonce or None,
        "sub": cast.licence_ref(asked.number),
        "licence.ref": cast.licence_ref(asked.number),
        "licence.contract": cast.contract_number(asked.number),
        "licence.customer": cast.customer_number(asked.number),
        "licence.product": cast.PRODUCT,
        "licence.edition": "medium",
        "installation.ref": cast.installation_ref(asked.number, asked.place),
        "installation.name": f"Server {asked.place + 1}",
        "limits.installations.used": cast.PLACES,
        "limits.installations.max": 5,
        "limits.meters.objects": {"max": cast.BOOKED, "used": cast.USED, "free": cast.BOOKED - cast.USED},
        "limits.seats": {"full": cast.SEATS},
        "features": [*cast.FEATURES, "medium", "support-basic"],
    }


def _of(said: dict, name: str) -> object:
    value: object = said
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
