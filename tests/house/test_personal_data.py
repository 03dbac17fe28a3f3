"""House rule: what may hold something of a person is in the list that says what becomes of it (R65)."""

from collections import Counter

import pytest
from django.apps import apps
from django.db import models

from tests.house.personal import looks_personal
from torhaus.journeys.erase_person.places import PLACES

FIELDS = {
    f"{model._meta.label}.{field.name}": field
    for model in apps.get_models(include_auto_created=True)
    for field in model._meta.get_fields()
    if getattr(field, "concrete", False)
}


def test_R65_every_field_that_looks_personal_says_what_becomes_of_it():
    listed = {name for place in PLACES for name in place.names}
    missing = sorted(name for name, field in FIELDS.items() if looks_personal(field) and name not in listed)
    assert missing == [], "say in journeys/erase_person/places.py what becomes of it, and do it"


def test_R65_the_list_names_fields_that_are_there_once_each_with_a_reason():
    names = Counter(name for place in PLACES for name in place.names)
    assert sorted(set(names) - set(FIELDS)) == []
    assert [name for name, count in names.items() if count > 1] == []
    assert all(place.why for place in PLACES)


@pytest.mark.parametrize(
    ("field", "personal"),
    [
        (models.EmailField(name="x"), True),
        (models.GenericIPAddressField(name="x"), True),
        (models.TextField(name="x"), True),
        (models.JSONField(name="x"), True),
        (models.CharField(name="nickname"), True),
        (models.CharField(name="client_address"), True),
        (models.ForeignKey("accounts.User", models.CASCADE, name="whoever"), True),
        (models.CharField(name="currency"), False),
        (models.CharField(name="agent", choices=[("a", "A")]), False),
        (models.DateField(name="mail_on"), False),
    ],
)
def test_what_looks_personal(field, personal):
    field.set_attributes_from_name(field.name)
    if field.is_relation:
        field = apps.get_model("accounts.PasswordReset")._meta.get_field("user")
    assert looks_personal(field) is personal
