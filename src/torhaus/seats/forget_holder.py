"""Forgets who holds seats: a part of erasing a person (GDPR Art. 17). The seats stay taken, with all they own."""

from collections.abc import Callable

from django.db.models import QuerySet
from django_scopes import scope, scopes_disabled

from torhaus.records.deeds import CustomerRecord, part
from torhaus.seats.holders import begin_reminders_anew
from torhaus.seats.lookup import forget_letters
from torhaus.seats.models import Seat
from torhaus.subscriptions.actions import lock_contract


def seats_held_across_customers(mail: str) -> QuerySet[Seat]:
    """Give the seats that somebody with this address holds."""
    with scopes_disabled():
        return Seat.objects.filter(mail=mail, released_at__isnull=True)


@part
def forget_holder(*, mail: str, name_in: Callable[[str], str]) -> list[CustomerRecord]:
    """Take name, address and organisation off all seats of somebody, and the links by which they would confirm one.

    ``name_in`` gives what stands there instead, in a language. Gives what each customer is to read, and its products:
    for them the seat has another holder, so that they forget the former one, too.
    """
    told = []
    refs = seats_held_across_customers(mail).order_by("contract_id").values_list("contract__ref", flat=True)
    for ref in list(refs.distinct()):
        contract = lock_contract(ref=ref)
        with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
            held = Seat.objects.filter(contract=contract, mail=mail, released_at__isnull=True).select_related("kind")
            for seat in held.order_by("pk"):
                seat.name, seat.mail, seat.organisation = name_in(contract.customer.language), "", ""
                seat.registration, seat.registration_ends_at = "", None
                reminders = begin_reminders_anew(seat)
                holder = ["name", "mail", "organisation", "registration", "registration_ends_at"]
                seat.save(update_fields=[*holder, *reminders])
                said = {"contract": contract.number, "seat": seat.ref, "kind": seat.kind.key}
                after = said | {"owned_bytes": seat.owned_bytes, "holder_erased": True}
                told.append(CustomerRecord("reassign_seat", contract.customer.ref, ("contract", contract.ref), after))
    forget_letters()
    return told
