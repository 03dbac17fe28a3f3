"""Raw data in Django admin, and failed jobs: looked at by those who may, changed by nobody outside a deed."""

import pytest
from django.urls import reverse
from django_scopes import scopes_disabled
from django_tasks_db.models import DBTaskResult

from tests import people
from tests.backoffice.conftest import records
from torhaus.backoffice.admin_site import site
from torhaus.core import clock
from torhaus.licensing.models import LicenceToken
from torhaus.records.models import Record
from torhaus.work.models import Attempt


@pytest.fixture
def full(world):
    """At least one row in the tables that matter most."""
    text = people.token(world.contract)
    people.staff("sales")
    return text


def test_every_table_is_listed_and_shown_and_none_is_written(full, sign_in):
    client = sign_in()
    assert client.get("/staff/admin/").status_code == 200
    for model in site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert client.get(reverse(f"{name}_changelist") + "?q=a").status_code == 200, name
        assert client.get(reverse(f"{name}_changelist")).status_code == 200, name
        assert client.get(reverse(f"{name}_add")).status_code == 403, name
        with scopes_disabled():
            row = model._base_manager.first()
            count = model._base_manager.count()
        if row is None:
            continue
        change = reverse(f"{name}_change", args=[row.pk])
        assert client.get(change).status_code == 200, name
        assert client.post(change, {"name": "x", "_save": "1"}).status_code == 403, name
        assert client.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403, name
        data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        client.post(reverse(f"{name}_changelist"), data)
        with scopes_disabled():
            assert model._base_manager.count() == count, name


def test_secrets_are_not_shown(full, sign_in):
    client = sign_in()
    with scopes_disabled():
        token = LicenceToken.objects.get()
    body = client.get(f"/staff/admin/licensing/licencetoken/{token.pk}/change/").content.decode()
    assert token.public_id in body
    assert token.secret_hash not in body
    body = client.get(f"/staff/admin/accounts/user/{client.user.pk}/change/").content.decode()
    assert "argon2" not in body


@pytest.mark.parametrize("role", ["sales", "billing", "support", "release_manager"])
def test_only_administrators_enter(world, sign_in, role):
    client = sign_in(role)
    for address in ("/staff/admin/", "/staff/admin/records/record/", "/staff/admin/password_change/"):
        assert client.get(address).status_code == 403


def test_admin_takes_no_password_and_obeys_the_content_policy(world, sign_in):
    client = sign_in()
    assert client.get("/staff/admin/password_change/").status_code == 302
    body = client.get("/staff/admin/records/record/").content.decode()
    assert "password_change" not in body
    assert " style=" not in body
    assert "unsafe-inline" not in client.get("/staff/admin/")["Content-Security-Policy"]


def dead_job():
    result = DBTaskResult.objects.create(
        task_path="torhaus.notices.tasks.send_mail",
        args_kwargs={"args": [], "kwargs": {}},
        backend_name="default",
        run_after=clock.now(),
        status="FAILED",
    )
    Attempt.objects.create(task_id=result.pk, name="send_mail", attempts=5, dead_at=clock.now(), last_error="refused")
    return result


def test_a_failed_job_is_retried_or_discarded_and_recorded(world, sign_in):
    first, second = dead_job(), dead_job()
    client = sign_in()
    assert client.get("/staff/jobs/").content.decode().count("refused") == 2
    client.post(f"/staff/jobs/{first.pk}/retry/")
    first.refresh_from_db()
    assert first.status == "READY"
    assert "never done" in client.get(f"/staff/jobs/{second.pk}/discard/").content.decode()
    client.post(f"/staff/jobs/{second.pk}/discard/")
    assert not DBTaskResult.objects.filter(pk=second.pk).exists()
    again = client.post(f"/staff/jobs/{second.pk}/discard/", follow=True)
    assert "already retried or discarded" in again.content.decode()
    assert "No job has failed" in again.content.decode()
    assert [r.deed for r in records()][-2:] == ["retry_job", "discard_job"]
    with scopes_disabled():
        assert Record.objects.filter(actor_ref=client.user.ref, deed="retry_job").count() == 1
