"""Education terms: ask with a proof, sales decides once, the mark holds until its day, and both sides hear."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import IntegrityError, connection, transaction
from django_scopes import scopes_disabled

from tests import people
from tests.doors import staff_client
from tests.seats import seating
from tests.support.files import EICAR, GOOD, scanner
from tests.web import education as edu
from tests.web.education import ASK, PAGE, STAFF
from tests.web.test_price_plan import inside
from tests.web.visitors import card, signed_in, words
from torhaus.catalogue.models import EducationCategory
from torhaus.core import clock
from torhaus.core.storage import file_store, is_there
from torhaus.records.models import PersonalValue
from torhaus.subscriptions.models import EducationRequest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock_and_own_files")]


@pytest.fixture
def contract():
    return edu.contract()


@pytest.fixture
def owner(contract):
    return inside(contract)


@pytest.fixture
def sales(contract):
    return staff_client(people.staff("sales"))


def test_the_page_says_who_can_have_them_and_how_the_contract_stands(owner, contract):
    assert f'href="{PAGE}"' in owner.get("/settings/account/price-plan/").content.decode()
    answer = owner.get(PAGE)
    assert "How it stands None Your contract has the usual terms." in card(answer, "standing")
    shown = card(answer, "groups")
    assert "Schools Public schools Proof: A letter of the school board 40 % off the list price" in shown
    assert "Volunteers No proof is needed." in shown
    german = words(inside(contract, "administrator", "de").get(PAGE))
    assert "Schulen Öffentliche Schulen Nachweis: Ein Schreiben des Schulamts 40 % unter dem Listenpreis" in german


def test_a_request_reaches_sales_with_its_proof_and_both_sides_hear(owner, sales):
    row = edu.ask(owner)
    assert (row.category.key, row.institution, row.statement) == ("schools", "Goethe-Schule", "Lessons on ships")
    assert (row.proof_name, row.proof_type, row.state) == ("proof.pdf", "application/pdf", "open")
    assert row.asked_by.mail == "owner@nordwind.example"
    sent = edu.mails("education_requested")
    assert [one.recipient for one in sent] == ["owner@nordwind.example", "sales@acme.example"]
    assert f"/staff/education/{row.ref}/" in sent[1].text
    assert "Your request Our sales team checks it" in card(owner.get(PAGE), "request")
    assert "Requested You asked on 2026-11-22. The usual terms hold" in card(owner.get(PAGE), "standing")
    assert "1 customer asks for education terms" in words(sales.get("/staff/"))
    assert "Nordwind Logistik GmbH V-2026-001 Schools Goethe-Schule" in card(sales.get(STAFF), "waiting")
    shown = words(sales.get(f"{STAFF}{row.ref}/"))
    assert "Lessons on ships" in shown
    assert "The contract has now No education terms" in shown
    assert edu.records("request_education") == 1
    with scopes_disabled():
        assert PersonalValue.objects.filter(field="institution").get().value == "Goethe-Schule"


def test_the_proof_is_fetched_as_a_file_and_runs_nothing(owner, sales):
    row = edu.ask(owner, edu.file("<script>alert(1)</script> é.pdf"))
    assert not set("<>/") & set(row.proof_name)
    for client, url in ((owner, f"{PAGE}{row.ref}/proof/"), (sales, f"{STAFF}{row.ref}/proof/")):
        answer = client.get(url)
        assert b"".join(answer.streaming_content) == edu.PDF
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["Content-Type"] == "application/pdf"
        assert (
            "<script>alert" not in client.get(url.removesuffix("proof/") if client is sales else PAGE).content.decode()
        )


@pytest.mark.parametrize("name", ["photo.png", "photo.jpg", "photo.JPEG", "report.pdf"])
def test_PDF_PNG_and_JPEG_are_taken(owner, name):
    assert edu.ask(owner, edu.file(name, GOOD[name])).proof_size == len(GOOD[name])


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([edu.file(content=b"")], "proof.pdf is empty."),
        ([edu.file(content=b"<html><script>alert(1)</script></html>")], "proof.pdf does not hold what its name says."),
        ([edu.file("p.png", edu.PDF)], "p.png does not hold what its name says."),
        ([edu.file("p.zip", GOOD["all.zip"])], "p.zip is of a kind that is not taken. Upload a PDF, PNG or JPEG file."),
        ([edu.file("p.txt", b"text")], "p.txt is of a kind that is not taken."),
        ([edu.file("pdf", edu.PDF)], "pdf is of a kind that is not taken."),
        ([edu.file(content=edu.PDF + b"x" * (10 * 1024**2 + 1 - len(edu.PDF)))], "proof.pdf is larger than 10 MiB."),
        ([edu.file(), edu.file("b.pdf")], "Upload one file. Put several pages into one PDF."),
        ("", "Choose the file that proves it."),
    ],
)
def test_R31_wrong_files_are_refused_in_words_and_nothing_is_kept(owner, files, expected, tmp_path):
    answer = owner.post(ASK, edu.entered() | {"files": files})
    assert answer.status_code == 422
    assert expected in words(answer)
    assert 'value="Goethe-Schule"' in answer.content.decode(), "nothing typed is lost"
    assert edu.requests() == []
    assert edu.mails("education_requested") == []
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


def test_a_proof_of_exactly_ten_mebibytes_is_taken(owner):
    assert edu.ask(owner, edu.file(content=edu.PDF + b"x" * (10 * 1024**2 - len(edu.PDF)))).proof_size == 10 * 1024**2


def test_what_the_virus_check_refuses_is_kept_nowhere(owner, settings, tmp_path):
    settings.OPTIONS = replace(settings.OPTIONS, scan_command=scanner(tmp_path))
    answer = owner.post(ASK, edu.entered(edu.file(content=edu.PDF + EICAR)))
    assert answer.status_code == 422
    assert "proof.pdf was refused, because the virus check objected" in words(answer)
    assert edu.requests() == []
    assert edu.records("refuse_attachment") == 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"category": ""}, "Choose the group you belong to."),
        ({"category": "nobility"}, "Choose the group you belong to."),
        ({"category": "\x00"}, ""),
        ({"institution": " "}, "Enter the name of your institution."),
        ({"institution": "x" * 10_001}, "Ensure this value has at most 160 characters"),
        ({"institution": "Goethe\u202eSchule"}, "Enter this on one line."),
        ({"statement": "x" * 10_001}, "Ensure this value has at most 2000 characters"),
    ],
)
def test_nonsense_sends_nothing(owner, fields, expected):
    answer = owner.post(ASK, edu.entered(**fields))
    assert answer.status_code == 422
    assert expected in words(answer)
    assert edu.requests() == []


def test_a_group_without_proof_asks_without_one(owner):
    row = edu.ask(owner, category="volunteers", files="", statement="")
    assert (row.proof_key, row.proof_size) == ("", 0)
    assert "None was uploaded." in words(staff_client(people.staff("sales")).get(f"{STAFF}{row.ref}/"))


def test_a_group_that_is_not_offered_any_more_cannot_be_asked_for(owner):
    EducationCategory.objects.filter(key="schools").update(offered=False)
    assert owner.post(ASK, edu.entered()).status_code == 422
    people.vendor(education_terms=False)
    answer = owner.post(ASK, edu.entered(category="volunteers"), follow=True)
    assert "Education terms are not offered." in words(answer)
    assert edu.requests() == []
    assert PAGE not in owner.get("/settings/account/price-plan/").content.decode()
    assert "Education terms are not offered here." in words(owner.get(PAGE))


def test_a_second_tab_and_a_form_sent_twice_ask_once(owner, contract):
    edu.ask(owner)
    answer = inside(contract, "administrator").post(ASK, edu.entered(institution="Another"), follow=True)
    assert "You have asked already" in words(answer)
    assert [one.institution for one in edu.requests()] == ["Goethe-Schule"]
    assert owner.get(ASK).status_code == 302
    with pytest.raises(IntegrityError), transaction.atomic(), scopes_disabled():
        EducationRequest.objects.create(
            contract=contract, category=edu.requests()[0].category, institution="x", asked_at=clock.now()
        )


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_ask_once():
    contract = edu.contract()
    clients = [inside(contract), inside(contract, "administrator")]

    def send(client) -> int:
        try:
            with clock.at(people.NOON):
                return client.post(ASK, edu.entered()).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(send, clients)) == {302}
    assert len(edu.requests()) == 1
    assert edu.records("request_education") == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_does():
    contract = edu.contract()
    row = edu.ask(inside(contract))
    grants, refuses = staff_client(people.staff("sales")), staff_client(people.staff("administrator"))

    def decide(act) -> int:
        try:
            with clock.at(people.NOON):
                return act().status_code
        finally:
            connection.close()

    acts = [
        lambda: edu.grant(grants, row, "2027-11-21"),
        lambda: refuses.post(f"{STAFF}{row.ref}/refuse/", {"reason": "No."}),
    ]
    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(decide, acts)) == {302}
    assert edu.records("grant_education") + edu.records("refuse_education") == 1
    assert len(edu.mails("education_decided")) == 1


def test_a_request_taken_back_is_gone_with_its_proof(owner, contract, sales):
    row = edu.ask(owner)
    answer = owner.post(f"{PAGE}{row.ref}/withdraw/", follow=True)
    assert "Your request was taken back" in words(answer)
    after = edu.requests()[0]
    assert (after.state, after.proof_key, after.proof_name, after.statement) == ("withdrawn", "", "", "")
    assert owner.get(f"{PAGE}{row.ref}/proof/").status_code == 404
    assert sales.get(f"{STAFF}{row.ref}/proof/").status_code == 404
    assert "decided or taken back before" in words(owner.post(f"{PAGE}{row.ref}/withdraw/", follow=True))
    assert "decided or taken back before" in words(
        sales.post(f"{STAFF}{row.ref}/refuse/", {"reason": "Too late."}, follow=True)
    )
    assert "Nobody waits for education terms" in words(sales.get(STAFF))
    assert edu.records("withdraw_education_request") == 1
    assert edu.ask(owner).ref != row.ref


def test_a_contract_asks_five_times_a_day_at_most(owner, contract):
    for _ in range(5):
        owner.post(f"{PAGE}{edu.ask(owner).ref}/withdraw/")
    sixth = edu.PDF + b"the sixth"
    answer = owner.post(ASK, edu.entered(edu.file(content=sixth)))
    assert answer.status_code == 422
    assert "You have asked several times today." in words(answer)
    assert len(edu.requests()) == 5
    assert not is_there(file_store(), sha256(sixth).hexdigest()), "what is refused takes no room on the disk"
    with clock.at(people.NOON + timedelta(days=1)):
        again = inside(contract, "administrator").post(ASK, edu.entered(edu.file(content=sixth)))
    assert again.status_code == 302
    assert is_there(file_store(), sha256(sixth).hexdigest())


def test_only_owner_and_administrator_ask_and_others_see_whom_to_ask(contract, sales):
    owner = inside(contract)
    row = edu.ask(owner)
    auditor = inside(contract, "auditor")
    shown = words(auditor.get(PAGE))
    assert "The owner of your account and your administrators ask for education terms" in shown
    assert "Take the request back" not in shown
    assert "Lessons on ships" not in shown
    for url in (ASK, f"{PAGE}{row.ref}/withdraw/", f"{PAGE}{row.ref}/proof/"):
        assert auditor.get(url).status_code == 403
        assert auditor.post(url, edu.entered()).status_code == 403
    for role in ("billing", "technical", "member"):
        answer = inside(contract, role).get(PAGE)
        assert answer.status_code == 403
        assert "Ask the owner of your organisation’s account, Jo Owner" in words(answer)
    assert signed_in(contract).get(PAGE).status_code == 403
    for role in ("billing", "support", "release_manager"):
        client = staff_client(people.staff(role))
        for url in ("", f"{row.ref}/", f"{row.ref}/proof/"):
            assert client.get(STAFF + url).status_code == 403
        assert edu.grant(client, row, "2027-11-21").status_code == 403
    assert edu.requests()[0].state == "open"


def test_what_belongs_to_another_contract_of_the_same_customer_is_not_reached_from_this_one(owner, contract):
    other = edu.request_of(people.contract(contract.customer, "V-2026-009"), "Goethe-Schule", "0" * 64)
    assert owner.get(f"{PAGE}{other.ref}/proof/").status_code == 404
    assert owner.post(f"{PAGE}{other.ref}/withdraw/").status_code == 404
    assert edu.requests()[0].state == "open"


def test_another_customer_neither_sees_nor_withdraws_nor_fetches(owner, sales):
    row = edu.ask(owner)
    other = seating.contract("V-2026-002")
    eve = staff_client(people.member(other.customer, "owner", "eve@other.example").person)
    assert eve.get(f"{PAGE}{row.ref}/proof/").status_code == 404
    assert eve.post(f"{PAGE}{row.ref}/withdraw/").status_code == 404
    assert "Goethe" not in words(eve.get(PAGE))
    edu.grant(sales, row, "2027-11-21")
    assert "40 %" not in card(eve.get("/settings/account/price-plan/"), "package")
    assert "Your contract has the usual terms." in words(eve.get(PAGE))
    assert sales.get(f"{STAFF}nosuchreferX/").status_code == 404
