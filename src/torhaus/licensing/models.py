"""Licence tokens (only a keyed hash of the secret), policies, licences with their installations and leases.

What a licence grants is derived from contract and bookings (``grants.py``). ``Licence`` keeps that one
derived row for the hot path, stamped with the revisions it was derived at and the moment it goes stale.
"""

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from torhaus.catalogue.models import Item, Product
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
    ``issued_by`` is the label of the licence token in whose session it was asked for. ``installation`` is the one
    machine it is bound to, which it counts; without one it runs on any.
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
    installation = models.ForeignKey("Installation", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects: ClassVar[models.Manager["OfflineLicence"]] = ScopedManager(customer="contract__customer")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "number"], name="offline_licence_number")]

    def __str__(self) -> str:
        return self.ref


class LicenceModel(models.TextChoices):
    """What is counted: machines, simultaneous uses, or nothing."""

    NODE_LOCKED = "node_locked"
    FLOATING = "floating"
    UNLIMITED = "unlimited"


class Overage(models.TextChoices):
    """What happens beyond a limit: refused, allowed up to a percentage, or allowed and told."""

    REFUSE = "refuse"
    PERCENT = "percent"
    REPORT = "report"


class AfterGrace(models.TextChoices):
    """What a product may still do when licence and grace are over."""

    READ_ONLY = "read_only"
    STOP = "stop"


class Matching(models.TextChoices):
    """How many parts of a fingerprint have to fit."""

    ANY = "any"
    MOST = "most"
    ALL = "all"


class OfflineFiles(models.TextChoices):
    """Which offline licences there are: for any machine, each bound to one, or none."""

    ANY = "any"
    BOUND = "bound"
    NONE = "none"


class EnforcementLevel(models.TextChoices):
    """How strictly a product treats a licence that is not valid (``torhaus_sdk.answers.Enforcement``)."""

    ADVISE = "advise"
    DEGRADE = "degrade"
    BLOCK = "block"


class PolicyFields(models.Model):
    """How a licence is enforced. The contract's own policy stands before its plan's, and that before the usual one.

    ``max_…`` None is without limit; with ``per_unit`` they count for each booked unit of the plan.
    ``test_installations`` is how many test installations do not count, None what the support packages bring.
    ``environments`` and ``checksums`` (SHA-256 of the product's builds) are what is allowed; empty is anything.
    """

    model = models.CharField(max_length=12, choices=LicenceModel.choices, default=LicenceModel.UNLIMITED)
    max_installations = models.PositiveIntegerField(null=True, blank=True)
    max_leases = models.PositiveIntegerField(null=True, blank=True)
    per_unit = models.BooleanField(default=False)
    lease_seconds = models.PositiveIntegerField(default=600)
    test_installations = models.PositiveIntegerField(null=True, blank=True)
    overage = models.CharField(max_length=10, choices=Overage.choices, default=Overage.REFUSE)
    overage_percent = models.PositiveIntegerField(default=0)
    after_grace = models.CharField(max_length=10, choices=AfterGrace.choices, default=AfterGrace.READ_ONLY)
    fallback = models.BooleanField(default=False)
    matching = models.CharField(max_length=4, choices=Matching.choices, default=Matching.MOST)
    minimum_version = models.CharField(max_length=40, blank=True)
    maximum_version = models.CharField(max_length=40, blank=True)
    environments = models.JSONField(default=list, blank=True)
    checksums = models.JSONField(default=list, blank=True)
    enforcement = models.CharField(max_length=8, choices=EnforcementLevel.choices, default=EnforcementLevel.BLOCK)
    check_hours = models.PositiveIntegerField(default=24)
    offline_grace_days = models.PositiveIntegerField(default=14)
    offline_files = models.CharField(max_length=5, choices=OfflineFiles.choices, default=OfflineFiles.ANY)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lease_seconds__gte=60, lease_seconds__lte=31 * 86400), name="%(class)s_lease_seconds"
            ),
            models.CheckConstraint(condition=models.Q(check_hours__gte=1), name="%(class)s_check_hours"),
        ]


class PlanPolicy(PolicyFields):
    """The policy of all contracts with a plan."""

    plan = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="+")

    class Meta(PolicyFields.Meta):
        pass

    def __str__(self) -> str:
        return f"policy of plan {self.plan_id}"


class ContractPolicy(PolicyFields):
    """The policy of one contract, whatever its plan says."""

    contract = models.OneToOneField(Contract, on_delete=models.CASCADE, related_name="+")

    objects: ClassVar[models.Manager["ContractPolicy"]] = ScopedManager(customer="contract__customer")

    class Meta(PolicyFields.Meta):
        pass

    def __str__(self) -> str:
        return f"policy of contract {self.contract_id}"


class Licence(models.Model):
    """The licence of a contract for a product, with its kept row: what it grants, as text, and the places taken.

    ``grants`` and ``used`` are canonical JSON (``grants.Grants``; the latest reading by meter). They hold as long
    as the contract's and the vendor's revision are those of the stamp and ``stale_at`` has not come.
    ``installations`` and ``leases`` count the places taken; the ceilings are the highest number that was allowed
    when one was taken, so that the database refuses one too many.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    grants = models.TextField(default="")
    used = models.TextField(default="{}")
    contract_revision = models.BigIntegerField(default=-1)
    vendor_revision = models.BigIntegerField(default=-1)
    derived_at = models.DateTimeField(null=True, blank=True)
    stale_at = models.DateTimeField(null=True, blank=True)
    installations = models.PositiveIntegerField(default=0)
    installations_ceiling = models.PositiveIntegerField(null=True, blank=True)
    leases = models.PositiveIntegerField(default=0)
    leases_ceiling = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Licence"]] = ScopedManager(customer="contract__customer")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "product"], name="licence_once"),
            models.CheckConstraint(
                condition=models.Q(installations_ceiling__isnull=True)
                | models.Q(installations__lte=models.F("installations_ceiling")),
                name="licence_installations_within",
            ),
            models.CheckConstraint(
                condition=models.Q(leases_ceiling__isnull=True) | models.Q(leases__lte=models.F("leases_ceiling")),
                name="licence_leases_within",
            ),
        ]

    def __str__(self) -> str:
        return self.ref


class RemovedBy(models.TextChoices):
    """Who removed an installation."""

    PRODUCT = "product"
    CUSTOMER = "customer"
    STAFF = "staff"


class Installation(models.Model):
    """A place where the product runs. ``parts`` holds keyed hashes of its fingerprint's parts by name, never the parts.

    ``digest`` is that of all parts together; two installations of a licence that run never share it.
    ``machine`` is the code by which the machine was told to us, encrypted: a file is bound by it (``machines.py``).
    ``counts`` is false for a test installation that takes no place. ``last_seen_at`` is written late, in batches.
    """

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    parts = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    machine = models.TextField(blank=True, default="")
    name = models.CharField(max_length=120, blank=True)
    version = models.CharField(max_length=40, blank=True)
    environment = models.CharField(max_length=20, blank=True)
    counts = models.BooleanField(default=True)
    activated_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.CharField(max_length=10, choices=RemovedBy.choices, blank=True)

    objects: ClassVar[models.Manager["Installation"]] = ScopedManager(customer="licence__contract__customer")

    class Meta:
        indexes = [models.Index(fields=["licence", "-activated_at"], name="installation_licence")]
        constraints = [
            models.UniqueConstraint(
                fields=["licence", "digest"], condition=models.Q(removed_at__isnull=True), name="installation_once"
            )
        ]

    def __str__(self) -> str:
        return self.ref


class InstallationDay(models.Model):
    """How often an installation asked on a day of the vendor's, first and last. Written in batches, never per call.

    Days that were written before versions counted so are those of UTC, and stay.
    """

    # It has no index of its own: the one that keeps a day single begins with it.
    installation = models.ForeignKey(Installation, on_delete=models.CASCADE, related_name="+", db_index=False)
    on = models.DateField()
    calls = models.PositiveBigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects: ClassVar[models.Manager["InstallationDay"]] = ScopedManager(
        customer="installation__licence__contract__customer"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["installation", "on"], name="installation_day_once")]

    def __str__(self) -> str:
        return f"{self.calls} calls on {self.on}"


class Lease(models.Model):
    """A place of a floating licence, held until it runs out. ``holder`` is an installation, or a process of one."""

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="+")
    installation = models.ForeignKey(Installation, on_delete=models.CASCADE, related_name="+")
    holder = models.CharField(max_length=80)
    taken_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Lease"]] = ScopedManager(customer="licence__contract__customer")

    class Meta:
        indexes = [models.Index(fields=["licence", "expires_at"], name="lease_end")]
        constraints = [models.UniqueConstraint(fields=["licence", "holder"], name="lease_once")]

    def __str__(self) -> str:
        return f"{self.holder} of licence {self.licence_id}"
