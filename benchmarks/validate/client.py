"""A small load generator: one thread, ready-made requests, keep-alive connections, as many as are told at once.

It runs on the processors of the server, so it does as little as it can: a socket each, epoll, no parsing beyond
status and length. Each connection asks again as soon as it is answered (closed loop), or when its turn has come.
"""

import select
import socket
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

SAMPLE_EVERY = 97  # answers kept to be checked afterwards
STUCK_SECONDS = 20.0


@dataclass
class Load:
    """What was sent and answered; ``took`` in seconds, in order of the answers, ``failed`` by status."""

    seconds: float = 0.0
    took: array = field(default_factory=lambda: array("d"))
    failed: dict[str, int] = field(default_factory=dict)
    samples: list[tuple[int, bytes]] = field(default_factory=list)
    longest: int = 0

    @property
    def rate(self) -> float:
        return len(self.took) / self.seconds if self.seconds else 0.0

    def percentile(self, percent: float) -> float:
        """Give a percentile in milliseconds."""
        ordered = sorted(self.took)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000 if ordered else 0.0


class _Line:
    """One connection and the request it waits for."""

    __slots__ = ("began", "got", "index", "need", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), STUCK_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began, self.index, self.need, self.got = 0.0, 0, 0, b""


def drive(port: int, requests: Sequence[bytes], *, seconds: float, connections: int = 32, start: int = 0) -> Load:
    """Ask for ``seconds`` with ``connections`` at once, beginning with request ``start``."""
    lines = {line.socket.fileno(): line for line in (_Line(port) for _ in range(connections))}
    poll = select.epoll()
    load, clock, count, number = Load(), time.perf_counter, len(requests), start
    began = clock()
    try:
        for handle, line in lines.items():
            poll.register(handle, select.EPOLLIN)
            line.index, line.began = number % count, clock()
            line.socket.sendall(requests[line.index])
            number += 1
        end, busy = began + seconds, len(lines)
        while busy:
            ready = poll.poll(STUCK_SECONDS)
            if not ready:
                raise TimeoutError(f"{busy} requests were not answered within {STUCK_SECONDS:.0f} s")
            for handle, _ in ready:
                line = lines[handle]
                if not _received(line, load):
                    continue
                now = clock()
                load.took.append(now - line.began)
                if now >= end:
                    busy -= 1
                    continue
                line.index, line.began = number % count, now
                line.socket.sendall(requests[line.index])
                number += 1
    finally:
        load.seconds = clock() - began
        poll.close()
        for line in lines.values():
            line.socket.close()
    return load


def _received(line: _Line, load: Load) -> bool:
    """Take what has come; give whether the answer is whole."""
    data = line.socket.recv(65536)
    if not data:
        raise ConnectionError("the server closed a connection")
    if line.got:
        data = line.got + data
    if not line.need:
        line.need = _length(data)
    if not line.need or len(data) < line.need:
        line.got = data
        return False
    if not data.startswith(b"HTTP/1.1 200"):
        status = data[9:12].decode("ascii", "replace")
        load.failed[status] = load.failed.get(status, 0) + 1
    if not len(load.took) % SAMPLE_EVERY:
        load.samples.append((line.index, data))
    load.longest = max(load.longest, line.need)
    line.got, line.need = b"", 0
    return True


def _length(data: bytes) -> int:
    """Give the length of the whole answer, or 0 as long as its head has not come."""
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return 0
    at = data.find(b"ontent-length: ", 0, head)
    at = at if at >= 0 else data.find(b"ontent-Length: ", 0, head)
    if at < 0:
        raise ValueError(f"an answer without a length: {data[:head]!r}")
    return head + 4 + int(data[at + 15 : data.find(b"\r\n", at)])


def body_of(answer: bytes) -> bytes:
    """Give the body of a whole answer."""
    return answer[answer.index(b"\r\n\r\n") + 4 :]


def post(path: str, token: str, body: bytes, *extra: str) -> bytes:
    """Give a ready-made request."""
    head = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        "Accept-Language: en",
        "User-Agent: torhaus-bench",
        f"Content-Length: {len(body)}",
        *extra,
    ]
    return "\r\n".join(head).encode("ascii") + b"\r\n\r\n" + body
