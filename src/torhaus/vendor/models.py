"""The one vendor of this installation, and its signing keys."""

from django.db import models


class BillingAccess(models.TextChoices):
    """Who of a customer enters the billing pages (B91)."""

    OWNER = "owner"
    OWNER_AND_BILLING = "owner_and_billing"


def default_business_hours() -> dict[str, list[list[str]]]:
    """Give Monday to Friday, 9 to 17."""
    return {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


class Vendor(models.Model):
    """The vendor's profile, loaded from its files. Exactly one row."""

    single = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    portal_title = models.JSONField(default=dict)
    legal_name = models.CharField(max_length=160)
    street = models.CharField(max_length=160, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2)
    vat_id = models.CharField(max_length=20, blank=True)
    register_entry = models.CharField(max_length=160, blank=True)
    represented_by = models.CharField(max_length=200, blank=True)
    mail = models.EmailField()
    phone = models.CharField(max_length=40, blank=True)
    website = models.URLField(blank=True)
    time_zone = models.CharField(max_length=60, default="Europe/Berlin")
    language = models.CharField(max_length=5, default="en")
    currency = models.CharField(max_length=3, default="EUR")
    token_prefix = models.CharField(max_length=16, default="tor")
    sales_name = models.CharField(max_length=120, blank=True)
    sales_mail = models.EmailField(blank=True)
    sales_phone = models.CharField(max_length=40, blank=True)
    support_mail = models.EmailField(blank=True)
    support_phone = models.CharField(max_length=40, blank=True)
    links = models.JSONField(default=dict)
    logo_key = models.CharField(max_length=64, blank=True)
    logo_type = models.CharField(max_length=40, blank=True)
    accent_light = models.CharField(max_length=7, blank=True)
    accent_dark = models.CharField(max_length=7, blank=True)
    bar_color = models.CharField(max_length=7, blank=True)
    billing_access = models.CharField(
        max_length=20, choices=BillingAccess.choices, default=BillingAccess.OWNER_AND_BILLING
    )
    token_sees_invoices = models.BooleanField(default=True)
    # How long a product goes on after its licence ended, in days, where the contract says nothing.
    grace_days = models.PositiveIntegerField(default=30)
    # When support works: {"mon": [["09:00", "17:00"]], …}, in the vendor's time zone, and which days it does not.
    business_hours = models.JSONField(default=default_business_hours)
    holidays = models.JSONField(default=list, blank=True)
    # What a ticket can be about: [{"key": …, "name": {"de": …, "en": …}}].
    support_reasons = models.JSONField(default=list, blank=True)
    # Whether customers may ask for education terms; for which groups, the catalogue says.
    education_terms = models.BooleanField(default=False)
    # While a tax audit is open nothing of this year or later is purged: § 147(3) AO, last sentence.
    keep_from_year = models.PositiveSmallIntegerField(null=True, blank=True)
    # Grows with every change of this row, the catalogue, the policies of plans and the signing keys:
    # what was derived from them at another revision is derived again.
    revision = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(single=1), name="vendor_single")]

    def __str__(self) -> str:
        return self.name


class KeyPurpose(models.TextChoices):
    """What a key signs: licences (and chain heads), or files of releases. One key never does both."""

    LICENCE = "licence"
    RELEASE = "release"


class KeyState(models.TextChoices):
    """Life of a signing key: only ``active`` signs, ``retired`` still verifies, ``distrusted`` is over."""

    ACTIVE = "active"
    RETIRED = "retired"
    DISTRUSTED = "distrusted"


class SigningKey(models.Model):
    """An Ed25519 key; the private half is encrypted with a key derived from the installation's secret.

    It is published at once and signs from ``signs_from`` on, so that products can learn it before. Which key is the
    newer one says the primary key: the server's clock may have been set back between two of them.
    """

    kid = models.CharField(max_length=43, unique=True)
    purpose = models.CharField(max_length=8, choices=KeyPurpose.choices, default=KeyPurpose.LICENCE)
    state = models.CharField(max_length=10, choices=KeyState.choices, default=KeyState.ACTIVE)
    signs_from = models.DateTimeField(null=True, blank=True)
    public_key = models.CharField(max_length=43)
    private_key_encrypted = models.TextField()
    created_at = models.DateTimeField()
    # The keys to trust when this one was made, signed by those that were active before it, one statement a line:
    # a product that knows one of those learns this one, even after their private halves are gone.
    introductions = models.TextField(blank=True, default="")
    # How the set of keys that this key's coming or its distrust made is dated (seconds since 1970, ``iat``): later
    # than all before it, whatever the clock says. Until the next change all sets are dated so.
    set_dated = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return self.kid
