"""Forms of releases: looking them up, publishing one, withdrawing one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from torhaus.backoffice.forms import StaffForm, offer, text_field
from torhaus.catalogue.models import Item, Product
from torhaus.core.texts import text_in
from torhaus.core.versions import version_key
from torhaus.releases.models import Channel
from torhaus.releases.publishing import VERSION
from torhaus.releases.withdraw_release import REASON_LENGTH

CHANNELS = {Channel.STABLE: _("Stable"), Channel.RC: _("Release candidate"), Channel.BETA: _("Beta")}
NOTES_LENGTH = 20_000
LOCAL = "%Y-%m-%dT%H:%M"


class FindForm(StaffForm):
    """What to look versions up by."""

    says_optional = False

    q = text_field(_("Version or name"), 100, required=False, widget=forms.TextInput(attrs={"type": "search"}))
    product = forms.ChoiceField(label=_("Product"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), choices=[("", _("All")), *CHANNELS.items()], required=False)

    def __init__(self, *args: Any, products: Sequence[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "product", [("", _("All")), *_names(products)])


class PublishForm(StaffForm):
    """What is said of a version, whatever it is a version of."""

    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=CHANNELS.items(),
        help_text=_("Subscribers hear of stable versions, and of every security update."),
    )
    published_at = forms.DateTimeField(
        label=_("Publish at"),
        required=False,
        input_formats=[LOCAL, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M"],
        widget=forms.DateTimeInput(format=LOCAL, attrs={"type": "datetime-local"}),
        help_text=_("Left empty, it is published as soon as its files are checked."),
        error_messages={"invalid": _("Enter a day and a time that exist, such as 2026-11-22 14:30.")},
    )
    minimum_version = text_field(_("Earliest version it can follow"), 40, required=False)
    maximum_version = text_field(_("Latest version it can follow"), 40, required=False)
    security = forms.BooleanField(
        label=_("This is a security update"),
        required=False,
        help_text=_("Everybody who has or had the product may fetch it and is told, also after the contract’s end."),
    )
    notes_en = forms.CharField(label=_("Release notes, English"), max_length=NOTES_LENGTH, required=False)
    notes_de = forms.CharField(
        label=_("Release notes, German"),
        max_length=NOTES_LENGTH,
        required=False,
        help_text=_("Markdown: # heading, - list, **bold**, [text](address). Raw HTML is shown as text."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("notes_en", "notes_de"):
            self.fields[name].widget = forms.Textarea(attrs={"rows": 8, "maxlength": None, "spellcheck": "true"})

    def clean_minimum_version(self) -> str:
        """Refuse what is no version."""
        return _version(self.cleaned_data["minimum_version"])

    def clean_maximum_version(self) -> str:
        """Refuse what is no version."""
        return _version(self.cleaned_data["maximum_version"])

    def clean(self) -> dict[str, Any]:
        """Refuse a span of versions that holds none."""
        said = super().clean() or {}
        least, most = said.get("minimum_version"), said.get("maximum_version")
        if least and most and version_key(least) > version_key(most):
            self.add_error("maximum_version", gettext("This is earlier than the earliest. Correct one of them."))
        return said

    def notes(self) -> dict[str, str]:
        """Give the release notes by language, those that were written."""
        given = {language: self["notes_" + language].value() or "" for language in ("en", "de")}
        return {language: str(text) for language, text in given.items() if str(text).strip()}

    def said(self) -> dict[str, Any]:
        """Give what a valid form says, as a request keeps it."""
        kept = {name: value for name, value in self.cleaned_data.items() if not isinstance(value, datetime)}
        at: datetime | None = self.cleaned_data["published_at"]
        return kept | {"published_at": at.isoformat() if at else ""}


class PublishReleaseForm(PublishForm):
    """A version of a product."""

    product = forms.ChoiceField(label=_("Product"))
    version = text_field(_("Version"), 40, help_text=_("For example 34.1, or 34.1-rc2 for a release candidate."))
    field_order = ["product", "version"]

    def __init__(self, *args: Any, products: Sequence[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.products = {product.key: product for product in products}
        offer(self, "product", _names(products))

    def clean_version(self) -> str:
        """Refuse what is no version."""
        return _version(self.cleaned_data["version"])


class PublishAddOnForm(PublishForm):
    """A version of an add-on; its ZIP says which, and with which versions of the product it runs."""

    add_on = forms.ChoiceField(
        label=_("Add-on of the catalogue"),
        required=False,
        help_text=_("Choose one if the ZIP’s identifier is not the add-on’s key in the catalogue."),
    )
    field_order = ["add_on"]

    def __init__(self, *args: Any, add_ons: Sequence[Item], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["minimum_version"], self.fields["maximum_version"]
        offer(self, "add_on", [("", _("As the ZIP says")), *_names(add_ons)])


class WithdrawForm(StaffForm):
    """Why a version is withdrawn, or offered again."""

    reason = text_field(
        pgettext_lazy("why", "Reason"),
        REASON_LENGTH,
        help_text=_("It is kept with the version; customers do not see it."),
    )


def initial_of(said: Mapping[str, Any]) -> dict[str, Any]:
    """Give the form again as it was filled in for a request."""
    at = parse_datetime(said["published_at"]) if said.get("published_at") else None
    return {**said, "published_at": timezone.localtime(at) if at else None}


def _names(rows: Sequence[Product | Item]) -> list[tuple[str, str]]:
    language = (get_language() or "en")[:2]
    return [(row.key, text_in(row.name, language)) for row in rows]


def _version(given: str) -> str:
    if given and not VERSION.fullmatch(given):
        raise ValidationError(gettext("A version begins with a number and has no blanks, such as 34.1 or 34.1-rc2."))
    return given
