"""The form of a company's security: who needs a second factor from when on, when sessions end, how one may sign in."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from torhaus.frame.words import METHOD_WORDS, ROLES
from torhaus.organisations.rules import (
    CODE,
    EVERYBODY,
    IDLE_MINUTES,
    NOBODY,
    SESSION_HOURS,
    SOME_ROLES,
    SecurityRules,
)

FACTOR_FOR = {
    NOBODY: pgettext_lazy("second factor", "Nobody"),
    SOME_ROLES: _("Who has one of the roles chosen below"),
    EVERYBODY: pgettext_lazy("second factor", "Everybody"),
}


def idle_limit() -> int:
    """Give the most minutes without use that one may set: the portal ends every session after them."""
    return min(IDLE_MINUTES[1], settings.OPTIONS.session_idle_minutes)


def hours_limit() -> int:
    """Give the most hours that one may set: the portal ends every session after them."""
    return min(SESSION_HOURS[1], settings.OPTIONS.session_hours)


def _number(label: Any, least: int, most: int) -> forms.IntegerField:
    said = format_lazy(_("Enter a whole number from {least} to {most}, or nothing."), least=least, most=most)
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=least,
        max_value=most,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), said),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class SecurityForm(forms.Form):
    """All of a company's rules at once; ``version`` is the one that was shown."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    factor_for = forms.ChoiceField(
        label=_("Who needs a second factor?"),
        choices=list(FACTOR_FOR.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who needs one."), "invalid_choice": _("Choose who needs one.")},
    )
    factor_roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=list(ROLES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choose from the roles shown.")},
    )
    factor_from = forms.DateField(
        label=_("From this day on"),
        required=False,
        error_messages={"invalid": _("Enter a day, such as 2026-12-31.")},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    methods = forms.MultipleChoiceField(
        label=_("Who signs in by name may use"),
        choices=list(METHOD_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Allow at least one way to sign in, or nobody gets in any more."),
            "invalid_choice": _("Choose from the ways shown."),
        },
    )

    def __init__(self, *args: Any, today: date, before: SecurityRules, **kwargs: Any) -> None:
        kwargs["label_suffix"] = ""
        super().__init__(*args, **kwargs)
        self.today, self.before = today, before
        idle, hours = idle_limit(), hours_limit()
        self.fields["idle_minutes"] = _number(_("Minutes without use"), min(IDLE_MINUTES[0], idle), idle)
        self.fields["session_hours"] = _number(_("Hours altogether"), SESSION_HOURS[0], hours)
        self.fields["idle_minutes"].help_text = _(
            "A session ends when it was not used for so long. Leave it empty for %(most)s, the limit of the whole portal."
        ) % {"most": idle}
        self.fields["session_hours"].help_text = _(
            "So long after signing in it ends in any case. Leave it empty for %(most)s, the limit of the whole portal."
        ) % {"most": hours}

    def clean(self) -> dict[str, Any]:
        """Hold roles and day against who needs a second factor; what does not count is left out."""
        said = super().clean() or {}
        chosen, day = said.get("factor_for"), said.get("factor_from")
        if chosen == SOME_ROLES and not said.get("factor_roles") and "factor_roles" not in self.errors:
            self.add_error("factor_roles", gettext("Choose the roles that need one."))
        if chosen in (SOME_ROLES, EVERYBODY) and "factor_from" not in self.errors:
            if day is None:
                self.add_error("factor_from", gettext("Enter the day from which on it is needed."))
            elif day < self.today and day != self.before.factor_from:
                self.add_error("factor_from", gettext("This day is over. Enter today or a later one."))
        if said.get("methods") == [CODE]:
            self.add_error(
                "methods", gettext("Allow the password or a passkey beside codes by mail, which may not come.")
            )
        if chosen != SOME_ROLES:
            said["factor_roles"] = []
        if chosen == NOBODY:
            said["factor_from"] = None
        return said

    def rules(self) -> SecurityRules:
        """Give the rules of a form that is valid."""
        said = self.cleaned_data
        return SecurityRules(
            factor_for=said["factor_for"],
            factor_roles=frozenset(said["factor_roles"]),
            factor_from=said["factor_from"],
            idle_minutes=said["idle_minutes"],
            session_hours=said["session_hours"],
            methods=frozenset(said["methods"]),
            version=said["version"],
        )


def known(rules: SecurityRules) -> dict[str, Any]:
    """Give what the form shows of the rules in force."""
    return {
        "version": rules.version,
        "factor_for": rules.factor_for,
        "factor_roles": sorted(rules.factor_roles),
        "factor_from": rules.factor_from,
        "idle_minutes": rules.idle_minutes,
        "session_hours": rules.session_hours,
        "methods": sorted(rules.methods),
    }
