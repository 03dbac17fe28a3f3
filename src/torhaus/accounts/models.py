"""People: staff and customers' people, their links and codes by mail, wishes to be erased, and the counters of tries."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from torhaus.core.random import new_ref


class StaffRole(models.TextChoices):
    """Roles of the vendor's staff."""

    ADMINISTRATOR = "administrator"
    SALES = "sales"
    BILLING = "billing"
    SUPPORT = "support"
    RELEASE_MANAGER = "release_manager"


class UserManager(BaseUserManager["User"]):
    """Makes people; mail addresses are compared without regard to case."""

    def create_user(self, mail: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person with ``mail``; without a password they cannot sign in by one."""
        user = self.model(mail=mail.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find by mail address, in any case."""
        return self.get(mail=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person: of the vendor's staff if there is a staff role, else of customers, through memberships."""

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    mail = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=5, default="en")
    staff_role = models.CharField(max_length=20, choices=StaffRole.choices, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "mail"
    EMAIL_FIELD = "mail"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(mail=Lower("mail")), name="user_mail_lower")]

    def __str__(self) -> str:
        return self.mail

    @property
    def is_staff(self) -> bool:
        """Whether Django admin lets this person in."""
        return bool(self.staff_role)


class PasswordReset(models.Model):
    """A single-use link to set a new password. Its code is kept nowhere (``core/link_codes.py``)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-asked_at"], name="password_reset_user")]

    def __str__(self) -> str:
        return self.ref


class LoginCode(models.Model):
    """A code that signs a person in once, instead of the password. It is kept nowhere (``core/link_codes.py``).

    Every request makes a row, whoever has the address or nobody: whose it is is found out afterwards.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-asked_at"], name="login_code_user"),
            models.Index(fields=["asked_at"], name="login_code_age"),
        ]

    def __str__(self) -> str:
        return self.ref


class MailChange(models.Model):
    """Somebody wants to sign in with another address. The code that proves it theirs is kept nowhere, as above.

    Used ones stay, with the address ``before``: whoever is erased is erased under each of their addresses.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    mail = models.EmailField()
    before = models.EmailField(blank=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(mail=Lower("mail")), name="mail_change_lower")]
        indexes = [
            models.Index(fields=["user", "-asked_at"], name="mail_change_user"),
            models.Index(fields=["mail", "-asked_at"], name="mail_change_mailbox"),
        ]

    def __str__(self) -> str:
        return self.ref


class OpenSession(models.Model):
    """Where a person is signed in, beside Django's session of that key."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    key = models.CharField(max_length=40, unique=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    factor = models.CharField(max_length=10, blank=True)

    def __str__(self) -> str:
        return self.ref


class ErasureState(models.TextChoices):
    """How a request to be erased stands."""

    OPEN = "open"
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class ErasureRequest(models.Model):
    """Somebody wants to be erased (GDPR Art. 17). Staff do it, or say why not, until ``due_on`` (Art. 12(3)).

    ``person`` is None for whoever is known by an address only, and once the person is gone. ``note`` says how staff know
    who asks, where it was not asked on the portal. Address and note go with the decision.
    ``language`` is empty where nobody is written to: a former address may be another person's mailbox by now.
    """

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    mail = models.EmailField(blank=True)
    language = models.CharField(max_length=5)
    note = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    state = models.CharField(max_length=9, choices=ErasureState.choices, default=ErasureState.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mail"], condition=models.Q(state="open"), name="erasure_open_once"),
            models.CheckConstraint(condition=models.Q(mail=Lower("mail")), name="erasure_mail_lower"),
            models.CheckConstraint(
                condition=models.Q(state="open") | models.Q(decided_at__isnull=False, mail="", note=""),
                name="erasure_decided_names_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.ref


class Throttle(models.Model):
    """Failed attempts from one source (kind and address, never the account: strangers lock nobody out)."""

    source = models.CharField(max_length=80, unique=True)
    failures = models.PositiveIntegerField(default=0)
    window_started_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.source
