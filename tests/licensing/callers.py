"""Products as separate processes that call a server over HTTP at the same moment.

``python -m tests.licensing.callers ACT COUNT JSON`` forks COUNT processes, lets all go at once, and prints what each
came back with, as one JSON list. They know nothing of the server but its address and a token.
"""

import http.client
import json
import os
import sys
import tempfile
import time
from pathlib import Path


def post(port: int, token: str, path: str, body: dict) -> tuple[int, dict]:
    """Send one request, and again while the server asks to come back later."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    while True:
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            asked.request("POST", f"/api/v1/{path}", json.dumps(body), headers)
            answer = asked.getresponse()
            status, said = answer.status, json.loads(answer.read())
        finally:
            asked.close()
        if status not in {429, 503}:
            return status, said
        time.sleep(0.5)


def machine(name: str) -> dict:
    """The fingerprint of a machine."""
    return {"machine": f"machine {name}", "board": f"board {name}"}


def activate(number: int, *, port: int, token: str) -> list:
    """Activate a machine of its own; gives the status, and the reference or the problem's code."""
    status, said = post(port, token, "activate", {"fingerprint": machine(str(number))})
    return [status, said["installation"]["ref"] if status in {200, 201} else said["code"]]


def beat(number: int, *, port: int, token: str, installation: str, fingerprint: dict) -> list:
    """Ask for a lease for a process of its own; gives the code of the answer, and until when it has one."""
    body = {"installation": installation, "process": f"p{number}", "fingerprint": fingerprint}
    _status, said = post(port, token, "heartbeat", body)
    return [said["code"], (said["installation"] or {}).get("lease_until")]


def activate_for_ever(number: int, *, port: int, token: str, acknowledged: str, seconds: float) -> list:
    """Activate one machine after another for a while; what was acknowledged is noted before anything else is done.

    A server that goes away in between is called again, with the same machine, as a product would.
    """
    end, count, lost = time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        try:
            status, said = post(port, token, "activate", {"fingerprint": machine(f"{number}-{count}")})
        except (OSError, http.client.HTTPException, ValueError):
            lost += 1
            time.sleep(0.1)
            continue
        assert status in {200, 201}, said
        with Path(acknowledged).open("a", encoding="ascii", buffering=1) as notes:
            notes.write(f"{said['installation']['ref']}\n")
        count += 1
    return [count, lost]


ACTS = {one.__name__: one for one in (activate, beat, activate_for_ever)}


def gather(act: str, count: int, options: dict) -> list:
    """Fork the callers, let them go, and give what each came back with; who failed gives ``{"error": …}``."""
    gate_in, gate_out = os.pipe()
    results = Path(tempfile.mkdtemp(prefix="torhaus-callers-"))
    children = []
    for number in range(count):
        if (pid := os.fork()) == 0:
            os.close(gate_out)
            os.read(gate_in, 1)
            try:
                came_back = ACTS[act](number, **options)
            except BaseException as error:  # noqa: BLE001 - told to the test, whatever it is
                came_back = {"error": f"{type(error).__name__}: {error}"}
            (results / str(number)).write_text(json.dumps(came_back))
            os._exit(0)
        children.append(pid)
    os.close(gate_out)  # the gate opens for all at once
    for pid in children:
        os.waitpid(pid, 0)
    return [json.loads((results / str(number)).read_text()) for number in range(count)]


if __name__ == "__main__":
    print(json.dumps(gather(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))))
