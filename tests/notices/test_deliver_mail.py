"""Mails by a real server: in the recipient's language, again when it was away, not again when it said no for good."""

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.core.mail import get_connection
from django.test import override_settings
from django_scopes import scopes_disabled
from django_tasks_db.models import DBTaskResult

from tests import people
from tests.notices.smtp import mail_server
from tests.servers import free_port
from torhaus.core import clock
from torhaus.journeys.issue_token import issue_token
from torhaus.journeys.retry_job import retry_job
from torhaus.journeys.revoke_token import revoke_token
from torhaus.journeys.send_test_mail import send_test_mail
from torhaus.notices.delivery import deliver
from torhaus.notices.models import Mail
from torhaus.organisations.models import Contact
from torhaus.records.models import Record
from torhaus.work.queries import dead_jobs
from torhaus.work.runner import Worker

pytestmark = pytest.mark.django_db(transaction=True)


def smtp(port):
    return override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=port
    )


def contact(of, role, name, mail, language=""):
    with scopes_disabled():
        return Contact.objects.create(customer=of, role=role, name=name, mail=mail, language=language)


def mails():
    with scopes_disabled():
        return list(Mail.objects.order_by("pk"))


@pytest.fixture
def contract():
    people.vendor(support_mail="hilfe@acme.example")
    customer = people.customer()
    contact(customer, "technical", "Jürgen Müßig", "technik@nordwind.example")
    contact(customer, "main", "Élodie Brontë", "elodie@nordwind.example", "en")
    contact(customer, "billing", "Buchhaltung", "rechnung@nordwind.example")
    return people.contract(customer)


def test_a_new_token_is_announced_to_each_contact_in_their_language(contract):
    old = issue_token(contract_ref=contract.ref, prefix="acme", by=people.SYSTEM)
    with scopes_disabled():
        Mail.objects.all().delete()
        DBTaskResult.objects.all().delete()
    with clock.at(people.NOON):
        new = issue_token(contract_ref=contract.ref, prefix="acme", overlap="24h", by=people.SYSTEM)
    with mail_server() as box, smtp(box.port):
        Worker().run_once()
    german, english = sorted(box.mails, key=lambda mail: mail["Content-Language"])
    assert german["To"] == "Jürgen Müßig <technik@nordwind.example>"
    assert english["To"] == "Élodie Brontë <elodie@nordwind.example>"
    assert german["Subject"] == "Neues Lizenz-Token für Vertrag V-2026-001"
    assert english["Subject"] == "New licence token for contract V-2026-001"
    for mail, hello, until in (
        (german, "Guten Tag Jürgen Müßig,", "gilt noch bis 23.11.2026 12:00 (CET)"),
        (english, "Hello Élodie Brontë,", "works until 2026-11-23 12:00 (CET)"),
    ):
        text = mail.get_body(("plain",)).get_content()
        html = mail.get_body(("html",)).get_content()
        for part in (text, html):
            assert hello in part
            assert until in part
            assert f"acme_{new.token.public_id}_…" in part
            assert "hilfe@acme.example" in part
            assert "Acme Software GmbH" in part
            assert new.token.secret not in part
            assert old.token.public_id not in part
        assert mail["Auto-Submitted"] == "auto-generated"
    assert [mail.state for mail in mails()] == ["sent", "sent"]
    assert {mail.customer_ref for mail in mails()} == {contract.customer.ref}


def test_a_revoked_token_is_announced(contract):
    token = issue_token(contract_ref=contract.ref, prefix="acme", by=people.SYSTEM).token
    revoke_token(public_id=token.public_id, by=people.SYSTEM)
    last = mails()[-2:]
    assert [mail.template for mail in last] == ["token_revoked"] * 2
    assert last[0].subject == "Lizenz-Token für Vertrag V-2026-001 widerrufen"
    assert f"acme_{token.public_id}_…" in last[0].text


def test_one_person_with_two_roles_gets_one_mail():
    people.vendor()
    customer = people.customer()
    contact(customer, "technical", "Jo", "jo@nordwind.example")
    contact(customer, "main", "Jo", "Jo@nordwind.example")
    issue_token(contract_ref=people.contract(customer).ref, prefix="acme", by=people.SYSTEM)
    assert [mail.recipient for mail in mails()] == ["jo@nordwind.example"]


def test_a_deed_that_fails_writes_no_mail(contract):
    with pytest.raises(KeyError):
        issue_token(contract_ref=contract.ref, prefix="acme", overlap="never", by=people.SYSTEM)
    assert mails() == []
    assert not DBTaskResult.objects.exists()


def test_a_server_that_is_away_gets_the_mail_when_it_is_back():
    people.vendor()
    send_test_mail(address="ada@acme.example", language="de", by=people.SYSTEM)
    port = free_port()
    with smtp(port):
        Worker().run_once()
        [mail] = mails()
        assert (mail.state, mail.attempts) == ("waiting", 1)
        assert "ConnectionRefusedError" in mail.last_error
        with mail_server(port) as box:
            Worker().run_once()
            assert box.mails == [], "not before the pause is over"
            with clock.shifted(timedelta(minutes=2)):
                Worker().run_once()
    [mail] = mails()
    assert (mail.state, mail.attempts, mail.last_error) == ("sent", 2, "")
    assert box.mails[0]["Message-ID"] == f"<{mail.ref}@localhost>"


def test_a_refusal_for_good_is_not_tried_again():
    people.vendor()
    send_test_mail(address="gone@acme.example", language="de", by=people.SYSTEM)
    with mail_server() as box, smtp(box.port):
        box.refuse["gone@acme.example"] = "550 5.1.1 no such user"
        for day in range(3):
            with clock.shifted(timedelta(days=day)):
                Worker().run_once()
    [mail] = mails()
    assert (mail.state, mail.attempts, mail.last_error) == ("failed", 1, "550 5.1.1 no such user")
    assert box.connections == 1
    assert not dead_jobs().exists()


def test_a_refusal_for_the_moment_is_tried_again_and_given_up_in_the_end():
    people.vendor()
    send_test_mail(address="full@acme.example", language="de", by=people.SYSTEM)
    with mail_server() as box, smtp(box.port):
        box.refuse["full@acme.example"] = "452 4.2.2 mailbox full"
        for day in range(12):
            with clock.shifted(timedelta(days=day)):
                Worker().run_once()
        [mail] = mails()
        assert (mail.state, mail.attempts) == ("failed", 10)
        assert box.connections == 10
        box.refuse.clear()
        retry_job(task_id=dead_jobs().get().task_id, by=people.SYSTEM)
        Worker().run_once()
    assert [mail.state for mail in mails()] == ["sent"]
    assert len(box.mails) == 1


def test_a_mail_is_sent_once_however_often_its_job_runs():
    people.vendor()
    mail = send_test_mail(address="ada@acme.example", language="en", by=people.SYSTEM)
    with mail_server() as box, smtp(box.port):
        assert deliver(mail.pk)
        assert deliver(mail.pk)
        Worker().run_once()
    assert len(box.mails) == 1
    with scopes_disabled():
        record = Record.objects.get()
    assert (record.deed, record.after) == ("send_test_mail", {}), "the address is not in the chain"
    assert set(record.commitments) == {"recipient"}


def test_files_instead_of_a_server(tmp_path):
    people.vendor(name="Größe & Söhne")
    mail = send_test_mail(address="ada@acme.example", language="de", by=people.SYSTEM)
    with override_settings(EMAIL_BACKEND="torhaus.core.mail.EmlBackend", EMAIL_FILE_PATH=tmp_path / "mails"):
        assert type(get_connection()).__name__ == "EmlBackend"
        deliver(mail.pk)
    [path] = Path(tmp_path / "mails").iterdir()
    assert path.name == f"{mail.ref}.eml"
    read = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert read["Subject"].strip() == "Test-E-Mail des Kundenportals von Größe & Söhne"
    assert "Größe &amp; Söhne" in read.get_body(("html",)).get_content()
    assert "Größe &" not in read.get_body(("plain",)).get_content().replace("Größe & Söhne", "")
