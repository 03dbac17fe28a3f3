"""B102: how quick the activity log is for a customer with many records, at its beginning, deep inside, and filtered.

Run: ``python -m benchmarks.activity [--records 1000000 --check]``. SQLite by default, PostgreSQL where
TORHAUS_DATABASE_URL says so. The page is asked of the application itself, without a network; a file is read to its end.
"""

import argparse
import statistics
import sys
import time
from datetime import timedelta
from functools import partial

from benchmarks import large


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--check", action="store_true", help="fail where a page takes longer than 150 ms")
    return parser.parse_args()


ARGS = arguments() if __name__ == "__main__" else None
if ARGS:
    large.start()

from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django_scopes import scopes_disabled
from tests import people

from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.frame.build import build
from torhaus.records.models import ActorKind, PersonalValue, Record, Seal, Unsealed

CHUNK, ROUNDS = 5_000, 15
TARGET_MS = 150.0
PEOPLE = 200
# Shares of what happens, as they are in life: much of a little, little of much.
DEEDS = [("download_file", 60), ("sign_in_person", 30), ("assign_seat", 9), ("change_member_role", 1)]


def seed(count: int) -> str:
    """Write ``count`` sealed records of one customer's people; give the mail of one who did few things."""
    people.vendor()
    customer = people.contract(people.customer()).customer
    # Nobody of the crowd signs in: hashing that many passwords would take longer than all the records.
    crowd = [User.objects.create_user(f"p{n}@nordwind.example", name=f"Person {n}") for n in range(PEOPLE)]
    for one in crowd:
        people.member(customer, "member", person=one)
    people.member(customer, "owner", mail="owner@nordwind.example")
    wheel = [deed for deed, share in DEEDS for _ in range(share)]
    now = clock.now()
    for first in range(0, count, CHUNK):
        size = min(CHUNK, count - first)
        numbers = range(first, first + size)
        with transaction.atomic(), scopes_disabled():
            made = Record.objects.bulk_create(
                Record(
                    at=now - timedelta(seconds=40 * (count - n)),
                    deed=wheel[n * 37 % 100],
                    actor_kind=ActorKind.PERSON,
                    actor_ref=crowd[min(n * n % 997 % PEOPLE, PEOPLE - 2)].ref if n % 5000 else crowd[-1].ref,
                    customer_ref=customer.ref,
                    subject_kind="membership",
                    subject_ref=crowd[n * 7 % PEOPLE].ref,
                )
                for n in numbers
            )
            values = []
            for n, record in zip(numbers, made, strict=True):
                values.append(PersonalValue(record=record, field="actor_name", value="p@nordwind.example", salt="x"))
                if not n % 10:
                    whom = crowd[n // 10 % PEOPLE].mail
                    values.append(PersonalValue(record=record, field="mail", value=whom, salt="x"))
            PersonalValue.objects.bulk_create(values)
            Seal.objects.bulk_create(
                Seal(sequence=first + n + 1, record=one, digest="0" * 64, sealed_at=now) for n, one in enumerate(made)
            )
            Unsealed.objects.all().delete()
    large.settle(connection)
    return crowd[-1].mail


def measure(count: int, rare: str) -> dict[str, float]:
    """Give the median milliseconds of each page."""
    client = Client(HTTP_HOST="localhost")
    answer = client.post(
        "/login/person/", {"mail": "owner@nordwind.example", "password": "correct-horse-battery-staple"}
    )
    assert answer.status_code == 302, answer.status_code
    with scopes_disabled():
        newest = Record.objects.latest("at").at
        deep = Record.objects.order_by("at").values_list("key", flat=True)[count // 100]
    day = newest.date()
    asked = {
        "the newest page": "",
        "a page 99 % deep": f"?before={deep}",
        "by one person of many deeds": "?by=p3@nordwind.example",
        "by one person of few deeds": f"?by={rare}",
        "about one person": "?about=p5@nordwind.example",
        "one rare event": "?event=change_member_role",
        "one event, 99 % deep": f"?event=change_member_role&before={deep}",
        "person, event and one day": f"?by=p3@nordwind.example&event=download_file&since={day}&until={day}",
        "by one person about another, an event": f"?by={rare}&about=p5@nordwind.example&event=assign_seat",
        "a period long ago": "?since=2000-01-01&until=2000-12-31",
    }

    def page(query: str) -> None:
        answer = client.get("/activity/" + query)
        assert answer.status_code == 200, answer.status_code

    times = large.interleaved({name: partial(page, query) for name, query in asked.items()}, ROUNDS)
    found = {name: statistics.median(took) for name, took in times.items()}
    for name, suffix in (("CSV of all", "csv"), ("XLSX of all", "xlsx")):
        began = time.perf_counter()
        size = sum(map(len, client.get(f"/activity/export.{suffix}").streaming_content))
        found[f"{name} ({size / 2**20:.0f} MiB), once"] = (time.perf_counter() - began) * 1000
    return found


def main(said: argparse.Namespace) -> int:
    """Measure; give 1 where a page is too slow and that was to be checked."""
    call_command("migrate", verbosity=0)
    build()
    began = time.perf_counter()
    rare = seed(said.records)
    print(f"{connection.vendor}: {said.records:,} records written in {time.perf_counter() - began:.0f} s", flush=True)
    slow = 0
    for name, took in measure(said.records, rare).items():
        missed = took > TARGET_MS and not name.endswith("once")
        slow += missed
        print(f"{name:48} {took:10.1f} ms{'  too slow' if missed else ''}", flush=True)
    return int(said.check and slow > 0)


if __name__ == "__main__" and ARGS:
    sys.exit(main(ARGS))
