"""What a product said it uses: one reading per contract, meter and day."""

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from torhaus.catalogue.models import Meter
from torhaus.subscriptions.models import Contract


class Reading(models.Model):
    """How much of a meter a contract used on a day."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+")
    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    quantity = models.PositiveBigIntegerField()

    objects: ClassVar[models.Manager["Reading"]] = ScopedManager(customer="contract__customer")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "meter", "on"], name="reading_once")]

    def __str__(self) -> str:
        return f"{self.quantity} on {self.on}"
