"""Groups with education terms come with the vendor's files, and both vendors' pages show them."""

import pytest

from tests import people
from tests.doors import staff_client
from tests.journeys.vendor_files import FIRN, demo, errors, load, write
from tests.web import education as edu
from tests.web.test_price_plan import inside
from tests.web.visitors import card, words
from torhaus.catalogue.models import EducationCategory
from torhaus.core import clock
from torhaus.subscriptions.queries import contract_numbered_across_customers
from torhaus.vendor.queries import the_vendor

pytestmark = pytest.mark.django_db
GROUPS = (
    "key;name.de;name.en;needs_proof;percent;offered\nschools;Schulen;Schools;yes;40;\nchoirs;Chöre;Choirs;no;;no\n"
)


@pytest.fixture(autouse=True)
def stopped_clock(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    with clock.at(people.NOON):
        yield


def test_groups_are_loaded_and_the_same_file_changes_nothing(tmp_path):
    load(write(tmp_path / "a", education_categories_csv=GROUPS))
    assert the_vendor().education_terms is False, "unless the vendor says so"
    found = EducationCategory.objects.order_by("key").values_list("key", "needs_proof", "percent", "offered")
    assert list(found) == [("choirs", False, 0, False), ("schools", True, 40, True)]
    assert load(write(tmp_path / "b", education_categories_csv=GROUPS)).nothing
    changed = load(write(tmp_path / "c", education_categories_csv="key;name;percent\nschools;Schools;30\n"))
    assert changed.differences["education_categories"].changed == 1
    kept = EducationCategory.objects.get(key="schools")
    assert (kept.percent, kept.needs_proof) == (30, True)


def test_nonsense_is_told_with_its_place_and_nothing_is_written(tmp_path):
    bad = "key;name;percent;needs_proof\nschools;Schools;101;yes\nx y;Choirs;1;perhaps\nbare;;1;\n"
    found = errors(write(tmp_path / "a", education_categories_csv=bad))
    assert [line.split(":")[1] for line in found] == ["2", "3", "3", "4"]
    assert "percent" in found[0]
    assert not EducationCategory.objects.exists()


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_second_vendors_groups_are_asked_for_and_granted_like_the_first_ones(language):
    load(FIRN)
    contract = contract_numbered_across_customers("2026/77")
    owner = inside(contract, "owner", language)
    groups = card(owner.get(edu.PAGE), "groups")
    said = {
        "de": "Bibliotheken und Archive Öffentlich zugängliche Sammlungen Nachweis: Auszug aus dem Stiftungsregister 25 % unter dem Listenpreis",
        "en": "Libraries and archives Collections open to the public Proof: Extract of the register of foundations 25 % off the list price",
    }
    assert said[language] in groups
    assert {"de": "Schulen (alt)", "en": "Schools (old)"}[language] not in groups
    assert owner.post(edu.ASK, edu.entered(category="schule-alt")).status_code == 422
    row = edu.ask(owner, category="berghilfe", files="")
    sales = staff_client(people.staff("sales"))
    edu.grant(sales, row, "2027-11-21", 100)
    until = {"de": "Rettungsdienste bis 21.11.2027 , 100 % unter", "en": "Rescue services until 2027-11-21 , 100 % off"}
    assert until[language] in card(owner.get("/settings/account/price-plan/"), "package")
    assert edu.mails("education_requested")[1].recipient == "verkauf@firn.example"


def test_the_demos_groups_say_what_proves_them_in_both_languages(tmp_path):
    load(demo(tmp_path / "demo"))
    contract = contract_numbered_across_customers("V-10502-2")
    groups = list(EducationCategory.objects.all())
    assert len(groups) == 5
    for language in ("de", "en"):
        shown = words(inside(contract, {"de": "owner", "en": "administrator"}[language], language).get(edu.PAGE))
        for one in groups:
            assert one.name[language] in shown
            assert one.proof[language] in shown
