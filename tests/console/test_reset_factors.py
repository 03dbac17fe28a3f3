"""``torhaus reset-factors``: who lost everything signs in with the password alone again."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.authenticator import set_up
from tests.servers import installation
from torhaus.accounts.second_factors import UnknownFactor
from torhaus.journeys.change_own_factors import reset_second_factors
from torhaus.records.models import Record


@pytest.mark.django_db
def test_factors_and_sessions_end_with_one_record():
    people.vendor()
    people.contract(people.customer())
    user = people.staff()
    client = Client()
    form = {"mail": user.mail, "password": people.PASSWORD}
    assert client.post("/staff/sign-in/", form).url == "/staff/"
    set_up(client)
    assert reset_second_factors(user=user, by=people.SYSTEM) == 1
    assert Authenticator.objects.count() == 0
    assert client.get("/staff/").status_code == 302
    with scopes_disabled():
        [one] = Record.objects.filter(deed="reset_second_factors")
    assert (one.subject_ref, one.after) == (user.ref, {"factors": 1})
    assert client.post("/staff/sign-in/", form).url == "/staff/"
    with pytest.raises(UnknownFactor):
        reset_second_factors(user=user, by=people.SYSTEM)


@pytest.mark.slow
@pytest.mark.servers
def test_the_command_says_what_it_did_and_whom_it_does_not_find():
    with installation() as here:
        here.python(
            """
            from allauth.mfa.models import Authenticator
            Authenticator.objects.create(user=people.staff(), type="webauthn", data={"name": "Key", "credential": {}})
            """
        )
        done = here.torhaus("reset-factors", "Administrator@acme.example")
        assert "1 forgotten" in done.stdout
        for mail, said in (("administrator@acme.example", "no second factor"), ("nobody@acme.example", "nobody has")):
            refused = here.torhaus("reset-factors", mail, check=False)
            assert refused.returncode == 1
            assert said in refused.stderr
