"""Records of deeds, their seals, the signed heads, and the erasable personal values.

A record is written unsealed in the deed's own transaction, so writers never queue
behind each other; one sealer orders them afterwards. Personal values stand in a
side table, and the chain holds only salted commitments to them, so that erasing
a person does not break the chain.
"""

import uuid
from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

# The personal values by which somebody finds the records about a person: short ones, and indexed.
NAMED_FIELDS = ("mail", "name", "seat_mail", "seat_name")


class ActorKind(models.TextChoices):
    """Who can do a deed."""

    STAFF = "staff"
    TOKEN = "token"  # noqa: S105 - a kind of actor, not a secret
    PERSON = "person"
    CONSOLE = "console"
    SYSTEM = "system"


class Record(models.Model):
    """One deed: who did what to what of whom, before and after."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField()
    deed = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=12, choices=ActorKind.choices)
    actor_ref = models.CharField(max_length=64, blank=True)
    customer_ref = models.CharField(max_length=12, blank=True)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_ref = models.CharField(max_length=64, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    commitments = models.JSONField(default=dict)
    request_id = models.CharField(max_length=36, blank=True)

    # The tenant's reference, not a foreign key: this room lies below the customers.
    objects: ClassVar[models.Manager["Record"]] = ScopedManager(customer_ref="customer_ref")

    class Meta:
        indexes = [
            models.Index(fields=["customer_ref", "-id"], name="record_customer"),
            # The activity log: all of it, what one person did, one kind of deed.
            models.Index(fields=["customer_ref", "-at", "-id"], name="record_activity"),
            models.Index(fields=["customer_ref", "actor_ref", "-at", "-id"], name="record_actor"),
            models.Index(fields=["customer_ref", "deed", "-at", "-id"], name="record_deed"),
        ]

    def __str__(self) -> str:
        return f"{self.deed} {self.key}"


class PersonalValue(models.Model):
    """A personal value of a record (name, mail, address of a client), erasable without touching the chain."""

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="personal")
    field = models.CharField(max_length=40)
    value = models.TextField(blank=True)
    salt = models.CharField(max_length=32)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "field"], name="personal_once")]
        indexes = [
            models.Index(fields=["value"], condition=models.Q(field__in=NAMED_FIELDS), name="personal_named"),
        ]

    def __str__(self) -> str:
        return f"{self.field} of record {self.record_id}"


class Unsealed(models.Model):
    """The sealer's queue: one row per record without a seal, written by a trigger of the database itself.

    Looking for records without a seal would read them all; this table is as short as the backlog.
    """

    record = models.OneToOneField(Record, on_delete=models.PROTECT, primary_key=True, related_name="+")

    def __str__(self) -> str:
        return f"record {self.record_id} waits for its seal"


class Seal(models.Model):
    """A record's place in the chain: ``digest`` covers the record and the digest before it."""

    sequence = models.BigIntegerField(primary_key=True)
    record = models.OneToOneField(Record, on_delete=models.PROTECT, related_name="seal")
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"seal {self.sequence}"


class ChainHead(models.Model):
    """The digest at ``sequence``, signed with the vendor's key as a compact JWS."""

    sequence = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    signature = models.TextField()

    def __str__(self) -> str:
        return f"head {self.sequence}"


class IdempotencyKey(models.Model):
    """A write of a program, by its own key: the same key and request get the same reply, and one effect (R73).

    ``scope`` is whose key it is (the public id of a licence token); ``request`` a digest of method, address
    and body. It is claimed before the work, ``status`` and ``reply`` come in the work's own transaction.
    """

    scope = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    request = models.CharField(max_length=64)
    claim = models.CharField(max_length=12)
    claimed_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    reply = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["claimed_at"], name="idempotency_age")]
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="idempotency_once")]

    def __str__(self) -> str:
        return self.key
