"""The two-customer sweep (R70): with everything of customer A in hand, customer B gets nothing and changes nothing.

Identifiers are taken from the database. A route with a parameter that nobody
classified, and a view that forgot its scope, turn the sweep red; both are tried.
"""

import hashlib
import itertools
import re

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path, reverse
from django_scopes import scopes_disabled

from tests import people
from tests.routes import Route, all_routes
from tests.seats import seating
from tests.usage.readings import installation, report, said
from tests.web import education
from tests.web.tickets import support
from tests.web.tickets import ticket as ticket_of
from torhaus.accounts.models import OpenSession
from torhaus.billing.models import Invoice, InvoiceLine
from torhaus.core.storage import DiskStore
from torhaus.frame.access import viewer_may
from torhaus.organisations.models import Address, Contact, OwnershipOffer
from torhaus.releases.download_file import download_file
from torhaus.releases.links import make_link
from torhaus.support.messages import NewFile
from torhaus.support.models import Attachment

OTHERS = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
METHODS = ("GET", "POST", *OTHERS)
# What a route's parameter identifies. None: it names nothing of a customer's.
PARAMETERS = {
    ("web:invoice", "ref"): "invoice",
    ("web:invoice_pdf", "ref"): "invoice",
    ("web:installation", "ref"): "installation",
    ("web:name_installation", "ref"): "installation",
    ("web:remove_installation", "ref"): "installation",
    ("web:offline_licence_file", "ref"): "any",
    ("web:open_token_reset", "ref"): None,
    ("web:open_token_reset", "code"): None,
    ("web:member", "ref"): "member",
    ("web:change_member_role", "ref"): "member",
    ("web:deactivate_member", "ref"): "member",
    ("web:reactivate_member", "ref"): "member",
    ("web:remove_member", "ref"): "member",
    ("web:resend_invitation", "ref"): "member",
    ("web:send_passkey_link", "ref"): "member",
    ("web:end_own_session", "ref"): "session",
    ("web:remove_passkey", "ref"): "passkey",
    ("web:offer_ownership", "ref"): "member",
    ("web:open_password_reset", "ref"): None,
    ("web:open_password_reset", "code"): None,
    ("web:open_invitation", "ref"): None,
    ("web:follow_booking_link", "ref"): None,
    ("web:follow_booking_link", "code"): None,
    ("web:open_invitation", "code"): None,
    ("web:open_passkey_link", "ref"): None,
    ("web:open_passkey_link", "code"): None,
    ("web:version", "ref"): None,
    ("web:add_on_download", "key"): None,
    ("web:download_file", "ref"): "file",
    ("web:download_file", "link"): "link",
    ("web:signature", "ref"): None,
    ("web:checksums", "ref"): None,
    ("web:seat", "ref"): "seat",
    ("web:reassign_seat", "ref"): "seat",
    ("web:release_seat", "ref"): "seat",
    ("web:extend_seat", "ref"): "seat",
    ("web:remove_second_factor", "ref"): "seat",
    ("web:permit_guests", "ref"): "seat",
    ("web:mail_seat_registration", "ref"): "seat",
    ("web:open_seat_reminders", "ref"): None,
    ("web:open_seat_reminders", "code"): None,
    ("web:open_seat_registration", "ref"): None,
    ("web:open_seat_registration", "code"): None,
    ("web:ticket", "ref"): "ticket",
    ("web:ticket_received", "ref"): "ticket",
    ("web:reply_to_ticket", "ref"): "ticket",
    ("web:close_ticket", "ref"): "ticket",
    ("web:ticket_attachment", "ref"): "attachment",
    ("web:education_proof", "ref"): "education",
    ("web:withdraw_education_request", "ref"): "education",
    ("web:end_release_subscription", "ref"): "subscription",
    ("web:open_release_mail", "ref"): None,
    ("web:open_release_mail", "code"): None,
    ("web:end_release_mails", "ref"): None,
    ("web:end_release_mails", "code"): None,
    ("web:change_report_recipient", "ref"): "recipient",
    ("web:remove_report_recipient", "ref"): "recipient",
    ("web:send_usage_report", "ref"): "recipient",
    ("web:open_report_mail", "ref"): None,
    ("web:open_report_mail", "code"): None,
    ("web:end_report_mails", "ref"): None,
    ("web:end_report_mails", "code"): None,
    ("web:article", "slug"): None,
    ("web:rate_article", "slug"): None,
    ("web:brand_css", "digest"): None,
    ("web:brand_logo", "digest"): None,
}
# A session notes once a minute that it is in use, and the sweep takes longer than that.
UNTOUCHED = {
    "django_session",
    "sessions_session",
    "accounts_throttle",
    "django_migrations",
    "django_content_type",
    "auth_permission",
}


def customer_with_everything(key: str, settings) -> dict:
    """A customer with a row in every tenant table, all marked with ``key``."""
    owner = people.customer(number=f"NR{key}1", name=f"Firma {key} Eins GmbH")
    contract = people.contract(owner, number=f"V{key}1")
    second = people.contract(owner, number=f"V{key}2")
    people.booking(contract, name=f"Produkt {key}")
    token = people.token(contract)
    with scopes_disabled():
        Address.objects.create(customer=owner, recipient=f"Adresse {key}", city="Köln", country="DE")
        Contact.objects.create(customer=owner, role="billing", name=f"Person {key}", mail=f"{key}@a.example".lower())
        stored = DiskStore(settings.DATA_DIR / "files").put([b"%PDF-1.4 " + key.encode()])
        invoice = Invoice.objects.create(
            customer=owner,
            number=f"RE{key}1",
            origin=contract.number,
            issued_on="2026-11-01",
            due_on="2026-11-15",
            currency="EUR",
            gross_cents=119_00,
            document_key=stored.key,
            document_bytes=stored.size,
        )
        InvoiceLine.objects.create(
            invoice=invoice,
            position=1,
            text=f"Position {key}",
            quantity=1,
            unit_price=100,
            vat_rate=19,
            net_cents=10_000,
        )
    file = people.release_file(people.release(f"34.{contract.pk}", packages=[]))
    link = make_link(contract_ref=contract.ref, file_ref=file.ref)
    download_file(link=link[:20], contract=contract, file=file, by=people.SYSTEM)
    invited = people.member(
        owner, "owner", mail=f"owner.{key}@a.example".lower(), state="initiated", invitation=f"inv{key}".ljust(12, "x")
    )
    session = OpenSession.objects.create(
        user=invited.person, key=f"key{key}", address="192.0.2.1", began_at=people.NOON, seen_at=people.NOON
    )
    data = {"name": f"Passkey {key}", "credential": {}}
    with scopes_disabled():
        ends = invited.invited_at
        OwnershipOffer.objects.create(customer=owner, successor=invited, offered_at=ends, ends_at=ends)
    own = {
        "session": session.ref,
        "passkey": str(Authenticator.objects.create(user=invited.person, type="webauthn", data=data).pk),
        "token": token,
        "invitation": invited.invitation,
        "member": invited.ref,
        "contract": contract,
        "second": second,
        "invoice": invoice,
        "customer": owner,
    }
    support(contract)
    file_of_ticket = NewFile(f"Anhang {key}.txt", "text/plain", stored.size, stored.key)
    ticket = ticket_of(contract, body=f"Frage {key}", attachments=[file_of_ticket])
    with scopes_disabled():
        attachment = Attachment.objects.get(message__ticket=ticket)
    own["subscription"] = people.release_subscription(contract, f"{key}@s.example".lower())
    own["education"] = education.request_of(contract, f"Institut {key}", stored.key)
    own["recipient"] = people.report_recipient(contract, f"bericht.{key}@s.example".lower())
    seating.kinds()
    seating.book(contract, "full", 1)
    own["seat"] = seating.assign(contract, f"seat{key}".lower())
    own["installation"] = installation(contract, f"Ort {key}")
    report(contract, said(5, people.meter().key), source=own["installation"].ref)
    return own | {"file": file, "link": link, "ticket": ticket, "attachment": attachment}


def identifiers(one: dict) -> dict[str, list[str]]:
    """Every way to name something of a customer's: references, primary keys, numbers, public ids."""
    public_id = one["token"].split("_")[1]
    found = {
        "invoice": [one["invoice"].ref, str(one["invoice"].pk), one["invoice"].number],
        "contract": [
            name for contract in (one["contract"], one["second"])
            for name in (contract.ref, str(contract.pk), contract.number)
        ],
        "customer": [one["customer"].ref, str(one["customer"].pk), one["customer"].number],
        "token": [public_id],
    }  # fmt: skip
    found["invitation"] = [one["invitation"]]
    found["member"] = [one["member"]]
    found |= {"session": [one["session"]], "passkey": [one["passkey"]]}
    found |= {"file": [one["file"].ref], "link": [one["link"]]}
    found["ticket"] = [one["ticket"].ref, one["ticket"].number]
    found["attachment"] = [one["attachment"].ref]
    found["subscription"] = [one["subscription"].ref, str(one["subscription"].pk), one["subscription"].mail]
    found["education"] = [one["education"].ref, str(one["education"].pk)]
    found["recipient"] = [one["recipient"].ref, str(one["recipient"].pk), one["recipient"].mail]
    found["seat"] = [one["seat"].ref, str(one["seat"].pk)]
    found["installation"] = [one["installation"].ref, str(one["installation"].pk)]
    found["any"] = list(itertools.chain.from_iterable(found.values()))
    return found


def snapshot() -> dict[str, str]:
    """A digest of every table's rows."""
    digests = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if table not in UNTOUCHED:
                cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
                digests[table] = hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()
    return digests


def customer_routes(urlconf=None) -> list[Route]:
    return [route for route in all_routes(urlconf) if route.access is None or route.access.audience != "staff"]


def urls_of(route: Route, names: dict[str, list[str]]) -> list[str]:
    """Every URL of the route that names something of the other customer's."""
    choices = []
    for parameter in route.parameters:
        assert (route.name, parameter) in PARAMETERS, f"{route.name}: nobody classified its parameter {parameter!r}"
        kind = PARAMETERS[(route.name, parameter)]
        choices.append(names[kind] if kind else ["x" * 12])
    found = []
    for values in itertools.product(*choices):
        try:
            found.append(reverse(route.name, kwargs=dict(zip(route.parameters, values, strict=True))))
        except LookupError:
            continue
    return found


def sweep(client: Client, theirs: dict, *, urlconf=None) -> int:
    """Ask every route by every method with everything of ``theirs``; give how many requests that were."""
    names = identifiers(theirs)
    known = {*names["invoice"][::2], *names["contract"][::3], *names["ticket"], names["attachment"][0], "AGEHEIM"}
    marks = re.compile("|".join(map(re.escape, known)))
    fields = ("ref", "contract", "customer", "id", "invoice", "token", "public_id", "next")
    values = names["any"][:4] + names["contract"]
    asked = 0
    for route in customer_routes(urlconf):
        for url in urls_of(route, names):
            # What stands in fields is sent by two of the methods only; the others are asked once.
            for method, value in [*itertools.product(("GET", "POST"), values), *((other, "") for other in OTHERS)]:
                if route.name == "web:sign_out" and method == "POST":
                    continue
                data = dict.fromkeys(fields, value)
                ask = client.get if method == "GET" else client.post if method == "POST" else None
                response = ask(url, data) if ask else client.generic(method, url)
                asked += 1
                where = f"{method} {url} with {value}"
                body = b"".join(response.streaming_content) if response.streaming else response.content
                # Nothing can be signed here, so that B cannot change anything of its own either.
                unsigned = url == "/.well-known/torhaus-revocations"
                assert response.status_code < 500 or unsigned, where
                foreign = any(PARAMETERS.get((route.name, name)) for name in route.parameters)
                if foreign:
                    assert response.status_code in {403, 404, 405}, f"{where} answered {response.status_code}"
                told = _without_echo(body.decode(errors="replace"), value, url)
                assert not marks.search(told), f"{where} leaks"
    return asked


def _without_echo(text: str, *typed: str) -> str:
    """What the visitor typed may come back to them; it tells nothing they did not say."""
    for part in sorted((part for one in typed for part in one.split("/") if len(part) > 5), key=len, reverse=True):
        text = text.replace(part, "")
    return text


@pytest.fixture
def two(db, settings):
    people.vendor()
    return customer_with_everything("AGEHEIM", settings), customer_with_everything("B", settings)


@pytest.fixture
def as_b(two):
    client = Client()
    assert client.post(reverse("web:sign_in"), {"token": two[1]["token"]}).status_code == 302
    assert client.get(reverse("web:dashboard")).status_code == 200
    # What a contract grants is kept at its first use; that is B's own, and no change.
    assert client.get(reverse("web:installations")).status_code == 200
    return client


def test_every_page_of_ones_own_is_shown_from_either_database(two):
    """So whatever a page asks is a statement that both understand; what it shows, other tests look at."""
    one = two[0]
    names = {what: found[:1] for what, found in identifiers(one).items()}
    by_token = Client()
    assert by_token.post(reverse("web:sign_in"), {"token": one["token"]}).status_code == 302
    by_name = Client()
    somebody = people.member(one["customer"], "administrator", mail="admin@a.example").person
    login = {"mail": somebody.mail, "password": people.PASSWORD}
    assert by_name.post(reverse("web:sign_in_person"), login).status_code == 302
    shown = {}
    for route in customer_routes():
        if not route.access or route.access.audience != "viewer":
            continue
        for url, client in itertools.product(urls_of(route, names), (by_token, by_name)):
            answer = client.get(url)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert body or answer.status_code != 200, url
            shown.setdefault(route.name, set()).add(answer.status_code)
    assert len([name for name, codes in shown.items() if 200 in codes]) > 50


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.timeout(600)  # some thousand requests
def test_R70_customer_b_gets_nothing_of_a_and_changes_nothing(two, as_b):
    before = snapshot()
    asked = sweep(as_b, two[0])
    assert snapshot() == before
    assert as_b.get(reverse("web:invoice", args=[two[1]["invoice"].ref])).status_code == 200  # still signed in
    print(f"{asked} requests")
    assert asked > 100


def test_R70_a_stranger_without_token_gets_no_page(two):
    names = identifiers(two[0])
    before = snapshot()
    for route in all_routes():
        if route.access and route.access.audience == "viewer":
            for url in urls_of(route, names):
                for method in METHODS:
                    response = Client().generic(method, url)
                    assert response.status_code in {302, 403, 405}, url
    assert snapshot() == before


def test_R70_customer_b_enters_no_staff_page(two, as_b):
    for route in all_routes():
        if route.access and route.access.audience == "staff" and not route.parameters:
            response = as_b.get(reverse(route.name))
            assert response.status_code == 302, route.name
            assert "sign-in" in response.url, route.name


@viewer_may("see_invoices")
def unscoped(request, ref):
    """What the sweep must find: a view that forgot whose invoices it may show."""
    with scopes_disabled():
        found = Invoice.objects.filter(ref=ref).first()
    return HttpResponse(found.number if found else "", status=200 if found else 404)


urlpatterns = [
    path("leak/<str:ref>/", unscoped, name="leak"),
    path("", include("torhaus.config.urls")),
]


def test_R70_a_deliberately_unscoped_view_turns_the_sweep_red(two, as_b, settings, monkeypatch):
    settings.ROOT_URLCONF = __name__
    monkeypatch.setitem(PARAMETERS, ("leak", "ref"), "invoice")
    with pytest.raises(AssertionError, match="/leak/"):
        sweep(as_b, two[0])


def test_R70_an_unclassified_route_turns_the_sweep_red(two, as_b, settings):
    settings.ROOT_URLCONF = __name__
    with pytest.raises(AssertionError, match="nobody classified"):
        sweep(as_b, two[0])
