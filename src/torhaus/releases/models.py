"""Versions of the vendor's products and add-ons, their files, uploads, who wants to hear, who downloaded."""

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from torhaus.accounts.models import User
from torhaus.catalogue.models import Item, Product
from torhaus.core.random import new_ref
from torhaus.subscriptions.models import Contract


class Channel(models.TextChoices):
    """How finished a version is."""

    STABLE = "stable"
    RC = "rc"
    BETA = "beta"


class Release(models.Model):
    """A published version of a product.

    ``packages``: list of {kind, url, bytes, sha256} of files that lie elsewhere, as imported.
    ``published_at`` is the instant, None for an imported one, of which only the day is known;
    ``minimum_version`` and ``maximum_version`` are those one can update from.
    """

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    version = models.CharField(max_length=40)
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.STABLE)
    published_on = models.DateField()
    published_at = models.DateTimeField(null=True, blank=True)
    minimum_version = models.CharField(max_length=40, blank=True)
    maximum_version = models.CharField(max_length=40, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    security = models.BooleanField(default=False)
    notes = models.JSONField(default=dict)
    notes_url = models.URLField(blank=True)
    packages = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "version"], name="release_once")]
        indexes = [models.Index(fields=["product", "-published_on"], name="release_newest")]

    def __str__(self) -> str:
        return f"{self.product_id} {self.version}"


class AddOnRelease(models.Model):
    """A published version of an add-on. ``manifest`` is what its package.json says.

    ``minimum_version`` and ``maximum_version`` are the product's versions it runs with.
    """

    add_on = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    version = models.CharField(max_length=40)
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.STABLE)
    published_on = models.DateField()
    published_at = models.DateTimeField()
    security = models.BooleanField(default=False)
    notes = models.JSONField(default=dict)
    manifest = models.JSONField(default=dict)
    minimum_version = models.CharField(max_length=40, blank=True)
    maximum_version = models.CharField(max_length=40, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["add_on", "version"], name="add_on_release_once")]
        indexes = [models.Index(fields=["add_on", "-published_on"], name="add_on_release_newest")]

    def __str__(self) -> str:
        return f"{self.add_on_id} {self.version}"


class FileKind(models.TextChoices):
    """What a file of a release is for."""

    INSTALLATION = "installation"
    UPDATE = "update"
    WINDOWS_INSTALLER = "windows-installer"
    VIRTUAL_APPLIANCE = "virtual-appliance"
    ADD_ON = "add-on"
    SBOM = "sbom"


class ReleaseFile(models.Model):
    """A stored file of one release. ``key`` is its SHA-256 and where the store has it.

    ``signature`` is its minisign signature file, as text; ``sbom`` files are CycloneDX JSON.
    """

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="files", null=True, blank=True)
    add_on_release = models.ForeignKey(
        AddOnRelease, on_delete=models.CASCADE, related_name="files", null=True, blank=True
    )
    kind = models.CharField(max_length=20, choices=FileKind.choices)
    name = models.CharField(max_length=180)
    size = models.PositiveBigIntegerField()
    key = models.CharField(max_length=64)
    signature = models.TextField()
    stored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(release__isnull=True, add_on_release__isnull=False)
                | models.Q(release__isnull=False, add_on_release__isnull=True),
                name="file_of_one_release",
            ),
            models.UniqueConstraint(fields=["release", "name"], name="release_file_once"),
            models.UniqueConstraint(fields=["add_on_release", "name"], name="add_on_file_once"),
        ]

    def __str__(self) -> str:
        return self.name


class PublishState(models.TextChoices):
    """How far a request to publish has come."""

    WAITING = "waiting"
    CHECKING = "checking"
    PUBLISHED = "published"
    REFUSED = "refused"


class PublishRequest(models.Model):
    """What staff asked to publish, with uploaded files; a background job checks, stores and publishes them.

    ``product`` is None for an add-on. ``said`` is the form as it was filled in; ``reason`` is a code and
    ``detail`` what it speaks of, where it was refused.
    """

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", null=True)
    said = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=PublishState.choices, default=PublishState.WAITING)
    reason = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    release = models.ForeignKey(Release, on_delete=models.SET_NULL, related_name="+", null=True)
    add_on_release = models.ForeignKey(AddOnRelease, on_delete=models.SET_NULL, related_name="+", null=True)
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-asked_at"], name="publish_request_newest")]

    def __str__(self) -> str:
        return self.ref


class Upload(models.Model):
    """A file on its way in, piece by piece (tus 1.0): ``received`` of ``size`` bytes lie on this disk.

    ``fingerprint`` tells two files of one name and size apart: when the file was last changed, as the browser
    says. ``request`` is the one it is to be published with, as a file of the kind ``kind``.
    """

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    name = models.CharField(max_length=180)
    size = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0)
    fingerprint = models.CharField(max_length=40, blank=True)
    request = models.ForeignKey(PublishRequest, on_delete=models.SET_NULL, related_name="uploads", null=True)
    kind = models.CharField(max_length=20, choices=FileKind.choices, blank=True)
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    began_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(received__lte=models.F("size")), name="upload_within_size")
        ]

    def __str__(self) -> str:
        return self.name


class Download(models.Model):
    """A file fetched by a contract: one row for each link, however often it was resumed."""

    link = models.CharField(max_length=32, unique=True)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(ReleaseFile, on_delete=models.CASCADE, related_name="+")
    began_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Download"]] = ScopedManager(customer="contract__customer")

    class Meta:
        indexes = [models.Index(fields=["contract", "-began_at"], name="download_contract")]

    def __str__(self) -> str:
        return self.link


class ReleaseSubscription(models.Model):
    """A mailbox of a customer that wants to hear of new versions, once it has confirmed so.

    ``secret_hash`` is of the secret in its confirmation and its unsubscribe links.
    """

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="+")
    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    mail = models.EmailField()
    language = models.CharField(max_length=5)
    secret_hash = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["ReleaseSubscription"]] = ScopedManager(customer="contract__customer")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "mail"], name="release_subscription_once")]

    def __str__(self) -> str:
        return self.mail


class AnnouncedTo(models.TextChoices):
    """Whom an announcement has reached so far: first those who subscribed, then contacts, at last everybody."""

    SUBSCRIBERS = "subscribers"
    CONTACTS = "contacts"
    ALL = "all"


class Announcement(models.Model):
    """The mails about one release, written page by page: ``cursor`` is the last row the page before has read."""

    release = models.OneToOneField(Release, on_delete=models.CASCADE, related_name="+", null=True)
    add_on_release = models.OneToOneField(AddOnRelease, on_delete=models.CASCADE, related_name="+", null=True)
    reached = models.CharField(max_length=12, choices=AnnouncedTo.choices, default=AnnouncedTo.SUBSCRIBERS)
    cursor = models.BigIntegerField(default=0)
    mails = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(release__isnull=True, add_on_release__isnull=False)
                | models.Q(release__isnull=False, add_on_release__isnull=True),
                name="announcement_of_one_release",
            )
        ]

    def __str__(self) -> str:
        return f"announcement {self.pk}"


class AnnouncedMailbox(models.Model):
    """A mailbox, as a hash, that has been told of a release; kept until everybody has been."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="+")
    mailbox = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["announcement", "mailbox"], name="announced_once")]
