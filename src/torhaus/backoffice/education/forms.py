"""Forms of the decision on education terms."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from torhaus.backoffice.forms import StaffForm, day_field, number_field
from torhaus.frame.formatting import day_text
from torhaus.subscriptions.education_rules import last_end


def end_refused(today: date) -> str:
    """Say which last days can be granted."""
    said = _("Enter a day from today until %(day)s: who has them is checked anew each year.")
    return said % {"day": day_text(last_end(today))}


class GrantForm(StaffForm):
    """Until when, and how much less the list price is."""

    ends_on = day_field(gettext_lazy("Until"), help_text=gettext_lazy("Last day. They begin today."))
    percent = number_field(
        gettext_lazy("Off the list price, in %"),
        least=0,
        most=100,
        help_text=gettext_lazy("As the group usually has it. 0: the price is agreed otherwise."),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_ends_on(self) -> date:
        """Refuse days that are over, and those too far away to be checked anew."""
        day: date = self.cleaned_data["ends_on"]
        if not self.today <= day <= last_end(self.today):
            raise forms.ValidationError(end_refused(self.today))
        return day


class RefuseForm(StaffForm):
    """Why not; the customer reads it."""

    reason = forms.CharField(
        label=pgettext_lazy("why", "Reason"),
        max_length=500,
        help_text=gettext_lazy("The customer gets it by mail, in your words."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def earlier_refused(today: date, ends_on: date) -> str:
    """Say with which last days terms can end before their time."""
    if ends_on <= today:
        said = _("They end on %(day)s already; there is no earlier day from today on.")
        return said % {"day": day_text(ends_on)}
    said = _("Enter a day from today until %(day)s: they end after it anyway.")
    return said % {"day": day_text(ends_on - timedelta(days=1))}


class EndForm(RefuseForm):
    """With which last day terms end before their time, and why."""

    last_day = day_field(
        gettext_lazy("Last day"),
        help_text=gettext_lazy("On the day after it the list price counts. Today at the earliest."),
    )
    field_order = ("last_day", "reason")

    def __init__(self, *args: Any, today: date, ends_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.ends_on = today, ends_on

    def clean_last_day(self) -> date:
        """Refuse days that are over, and those on which the terms end by themselves."""
        day: date = self.cleaned_data["last_day"]
        if not self.today <= day < self.ends_on:
            raise forms.ValidationError(earlier_refused(self.today, self.ends_on))
        return day
