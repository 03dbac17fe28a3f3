"""The form of a policy: its fields in groups, with what each of them means; and that of an installation's name."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from torhaus.backoffice.forms import StaffForm, number_field, text_field
from torhaus.backoffice.licensing.words import (
    AFTER_GRACE,
    ENFORCEMENTS,
    FLAWS,
    GROUPS,
    LABELS,
    MATCHINGS,
    MODELS,
    OFFLINE_FILES,
    OVERAGES,
)
from torhaus.frame.words import ENVIRONMENTS
from torhaus.licensing.installation_names import LONGEST_NAME
from torhaus.licensing.policy_rules import RANGES, flaws

_ANY = _("Left empty, any number.")


def _number(name: str, hint: Any, **options: Any) -> forms.IntegerField:
    least, most = RANGES[name]
    return number_field(LABELS[name], least=least, most=most, help_text=hint, **options)


def _choice(name: str, words: dict[Any, Any]) -> forms.ChoiceField:
    return forms.ChoiceField(label=LABELS[name], choices=[(str(key), word) for key, word in words.items()])


class PolicyForm(StaffForm):
    """All fields of a policy. ``seen`` is the digest of the one that was looked at."""

    model = _choice("model", MODELS)
    max_installations = _number("max_installations", _ANY, required=False)
    max_leases = _number("max_leases", _("Only of floating licences. Left empty, any number."), required=False)
    per_unit = forms.BooleanField(label=LABELS["per_unit"], required=False)
    lease_seconds = _number("lease_seconds", _("How long a place is held without a sign of life; 600 is ten minutes."))
    test_installations = _number(
        "test_installations", _("Left empty, as many as the booked support brings."), required=False
    )
    overage = _choice("overage", OVERAGES)
    overage_percent = _number("overage_percent", _("Of installations, uses and meters alike."), initial=0)
    after_grace = _choice("after_grace", AFTER_GRACE)
    fallback = forms.BooleanField(label=LABELS["fallback"], required=False)
    matching = _choice("matching", MATCHINGS)
    minimum_version = text_field(LABELS["minimum_version"], 39, required=False, help_text=_("Such as 34.1."))
    maximum_version = text_field(LABELS["maximum_version"], 39, required=False, help_text=_("Such as 35.9."))
    environments = forms.MultipleChoiceField(
        label=LABELS["environments"],
        choices=list(ENVIRONMENTS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("With none ticked, any."),
    )
    checksums = forms.CharField(
        label=LABELS["checksums"],
        required=False,
        max_length=20_000,
        help_text=_("SHA-256, one on each line. Left empty, any build."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    enforcement = _choice("enforcement", ENFORCEMENTS)
    check_hours = _number("check_hours", _("How often the product asks again."))
    offline_grace_days = _number(
        "offline_grace_days",
        _(
            "How long an answer holds where we cannot be reached. For as long, a machine that was cut off on purpose can "
            "go on beside a new one. With 0, an answer holds until the next check, and a floating use only while its "
            "place is held."
        ),
    )
    offline_files = forms.ChoiceField(
        label=LABELS["offline_files"],
        choices=[(str(key), word) for key, word in OFFLINE_FILES.items()],
        help_text=_(
            "A file cannot be called back before its end. One for any machine counts none of those that use it; with "
            "bound ones the customer says for which machine each is."
        ),
    )
    seen = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def clean_checksums(self) -> list[str]:
        """Part the digests at line ends and blanks."""
        said: str = self.cleaned_data["checksums"]
        return list(dict.fromkeys(said.lower().replace(",", " ").split()))

    def clean(self) -> dict[str, Any]:
        """Refuse what the rules of policies refuse."""
        said = super().clean() or {}
        if not self.errors:
            for name, flaw in flaws(said):
                self.add_error(name, FLAWS[flaw])
        return said

    def values(self) -> dict[str, Any]:
        """Give the fields of the policy that a valid form says."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}

    def groups(self) -> list[tuple[Any, list[BoundField]]]:
        """Give the fields under their headings."""
        return [(title, [self[name] for name in names]) for title, names in GROUPS]


def initial_of(values: dict[str, Any]) -> dict[str, Any]:
    """Give the fields of a policy as the form shows them."""
    return values | {"checksums": "\n".join(values["checksums"])}


class NameInstallationForm(StaffForm):
    """What people call an installation; empty takes the name away."""

    name = text_field(
        _("Name"), LONGEST_NAME, required=False, help_text=_("The customer sees it in the portal. Left empty, no name.")
    )
