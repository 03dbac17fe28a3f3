"""Offline licences that are bound to machines, and those a policy withholds: the portal, the API and the product agree."""

import re

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.api.program import ask, fine, problem
from tests.doors import staff_client
from tests.web.test_offline_licence import check, issue, issued, shown_text
from tests.web.visitors import card, signed_in, words
from torhaus.core import clock
from torhaus.licensing.models import Installation, Licence
from torhaus.licensing.policies import usual_values
from torhaus.licensing.remove_installation import remove_installation
from torhaus.licensing.revocations import revoked_files_across_customers
from torhaus.licensing.set_policy import set_contract_policy
from torhaus.records.models import Record
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.keys import trusted_keys
from torhaus.vendor.queries import the_vendor
from torhaus_sdk.client import Client
from torhaus_sdk.errors import FileRefused
from torhaus_sdk.machine import marks_of
from torhaus_sdk.refusals import WrongMachine

pytestmark = pytest.mark.usefixtures("stopped_clock")

LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])
PARTS = {"machine": "one", "board": "two", "mac": "three"}


def policed(contract, **values):
    set_contract_policy(contract_ref=contract.ref, values=usual_values() | values, by=people.SYSTEM)


@pytest.fixture
def contract(db):
    people.vendor()
    create_signing_key(by=people.SYSTEM)
    contract = people.contract(people.customer(language="en"))
    people.booking(contract)
    policed(contract, offline_files="bound", model="node_locked", max_installations=1)
    return contract


def product(parts=PARTS) -> Client:
    """A product of the vendor's on a machine of these parts that never had a connection."""
    return Client(
        "http://127.0.0.1:9",
        "acme",
        keys=trusted_keys(),
        state_file=None,
        fingerprint=parts,
        clock=clock.now,
    )


def parts_of(one: Client) -> dict:
    """The parts of a machine as its SDK sends them."""
    return dict(line.split("=") for line in one.machine_code.splitlines())


def ask_for(client, parts=PARTS, seen="0", name="Keller"):
    return issue(client, seen, installation="", code=product(parts).machine_code, name=name)


def installations():
    with scopes_disabled():
        return list(Installation.objects.order_by("pk"))


def places():
    with scopes_disabled():
        return Licence.objects.get().installations


def test_a_file_for_a_machine_that_was_never_connected_runs_there_only_and_takes_its_place(contract):
    client = signed_in(contract)
    token = people.token(contract, overlap="7d")
    answer = ask_for(client)
    assert answer.status_code == 200
    text = shown_text(answer)
    [row], [machine] = issued(), installations()
    assert (row.installation_id, machine.name, machine.counts, places()) == (machine.pk, "Keller", True, 1)
    assert "Machine Keller" in card(answer, "says")
    here, there = product(), product({"machine": "other", "board": "two", "mac": "other"})
    for one in (here, there):
        one.save_token(token)
    here.install_offline(text)
    assert here.require("medium")
    with pytest.raises(FileRefused) as refused:
        there.install_offline(text)
    assert refused.value.code == "file_wrong_machine"
    assert "torhaus-licence machine" in refused.value.message("en")
    assert "Lassen Sie im Portal" in refused.value.message("de")
    with scopes_disabled():
        record = Record.objects.get(deed="issue_offline_licence")
    assert (record.after["installation"], record.after["counts"]) == (machine.ref, True)
    assert "Keller" not in str(record.after)


def test_a_machine_of_which_a_part_was_exchanged_is_the_same_as_far_as_the_policy_says(contract):
    client = signed_in(contract)
    token = people.token(contract, overlap="7d")
    text = shown_text(ask_for(client))
    exchanged = product(PARTS | {"mac": "another"})
    exchanged.save_token(token)
    exchanged.install_offline(text)
    policed(contract, offline_files="bound", matching="all")
    exact = shown_text(ask_for(client, seen="1"))
    with pytest.raises(WrongMachine):
        check(exact, contract, fingerprint=exchanged.machine_id, marks=marks_of(parts_of(exchanged)))
    assert check(exact, contract, fingerprint=product().machine_id).marks


@LANGUAGES
def test_the_page_asks_for_the_machine_and_says_what_is_wrong(contract, language):
    client = signed_in(contract, language)
    page = client.get("/licence/")
    assert {"en": "Your contract binds each offline licence", "de": "Ihr Vertrag bindet jede"}[language] in words(page)
    assert page.content.decode().count('action="/licence/issue/"') == 1
    for code in ("", "machine", "machine=", "=x", "a=1 " * 17, "Ä=1", "machine=" + "x" * 201, "a=1 a=2"):
        answer = issue(client, installation="", code=code, name="")
        assert answer.status_code == 422, code
        assert {"en": "code", "de": "Code"}[language] in words(answer)
    assert {"en": "Choose another one", "de": "Wählen Sie eine andere"}[language] in words(
        issue(client, installation="unknown", code="", name="")
    )
    bare = words(issue(client))
    assert {"en": "Choose for which machine", "de": "Wählen Sie, für welchen Rechner"}[language] in bare
    assert issued() == installations() == []


def test_the_same_form_twice_issues_one_and_another_machine_needs_a_place(contract):
    client = signed_in(contract)
    ask_for(client)
    ask_for(client)
    assert [row.number for row in issued()] == [1]
    other = {"machine": "b", "board": "b", "mac": "b"}
    assert "No installation is free" in words(ask_for(client, other, seen="1"))
    assert (len(issued()), len(installations()), places()) == (1, 1, 1)
    policed(contract, offline_files="bound", model="node_locked", max_installations=2)
    ask_for(client, other, seen="0", name="Dach")
    assert [row.number for row in issued()] == [1, 2], (
        "a newer file of another machine is not the one that was asked for"
    )
    assert "Keller" in card(client.get("/licence/"), "history")


def test_a_machine_that_was_activated_is_offered_by_its_name(contract):
    here, client = product(), signed_in(contract)
    token = people.token(contract, overlap="7d")
    fine(ask(token, "activate", {"fingerprint": parts_of(here), "name": "Halle 3"}), 201)
    [machine] = installations()
    assert "machine=" not in machine.machine, "the code stands encrypted"
    assert "Halle 3" in words(client.get("/licence/"))
    text = shown_text(issue(client, installation=machine.ref, code="", name=""))
    assert check(text, contract, fingerprint=here.machine_id)
    assert (len(installations()), places()) == (1, 1)
    with scopes_disabled():
        Installation.objects.update(machine="")  # as one that was activated before has none
    assert "Halle 3" not in card(client.get("/licence/"), "for-machine")
    problem(ask(token, "offline-licence", {"installation": machine.ref}), 409, "machine_required")


def test_R70_another_customers_installation_binds_nothing(contract):
    other = people.contract(people.customer("2", "Südwind"), "V-2")
    people.booking(other)
    policed(other, offline_files="bound")
    fine(ask(people.token(other), "activate", {"fingerprint": "b", "name": "Fremd"}), 201)
    [foreign] = installations()
    client = signed_in(contract)
    assert "Fremd" not in words(client.get("/licence/"))
    assert issue(client, installation=foreign.ref, code="", name="").status_code == 422
    problem(ask(people.token(contract), "offline-licence", {"installation": foreign.ref}), 404, "installation_unknown")
    assert issued() == []


def test_a_removed_machine_frees_its_place_and_its_file_is_taken_back(contract):
    client = signed_in(contract)
    ask_for(client)
    [row], [machine] = issued(), installations()
    remove_installation(
        contract_ref=contract.ref, installation_ref=machine.ref, removed_by="customer", by=people.SYSTEM
    )
    assert places() == 0
    assert revoked_files_across_customers(the_vendor(), clock.now()) == {row.ref}
    page = client.get("/licence/")
    assert "was removed from your installations" in words(page)
    assert "<textarea class" not in page.content.decode().split("for-machine")[0]
    assert client.get(f"/licence/files/{row.ref}/").status_code == 404
    assert "offline licence" not in card(client.get("/dashboard/"), "todo").lower()
    problem(ask(people.token(contract), "offline-licence", {"installation": machine.ref}), 404, "installation_unknown")


def test_by_the_API_a_program_says_for_which_machine(contract):
    token, parts = people.token(contract), parts_of(product())
    problem(ask(token, "offline-licence", {}), 409, "machine_required")
    said = fine(ask(token, "offline-licence", {"fingerprint": parts, "name": "Keller", "newest_seen": 0}), 201)
    assert check(said["text"], contract, fingerprint=product().machine_id)
    assert fine(ask(token, "offline-licence", {"fingerprint": parts, "newest_seen": 0})) == said
    problem(ask(token, "offline-licence", {"fingerprint": "other"}), 409, "too_many_installations")
    assert (len(issued()), places()) == (1, 1)


@LANGUAGES
def test_a_policy_that_withholds_offline_licences_is_told_everywhere(contract, language):
    policed(contract, offline_files="none")
    client = signed_in(contract, language)
    said = {"en": "provides for no offline licences", "de": "sieht keine Offline-Lizenzen vor"}[language]
    page = client.get("/licence/")
    assert said in words(page)
    assert "/licence/issue/" not in page.content.decode()
    assert said in words(issue(client))
    problem(ask(people.token(contract), "offline-licence", {}), 409, "offline_licence_withheld")
    problem(ask(people.token(contract), "offline-licence", {"fingerprint": "a"}), 409, "offline_licence_withheld")
    assert issued() == installations() == []


def test_staff_read_what_the_policy_says_and_for_which_machine_a_file_is(contract):
    ask_for(signed_in(contract))
    shown = re.sub(r"\s+", " ", words(staff_client(people.staff("sales")).get(f"/staff/contracts/{contract.ref}/")))
    assert "Offline licences are each bound to one machine" in shown
    assert "Keller" in shown
