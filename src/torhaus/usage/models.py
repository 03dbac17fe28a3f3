"""What products said they use: readings as they came, and what they make together on each day."""

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from torhaus.catalogue.models import Meter
from torhaus.subscriptions.models import Contract


class Reading(models.Model):
    """How much of a meter a contract used on a day: all its installations together; of a counter, since the month began."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+")
    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    quantity = models.PositiveBigIntegerField()

    objects: ClassVar[models.Manager["Reading"]] = ScopedManager(customer="contract__customer")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "meter", "on"], name="reading_once")]

    def __str__(self) -> str:
        return f"{self.quantity} on {self.on}"


class Report(models.Model):
    """A reading as an installation reported it. ``reading_id`` is the reporter's, so that nothing counts twice.

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
        constraints = [models.UniqueConstraint(fields=["contract", "reading_id"], name="report_once")]

    def __str__(self) -> str:
        return f"{self.quantity} at {self.at}"
