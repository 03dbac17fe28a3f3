"""The filter over the seats. It is a GET form: every state of the list is a URL, and other pages link to it."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torhaus.seats.holders import Holder
from torhaus.seats.seat_list import LEAST_TEXT, SeatFilter
from torhaus.web.seats.words import STATES

MOST_DAYS = 3650


class HolderForm(forms.Form):
    """Who or what holds a seat: a person with a mail address, or a thing with a name."""

    mail = forms.EmailField(
        label=_("Email address"),
        max_length=190,
        error_messages={
            "required": _("Enter an email address."),
            "invalid": _("Enter an email address such as name@example.com."),
        },
    )
    name = forms.CharField(
        label=_("Name"), max_length=120, required=False, error_messages={"required": _("Enter a name.")}
    )
    organisation = forms.CharField(label=_("Organisation"), max_length=120, required=False)

    def __init__(self, *args: Any, personal: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not personal:
            del self.fields["mail"], self.fields["organisation"]
            self.fields["name"].required = True

    def holder(self) -> Holder:
        """Give the holder of what was entered."""
        given = self.cleaned_data
        return Holder(given["name"], given.get("mail", ""), given.get("organisation", ""))


class EndForm(forms.Form):
    """Until when a seat is held; empty for good."""

    ends_on = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Leave it empty if the seat is to stay."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        error_messages={"invalid": _("Enter a day such as 2026-12-31.")},
    )


class AssignForm(HolderForm, EndForm):
    """A holder, and the last day of a temporary seat."""

    field_order = ("mail", "name", "organisation", "ends_on")


class SeatFilterForm(forms.Form):
    """Text, kind, state and days not seen. What is invalid is explained at its field and left out of the filter."""

    text = forms.CharField(
        label=_("Name, organisation or email"),
        min_length=LEAST_TEXT,
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "class": "grow"}),
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    unseen = forms.IntegerField(
        label=_("Not seen for (days)"),
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": _("Enter a number of days, such as 90.")},
    )

    def __init__(self, *args: Any, kinds: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text: Any = self.fields["text"]
        text.error_messages["min_length"] = _("Enter at least %(limit_value)d characters to search.")
        text.widget.attrs.pop("minlength", None)
        kind: Any = self.fields["kind"]
        kind.choices = [("", _("All")), *kinds]
        kind.error_messages["invalid_choice"] = _("There is no such kind. All are shown.")
        state: Any = self.fields["state"]
        state.choices = [("", _("All")), *((str(one), word) for one, word in STATES.items())]
        state.error_messages["invalid_choice"] = _("There is no such state. All are shown.")
        for field in ("min_value", "max_value"):
            self.fields["unseen"].error_messages[field] = _("Enter a number of days from 1 to 3650.")

    def wanted(self) -> SeatFilter:
        """Give the filter of what is valid."""
        self.is_valid()
        given = self.cleaned_data
        return SeatFilter(
            text=given.get("text", "").strip(),
            kind=given.get("kind", ""),
            state=given.get("state", ""),
            unseen_days=given.get("unseen"),
        )
