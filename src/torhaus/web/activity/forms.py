"""The filter over the activity log. It is a GET form: every state of the list is a URL."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from torhaus.accounts.queries import person_of_customers_with_mail
from torhaus.organisations.people import people_matching
from torhaus.records.activity import ActivityFilter
from torhaus.web.activity.words import event_choices

MOST_PEOPLE = 20
_NO_DAY = {"invalid": _("This is not a day. The filter was left out.")}


def _person(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget, error_messages=_NO_DAY)


class ActivityFilterForm(forms.Form):
    """By whom, about whom, what and when. What is invalid is explained at its field and left out of the filter."""

    by = _person(_("Done by (name or email)"))
    about = _person(_("Concerns (name or email)"))
    event = forms.ChoiceField(label=_("Event"), required=False)
    since = _day(_("From"))
    until = _day(_("Until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        event: Any = self.fields["event"]
        event.choices = [("", _("All")), *event_choices()]
        event.error_messages["invalid_choice"] = _("There is no such event. All are shown.")

    def wanted(self, *, customer_id: int, zone: ZoneInfo) -> ActivityFilter:
        """Give the filter of what is valid; days are those of ``zone``, the last one with all its hours."""
        self.is_valid()
        given = self.cleaned_data
        by, about, since, until = (given.get(name) for name in ("by", "about", "since", "until"))
        return ActivityFilter(
            actors=self._people("by", by, customer_id)[0] if by else None,
            affected=self._people("about", about, customer_id)[1] if about else None,
            deed=given.get("event", ""),
            since=datetime.combine(since, time.min, zone) if since else None,
            until=datetime.combine(until + timedelta(days=1), time.min, zone) if until else None,
        )

    def _people(self, name: str, text: str, customer_id: int) -> tuple[set[str], set[str]]:
        """Give references and mails of whom ``text`` may mean: people of the customer, or who once was one."""
        found = people_matching(customer_id, text, MOST_PEOPLE + 1)
        if len(found) > MOST_PEOPLE:
            self.add_error(name, _("More than 20 people are called so. Write more of the name, or the email address."))
            return set(), set()
        once = person_of_customers_with_mail(text)
        people = [*found, once] if once else found
        return {person.ref for person in people} | {text}, {person.mail for person in people} | {text, text.lower()}
