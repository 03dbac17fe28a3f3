"""``torhaus init`` makes an installation ready, and again only adds what lacks."""

import stat

import pytest

from tests.servers import installation

pytestmark = pytest.mark.servers
STORED = """
from torhaus.accounts.models import User
from torhaus.records.models import Record
from torhaus.vendor.models import SigningKey, Vendor
with scopes_disabled():
    deeds = sorted(Record.objects.values_list("deed", flat=True))
print([u.mail for u in User.objects.all()], [v.legal_name for v in Vendor.objects.all()], SigningKey.objects.count(), deeds)
"""
ONCE = "['ada@acme.example'] ['Acme GmbH'] 2 ['create_signing_key', 'create_signing_key', 'create_staff', 'create_vendor']\n"


def test_init_makes_everything_once():
    with installation(migrated=False) as here:
        del here.env["TORHAUS_SECRET_KEY"]
        words = ("init", "--vendor-name", "Acme GmbH", "--staff-mail", "Ada@acme.example", "--yes")
        told = here.torhaus(*words).stdout
        password = told.split("shown only now: ")[1].split()[0]
        assert here.python(STORED) == ONCE
        kept = here.data_dir / "secret-key"
        key = kept.read_text()
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert len(key.strip()) >= 50
        again = here.torhaus(*words).stdout
        assert "made" not in again
        assert password not in again
        assert here.python(STORED) == ONCE
        assert kept.read_text() == key
        check = f"from django.contrib.auth import authenticate; print(authenticate(username='ADA@acme.example', password='{password}'))"
        assert here.python(check) == "ada@acme.example\n"


def test_init_without_names_says_what_is_left_and_files_may_bring_it():
    with installation(migrated=False) as here:
        told = here.torhaus("init").stdout
        assert "first account: none; run `torhaus init --staff-mail you@example.com`" in told
        assert "vendor: none; `torhaus import` brings it" in told


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--staff-mail", "nobody"), "no mail address"),
        (("--staff-mail", "a@b.example", "--vendor-name", "X", "--vendor-country", "Germany"), "country"),
        (("--staff-mail", "a@b.example", "--vendor-name", "X", "--token-prefix", "9-9"), "token_prefix"),
        (("--new-password",), "--staff-mail"),
        (("--new-password", "--staff-mail", "x@y.example"), "nobody of the staff"),
    ],
)
def test_init_refuses_nonsense_with_a_sentence(words, reason):
    with installation() as here:
        done = here.torhaus("init", *words, "--yes", check=False)
        assert done.returncode == 1
        assert reason in done.stderr
        assert "Traceback" not in done.stderr


def test_a_forgotten_password_is_replaced_and_recorded():
    with installation() as here:
        here.torhaus("init", "--staff-mail", "ada@acme.example", "--yes")
        told = here.torhaus("init", "--new-password", "--staff-mail", "ADA@acme.example").stdout
        password = told.split("shown only now: ")[1].strip()
        asked = f"""
        from torhaus.accounts.models import User
        from torhaus.records.models import Record
        with scopes_disabled():
            print(User.objects.get().check_password("{password}"), Record.objects.latest("id").deed)
        """
        assert here.python(asked) == "True reset_staff_password\n"


def test_init_tells_what_production_still_refuses():
    with installation(migrated=False, production="true") as here:
        assert "before you serve: TORHAUS_HTTPS is off" in here.torhaus("init").stdout


def test_init_says_whose_address_it_is_and_gives_a_customers_person_no_password():
    with installation() as here:
        here.python(
            "from torhaus.accounts.models import User; User.objects.create_user('kim@x.example', 'as-it-was', name='Kim')"
        )
        done = here.torhaus("init", "--staff-mail", "Kim@x.example", "--yes", check=False)
        assert done.returncode != 0
        assert "the address of a customer's person or of a closed account" in done.stdout + done.stderr
        done = here.torhaus("init", "--new-password", "--staff-mail", "kim@x.example", "--yes", check=False)
        assert "nobody of the staff" in done.stdout + done.stderr
        kept = "from torhaus.accounts.models import User; u = User.objects.get(); print(u.staff_role, u.check_password('as-it-was'))"
        assert here.python(kept).split() == ["True"]


def test_a_new_password_for_staff_ends_the_old_one_and_is_recorded_without_it():
    with installation() as here:
        here.torhaus("init", "--staff-mail", "ada@acme.example", "--yes")
        told = here.torhaus("init", "--new-password", "--staff-mail", "Ada@acme.example", "--yes").stdout
        password = told.split("shown only now: ")[1].split()[0]
        asked = f"""
from django.contrib.auth import authenticate
from torhaus.records.models import Record
with scopes_disabled():
    [one] = Record.objects.filter(deed="reset_staff_password")
print(authenticate(username="ada@acme.example", password="{password}"), "{password}" in str(one.after) + str(one.before))
"""
        assert here.python(asked) == "ada@acme.example False\n"
