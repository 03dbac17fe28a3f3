"""Licence tokens. The secret is nowhere: only a keyed hash of it."""

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from torhaus.subscriptions.models import Contract


class LicenceToken(models.Model):
    """A credential of one contract: opens its portal and licenses its product (B4)."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    public_id = models.CharField(max_length=12, unique=True)
    prefix = models.CharField(max_length=16)
    secret_hash = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["LicenceToken"]] = ScopedManager(customer="contract__customer")

    class Meta:
        indexes = [models.Index(fields=["contract", "-issued_at"], name="token_contract")]

    def __str__(self) -> str:
        return f"{self.prefix}_{self.public_id}"
