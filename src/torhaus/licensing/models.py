"""Licence tokens (only a keyed hash of the secret), their resets, and the offline licences that were issued."""

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from torhaus.core.random import new_ref
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


class TokenReset(models.Model):
    """A single-use link by which somebody who lost the token gets a new one. Only a hash of its secret is kept."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    secret_hash = models.CharField(max_length=64)
    mail = models.EmailField()
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["TokenReset"]] = ScopedManager(customer="contract__customer")

    class Meta:
        indexes = [models.Index(fields=["contract", "-asked_at"], name="token_reset_contract")]

    def __str__(self) -> str:
        return self.ref


class OfflineLicence(models.Model):
    """A signed licence file as it was issued; ``ref`` is its ``jti``, ``text`` the compact JWS without armour.

    ``content`` is the digest of what it grants, without its times: what differs from it needs a new one.
    ``issued_by`` is the label of the licence token in whose session it was asked for.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    number = models.PositiveIntegerField()
    kid = models.CharField(max_length=43)
    issued_by = models.CharField(max_length=30, blank=True)
    content = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    text = models.TextField()

    objects: ClassVar[models.Manager["OfflineLicence"]] = ScopedManager(customer="contract__customer")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "number"], name="offline_licence_number")]

    def __str__(self) -> str:
        return self.ref
