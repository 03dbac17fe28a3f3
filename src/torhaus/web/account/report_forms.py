"""The forms of who gets the usage report: the address, the language and the days."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from torhaus.usage.report_rules import Rhythm

DAYS_OF_EVERY_MONTH = 28


def rhythm_words(rhythm: Rhythm) -> str:
    """Say on which days a report comes."""
    if rhythm.weekday is not None:
        return gettext("Every %(weekday)s") % {"weekday": WEEKDAYS[rhythm.weekday]}
    values = {"day": rhythm.month_day}
    if (rhythm.month_day or 0) > DAYS_OF_EVERY_MONTH:
        return gettext("On day %(day)s of each month, or its last") % values
    return gettext("On day %(day)s of each month") % values


def key_of(rhythm: Rhythm) -> str:
    """Give a rhythm as the form sends it: ``w0`` is every Monday, ``m1`` the first of each month."""
    return f"w{rhythm.weekday}" if rhythm.weekday is not None else f"m{rhythm.month_day}"


WEEKLY = {key_of(one): one for one in (Rhythm(weekday=day) for day in range(7))}
MONTHLY = {key_of(one): one for one in (Rhythm(month_day=day) for day in range(1, 32))}


class RecipientForm(forms.Form):
    """When the report comes, and in which language."""

    when = forms.ChoiceField(
        label=_("When"),
        help_text=_("In the morning, our local time."),
        error_messages={"invalid_choice": _("Choose a day from the list."), "required": _("Choose a day.")},
    )
    language = forms.ChoiceField(
        label=_("Language of the report"),
        choices=settings.LANGUAGES,
        error_messages={"invalid_choice": _("Choose one of the languages."), "required": _("Choose a language.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["label_suffix"] = ""
        super().__init__(*args, **kwargs)
        when: Any = self.fields["when"]
        groups = ((gettext("Weekly"), WEEKLY), (gettext("Monthly"), MONTHLY))
        when.choices = [(name, [(key, rhythm_words(one)) for key, one in days.items()]) for name, days in groups]

    @property
    def rhythm(self) -> Rhythm:
        """What was chosen."""
        return (WEEKLY | MONTHLY)[self.cleaned_data["when"]]


class NewRecipientForm(RecipientForm):
    """The address, too."""

    mail = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        help_text=_(
            "Whoever signs in to your account by name is not asked. Any other address gets a mail with a link first,"
            " and reports come only after somebody has followed it."
        ),
        error_messages={
            "required": _("Enter an email address."),
            "invalid": _("Enter an email address such as name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("mail", "when", "language")
