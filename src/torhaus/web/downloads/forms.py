"""The search over add-ons. It is a GET form: every state of the list is a URL."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AddOnSearchForm(forms.Form):
    """Words that title, maker, key or description hold; what is too long is explained and finds all."""

    text = forms.CharField(
        label=_("Search add-ons"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def words(self) -> list[str]:
        """Give the words to look for, letter case aside."""
        self.is_valid()
        return str(self.cleaned_data.get("text", "")).casefold().split()
