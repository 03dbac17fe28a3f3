"""Fill an empty database with licences: one by the real code, the others as copies of its rows.

Run: ``python -m benchmarks.validate.seed LICENCES FILE`` in the environment of the installation; FILE gets what the
client and the other ways need: the key, its public half, what hashes. Copied are whole rows as they are stored;
only identifiers, numbers and hashes differ.
"""

import base64
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "torhaus.config.settings")
import django

django.setup()

import hmac

from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django_scopes import scopes_disabled
from tests import people

from benchmarks.large import settle
from benchmarks.validate import cast
from torhaus.catalogue.models import Product, SupportPackage
from torhaus.console.ground import lay_ground
from torhaus.core import clock
from torhaus.licensing.fingerprints import digest_of, hashed_parts
from torhaus.licensing.kept import kept_licence
from torhaus.licensing.models import Installation, Licence, LicenceToken, PlanPolicy
from torhaus.licensing.secrets import hash_secret
from torhaus.organisations.models import Customer
from torhaus.subscriptions.models import Booking, Contract
from torhaus.usage.models import Reading
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.keys import active_signer

BLOCK = 5_000


@dataclass(frozen=True)
class First:
    """The licence that the real code made."""

    customer: Customer
    contract: Contract
    bookings: list[Booking]
    reading: Reading
    token: LicenceToken
    licence: Licence
    installations: list[Installation]


def main(licences: int, target: Path) -> None:
    started = time.perf_counter()
    lay_ground()
    with scopes_disabled():
        first = the_first()
        fill(first, licences)
    settle(connection)
    signer = active_signer()
    said = {
        "licences": licences,
        "seconds": round(time.perf_counter() - started, 1),
        "kid": signer.kid,
        "private": base64.b64encode(signer.key.private_bytes_raw()).decode(),
        "public": base64.b64encode(signer.key.public_key().public_bytes_raw()).decode(),
        "token_key": hmac.digest(settings.SECRET_KEY.encode(), b"torhaus licence token v1", "sha256").hex(),
        "print_key": hmac.digest(settings.SECRET_KEY.encode(), b"torhaus fingerprint v1", "sha256").hex(),
        "prints": [hashed_parts(cast.fingerprint(place)) for place in range(cast.PLACES)],
        "grants": first.licence.grants,
    }
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(said, file)


def the_first() -> First:
    """Make a customer with a contract, what it has booked, its token, its licence and three installations."""
    people.vendor()
    create_signing_key(by=people.SYSTEM)
    product, now = people.product(cast.PRODUCT), clock.now()
    plan, meter = people.item("medium", product=product), people.meter("objects")
    people.allowance(plan, meter=meter)
    PlanPolicy.objects.create(plan=plan, model="node_locked", max_installations=5)
    customer = people.customer(cast.customer_number(0), ref="K" + "0" * 11)
    today = now.date()
    contract = people.contract(
        customer,
        cast.contract_number(0),
        ref="V" + "0" * 11,
        starts_on=today - timedelta(days=100),
        ends_on=today + timedelta(days=264),
        product=product,
    )
    bookings = [people.booking(contract, item=plan, quantity=cast.BOOKED)]
    for key in cast.FEATURES:
        item = people.add_on(key, product=product)
        bookings.append(people.booking(contract, line=key, kind="add_on", item=item, quantity=1))
    seat = people.item("full", "seat", product=product)
    bookings.append(people.booking(contract, line="full", kind="seat", item=seat, quantity=cast.SEATS))
    support = people.item("support-basic", "support", product=None)
    SupportPackage.objects.create(item=support, response_hours=24, test_installations=1)
    bookings.append(people.booking(contract, line="support-basic", kind="support", item=support, quantity=1))
    reading = people.reading(contract, today - timedelta(days=1), cast.USED, meter=meter)
    text = cast.token(0)
    token = LicenceToken.objects.create(
        contract=contract,
        public_id=text.public_id,
        prefix=cast.PREFIX,
        secret_hash=hash_secret(text.secret),
        issued_at=now,
        last_used_at=now,
    )
    return First(customer, contract, bookings, reading, token, *_licence(contract, product))


def _licence(contract: Contract, product: Product) -> tuple[Licence, list[Installation]]:
    now = clock.now()
    contract.refresh_from_db()
    licence = kept_licence(contract, product)
    Licence.objects.filter(pk=licence.pk).update(ref=cast.licence_ref(0), installations=cast.PLACES)
    made = []
    for place in range(cast.PLACES):
        parts = hashed_parts(cast.fingerprint(place))
        made.append(
            Installation.objects.create(
                licence=licence,
                ref=cast.installation_ref(0, place),
                parts=parts,
                digest=digest_of(parts),
                name=f"Server {place + 1}",
                version=cast.VERSION,
                environment="production",
                activated_at=now,
                last_seen_at=now,
            )
        )
    licence.refresh_from_db()
    return licence, made


def fill(first: First, licences: int) -> None:
    """Copy the first licence until there are so many."""
    more = range(1, licences)
    rows: list[models.Model] = [first.customer, first.contract, first.token, first.licence]
    base = {type(row): row.pk for row in rows}

    def owner(of: type[models.Model], number: int) -> int:
        return base[of] + number

    key = hmac.digest(settings.SECRET_KEY.encode(), b"torhaus licence token v1", "sha256")
    number_of, whose = cast.contract_number(0), cast.customer_number(0)
    grants = first.licence.grants.split(number_of)
    assert len(grants) == 2, "the grants name the contract once"
    # Contract and customer are numbered alike, so the text is put together from three pieces.
    before, between, after = (grants[0], *grants[1].split(whose))

    with transaction.atomic(), connection.cursor() as cursor:
        unchecked(cursor)
        copy(
            first.customer,
            ("id", "ref", "number"),
            ((owner(Customer, n), f"K{n:011}", cast.customer_number(n)) for n in more),
        )
        copy(
            first.contract,
            ("id", "ref", "number", "customer_id"),
            ((owner(Contract, n), f"V{n:011}", cast.contract_number(n), owner(Customer, n)) for n in more),
        )
        following = first.bookings[-1].pk
        for index, booking in enumerate(first.bookings):
            many = len(first.bookings)
            copy(
                booking,
                ("id", "contract_id"),
                ((following + (n - 1) * many + index + 1, owner(Contract, n)) for n in more),
            )
        used = first.reading.pk
        copy(first.reading, ("id", "contract_id"), ((used + n, owner(Contract, n)) for n in more))
        copy(first.token, ("id", "contract_id", "public_id", "secret_hash"), tokens(base, key, more))
        copy(
            first.licence,
            ("id", "contract_id", "ref", "grants"),
            (
                (
                    owner(Licence, n),
                    owner(Contract, n),
                    cast.licence_ref(n),
                    f"{before}{cast.contract_number(n)}{between}{cast.customer_number(n)}{after}",
                )
                for n in more
            ),
        )
        last = first.installations[-1].pk
        for place, installation in enumerate(first.installations):
            copy(
                installation,
                ("id", "licence_id", "ref"),
                (
                    (last + (n - 1) * cast.PLACES + place + 1, owner(Licence, n), cast.installation_ref(n, place))
                    for n in more
                ),
            )
        tables = [Customer, Contract, Booking, Reading, LicenceToken, Licence, Installation]
        for statement in connection.ops.sequence_reset_sql(no_style(), tables):
            cursor.execute(statement)


def tokens(base: dict[type[models.Model], int], key: bytes, more: range) -> Iterator[tuple[object, ...]]:
    """Give what differs of the tokens."""
    for number in more:
        text = cast.token(number)
        hashed = hmac.digest(key, text.secret.encode(), "sha256").hex()
        yield base[LicenceToken] + number, base[Contract] + number, text.public_id, hashed


def unchecked(cursor) -> None:
    """Let rows be written without looking up each foreign key: they are copies."""
    if connection.vendor == "postgresql":
        cursor.execute("SET LOCAL session_replication_role = replica")


def copy(row: models.Model, varying: tuple[str, ...], values: Iterator[tuple[object, ...]]) -> None:
    """Insert copies of a stored row, in which the columns ``varying`` are what ``values`` gives."""
    table = row._meta.db_table
    quoted = connection.ops.quote_name
    fields = row._meta.concrete_fields
    constant = [field.column for field in fields if field.column not in varying]
    names = ", ".join(quoted(name) for name in (*varying, *constant))
    kept = ", ".join(quoted(name) for name in constant)
    write = _copy_postgresql if connection.vendor == "postgresql" else _copy_sqlite
    write(f"{quoted(table)} ({names})", f"SELECT {kept} FROM {quoted(table)} WHERE id = {int(row.pk)}", values)


def _copy_postgresql(target: str, source: str, values: Iterator[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY ({source}) TO STDOUT") as out:
            rest = b"".join(bytes(block) for block in out).decode()
        with cursor.copy(f"COPY {target} FROM STDIN") as into:
            while block := list(islice(values, BLOCK)):
                lines = ("\t".join(map(str, one)).replace("\\", "\\\\") + "\t" + rest for one in block)
                into.write("".join(lines))


def _copy_sqlite(target: str, source: str, values: Iterator[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor:
        constant = tuple(cursor.connection.execute(source).fetchone())
        varying = target.count(",") + 1 - len(constant)
        marks = ", ".join("?" * (varying + len(constant)))
        while block := list(islice(values, BLOCK)):
            rows = [one + constant for one in block]
            cursor.connection.executemany(f"INSERT INTO {target} VALUES ({marks})", rows)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
