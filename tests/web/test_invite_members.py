"""People are invited by a CSV file: shown line by line first, then invited all or none, and mailed by a running worker."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.web.test_people import NEW, follow, links, records, sign_in, work
from tests.web.visitors import words
from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.journeys import invitation_plan
from torhaus.journeys.mail_invitations import mail_invitations
from torhaus.notices.models import Mail
from torhaus.organisations.models import Membership
from torhaus.records.models import PersonalValue

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/members/invite-several/"
ADMIN, OWNER = "administrator@nordwind.example", "owner@nordwind.example"
HEAD = "Email,Name,Role,Language\n"
TWO = HEAD + "Kim@nordwind.example,Kim Neu,technical,\nlee@nordwind.example,Lee Zöllner,Member,German\n"


@pytest.fixture
def contract(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path
    settings.EMAIL_BACKEND = "torhaus.core.mail.EmlBackend"
    people.vendor()
    made = people.contract(people.customer(language="en"))
    for role in ("owner", "administrator", "member"):
        people.member(made.customer, role)
    return made


def inside(mail=ADMIN, language="en") -> Client:
    client, answer = sign_in(mail, client=Client(headers={"accept-language": language}))
    assert answer.status_code == 302
    return client


@pytest.fixture
def client(contract):
    return inside()


def send(client, text):
    content = text.encode() if isinstance(text, str) else text
    return client.post(URL, {"file": SimpleUploadedFile("people.csv", content, "text/csv")})


def name_in(answer) -> str:
    found = re.search(r'name="import" value="([^"]+)"', answer.content.decode())
    return found[1] if found else ""


def confirm(client, answer):
    return client.post(URL, {"import": name_in(answer)})


def members() -> dict[str, tuple[str, str]]:
    with scopes_disabled():
        here = Membership.objects.filter(customer__number="10482").order_by("pk")
        rows = here.values_list("person__mail", "role", "state")
        return {mail: (role, state) for mail, role, state in rows if mail not in (ADMIN, OWNER)}


def waiting() -> int:
    with scopes_disabled():
        return Membership.objects.filter(mail_waits=True).count()


def test_B103_a_file_is_shown_first_and_people_come_in_by_the_mails_of_a_running_worker(contract, client, tmp_path):
    blank = client.get("/members/invite-several/").content.decode()
    assert 'name="language" value="de" lang="de"' in blank, "the page's own languages are not those one can switch to"
    shown = send(client, TWO)
    page = words(shown)
    assert "Kim Neu kim@nordwind.example new Technical staff 2" in page
    assert "2 people each get a mail with a link that works once, for seven days." in page
    assert list(members()) == ["member@nordwind.example"]
    answer = confirm(client, shown)
    assert (answer.status_code, answer.url) == (303, "/members/")
    assert "2 people were invited." in words(client.get("/members/"))
    assert members()["kim@nordwind.example"] == ("technical", "initiated")
    assert waiting() == 2
    work()
    assert waiting() == 0
    with scopes_disabled():
        languages = dict(Mail.objects.filter(template="invitation").values_list("recipient", "language"))
    assert languages == {"kim@nordwind.example": "en", "lee@nordwind.example": "de"}
    first, second = links(tmp_path, "invitation")
    for link, name in ((first, "Kim Neu"), (second, "Lee Zöllner")):
        visitor = follow(link)
        assert name in visitor.get("/invitation/").content.decode()
        assert visitor.post("/invitation/", {"name": name, "password": NEW}).status_code == 302
    assert members()["lee@nordwind.example"] == ("member", "active")
    assert sign_in("lee@nordwind.example", NEW)[0].get("/dashboard/").status_code == 200


def test_each_is_recorded_as_one_who_is_invited_alone_and_the_deed_and_its_mails_once(contract, client):
    confirm(client, send(client, TWO))
    work()
    [one], [mailed], each = records("invite_members"), records("mail_invitations"), records("invite_member")
    assert one.after == {"invited": {"technical": 1, "member": 1}}
    assert mailed.after == {"mails": 2}
    assert [entry.after for entry in each] == [
        {"role": "technical", "state": "initiated"}, {"role": "member", "state": "initiated"},
    ]  # fmt: skip
    assert {entry.actor_ref for entry in (one, mailed, *each)} == {User.objects.get(mail=ADMIN).ref}
    assert {entry.customer_ref for entry in (one, mailed, *each)} == {contract.customer.ref}
    with scopes_disabled():
        names = dict(PersonalValue.objects.filter(record=each[0]).values_list("field", "value"))
    assert names == {"mail": "kim@nordwind.example", "name": "Kim Neu"}
    said = words(inside(OWNER).get("/activity/"))
    assert "People were invited from a file" in said
    assert "Invitations were sent by mail" in said


def test_repeated_and_in_two_windows_it_is_done_once_and_mailed_once(contract, client):
    one, two = send(client, TWO), send(client, TWO)
    confirm(client, one)
    for again in (two, one):
        assert "Everybody in the file is among your members already." in words(client.get(confirm(client, again).url))
    assert len(records("invite_members")) == 1
    work()
    with scopes_disabled():
        refs = list(Membership.objects.values_list("ref", flat=True))
        assert mail_invitations(customer_ref=contract.customer.ref, member_refs=refs, by=people.SYSTEM) == 0
        assert Mail.objects.filter(template="invitation").count() == 2
    assert "there is nobody to invite" in words(send(client, TWO))


def test_confirmed_twice_at_the_same_moment_it_is_done_once(contract, client):
    shown = name_in(send(client, TWO))
    clients = [inside() for _ in range(4)]

    def press(one) -> int:
        try:
            return one.post(URL, {"import": shown}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as crowd:
        assert list(crowd.map(press, clients)) == [303] * 4
    assert len(records("invite_members")) == 1
    assert len(members()) == 3


def test_two_customers_who_invite_the_same_new_person_at_the_same_moment_both_do(contract):
    other = people.contract(people.customer("2", "Ostwind AG", language="en"), number="V-2")
    people.member(other.customer, "owner", mail="owner@ostwind.example")
    clients = [inside(), inside("owner@ostwind.example")]
    shown = [name_in(send(one, TWO)) for one in clients]

    def press(one, name) -> int:
        try:
            return one.post(URL, {"import": name}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as crowd:
        assert list(crowd.map(press, clients, shown)) == [303, 303]
    assert User.objects.filter(mail="kim@nordwind.example").count() == 1
    with scopes_disabled():
        assert Membership.objects.filter(person__mail="kim@nordwind.example").count() == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",Kim,member,", "An email address is missing"),
        ("kim,Kim,member,", "This is no email address."),
        ("kim@n.example,,member,", "A name is missing."),
        ("kim@n.example,Kim,,", "A role is missing. You can give: Administrator, Technical staff, Member, Auditor (reads only)."),
        ("kim@n.example,Kim,emperor,", "There is no such role. You can give: Administrator,"),
        ("kim@n.example,Kim,owner,", "You cannot give this role: nobody gives more than they may themselves."),
        ("kim@n.example,Kim,billing,", "You cannot give this role"),
        ("kim@n.example,Kim,member,Klingon", "The portal does not speak this language. Write English, German"),
        (f"kim@n.example,{'K' * 121},member,", "is too long"),
        ('kim@n.example,"Kim\nBcc: x@y.example",member,', "A cell holds a line break"),
        ("sales@acme.example,Sales,member,", "This address cannot be invited."),
        ("gone@n.example,Gone,member,", "This address cannot be invited."),
        ("KIM@nordwind.example,Kim,member,", "Line 2 invites the same person."),
    ],
)  # fmt: skip
def test_a_refused_line_says_why_and_keeps_the_rest_from_being_done(contract, client, line, said):
    people.staff("sales")
    people.person("gone@n.example", is_active=False)
    shown = send(client, TWO + line + "\n")
    assert shown.status_code == 422
    assert said in words(shown)
    assert "A file is done whole or not at all." in words(shown)
    assert name_in(shown) == ""
    assert list(members()) == ["member@nordwind.example"]


def test_who_is_there_already_in_whatever_state_stays_as_they_are(contract, client):
    with scopes_disabled():
        people.member(contract.customer, "auditor", mail="off@nordwind.example", state="deactivated")
    confirm(client, send(client, HEAD + "kim@nordwind.example,Kim,technical,\n"))
    shown = send(
        client,
        TWO + f"{OWNER},Owner,member,\nmember@nordwind.example,Jo,administrator,\noff@nordwind.example,Off,member,\n",
    )
    page = words(shown)
    for said in ("Active, Owner", "Active, Member", "Deactivated, Auditor (reads only)", "Invited, Technical staff"):
        assert f"Is among your members already: {said}. Nothing is changed." in page
    before = members()
    confirm(client, shown)
    assert members() == before | {"lee@nordwind.example": ("member", "initiated")}


def test_somebody_with_an_account_elsewhere_is_invited_in_their_own_language(contract, client):
    people.person("kim@nordwind.example", name="Another Name", language="de")
    shown = send(client, HEAD + "kim@nordwind.example,Kim Neu,member,English\n")
    assert "Another Name" not in words(shown)
    confirm(client, shown)
    work()
    person = User.objects.get(mail="kim@nordwind.example")
    assert (person.name, person.language) == ("Another Name", "de")
    with scopes_disabled():
        assert Mail.objects.get(template="invitation").language == "de"
    assert "Kim Neu kim@nordwind.example Invited" in words(client.get("/members/"))


def test_a_german_file_as_excel_saves_it_and_the_template_are_understood(contract):
    User.objects.filter(mail=ADMIN).update(language="de")
    client = inside(language="de")
    template = client.get(URL + "template.csv")
    head = b"".join(template.streaming_content)
    assert (head.decode("utf-8-sig"), template["Content-Disposition"]) == (
        "E-Mail;Name;Rolle;Sprache\r\n", 'attachment; filename="einladungen.csv"',
    )  # fmt: skip
    assert send(client, head).status_code == 422, "nothing filled in"
    lines = "E-Mail;Name;Rolle;Sprache\r\nzoe@nordwind.example;Zoé Äß;Technik;Deutsch\r\neva@n.example;Eva;Prüfer (nur lesend);en\r\n"
    for content in (lines.encode("cp1252"), head + lines.split("\r\n", 1)[1].encode()):
        shown = send(client, content)
        assert name_in(shown), words(shown)
        assert "Zoé Äß" in words(shown)
    assert confirm(client, shown).status_code == 303
    assert User.objects.get(mail="zoe@nordwind.example").name == "Zoé Äß"
    assert members()["eva@n.example"] == ("auditor", "initiated")


def test_what_changed_since_it_was_shown_is_shown_anew_and_not_done(contract, client):
    shown = send(client, TWO)
    client.post("/members/invite/", {"name": "Kim", "mail": "kim@nordwind.example", "role": "auditor"})
    answer = confirm(client, shown)
    assert answer.status_code == 409
    assert "Something changed since you looked. Nobody was invited" in words(answer)
    assert "lee@nordwind.example" not in members()
    assert confirm(client, answer).status_code == 303
    assert members()["kim@nordwind.example"] == ("auditor", "initiated")


def test_who_lost_a_role_since_it_was_shown_gives_it_no_more(contract):
    owner = inside(OWNER)
    shown = send(owner, HEAD + "kim@nordwind.example,Kim,billing,\n")
    with scopes_disabled():
        Membership.objects.filter(person__mail=OWNER).update(role="administrator")
    assert confirm(owner, shown).status_code == 409
    assert "kim@nordwind.example" not in members()


def test_a_mailbox_that_had_enough_is_refused_in_the_preview(contract, client):
    for number in range(3):
        other = people.customer(f"9{number}", f"Kunde {number}", language="en")
        people.contract(other, number=f"V-9{number}")
        people.member(other, "owner", mail=f"owner@{number}.example")
        inside(f"owner@{number}.example").post(
            "/members/invite/", {"name": "Kim", "mail": "kim@nordwind.example", "role": "member"}
        )
    assert "This address was sent several invitations already." in words(send(client, TWO))
    with clock.shifted(timedelta(minutes=61)):
        assert name_in(send(inside(), TWO))


def test_who_comes_in_or_is_removed_before_the_worker_runs_gets_no_mail_and_another_link_replaces_it(contract, client):
    confirm(client, send(client, TWO + "eva@n.example,Eva,member,\n"))
    with scopes_disabled():
        rows = {row.person.mail: row for row in Membership.objects.select_related("person")}
    client.post(f"/members/{rows['kim@nordwind.example'].ref}/remove/")
    client.post(f"/members/{rows['lee@nordwind.example'].ref}/resend/")
    User.objects.filter(mail="eva@n.example").update(is_active=False)
    work()
    with scopes_disabled():
        assert list(Mail.objects.values_list("recipient", flat=True)) == ["lee@nordwind.example"]
    assert waiting() == 0


def test_the_seven_days_begin_with_the_mail(contract, client):
    confirm(client, send(client, TWO))
    with clock.shifted(timedelta(hours=5)):
        work()
        with scopes_disabled():
            ends = Membership.objects.get(person__mail="kim@nordwind.example").invitation_ends_at
        assert timedelta(days=6, hours=23) < ends - clock.now() <= timedelta(days=7)


def test_more_than_may_be_at_once_or_may_wait_is_said_with_the_numbers(contract, client, monkeypatch):
    lines = [f"p{n}@n.example,P{n},member,\n" for n in range(4)]
    monkeypatch.setattr(invitation_plan, "MOST_AT_ONCE", 3)
    monkeypatch.setattr("torhaus.web.members.inviting.MOST_AT_ONCE", 3)
    shown = send(client, HEAD + "".join(lines))
    assert "The file invites 4 people; at once there may be 3." in words(shown)
    monkeypatch.setattr(invitation_plan, "MOST_WAITING", 5)
    monkeypatch.setattr("torhaus.web.members.inviting.MOST_WAITING", 5)
    both = [
        send(client, HEAD + "".join(lines[:3])),
        send(client, HEAD + "".join(lines[3:]) + "q@n.example,Q,member,\nr@n.example,R,member,\n"),
    ]
    assert confirm(client, both[0]).status_code == 303
    late = confirm(client, both[1])
    assert late.status_code == 409, "counted under the lock"
    assert "At most 5 invitations may wait to be accepted" in words(late)
    assert "There is room for 2, and the file has 3." in words(late)
    assert len(members()) == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"Email,Name\na@n.example,A\n", "The first line names no column “Role”."),
        (b"\xff\xfeE\0m\0", "UTF-16"),
        (HEAD.encode() + b"a@n.example,\0,member,\n", "Line 2 holds characters that are no text."),
        (HEAD.encode() + b"a@n.example," + b"a" * 10_001 + b",member,\n", "A cell in line 2 has more than 10,000 characters."),
        (HEAD.encode() + b"a@n.example,A,member,\n" * 5_001, "The file has more than 5,000 lines."),
        (b"x" * (4 * 1024 * 1024 + 1), "The file is larger than 4 MiB."),
    ],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_with_what_to_do(contract, client, content, said):
    answer = send(client, content)
    assert answer.status_code == 422
    assert said in words(answer)


def test_a_name_of_script_is_shown_as_text_and_runs_in_no_spreadsheet(contract, client):
    shown = send(client, HEAD + "kim@n.example,<script>alert(1)</script>,member,\n")
    assert "<script>alert(1)" not in shown.content.decode()
    assert "&lt;script&gt;alert(1)" in shown.content.decode()


def test_a_preview_is_of_one_person_and_customer_and_others_may_not(contract, client):
    shown = send(client, TWO)
    other = people.contract(people.customer("2", "Ostwind AG", language="en"), number="V-2")
    people.member(other.customer, "owner", mail="owner@ostwind.example")
    for stranger in (inside("owner@ostwind.example"), inside(OWNER)):
        answer = confirm(stranger, shown)
        assert (answer.status_code, "no longer kept" in words(answer)) == (422, True)
    member = inside("member@nordwind.example")
    assert (member.get(URL).status_code, send(member, TWO).status_code) == (403, 403)
    for name in ("nonsense", name_in(shown)[:-1] + "x", "\x00"):
        assert client.post(URL, {"import": name}).status_code == 422
    assert list(members()) == ["member@nordwind.example"]


def test_a_signed_name_of_seats_confirms_no_invitations(contract, client):
    answer = client.post("/seats/import/", {"import": name_in(send(client, TWO))})
    assert (answer.status_code, "no longer kept" in words(answer)) == (422, True)


def test_queries_do_not_grow_with_the_lines(contract, client):
    def cost(many: int) -> int:
        lines = "".join(f"p{many}-{n}@n.example,P{n},member,\n" for n in range(many))
        with CaptureQueriesContext(connection) as queries:
            assert confirm(client, send(client, HEAD + lines)).status_code == 303
        return len(queries)

    few = cost(5)
    assert cost(100) <= few + 8, "rows are inserted in batches; nothing is asked line by line"
