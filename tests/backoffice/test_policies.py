"""Staff read and write policies: of plans, and of one contract, reviewed before they count."""

import html
import re

import pytest
from django_scopes import scope, scopes_disabled

from tests import people
from tests.backoffice.conftest import records
from torhaus.licensing.grants import read_grants
from torhaus.licensing.kept import kept_licence
from torhaus.licensing.models import ContractPolicy, PlanPolicy

pytestmark = pytest.mark.django_db
FORM = {
    "model": "node_locked",
    "max_installations": "3",
    "max_leases": "",
    "lease_seconds": "600",
    "test_installations": "",
    "overage": "refuse",
    "overage_percent": "0",
    "after_grace": "read_only",
    "matching": "most",
    "minimum_version": "",
    "maximum_version": "",
    "environments": ["production", "test"],
    "checksums": "",
    "enforcement": "degrade",
    "check_hours": "24",
    "offline_grace_days": "14",
    "offline_files": "any",
    "seen": "",
}
PLAN = "/staff/policies/medium/"


def words(answer):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def own(world):
    return f"/staff/contracts/{world.contract.ref}/policy/"


def policy(world):
    with scope(customer=world.customer.pk, customer_ref=world.customer.ref):
        return read_grants(kept_licence(world.contract, world.contract.product).grants).policy


def seen(client, url):
    return re.search(r'name="seen" value="([0-9a-f]+)"', client.get(url).content.decode())[1]


def test_a_plans_policy_is_reviewed_saved_and_taken_back(world, sign_in):
    client = sign_in("support")
    assert "The usual one" in words(client.get("/staff/policies/"))
    review = client.post(PLAN, FORM | {"step": "review"})
    assert review.status_code == 200
    assert "any number 3" in words(review)
    assert "any Production, Test" in words(review)
    assert not PlanPolicy.objects.exists()
    answer = client.post(PLAN, FORM | {"step": "confirm"})
    assert (answer.status_code, answer["Location"]) == (302, "/staff/policies/")
    shown = words(client.get("/staff/policies/"))
    assert "The policy of Medium was saved." in shown
    assert "3 machines at most" in shown
    assert "A licence that is not valid makes it read-only" in shown
    assert (policy(world).max_installations, policy(world).environments) == (3, ("production", "test"))
    [record] = records("set_plan_policy")
    assert (record.actor_kind, record.subject_ref, record.after["enforcement"]) == ("staff", "medium", "degrade")
    assert "Take this policy back" in words(client.get(f"{PLAN}clear/"))
    client.post(f"{PLAN}clear/")
    assert policy(world).max_installations is None
    assert client.post(f"{PLAN}clear/").status_code == 302
    assert len(records("clear_plan_policy")) == 1


def test_a_contracts_own_policy_stands_before_its_plans(world, sign_in):
    client = sign_in("sales")
    client.post(PLAN, FORM | {"step": "confirm"})
    page = f"/staff/contracts/{world.contract.ref}/"
    assert "The policy of the plan" in words(client.get(page))
    assert "There is none yet. Until one is saved, this holds: The policy of the plan." in words(client.get(own(world)))
    client.post(own(world), FORM | {"max_installations": "7", "step": "confirm"})
    shown = words(client.get(page))
    assert "This contract’s own policy" in shown
    assert "0 of 7 used, 7 free" in shown
    [record] = records("set_contract_policy")
    assert (record.customer_ref, record.subject_ref) == (world.customer.ref, world.contract.ref)
    assert "Then this holds: The policy of the plan" in words(client.get(f"{own(world)}clear/"))
    client.post(f"{own(world)}clear/")
    assert "0 of 3 used, 3 free" in words(client.get(page))


def test_a_policy_may_give_no_day_without_contact_and_says_what_days_cost(world, sign_in):
    client = sign_in("support")
    hint = "a machine that was cut off on purpose can go on beside a new one"
    assert hint in words(client.get(PLAN))
    client.post(PLAN, FORM | {"offline_grace_days": "0", "step": "confirm"})
    assert "0 days without contact" in words(client.get("/staff/policies/"))
    assert policy(world).offline_grace_days == 0


def test_what_somebody_else_changed_meanwhile_is_asked_again(world, sign_in):
    client = sign_in("sales")
    client.post(own(world), FORM | {"step": "confirm"})
    late = client.post(own(world), FORM | {"max_installations": "9", "step": "confirm"})
    assert late.status_code == 422
    assert "Somebody else changed this policy meanwhile" in words(late)
    with scopes_disabled():
        assert ContractPolicy.objects.get().max_installations == 3
    answer = client.post(
        own(world), FORM | {"max_installations": "9", "step": "confirm", "seen": seen(client, own(world))}
    )
    assert answer.status_code == 302
    assert policy(world).max_installations == 9


def test_the_same_form_twice_saves_once(world, sign_in):
    client = sign_in("sales")
    for _ in range(2):
        assert client.post(own(world), FORM | {"step": "confirm"}).status_code == 302
    assert len(records("set_contract_policy")) == 1


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("model", "named", "Select a valid choice"),
        ("max_installations", "1.000", "Enter a whole number"),
        ("max_installations", "1000000001", "Enter a number up to 1,000,000,000."),
        ("lease_seconds", "59", "Enter a number from 60 up."),
        ("overage", "percent", "Enter how much more is allowed"),
        ("minimum_version", "latest", "Enter a version that begins with a number"),
        ("environments", "<script>alert(1)</script>", "Select a valid choice"),
        ("environments", ["production", "qa"], "qa is not one of the available choices"),
        ("checksums", "abc", "Enter SHA-256 digests"),
        ("checksums", "é", "Enter SHA-256 digests"),
    ],
)
def test_nonsense_is_explained_at_its_field(world, sign_in, field, value, says):
    answer = sign_in("sales").post(PLAN, FORM | {field: value, "step": "confirm"})
    assert answer.status_code == 422
    assert says in words(answer)
    assert "<script>alert" not in answer.content.decode()
    assert not PlanPolicy.objects.exists()


def test_the_four_environments_an_installation_can_have_are_offered_and_the_chosen_ones_ticked(world, sign_in):
    client = sign_in("support")
    client.post(PLAN, FORM | {"step": "confirm"})
    boxes = re.findall(
        r'<input type="checkbox" name="environments" value="(\w+)"([^>]*)>', client.get(PLAN).content.decode()
    )
    assert [name for name, _rest in boxes] == ["production", "staging", "test", "development"]
    assert [name for name, rest in boxes if "checked" in rest] == ["production", "test"]


def test_a_limit_is_said_as_the_reader_writes_numbers(world, sign_in):
    form = FORM | {"max_installations": "1000000001", "step": "review"}
    answer = sign_in("sales").post(PLAN, form, headers={"accept-language": "de"})
    assert "Geben Sie eine Zahl bis 1.000.000.000 ein." in words(answer)


def test_crossed_versions_are_explained(world, sign_in):
    crossed = {"minimum_version": "10.0", "maximum_version": "9.5"}
    assert "comes before the first one" in words(sign_in("sales").post(PLAN, FORM | crossed | {"step": "review"}))


@pytest.mark.parametrize("url", ["/staff/policies/nonsense/", "/staff/policies/nonsense/clear/"])
def test_unknown_plans_are_not_found(world, sign_in, url):
    client = sign_in()
    assert client.get(url).status_code == client.post(url, FORM).status_code == 404


def test_an_add_on_has_no_policy(world, sign_in):
    people.item("maps", "add_on")
    assert sign_in().get("/staff/policies/maps/").status_code == 404


def test_roles_without_the_right_see_no_policy(world, sign_in):
    client = sign_in("billing")
    assert client.get("/staff/policies/").status_code == 403
    page = words(client.get(f"/staff/contracts/{world.contract.ref}/"))
    assert "Licence for" not in page
