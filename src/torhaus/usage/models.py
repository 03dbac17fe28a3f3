"""What products said they use: readings as they came, and what they make together on each day."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower
from django_scopes import ScopedManager

from torhaus.catalogue.models import Item, Meter
from torhaus.core.random import new_ref
from torhaus.subscriptions.models import Contract
from torhaus.usage.report_rules import Rhythm


class Reading(models.Model):
    """How much of a meter a contract used on a day: all its installations together; of a counter, since the month began.

    ``reported`` is false where it came with the vendor's files: those never change what products reported.
    """

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+")
    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    quantity = models.PositiveBigIntegerField()
    reported = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["Reading"]] = ScopedManager(customer="contract__customer")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "meter", "on"], name="reading_once")]

    def __str__(self) -> str:
        return f"{self.quantity} on {self.on}"


class Report(models.Model):
    """A reading as an installation reported it. ``reading_id`` is its own, so that nothing counts twice.

    ``source`` is the reference of the installation, or empty for a product that has none.
    """

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+")
    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=12, blank=True)
    reading_id = models.CharField(max_length=64)
    quantity = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Report"]] = ScopedManager(customer="contract__customer")

    class Meta:
        indexes = [models.Index(fields=["contract", "meter", "source", "-at"], name="report_source")]
        constraints = [models.UniqueConstraint(fields=["contract", "source", "reading_id"], name="report_once")]

    def __str__(self) -> str:
        return f"{self.quantity} at {self.at}"


class Level(models.Model):
    """Where a source stands: of a gauge what it said last, of a counter what it added in the month of ``on``."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+")
    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=12, blank=True)
    quantity = models.PositiveBigIntegerField()
    on = models.DateField()
    at = models.DateTimeField()

    objects: ClassVar[models.Manager["Level"]] = ScopedManager(customer="contract__customer")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "meter", "source"], name="level_once")]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.source}"


class AllowanceWarning(models.Model):
    """How near to what it books of a meter or a kind of seat a contract has come, and whether anybody was told of it.

    ``reached`` is the highest threshold passed since usage last fell below it (percent; 101 is more than all);
    ``month`` is that of a counter, which begins anew. Without ``told_at`` the mail is still to be written.
    """

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+")
    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    seat_kind = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    reached = models.PositiveSmallIntegerField()
    month = models.DateField(null=True, blank=True)
    used = models.PositiveBigIntegerField()
    total = models.PositiveBigIntegerField()
    raised_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["AllowanceWarning"]] = ScopedManager(customer="contract__customer")

    class Meta:
        indexes = [models.Index(fields=["raised_at"], name="warning_untold", condition=models.Q(told_at__isnull=True))]
        constraints = [
            models.UniqueConstraint(fields=["contract", "meter"], name="warning_once"),
            models.UniqueConstraint(fields=["contract", "seat_kind"], name="warning_once_a_kind"),
            models.CheckConstraint(
                condition=models.Q(meter__isnull=True) ^ models.Q(seat_kind__isnull=True), name="warning_of_one_thing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reached} % of {self.total}"


class ReportRecipient(models.Model):
    """A mailbox that gets the report about a contract's usage, each week on a day or each month on one.

    ``next_on`` is the next day that is planned, ``reported_on`` the last one that was sent. A mailbox of the
    customer's own people needs no ``confirmed_at``, as long as they can sign in.
    """

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    mail = models.EmailField()
    language = models.CharField(max_length=5)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True)
    month_day = models.PositiveSmallIntegerField(null=True, blank=True)
    next_on = models.DateField()
    reported_on = models.DateField(null=True, blank=True)
    sent_now_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["ReportRecipient"]] = ScopedManager(customer="contract__customer")

    class Meta:
        indexes = [models.Index(fields=["next_on"], name="report_recipient_due")]
        constraints = [
            models.UniqueConstraint("contract", Lower("mail"), name="report_recipient_once"),
            models.CheckConstraint(
                condition=models.Q(weekday__range=(0, 6), month_day__isnull=True)
                | models.Q(weekday__isnull=True, month_day__range=(1, 31)),
                name="report_recipient_rhythm",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def rhythm(self) -> Rhythm:
        """When it gets the report."""
        return Rhythm(self.weekday, self.month_day)
