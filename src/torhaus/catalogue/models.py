"""What the vendor sells. Names are in the vendor's languages: ``{"de": …, "en": …}``."""

from django.db import models


class Product(models.Model):
    """A piece of software the vendor sells licences for."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.JSONField()
    description = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.key


class MeterKind(models.TextChoices):
    """How readings count: a gauge says how much there is, a counter how much was added in the month."""

    GAUGE = "gauge"
    COUNTER = "counter"


class Meter(models.Model):
    """Something counted against an allowance: objects, gigabytes, data rooms."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.JSONField()
    unit = models.JSONField(default=dict)
    kind = models.CharField(max_length=8, choices=MeterKind.choices, default=MeterKind.GAUGE)

    def __str__(self) -> str:
        return self.key


class ItemKind(models.TextChoices):
    """What kind of thing a contract can contain."""

    PLAN = "plan"
    ADD_ON = "add_on"
    SUPPORT = "support"
    SEAT = "seat"
    TENANT = "tenant"
    SERVICE = "service"


class Item(models.Model):
    """Anything that can be booked. Its details, if any, stand in the table of its kind."""

    key = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, choices=ItemKind.choices)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="items", null=True, blank=True)
    name = models.JSONField()
    description = models.JSONField(default=dict)
    position = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.key


class Plan(models.Model):
    """Details of a plan."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="plan")
    legacy = models.BooleanField(default=False)
    contact_only = models.BooleanField(default=False)


class Allowance(models.Model):
    """How much of a meter an item brings: fixed, or for each booked unit."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="allowances")
    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="allowances")
    quantity = models.PositiveBigIntegerField()
    per_unit = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "meter"], name="allowance_once")]


class SeatKind(models.Model):
    """Details of a seat item: who holds one, whether people buy it or it follows another, and how it is released.

    ``personal`` is held by a person with a mail address; else by a thing with a name, such as a data room (B82).
    ``release_deletes`` says that the product deletes what a seat owns when it is released (B83).
    """

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="seat_kind")
    bookable = models.BooleanField(default=True)
    personal = models.BooleanField(default=True)
    release_deletes = models.BooleanField(default=False)


class SeatRatio(models.Model):
    """In a plan, each ``leading`` seat brings ``quantity`` seats of ``following`` (guest ratio, B79)."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="seat_ratios")
    leading = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    following = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "leading", "following"], name="ratio_once")]


class AddOn(models.Model):
    """Details of an add-on."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="add_on")
    vendor_name = models.CharField(max_length=120, blank=True)
    free = models.BooleanField(default=False)
    trial = models.BooleanField(default=False)
    labels = models.JSONField(default=list)


class SupportPackage(models.Model):
    """Details of a support package; so many test installations come with it that do not count (B62)."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="support_package")
    response_hours = models.PositiveIntegerField()
    countries = models.JSONField(default=list)
    popular = models.BooleanField(default=False)
    test_installations = models.PositiveIntegerField(default=0)


class Price(models.Model):
    """A list price: per ``months``, the first period and the following ones, from a day on."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=3)
    months = models.PositiveIntegerField()
    first_cents = models.BigIntegerField()
    recurring_cents = models.BigIntegerField()
    per_unit = models.BooleanField(default=False)
    valid_from = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "currency", "months", "valid_from"], name="price_once"),
            models.CheckConstraint(
                condition=models.Q(first_cents__gte=0, recurring_cents__gte=0), name="price_not_negative"
            ),
        ]


class EducationCategory(models.Model):
    """A group of customers that pays less because it teaches or studies, or does either for no profit.

    ``description`` says who belongs to it, ``proof`` what proves that; ``percent`` is what its list price is less by.
    One that is not ``offered`` any more stays for whoever has it.
    """

    key = models.SlugField(max_length=40, unique=True)
    name = models.JSONField()
    description = models.JSONField(default=dict)
    needs_proof = models.BooleanField(default=True)
    proof = models.JSONField(default=dict)
    percent = models.PositiveSmallIntegerField(default=0)
    offered = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "education categories"
        constraints = [models.CheckConstraint(condition=models.Q(percent__lte=100), name="education_percent")]

    def __str__(self) -> str:
        return self.key
