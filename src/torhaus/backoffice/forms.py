"""What the staff's forms share: how they are shown, and plain sentences for common mistakes."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from torhaus.frame.formatting import number_text

# In the language of the reader, not of the one who started the process.
_number_text = lazy(number_text, str)
# A browser sends none of these from a one-line field; they come with pasted text, and break mail headers and file names.
_ONE_LINE = RegexValidator(
    re.compile(r"[\x01-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"),
    _("Enter this on one line. It holds a line break or a character that cannot be seen."),
    inverse_match=True,
)


def offer(form: forms.Form, name: str, choices: Iterable[tuple[str, Any]]) -> None:
    """Let one choose among these in the field ``name``.

    Raises:
        TypeError: the field offers no choice; a fault of the form.
    """
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} is no field of choices")
    field.choices = list(choices)


class StaffForm(forms.Form):
    """A form whose values are trimmed and whose errors say what to do."""

    says_optional = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["label_suffix"] = ""
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if not isinstance(field.widget, forms.HiddenInput):
                field.error_messages["required"] = _("Fill in this field.")
            field.widget.attrs.setdefault("autocomplete", "off")
            typed = not isinstance(field.widget, forms.CheckboxInput | forms.Select | forms.HiddenInput)
            if self.says_optional and typed and not field.required:
                field.label = format_lazy("{} {}", field.label, _("(optional)"))


class WholeNumber(forms.IntegerField):
    """A whole number as typed: "1.000" is a thousand to one reader and one to another, so it is asked again."""

    re_decimal = re.compile(r"(?!)")


def text_field(label: Any, max_length: int, **options: Any) -> forms.CharField:
    """Give a one-line text field; longer texts and control characters are refused with a sentence."""
    return forms.CharField(label=label, max_length=max_length, validators=[_ONE_LINE], **options)


def day_field(label: Any, **options: Any) -> forms.DateField:
    """Give a field for a day: the browser's own calendar, which sends ISO 8601."""
    return forms.DateField(
        label=label,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        error_messages={"invalid": _("Enter a day that exists, such as 2026-11-22.")},
        **options,
    )


def number_field(label: Any, *, least: int, most: int, **options: Any) -> forms.IntegerField:
    """Give a field for a whole number from ``least`` to ``most``."""
    return WholeNumber(
        label=label,
        min_value=least,
        max_value=most,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "invalid": _("Enter a whole number, without dots or letters."),
            "min_value": format_lazy(_("Enter a number from {least} up."), least=_number_text(least)),
            "max_value": format_lazy(_("Enter a number up to {most}."), most=_number_text(most)),
        },
        **options,
    )
