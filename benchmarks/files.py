"""Publishes a large file by the real command and downloads it from the real server; prints rates and peak memory.

    python -m benchmarks.files 4096          # MiB

Memory is that of each process itself (private, without the system's cache of files), sampled 20 times a second.
It must not grow with the file: more than LIMIT_MIB above the start of the work, and the exit code is 1.
"""

import hashlib
import http.client
import os
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import psutil
from tests.servers import installation

LIMIT_MIB = 64
MIB = 1024 * 1024
SETUP = """
people.vendor()
contract = people.contract(people.customer(), product=people.product("bench"))
print(people.token(contract))
"""
LINK = """
from torhaus.releases.links import make_link
from torhaus.releases.models import ReleaseFile
from torhaus.subscriptions.models import Contract
with scopes_disabled():
    file = ReleaseFile.objects.get()
    print(f"/downloads/files/{file.ref}/{make_link(contract_ref=Contract.objects.get().ref, file_ref=file.ref)}/")
"""


class Memory:
    """Samples the private memory of processes while something runs: the least and the most of each."""

    def __init__(self, *roots: psutil.Process) -> None:
        self.roots = roots
        self.first: dict[str, int] = {}
        self.peak: dict[str, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _watch(self):
        while not self._stop.is_set():
            for root in self.roots:
                for process in _family(root):
                    self._note(process)
            time.sleep(0.05)

    def _note(self, process):
        try:
            name, used = _name(process), process.memory_full_info().uss
        except psutil.Error:
            return
        self.first.setdefault(name, used)
        self.peak[name] = max(used, self.peak.get(name, 0))

    def show(self) -> int:
        """Print each process; give by how many MiB the one that grew most did."""
        for name in sorted(self.peak):
            print(f"    {name}: {self.first[name] / MIB:.0f} MiB at first, {self.peak[name] / MIB:.0f} MiB at most")
        return max((self.peak[name] - self.first[name]) // MIB for name in self.peak)


def _family(root):
    try:
        return [root, *root.children(recursive=True)]
    except psutil.Error:
        return []


def _name(process) -> str:
    words = process.cmdline()
    for role in ("publish", "send-files", "serve"):
        if role in words:
            return f"{role} {process.pid}"
    return f"{process.parent().cmdline()[-1] if process.parent() else ''} worker {process.pid}"


def write(path: Path, mib: int) -> str:
    """Write a file that does not compress; give its SHA-256."""
    block, digest = bytearray(os.urandom(MIB)), hashlib.sha256()
    with path.open("wb") as out:
        for number in range(mib):
            block[:8] = number.to_bytes(8, "little")
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def publish(here, path: Path) -> tuple[float, int]:
    """Publish the file by the command; give the seconds, and the MiB of memory it had at most."""
    words = ["publish", "--product", "bench", "--version", "1.0", "--kind", "installation", str(path)]
    began = time.perf_counter()
    process = here.start(*words, log="publish.txt")
    with Memory(psutil.Process(process.pid)) as memory:
        code = process.wait()
    took = time.perf_counter() - began
    assert code == 0, here.log("publish.txt")
    memory.show()
    return took, max(memory.peak.values()) // MIB


def download(here, where: str, token: str) -> tuple[str, float, list[float]]:
    """Fetch it from the process for files, pages being asked meanwhile; give SHA-256, seconds, and pages' seconds."""
    taken: list[float] = []
    done = threading.Event()
    asking = threading.Thread(target=_ask_pages, args=(here, taken, done))
    asking.start()
    began, digest = time.perf_counter(), hashlib.sha256()
    with closing(http.client.HTTPConnection("127.0.0.1", int(here.env["TORHAUS_FILES_PORT"]), timeout=120)) as line:
        line.request("GET", where, headers={"Authorization": f"Bearer {token}"})
        answer = line.getresponse()
        assert answer.status == 200, (answer.status, answer.read(500))
        while piece := answer.read(MIB):
            digest.update(piece)
    took = time.perf_counter() - began
    done.set()
    asking.join()
    return digest.hexdigest(), took, sorted(taken)


def _ask_pages(here, taken, done):
    while not done.is_set():
        began = time.perf_counter()
        with closing(http.client.HTTPConnection("127.0.0.1", here.port, timeout=60)) as line:
            line.request("GET", "/login/")
            assert line.getresponse().status == 200
        taken.append(time.perf_counter() - began)
        time.sleep(0.05)


def main(mib: int) -> int:
    with installation(database="sqlite", workers="1", threads="1") as here:
        token = here.python(SETUP).split()[-1]
        path = here.data_dir / "big.bin"
        key = write(path, mib)
        print(f"A file of {mib} MiB, SQLite, one thread")
        idle = int(subprocess.run([sys.executable, "-c", _IDLE], env=here.env, capture_output=True, check=True).stdout)
        took, peak = publish(here, path)
        print(
            f"publish: {mib / took:.0f} MiB/s ({took:.1f} s), {peak} MiB at most; the command without work {idle} MiB"
        )
        path.unlink()
        grown = max(0, peak - idle)
        where, server = here.python(LINK).strip(), here.serve()
        with Memory(psutil.Process(server.pid)) as memory:
            digest, took, pages = download(here, where, token)
        print(f"download: {mib / took:.0f} MiB/s ({took:.1f} s), the reader's SHA-256 included")
        grown = max(grown, memory.show())
        print(f"sign-in pages meanwhile: {len(pages)}, median {pages[len(pages) // 2] * 1000:.1f} ms, "
              f"slowest {pages[-1] * 1000:.1f} ms")  # fmt: skip
        print(f"identical: {digest == key}; largest growth: {grown} MiB, allowed {LIMIT_MIB} MiB")
        return int(digest != key or grown > LIMIT_MIB)


_IDLE = (
    "import django; django.setup()\nimport torhaus.console.publish, psutil\n"
    "print(psutil.Process().memory_full_info().uss // 2**20)"
)

if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 4096))
