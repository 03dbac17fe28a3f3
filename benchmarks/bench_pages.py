"""Time the customer's pages over HTTP in a large installation, beside two empty pages in the same run.

Run: ``python -m benchmarks.bench_pages [--customers 100000 --invoices 1000000 --tokens 300000]``.
SQLite by default, PostgreSQL where TORHAUS_DATABASE_URL says so. Every round asks each page once,
so that a drifting machine slows all alike; queries are counted in process on the same data.
"""

import argparse
import gzip
import http.client
import socket
import statistics
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

from benchmarks import large

DEEP = 10_000  # invoices of the customer whose list is paged
PER_PAGE = 25


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--invoices", type=int, default=1_000_000)
    parser.add_argument("--tokens", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    return parser.parse_args()


ARGS = arguments() if __name__ == "__main__" else None
if ARGS:
    large.start()

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled
from tests import people

from benchmarks.page_shelf import fill
from torhaus.billing.models import Invoice, InvoiceLine
from torhaus.catalogue.models import Allowance, Meter
from torhaus.console.serve import threads_per_worker
from torhaus.core import clock
from torhaus.core.random import base62
from torhaus.frame.build import build
from torhaus.licensing.models import LicenceToken
from torhaus.organisations.models import Address, Contact, Customer
from torhaus.subscriptions.models import Booking, Contract
from torhaus.usage.models import Reading


def seed(customers: int, invoices: int, tokens: int) -> tuple[str, dict[str, str]]:
    """Fill the database; give the licence token of the customer with 10,000 invoices, and pages of the shelves."""
    call_command("migrate", verbosity=0)
    build()
    people.vendor()
    product, plan = people.product(), people.item()
    meter = Meter.objects.create(key="objects", name={"": "Objects"})
    Allowance.objects.create(item=plan, meter=meter, quantity=1, per_unit=True)
    with scopes_disabled(), transaction.atomic():
        large.bulk(Customer, (Customer(number=f"K{n}", name=f"Customer {n}", language="de") for n in range(customers)))
        ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
        large.bulk(
            Contract,
            (
                Contract(
                    customer_id=pk,
                    product=product,
                    number=f"V{pk}",
                    term_months=12,
                    starts_on=date(2026, 4, 1),
                    ends_on=date(2027, 3, 31),
                    auto_renews=True,
                )
                for pk in ids
            ),
        )
        contracts = list(Contract.objects.order_by("pk").values_list("pk", "number"))
        large.bulk(
            Booking,
            (
                Booking(contract_id=pk, line="plan", item=plan, kind="plan", quantity=5000, booked_at=people.NOON)
                for pk, _ in contracts
            ),
        )
        large.bulk(Address, (Address(customer_id=pk, recipient="Company", city="Köln", country="DE") for pk in ids))
        large.bulk(
            Contact,
            (Contact(customer_id=pk, role="billing", name="Billing", mail=f"b{pk}@example.org") for pk in ids),
        )
        first, today = ids[0], clock.today("Europe/Berlin")
        spread = [first] * DEEP + [ids[n % len(ids)] for n in range(max(0, invoices - DEEP))]
        numbers = dict(contracts)
        large.bulk(
            Invoice,
            (
                Invoice(
                    customer_id=pk,
                    number=f"R{n}",
                    issued_on=today - timedelta(days=n % 3000),
                    origin=numbers[contracts[0][0]] if pk == first else "",
                    due_on=today - timedelta(days=n % 3000 - 14),
                    currency="EUR",
                    net_cents=10_000,
                    vat_cents=1_900,
                    gross_cents=11_900,
                    state="open" if n % 50 == 0 else "paid",
                )
                for n, pk in enumerate(spread)
            ),
        )
        newest = Invoice.objects.filter(customer_id=first).order_by("-issued_on", "-pk").first()
        InvoiceLine.objects.bulk_create(
            InvoiceLine(
                invoice=newest, position=n, text="Plan", quantity=1, unit_price=25, vat_rate=19, net_cents=2_500
            )
            for n in range(1, 5)
        )
        large.bulk(
            LicenceToken,
            (
                LicenceToken(
                    contract_id=contracts[n % len(contracts)][0],
                    public_id=base62(12),
                    prefix="acme",
                    secret_hash=base62(60),
                    issued_at=people.NOON,
                )
                for n in range(tokens)
            ),
        )
        for month in range(1, 13):
            Reading.objects.create(
                contract_id=contracts[0][0], meter=meter, on=date(2025, month, 1), quantity=month * 300
            )
    with scopes_disabled():
        contract = Contract.objects.get(pk=contracts[0][0])
        text = people.token(contract)
    shelves = fill(contract, others=customers)
    large.settle(connection)
    return text, shelves


def pages(invoice_ref: str) -> dict[str, str]:
    """Give what is timed: name and path."""
    last = DEEP // PER_PAGE
    return {
        "empty page, bare": "/bench/bare/",
        "empty page, framed": "/bench/framed/",
        "sign-in": "/login/",
        "dashboard": "/dashboard/",
        "subscription": "/subscription/",
        "invoices, page 1": "/invoices/",
        f"invoices, page {last}": f"/invoices/?page={last}",
        "invoices, open only": "/invoices/?status=open",
        "invoices, text": "/invoices/?q=R99",
        "invoice": f"/invoices/{invoice_ref}/",
    }


class Browser:
    """One keep-alive connection with cookies: the client's own cost stays small and constant."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: str = "") -> tuple[int, bytes, float]:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "Host": "localhost"}
        headers["Accept-Encoding"] = "gzip"  # as every browser does
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        started = time.perf_counter()
        self.connection.request(method, path, body or None, headers)
        response = self.connection.getresponse()
        content = response.read()
        took = time.perf_counter() - started
        for header in response.headers.get_all("Set-Cookie") or []:
            name, _, value = header.split(";")[0].partition("=")
            self.cookies[name] = value
        return response.status, content, took

    def sign_in(self, token: str) -> None:
        _, page, _ = self.ask("GET", "/login/")
        page = gzip.decompress(page)
        mark = page.index(b'name="csrfmiddlewaretoken" value="') + 34
        csrf = page[mark : page.index(b'"', mark)].decode()
        status, _, _ = self.ask("POST", "/login/", urlencode({"csrfmiddlewaretoken": csrf, "token": token}))
        if status != 302:
            raise SystemExit(f"sign-in answered {status}")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def serve(port: int) -> subprocess.Popen[bytes]:
    """Start the portal with the two empty pages, one worker, as shipped."""
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
        "--blocking-threads",
        str(threads_per_worker()),
        "--log-level",
        "warning",
        "benchmarks.page_server:application",
    ]
    process = subprocess.Popen(command, cwd=Path(__file__).resolve().parent.parent)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return process
    raise SystemExit("the server did not start")


def count_queries(token: str, paths: dict[str, str]) -> dict[str, int]:
    """Count each page's queries in process, on the same data."""
    settings.ROOT_URLCONF = "benchmarks.page_urls"
    client = Client(HTTP_HOST="localhost")
    client.post("/login/", {"token": token})
    found = {}
    for name, path in paths.items():
        if path.startswith("/bench/bare"):
            continue
        asker = Client(HTTP_HOST="localhost") if path == "/login/" else client
        asker.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert asker.get(path).status_code == 200, path
        found[name] = len(queries)
    return found


def measure(browser: Browser, stranger: Browser, paths: dict[str, str], rounds: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in paths}
    for turn in range(rounds + 10):
        for name, path in paths.items():
            status, _, took = (stranger if path == "/login/" else browser).ask("GET", path)
            if status != 200:
                raise SystemExit(f"{path} answered {status}")
            if turn >= 10:
                times[name].append(took * 1000)
    return times


def main() -> None:
    assert ARGS
    started = time.perf_counter()
    token, shelves = seed(ARGS.customers, ARGS.invoices, ARGS.tokens)
    print(f"database {connection.vendor}; {ARGS.customers:,} customers, {ARGS.invoices:,} invoices,")
    print(f"{ARGS.tokens:,} tokens, seeded in {time.perf_counter() - started:.0f} s; {ARGS.rounds} interleaved rounds")
    with scopes_disabled():
        first = Customer.objects.order_by("pk")[0].pk
        ref = Invoice.objects.filter(customer_id=first).order_by("-issued_on", "-pk")[0].ref
    paths = pages(ref) | shelves
    queries = count_queries(token, paths)
    port = free_port()
    server = serve(port)
    try:
        browser = Browser(port)
        browser.sign_in(token)
        times = measure(browser, Browser(port), paths, ARGS.rounds)
    finally:
        server.terminate()
        server.wait(30)
    if not report(times, queries) and ARGS.check:
        raise SystemExit(1)


def report(times: dict[str, list[float]], queries: dict[str, int]) -> bool:
    """Print the table and the verdicts; give whether all targets are met."""
    p95 = {name: large.p95(values) for name, values in times.items()}
    base, framed = p95["empty page, bare"], p95["empty page, framed"]
    print(f"\n{'page':<24}{'p50 ms':>9}{'p95 ms':>9}{'x bare':>8}{'x framed':>9}{'queries':>9}")
    for name, values in times.items():
        row = f"{name:<24}{statistics.median(values):>9.2f}{p95[name]:>9.2f}{p95[name] / base:>8.2f}"
        print(row + f"{p95[name] / framed:>9.2f}{queries.get(name, 0):>9}")
    deep = next(name for name in p95 if name.startswith("invoices, page ") and not name.endswith(" 1"))
    verdicts = {
        "every page <= 12 queries": max(queries.values()) <= 12,
        "p95 of every page <= 3 x the empty page with the frame": max(p95.values()) <= 3 * framed,
        f"{deep}: same query count as page 1": queries[deep] == queries["invoices, page 1"],
        f"{deep}: p95 within 1.5 x of page 1": p95[deep] <= 1.5 * p95["invoices, page 1"],
    }
    print()
    for text, met in verdicts.items():
        print(f"{'met   ' if met else 'MISSED'}  {text}")
    return all(verdicts.values())


if __name__ == "__main__":
    main()
