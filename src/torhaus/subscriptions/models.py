"""Contracts and their bookings. A booking row is never updated or deleted: it is followed by another."""

from typing import Any, ClassVar

from django.db import models
from django_scopes import ScopedManager

from torhaus.accounts.models import User
from torhaus.catalogue.models import EducationCategory, Item, ItemKind, Product
from torhaus.core.random import new_ref
from torhaus.organisations.models import Customer


class ContractKind(models.TextChoices):
    """What the customer has bought."""

    SUBSCRIPTION = "subscription"
    EVALUATION = "evaluation"
    PERPETUAL = "perpetual"
    HOSTING = "hosting"


class Contract(models.Model):
    """An agreement with a customer about a product for a term.

    ``ends_on`` is the last day of the term as last agreed; with ``auto_renews`` the running
    term is derived from it (``rules.current_term``), never written forward.
    ``maintenance_until`` is the last day whose versions a perpetual contract may fetch, None is
    no such day; ``offline_days`` how long an offline licence lasts where more than 30 days were
    agreed; ``grace_days`` how long a product goes on after the end, None is the vendor's default.
    """

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=12, choices=ContractKind.choices, default=ContractKind.SUBSCRIPTION)
    term_months = models.PositiveIntegerField(null=True, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    auto_renews = models.BooleanField(default=False)
    notice_days = models.PositiveIntegerField(null=True, blank=True)
    cancelled_to = models.DateField(null=True, blank=True)
    suspended = models.BooleanField(default=False)
    maintenance_until = models.DateField(null=True, blank=True)
    offline_days = models.PositiveIntegerField(null=True, blank=True)
    grace_days = models.PositiveIntegerField(null=True, blank=True)
    revision = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Contract"]] = ScopedManager(customer="customer")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")),
                name="contract_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(auto_renews=False) | models.Q(term_months__gt=0, ends_on__isnull=False),
                name="contract_renewal_needs_term",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=ContractKind.EVALUATION) | models.Q(auto_renews=False),
                name="contract_evaluation_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Booking(models.Model):
    """A statement about one line of a contract: from a day on, this much of this, until a day.

    A later booking of the same ``line`` replaces this one from its own ``active_from`` on.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    line = models.CharField(max_length=60)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    kind = models.CharField(max_length=10, choices=ItemKind.choices)
    name = models.CharField(max_length=160, blank=True)
    quantity = models.PositiveBigIntegerField()
    active_from = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    booked_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Booking"]] = ScopedManager(customer="contract__customer")

    class Meta:
        indexes = [models.Index(fields=["contract", "line", "id"], name="booking_line")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__isnull=True)
                | models.Q(active_from__isnull=True)
                | models.Q(until__gte=models.F("active_from")),
                name="booking_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return f"{self.line} of {self.contract_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; a booking that stands is never saved again."""
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:  # noqa: ARG002 - Django's signature
        """Refuse: what was booked stays booked."""
        raise TypeError("bookings are append-only")


class RequestState(models.TextChoices):
    """What became of a customer's request."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class BookingLink(models.Model):
    """A link from a product to the page where more is booked, on behalf of whoever holds ``seat`` (a reference).

    It opens nothing: whoever follows it signs in as ever. It works once, until ``ends_at``; ``kind`` (key) is what the
    page offers first. Its code is kept nowhere.
    """

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    seat = models.CharField(max_length=12)
    kind = models.CharField(max_length=60, blank=True)
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["BookingLink"]] = ScopedManager(customer="contract__customer")

    def __str__(self) -> str:
        return self.ref


class BookingRequest(models.Model):
    """A customer asks for more of something: ``total`` is how many there shall be then, not how many more.

    ``booked`` is what was booked when they asked, the cents are the list prices they were shown (None: there are none),
    ``percent`` and ``then_percent`` what education terms take off each of them, ``education_until`` the last day of
    these terms as it was shown.
    """

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    booked = models.PositiveBigIntegerField()
    total = models.PositiveBigIntegerField()
    country = models.CharField(max_length=2)
    vat_id = models.CharField(max_length=20, blank=True)
    currency = models.CharField(max_length=3)
    now_cents = models.BigIntegerField(null=True, blank=True)
    then_cents = models.BigIntegerField(null=True, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)
    then_percent = models.PositiveSmallIntegerField(default=0)
    education_until = models.DateField(null=True, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=RequestState.choices, default=RequestState.OPEN)
    reason = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["BookingRequest"]] = ScopedManager(customer="contract__customer")

    class Meta:
        indexes = [models.Index(fields=["asked_at"], name="request_open", condition=models.Q(state="open"))]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "item"], condition=models.Q(state="open"), name="request_open_once"
            ),
            models.CheckConstraint(condition=models.Q(total__gt=models.F("booked")), name="request_asks_for_more"),
            models.CheckConstraint(
                condition=models.Q(state="open") ^ models.Q(decided_at__isnull=False), name="request_decided_once"
            ),
        ]

    def __str__(self) -> str:
        return self.ref


class EducationState(models.TextChoices):
    """What became of a customer's request for education terms."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class EducationRequest(models.Model):
    """A customer asks for education terms; granted, it is the mark on the contract from ``starts_on`` to ``ends_on``.

    The mark that was granted last counts; it lapses with its last day. ``percent`` is what was agreed. ``told`` is
    the fewest days before the end that the customer was told of. ``ended_at`` is when staff ended it before its time:
    ``ends_on`` is then the earlier day, and ``reason`` says why, as for what was refused. Personal are ``asked_by``, ``institution``,
    ``statement``, ``proof_name`` and the file itself; ``proof_key`` is its SHA-256 in the store. Statement and proof
    are forgotten some time after the decision, or if nobody decides; ``institution`` and ``reason`` after years.
    """

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(EducationCategory, on_delete=models.PROTECT, related_name="+")
    institution = models.CharField(max_length=160)
    statement = models.TextField(blank=True)
    proof_name = models.CharField(max_length=180, blank=True)
    proof_type = models.CharField(max_length=100, blank=True)
    proof_size = models.PositiveBigIntegerField(default=0)
    proof_key = models.CharField(max_length=64, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=EducationState.choices, default=EducationState.OPEN)
    reason = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    percent = models.PositiveSmallIntegerField(null=True, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    told = models.PositiveSmallIntegerField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["EducationRequest"]] = ScopedManager(customer="contract__customer")

    class Meta:
        indexes = [
            models.Index(fields=["asked_at"], name="education_open", condition=models.Q(state="open")),
            models.Index(fields=["ends_on"], name="education_ends", condition=models.Q(state="granted")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["contract"], condition=models.Q(state="open"), name="education_open_once"),
            models.CheckConstraint(
                condition=models.Q(state="open") ^ models.Q(decided_at__isnull=False), name="education_decided_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="granted", ends_on__gte=models.F("starts_on"), percent__lte=100)
                | (~models.Q(state="granted") & models.Q(starts_on=None, ends_on=None, percent=None)),
                name="education_granted_for_days",
            ),
            models.CheckConstraint(
                condition=models.Q(state="granted") | models.Q(ended_at=None), name="education_ended_if_granted"
            ),
        ]

    def __str__(self) -> str:
        return self.ref
