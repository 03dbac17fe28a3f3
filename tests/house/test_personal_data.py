"""House rule: what may hold something of a person is in the list that says what becomes of it (R65)."""

from collections import Counter

import pytest
from django.apps import apps
from django.db import models

from tests.house.personal import looks_personal
from torhaus.journeys.erase_person.places import PLACES
from torhaus.journeys.export_personal_data import personal_data_across_customers

# Under which key of the export a person finds what a model holds of them, or why it is not in there.
EXPORTED = {
    "accounts.User": "person",
    "accounts.MailChange": "mail_changes",
    "accounts.OpenSession": "sign_in",
    "accounts.ErasureRequest": "erasure_requests",
    "mfa.Authenticator": "sign_in",
    "organisations.Membership": "memberships",
    "organisations.Contact": "contacts",
    "organisations.OwnerRecovery": "proposals_to_own_an_account",
    "billing.BillingAccount": "addresses_for_invoices",
    "subscriptions.BookingRequest": "booking_requests",
    "subscriptions.EducationRequest": "education_requests",
    "seats.Seat": "seats",
    "seats.ReminderRefusal": "reminders_of_seats_you_refused",
    "usage.ReportRecipient": "mails_you_subscribed_to",
    "releases.ReleaseSubscription": "mails_you_subscribed_to",
    "licensing.TokenReset": "links_for_a_lost_token",
    "support.Message": "ticket_messages",
    "support.Attachment": "ticket_messages",
    "support.Ticket": "ticket_messages",
    "notices.Mail": "mails_to_you",
    "records.PersonalValue": "what_you_did",
    "records.Record": "what_you_did",
}
NOT_EXPORTED = {
    "accounts.User_groups": "unused: nobody of a customer has groups",
    "accounts.User_user_permissions": "unused: nobody of a customer has permissions",
    "accounts.PasswordReset": "times of links that live an hour; the mail with each is listed",
    "accounts.LoginCode": "times of codes that live ten minutes; the mail with each is listed",
    "accounts.Throttle": "hashes and addresses, by which nobody is known",
    "sessions.Session": "secret to the browser; sign_in lists the sessions",
    "account.EmailAddress": "unused",
    "organisations.Customer": "the customer's, named beside memberships",
    "organisations.Address": "the customer's",
    "billing.Invoice": "the customer's, who downloads it",
    "billing.InvoiceLine": "the customer's, who downloads it",
    "subscriptions.Booking": "the customer's",
    "licensing.Installation": "a machine of the customer's",
    "licensing.Lease": "a machine or a process",
    "releases.AnnouncedMailbox": "a hash that lives as long as an announcement is sent",
    "records.IdempotencyKey": "a copy of a reply to a program, for 48 hours; its content is listed",
    "work.Attempt": "a copy in an error of a job, for a week",
    "django_tasks_database.DBTaskResult": "a copy in a job, for a week",
}
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


@pytest.mark.django_db
def test_R64_whatever_an_erasure_takes_is_in_the_export_or_says_why_not():
    of_people = {place.model for place in PLACES if place.treatment is not None}
    assert of_people == EXPORTED.keys() | NOT_EXPORTED.keys(), "put it into the export, or say why it is not there"
    assert not EXPORTED.keys() & NOT_EXPORTED.keys()
    assert set(EXPORTED.values()) <= personal_data_across_customers(None, "nobody@x.example").keys()


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
