"""Versions of the vendor's products."""

from django.db import models

from torhaus.catalogue.models import Product


class Channel(models.TextChoices):
    """How finished a version is."""

    STABLE = "stable"
    RC = "rc"
    BETA = "beta"


class Release(models.Model):
    """A published version of a product. ``packages``: list of {kind, url, bytes, sha256}."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    version = models.CharField(max_length=40)
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.STABLE)
    published_on = models.DateField()
    security = models.BooleanField(default=False)
    notes = models.JSONField(default=dict)
    notes_url = models.URLField(blank=True)
    packages = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "version"], name="release_once")]
        indexes = [models.Index(fields=["product", "-published_on"], name="release_newest")]

    def __str__(self) -> str:
        return f"{self.product_id} {self.version}"
