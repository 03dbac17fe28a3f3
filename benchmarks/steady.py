"""R86: ask 50 times a second whether a licence is valid, for ten minutes, while people browse the portal's pages.

Run: ``python -m benchmarks.steady [--minutes 10 --rate 50]``. SQLite by default, PostgreSQL where
TORHAUS_DATABASE_URL says so. ``torhaus serve`` runs as shipped, its background worker and all limits included; the
clients come from many addresses behind a trusted proxy. Checks are sent by the clock, whether earlier ones are
answered or not, and timed from when they were due.
"""

import argparse
import contextlib
import http.client
import os
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlencode

from benchmarks.bench_validate import seeded
from benchmarks.validate import cast
from benchmarks.validate.cast import Asked
from benchmarks.validate.client import body_of
from benchmarks.validate.rounds import Keys, check

TARGET_MS = 100.0
PAGES = ["/dashboard/", "/subscription/", "/invoices/", "/downloads/", "/downloads/add-ons/", "/licence/", "/help/"]
BROWSERS, PAUSE = 2, 0.25
LINES = 16  # checks under way at once, at most
CHECK_EVERY = 20


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--licences", type=int, default=100_000)
    return parser.parse_args()


@dataclass
class Run:
    """What was found: milliseconds by the minute in which a check or a page was due."""

    port: int
    rate: int
    seconds: float
    asked: list[Asked]
    keys: Keys
    began: float = 0.0
    checks: list[tuple[float, float]] = field(default_factory=list)
    pages: list[tuple[float, float]] = field(default_factory=list)
    errors: Counter = field(default_factory=Counter)
    verified: int = 0
    tickets: "count[int]" = field(default_factory=count)


def ask_by_the_clock(run: Run) -> None:
    """Take the next check that is due, until the time is over."""
    line = http.client.HTTPConnection("127.0.0.1", run.port, timeout=30)
    while True:
        ticket = next(run.tickets)  # one step of the interpreter: no two threads get the same
        due = run.began + ticket / run.rate
        if due >= run.began + run.seconds:
            line.close()
            return
        time.sleep(max(0.0, due - time.perf_counter()))
        one = run.asked[ticket % len(run.asked)]
        try:
            status, body = send(line, one, f"10.{ticket % 200}.{ticket // 200 % 200}.7")
        except OSError as error:
            line.close()
            status, body = 0, repr(error).encode()
        run.checks.append((due - run.began, (time.perf_counter() - due) * 1000))
        if status != 200:
            run.errors[f"check: {status} {body[:200]!r}"] += 1
        elif not ticket % CHECK_EVERY:
            check("steady", one, body, run.keys)
            run.verified += 1


def send(line: http.client.HTTPConnection, one: Asked, address: str) -> tuple[int, bytes]:
    """Send a check as a proxy hands it on."""
    headers = {
        "Authorization": f"Bearer {cast.token(one.number).text}",
        "Content-Type": "application/json",
        "X-Forwarded-For": address,
    }
    line.request("POST", "/api/v1/validate", body_of(one.request), headers)
    answer = line.getresponse()
    return answer.status, answer.read()


class Browser:
    """Somebody who is signed in and looks at one page after the other."""

    def __init__(self, port: int, address: str) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.address = address
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: str = "") -> tuple[int, bytes]:
        headers = {"Cookie": "; ".join(f"{key}={value}" for key, value in self.cookies.items())}
        headers["X-Forwarded-For"] = self.address
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.line.request(method, path, body or None, headers)
        answer = self.line.getresponse()
        content = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, content

    def sign_in(self, token: str) -> None:
        page = self.ask("GET", "/login/")[1]
        mark = page.index(b'name="csrfmiddlewaretoken" value="') + 34
        csrf = page[mark : page.index(b'"', mark)].decode()
        status, _ = self.ask("POST", "/login/", urlencode({"csrfmiddlewaretoken": csrf, "token": token}))
        if status not in (302, 303):
            raise SystemExit(f"sign-in answered {status}")


def browse(run: Run, browser: Browser, turn: int) -> None:
    """Look at the pages until the time is over."""
    while (now := time.perf_counter()) < run.began + run.seconds:
        path = PAGES[turn % len(PAGES)]
        turn += 1
        try:
            status, _ = browser.ask("GET", path)
        except OSError as error:
            browser.line.close()
            status = repr(error)
        run.pages.append((now - run.began, (time.perf_counter() - now) * 1000))
        if status != 200:
            run.errors[f"{path}: {status}"] += 1
        time.sleep(PAUSE)


def ask_and_browse(run: Run) -> None:
    """Run everything at once, until the time is over."""
    browsers = [Browser(run.port, f"192.0.2.{n + 1}") for n in range(BROWSERS)]
    for number, browser in enumerate(browsers):
        browser.sign_in(cast.token(number).text)
        for path in PAGES:  # the first look at a page compiles it
            browser.ask("GET", path)
    failed: list[Exception] = []

    def kept(work, *words) -> None:
        try:
            work(*words)
        except Exception as error:  # noqa: BLE001 - told below, where it ends the run
            failed.append(error)

    threads = [threading.Thread(target=kept, args=(ask_by_the_clock, run), daemon=True) for _ in range(LINES)]
    threads += [
        threading.Thread(target=kept, args=(browse, run, browser, n * 3), daemon=True)
        for n, browser in enumerate(browsers)
    ]
    run.began = time.perf_counter() + 0.2
    for thread in threads:
        thread.start()
    for minute in range(1, int(run.seconds / 60 + 0.999) + 1):
        end = run.began + min(minute * 60, run.seconds) + 1.0
        while time.perf_counter() < end and not failed:
            time.sleep(0.1)
        row(run, f"minute {minute}", (minute - 1) * 60, minute * 60)
    for thread in threads:
        thread.join(60)
    if failed:
        raise failed[0]


def percentile(values: list[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def row(run: Run, name: str, since: float, until: float) -> None:
    """Print what was found between two moments."""
    checks = [ms for at, ms in list(run.checks) if since <= at < until]
    pages = [ms for at, ms in list(run.pages) if since <= at < until]
    times = "".join(f"{percentile(checks, percent):>8.1f}" for percent in (50, 95, 99, 100))
    told = f"{len(pages):>7,}{percentile(pages, 50):>8.1f}{percentile(pages, 95):>8.1f}"
    print(f"{name:<11}{len(checks):>8,}{times}{told}{sum(run.errors.values()):>8}", flush=True)


def main() -> int:
    args = arguments()
    engine = "postgresql" if os.environ.get("TORHAUS_DATABASE_URL") else "sqlite"
    settings = {"workers": "2", "trusted_proxies": "127.0.0.1", "embedded_worker": "true"}
    with seeded(args.licences, engine, **settings) as full:
        full.here.serve()
        if engine == "postgresql":
            full.here.start("worker", log="worker.txt")
        asked = list(cast.asked(args.licences, 20_000, nonces=True))
        run = Run(full.here.port, args.rate, args.minutes * 60, asked, Keys.of(full.said))
        print(f"{args.rate} checks a second, {BROWSERS} people at the pages, on {os.cpu_count()} processors\n")
        print(f"{'':<11}{'checks':>8}{'p50 ms':>8}{'p95':>8}{'p99':>8}{'worst':>8}", end="")
        print(f"{'pages':>7}{'p50 ms':>8}{'p95':>8}{'errors':>8}")
        with contextlib.suppress(KeyboardInterrupt):
            ask_and_browse(run)
        row(run, "all", 0, run.seconds)
        for text, times in run.errors.most_common(5):
            print(f"error      {text}: {times} times")
        complaints = [line for line in full.here.log().splitlines() if '"ERROR"' in line or "Traceback" in line]
    print(f"{run.verified:,} answers and signatures verified; the server's log has {len(complaints)} errors\n")
    p99 = percentile([ms for _, ms in run.checks], 99)
    wanted, got = int(run.seconds * run.rate), len(run.checks)
    held = [p99 < TARGET_MS, not run.errors and not complaints, got >= wanted - 1]
    print(f"{'met   ' if held[0] else 'MISSED'}  p99 of the checks {p99:.1f} ms, below {TARGET_MS:.0f}")
    print(f"{'met   ' if held[1] else 'MISSED'}  errors {sum(run.errors.values())}, none")
    print(f"{'met   ' if held[2] else 'MISSED'}  checks sent {got:,} of {wanted:,}")
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
