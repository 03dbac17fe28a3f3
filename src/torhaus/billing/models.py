"""Invoices and how a customer is billed. What an invoice is for is a text and an ``origin`` string."""

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from torhaus.core.random import new_ref
from torhaus.organisations.models import Customer


class PaymentMethod(models.TextChoices):
    """How a customer pays."""

    BANK_TRANSFER = "bank_transfer"
    DIRECT_DEBIT = "direct_debit"
    CARD = "card"


class InvoiceFormat(models.TextChoices):
    """How a customer wants invoices delivered."""

    EMAIL = "email"
    PORTAL = "portal"
    POST = "post"


class BillingAccount(models.Model):
    """How a customer is billed."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="+")
    payment_method = models.CharField(max_length=16, choices=PaymentMethod.choices, default=PaymentMethod.BANK_TRANSFER)
    invoice_format = models.CharField(max_length=8, choices=InvoiceFormat.choices, default=InvoiceFormat.EMAIL)
    mail = models.EmailField(blank=True)

    objects: ClassVar[models.Manager["BillingAccount"]] = ScopedManager(customer="customer")

    def __str__(self) -> str:
        return f"billing of {self.customer_id}"


class InvoiceState(models.TextChoices):
    """What the vendor's books say. "Overdue" is not stored: it follows from the due date."""

    OPEN = "open"
    PAID = "paid"
    CANCELLED = "cancelled"
    CREDITED = "credited"


class Invoice(models.Model):
    """An invoice. Without a customer it waits on the staff's work list to be matched."""

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    number = models.CharField(max_length=60, unique=True)
    origin = models.CharField(max_length=60, blank=True, help_text="number of the contract it bills")
    customer_hint = models.CharField(max_length=160, blank=True)
    issued_on = models.DateField()
    due_on = models.DateField(null=True, blank=True)
    paid_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=InvoiceState.choices, default=InvoiceState.OPEN)
    currency = models.CharField(max_length=3)
    net_cents = models.BigIntegerField(null=True, blank=True)
    vat_cents = models.BigIntegerField(null=True, blank=True)
    gross_cents = models.BigIntegerField()
    document_key = models.CharField(max_length=64, blank=True)
    document_bytes = models.PositiveBigIntegerField(default=0)

    objects: ClassVar[models.Manager["Invoice"]] = ScopedManager(customer="customer")

    class Meta:
        indexes = [
            # With ``origin`` behind the order, counting and skipping to a far page read the index alone.
            models.Index(fields=["customer", "-issued_on", "-id", "origin"], name="invoice_newest"),
            models.Index(fields=["customer", "state", "due_on"], name="invoice_open"),
            # A state that few invoices have is found without walking past all the others.
            models.Index(fields=["customer", "state", "-issued_on", "-id", "origin"], name="invoice_state_newest"),
            models.Index(fields=["customer", "number", "id", "origin"], name="invoice_number"),
            models.Index(fields=["customer", "gross_cents", "id", "origin"], name="invoice_amount"),
            models.Index(fields=["issued_on"], name="invoice_unmatched", condition=models.Q(customer__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.number


class InvoiceLine(models.Model):
    """A position of an invoice (EN 16931 BG-25)."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()
    text = models.CharField(max_length=400)
    quantity = models.DecimalField(max_digits=16, decimal_places=4)
    unit = models.CharField(max_length=40, blank=True)
    unit_price = models.DecimalField(max_digits=16, decimal_places=4)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2)
    net_cents = models.BigIntegerField()

    objects: ClassVar[models.Manager["InvoiceLine"]] = ScopedManager(customer="invoice__customer")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="line_once")]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position} {self.text}"
