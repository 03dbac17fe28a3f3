"""Customers' people sign in with mail and password, and out again; both are recorded."""

from collections.abc import Sequence
from dataclasses import replace

from django.contrib.auth.hashers import check_password, make_password

from torhaus.accounts.models import User
from torhaus.records.deeds import Actor, CustomerRecord, deed, write_customer_records, write_record
from torhaus.records.models import ActorKind


class PersonRefused(Exception):
    """Unknown address, wrong password, no password yet, or nobody of a customer's: callers cannot tell which."""


def find_person(*, mail: str, password: str) -> User:
    """Give the active person of customers with this mail address and password.

    Outside the deed, because hashing takes long and the deed's transaction holds a lock.

    Raises:
        PersonRefused: there is none.
    """
    user = User.objects.filter(mail=mail.strip().lower()).first()
    if user is None or not user.has_usable_password():
        # Hashed all the same, so that an unknown address costs as much as a wrong password (R7).
        make_password(password)
        raise PersonRefused
    if not check_password(password, user.password) or not user.is_active or user.staff_role:
        raise PersonRefused
    return user


@deed("sign_in_person")
def sign_in_person(*, user: User, factor: str, customer_ref: str, by: Actor, by_code: bool = False) -> None:
    """Record that ``user`` signed in, by which second factor, at the customer whose portal opens first.

    ``by_code`` says that a code by mail stood in for the password.
    """
    write_record(
        by=replace(by, kind=ActorKind.PERSON, ref=user.ref, name=user.mail),
        customer_ref=customer_ref,
        subject=("user", user.ref),
        after=({"factor": factor} if factor else {}) | ({"method": "code"} if by_code else {}),
    )


@deed("sign_out_person")
def sign_out_person(*, user: User, customer_ref: str, others: Sequence[str] = (), by: Actor) -> None:
    """Record that a person signed out, also at the ``others``, by reference: the customers they came in at as well."""
    subject = ("user", user.ref)
    personal = {name: value for name, value in (("actor_name", by.name), ("actor_address", by.address)) if value}
    entries = [CustomerRecord("sign_out_person", ref, subject, {}, personal) for ref in others]
    write_customer_records(by=by, entries=entries)
    write_record(by=by, customer_ref=customer_ref, subject=subject)
