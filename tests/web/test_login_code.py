"""Signing in by a code by mail: once, for ten minutes, the same for everybody who asks, and no way around a factor."""

import logging
import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django_scopes import scope, scopes_disabled

from tests import people
from tests.authenticator import code_of, set_up
from tests.web.test_people import sign_in, work
from tests.web.visitors import words
from torhaus.accounts.login_codes import begin_login_code, forget_old_login_codes, use_login_code
from torhaus.accounts.models import LoginCode
from torhaus.core import clock
from torhaus.core.link_codes import number_of, without_marks
from torhaus.notices.models import Mail
from torhaus.organisations.rules import SecurityRules
from torhaus.organisations.security import change_company_security
from torhaus.records.models import Record

pytestmark = pytest.mark.django_db(transaction=True)
ASK, ENTER = "/login/code/", "/login/code/enter/"
MAIL, UNKNOWN = "owner@nordwind.example", "nobody@nordwind.example"


@pytest.fixture
def contract(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path
    settings.EMAIL_BACKEND = "torhaus.core.mail.EmlBackend"
    people.vendor()
    contract = people.contract(people.customer(language="en"))
    people.member(contract.customer)
    return contract


def ask(mail=MAIL, client=None, **more):
    client = client or Client(headers={"accept-language": "en"})
    answer = client.post(ASK, {"mail": mail} | more)
    return client, answer


def codes(outbox) -> list[str]:
    """The codes in the mails that were sent, in the order of their writing."""
    work()
    found = []
    with scopes_disabled():
        written = dict(Mail.objects.values_list("ref", "pk"))
    for path in sorted(outbox.glob("*.eml"), key=lambda path: written[path.stem]):
        found += re.findall(r"^(\d{4} \d{4})\s*$", path.read_text("utf-8"), re.MULTILINE)[:1]
    return found


def records(name) -> list[Record]:
    with scopes_disabled():
        return list(Record.objects.filter(deed=name).order_by("pk"))


def inside(client) -> bool:
    return client.get("/dashboard/").status_code == 200


def test_a_code_by_mail_signs_in_once_and_leads_where_one_wanted(contract, tmp_path):
    client, answer = ask(" Owner@NORDWIND.example ", next="/invoices/")
    assert (answer.status_code, answer.url) == (302, ENTER)
    [code] = codes(tmp_path)
    answer = client.post(ENTER, {"code": code.replace(" ", "")})
    assert (answer.status_code, answer.url) == (302, "/invoices/")
    assert inside(client)
    assert client.get(ENTER).url == ASK, "used up"
    [sent], [signed] = records("send_login_code"), records("sign_in_person")
    assert (sent.subject_kind, signed.actor_kind, signed.after) == ("user", "person", {"method": "code"})
    with scopes_disabled():
        mail = Mail.objects.get(template="login_code")
        assert code not in mail.text + mail.html, "no dump lets anybody in (R11)"
    assert use_login_code(ref=sent.after["login_code"], code=code) is None


def test_R7_known_and_unknown_addresses_get_the_same_answers(contract, tmp_path):
    people.staff()
    people.member(contract.customer, "member", state="initiated", invitation="abcdefghijkl")
    people.User.objects.filter(mail="member@nordwind.example").update(password="!")
    seen = set()
    for mail in (MAIL, UNKNOWN, "administrator@acme.example", "member@nordwind.example"):
        client, answer = ask(mail)
        pages = [client.get(ENTER), client.post(ENTER, {"code": "1234 567x"})]
        bodies = [re.sub(r'(csrfmiddlewaretoken" value="|<code>)\w+', "", one.content.decode()) for one in pages]
        seen.add((answer.status_code, answer.url, *(one.status_code for one in pages), *bodies))
    assert len(seen) == 1
    assert len(codes(tmp_path)) == 1
    assert len(records("send_login_code")) == 1


def test_R12_a_code_dies_after_ten_minutes_and_after_five_tries(contract, tmp_path):
    client, _answer = ask()
    [code] = codes(tmp_path)
    with clock.shifted(timedelta(minutes=10, seconds=1)):
        answer = client.post(ENTER, {"code": code})
        assert answer.status_code == 422
        assert "is older than ten minutes" in words(answer)
    other, _answer = ask()
    for _ in range(5):
        assert other.post(ENTER, {"code": "0000 000x"}).status_code == 422
    assert other.post(ENTER, {"code": codes(tmp_path)[1]}).status_code == 422
    assert not inside(other)


def test_R12_a_mailbox_gets_five_codes_an_hour_and_an_address_asks_ten_times(contract, tmp_path, settings):
    for n in range(7):
        assert ask(client=Client(REMOTE_ADDR=f"198.51.100.{n}"))[1].status_code == 302
    assert len(codes(tmp_path)) == 5
    with clock.shifted(timedelta(minutes=61)):
        ask(client=Client(REMOTE_ADDR="198.51.100.99"))
        assert len(codes(tmp_path)) == 6
    settings.OPTIONS = replace(settings.OPTIONS, login_attempts=2)
    client = Client(REMOTE_ADDR="203.0.113.9")
    assert [ask(UNKNOWN, client)[1].status_code for _ in range(3)] == [302, 302, 429]
    assert [client.post(ENTER, {"code": "1"}).status_code for _ in range(3)] == [422, 422, 429]


def test_R9_a_code_by_mail_never_skips_the_second_factor(contract, tmp_path):
    secret, _codes = set_up(sign_in(MAIL, client=Client(headers={"accept-language": "en"}))[0])
    with clock.shifted(timedelta(seconds=30)):
        client, _answer = ask()
        answer = client.post(ENTER, {"code": codes(tmp_path)[0]})
        assert answer.url == "/login/second-factor/"
        assert not inside(client)
        assert "The first step is done." in words(client.get(answer.url))
        assert client.post(answer.url, {"code": code_of(secret)}).status_code == 302
        assert inside(client)
    assert records("sign_in_person")[-1].after == {"factor": "totp", "method": "code"}


def test_a_code_works_only_in_the_browser_that_asked_for_it(contract, tmp_path):
    ask()
    [code] = codes(tmp_path)
    thief, _answer = ask(UNKNOWN)
    assert thief.post(ENTER, {"code": code}).status_code == 422
    assert Client().post(ENTER, {"code": code}).url == ASK


def test_of_two_submissions_at_the_same_moment_one_signs_in(contract):
    row = LoginCode.objects.get(ref=begin_login_code())
    row.user = people.User.objects.get(mail=MAIL)
    row.save()

    def use(_n):
        try:
            return use_login_code(ref=row.ref, code=number_of(row.ref)) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, range(4))) == [False, False, False, True]


def test_nonsense_and_the_deactivated_get_nothing(contract, tmp_path):
    for mail in ("", "no address", "x" * 300):
        assert ask(mail)[1].status_code == 422
    assert not LoginCode.objects.exists()
    client, _answer = ask()
    [code] = codes(tmp_path)
    people.User.objects.filter(mail=MAIL).update(is_active=False)
    for typed in ("", "x" * 41, "\x00", "１２３４５６７８", code):
        assert client.post(ENTER, {"code": typed}).status_code == 422, typed
    assert "[[number:abcdefghijkl]]" not in without_marks("[[number:abcdefghijkl]]")


def test_a_company_that_forbids_codes_lets_nobody_in_by_one(contract, tmp_path):
    of = contract.customer
    with scope(customer=of.pk, customer_ref=of.ref):
        rules = SecurityRules(methods=frozenset({"password"}))
        change_company_security(
            customer_id=of.pk, rules=rules, proved={"password"}, today=people.NOON.date(), by=people.SYSTEM
        )
    client, _answer = ask()
    assert client.post(ENTER, {"code": codes(tmp_path)[0]}).url == "/login/"
    assert "Choose another one: Email address and password." in words(client.get("/login/"))
    assert not inside(client)


def test_old_codes_are_forgotten(contract):
    begin_login_code()
    assert forget_old_login_codes() == 0
    with clock.shifted(timedelta(days=2, minutes=1)):
        assert forget_old_login_codes() == 1


@pytest.mark.slow
@pytest.mark.once
def test_R7_asking_and_entering_take_the_same_time_for_known_and_unknown(contract, settings):
    """Medians of 200 runs differ by less than 10 %. The kinds take turns, so that load meets all alike."""
    settings.OPTIONS = replace(settings.OPTIONS, login_attempts=10**6)
    logging.disable(logging.CRITICAL)
    rounds: list[dict[str, tuple[float, float]]] = []
    try:  # a difference of ours would show in each round; one that load makes does not
        while not rounds or (len(rounds) < 3 and far_apart(rounds)):
            rounds.append(medians())
    finally:
        logging.disable(logging.NOTSET)
    print(
        "medians in ms, known/unknown:", [{step: f"{a:.2f}/{b:.2f}" for step, (a, b) in one.items()} for one in rounds]
    )
    assert far_apart(rounds) == [], rounds


def far_apart(rounds) -> list[str]:
    """The steps whose medians differ by 10 % or more in every round."""
    return [step for step in ("ask", "enter") if min(max(one[step]) / min(one[step]) for one in rounds) >= 1.1]


def medians() -> dict[str, tuple[float, float]]:
    taken = {(step, mail): [] for step in ("ask", "enter") for mail in (MAIL, UNKNOWN)}
    client, owner = Client(), people.User.objects.get(mail=MAIL)
    for mail in 200 * [MAIL, UNKNOWN]:
        began = time.perf_counter()
        assert ask(mail, client)[1].status_code == 302
        asked = time.perf_counter()
        if mail == MAIL:  # what the job finds out meanwhile
            LoginCode.objects.filter(pk=LoginCode.objects.latest("pk").pk).update(user=owner)
        ready = time.perf_counter()
        assert client.post(ENTER, {"code": "1234 567x"}).status_code == 422
        taken["enter", mail].append(time.perf_counter() - ready)
        taken["ask", mail].append(asked - began)
    middle = {key: 1000 * statistics.median(times) for key, times in taken.items()}
    return {step: (middle[step, MAIL], middle[step, UNKNOWN]) for step in ("ask", "enter")}
