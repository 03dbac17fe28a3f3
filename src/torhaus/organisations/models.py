"""Customers: the tenants of the portal, with their addresses and contacts."""

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from torhaus.core.random import new_ref


class Customer(models.Model):
    """A company (or person) that buys from the vendor. The unit of tenancy."""

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    number = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=160)
    language = models.CharField(max_length=5)
    vat_id = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Customer"]] = ScopedManager(customer="pk")

    class Meta:
        indexes = [models.Index(fields=["name"], name="customer_name")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class AddressKind(models.TextChoices):
    """What an address is for."""

    BILLING = "billing"
    DELIVERY = "delivery"


class Address(models.Model):
    """A postal address, kept in its parts (EN 16931 BG-8 needs them apart)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=AddressKind.choices, default=AddressKind.BILLING)
    recipient = models.CharField(max_length=160)
    extra = models.CharField(max_length=160, blank=True)
    street = models.CharField(max_length=160, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=80)
    country = models.CharField(max_length=2)

    objects: ClassVar[models.Manager["Address"]] = ScopedManager(customer="customer")

    class Meta:
        verbose_name_plural = "addresses"
        constraints = [models.UniqueConstraint(fields=["customer", "kind"], name="address_once")]

    def __str__(self) -> str:
        return f"{self.recipient}, {self.city}"


class ContactRole(models.TextChoices):
    """What a contact is asked about."""

    MAIN = "main"
    BILLING = "billing"
    TECHNICAL = "technical"


class Contact(models.Model):
    """A person (or mailbox) at the customer whom the vendor writes to."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=10, choices=ContactRole.choices, default=ContactRole.MAIN)
    name = models.CharField(max_length=120)
    mail = models.EmailField()
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=5, blank=True)

    objects: ClassVar[models.Manager["Contact"]] = ScopedManager(customer="customer")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "role", "mail"], name="contact_once")]

    def __str__(self) -> str:
        return f"{self.name} <{self.mail}>"
