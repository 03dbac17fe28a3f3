"""Customers: the tenants of the portal, with their addresses, contacts and people."""

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from torhaus.accounts.models import User
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


class Role(models.TextChoices):
    """What a person is to a customer; ``frame/rights.py`` says what each may do."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    BILLING = "billing"
    TECHNICAL = "technical"
    MEMBER = "member"
    AUDITOR = "auditor"


class MembershipState(models.TextChoices):
    """Whether a person has come in yet, and may still (B103)."""

    INITIATED = "initiated"
    ACTIVE = "active"
    DEACTIVATED = "deactivated"


class Membership(models.Model):
    """A person of a customer, in one role. While initiated it holds the invitation; whose code is kept nowhere.

    ``usage_notices`` is what the person chose about mails on usage; without a choice the owner gets them (B99).
    ``mail_waits``: the mail with the invitation is still to be written by a job.
    ``passkey_link`` permits to add a passkey where passkeys alone let people in; its code is kept nowhere, either.
    ``recovered`` is an owner whom two of the staff chose: the invitation goes to that address only, until they do anew.
    """

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=13, choices=Role.choices)
    state = models.CharField(max_length=11, choices=MembershipState.choices, default=MembershipState.INITIATED)
    # As whoever invites writes it: what others call the person, or they themselves, is not this customer's until then.
    invited_name = models.CharField(max_length=120, blank=True)
    invitation = models.CharField(max_length=12, blank=True)
    invited_at = models.DateTimeField()
    invitation_ends_at = models.DateTimeField(null=True, blank=True)
    passkey_link = models.CharField(max_length=12, blank=True, default="")
    passkey_link_ends_at = models.DateTimeField(null=True, blank=True)
    mail_waits = models.BooleanField(default=False)
    usage_notices = models.BooleanField(null=True, blank=True)
    recovered = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["Membership"]] = ScopedManager(customer="customer")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "person"], name="membership_once"),
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(role=Role.OWNER), name="membership_one_owner"
            ),
            models.UniqueConstraint(
                fields=["invitation"], condition=~models.Q(invitation=""), name="membership_invitation"
            ),
            models.UniqueConstraint(
                fields=["passkey_link"], condition=~models.Q(passkey_link=""), name="membership_passkey_link"
            ),
            models.CheckConstraint(
                condition=models.Q(state=MembershipState.INITIATED) ^ models.Q(invitation=""),
                name="membership_invited_while_initiated",
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def shown_name(self) -> str:
        """What the customer calls the person: as invited until they come in, then as they call themselves."""
        return self.invited_name if self.state == MembershipState.INITIATED else self.person.name

    @property
    def gets_usage_notices(self) -> bool:
        """Whether the person gets mails about thresholds of usage, if the role reads the account status."""
        return self.role == Role.OWNER if self.usage_notices is None else self.usage_notices


class FactorFor(models.TextChoices):
    """Who of a customer's people needs a second factor."""

    NOBODY = "nobody"
    ROLES = "roles"
    ALL = "all"


class CompanySecurity(models.Model):
    """What a customer asks of whoever signs in for it. Without a row it asks nothing; ``rules.py`` reads it."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="security")
    factor_for = models.CharField(max_length=6, choices=FactorFor.choices, default=FactorFor.NOBODY)
    factor_roles = models.JSONField(default=list, blank=True)
    factor_from = models.DateField(null=True, blank=True)
    idle_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    session_hours = models.PositiveSmallIntegerField(null=True, blank=True)
    by_password = models.BooleanField(default=True)
    by_passkey = models.BooleanField(default=True)
    by_code = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager["CompanySecurity"]] = ScopedManager(customer="customer")

    class Meta:
        verbose_name_plural = "company security"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(factor_for=FactorFor.NOBODY) ^ models.Q(factor_from__isnull=False),
                name="company_security_from_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(by_password=True) | models.Q(by_passkey=True) | models.Q(by_code=True),
                name="company_security_some_method",
            ),
        ]

    def __str__(self) -> str:
        return f"security of {self.customer_id}"


class OwnershipOffer(models.Model):
    """An owner's offer to hand the account over to one of its people; gone once accepted or withdrawn."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="+")
    successor = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    offered_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    objects: ClassVar[models.Manager["OwnershipOffer"]] = ScopedManager(customer="customer")

    def __str__(self) -> str:
        return f"offer to {self.successor_id}"


class OwnerRecovery(models.Model):
    """What one of the staff proposes about an owner who is gone; gone once another confirms it, or it is withdrawn.

    The successor is one of the customer's people, or whoever ``mail`` belongs to.
    """

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="+")
    successor = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+", null=True)
    name = models.CharField(max_length=120, blank=True)
    mail = models.EmailField(blank=True)
    reason = models.CharField(max_length=500)
    proposed_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    proposed_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    objects: ClassVar[models.Manager["OwnerRecovery"]] = ScopedManager(customer="customer")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(successor__isnull=False, mail="")
                | (models.Q(successor__isnull=True) & ~models.Q(mail="")),
                name="recovery_of_one_successor",
            )
        ]

    def __str__(self) -> str:
        return self.ref
