"""The form of a request for education terms."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from torhaus.catalogue.models import EducationCategory
from torhaus.core.texts import text_in

LONGEST_STATEMENT = 2000
_SEEN = RegexValidator(
    re.compile(r"[\x01-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"),
    _("Enter this on one line. It holds a line break or a character that cannot be seen."),
    inverse_match=True,
)


class EducationForm(forms.Form):
    """For which group one asks, who one is, and what for. The proof is a file and comes beside it."""

    category = forms.ChoiceField(
        label=_("Group"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose the group you belong to.")),
    )
    institution = forms.CharField(
        label=_("Name of the institution"),
        max_length=160,
        validators=[_SEEN],
        help_text=_("As it stands on your proof."),
        error_messages={"required": _("Enter the name of your institution.")},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    statement = forms.CharField(
        label=_("What you use it for (optional)"),
        max_length=LONGEST_STATEMENT,
        required=False,
        help_text=_("Whatever helps us decide, such as who works with it. No data of pupils or students, please."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, categories: Sequence[EducationCategory], **kwargs: Any) -> None:
        kwargs["label_suffix"] = ""
        super().__init__(*args, **kwargs)
        language = (get_language() or "en")[:2]
        choices = [("", _("Choose …")), *((one.key, text_in(one.name, language)) for one in categories)]
        field: Any = self.fields["category"]
        field.choices = choices
