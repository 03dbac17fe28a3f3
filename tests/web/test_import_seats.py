"""Seats are imported from a CSV file: shown line by line first, then given out whole or not at all."""

import itertools
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled
from django_tasks_db.models import DBTaskResult

from tests import people
from tests.seats import seating
from tests.web.test_seats import exported, signed_in
from tests.web.visitors import words
from torhaus.core import clock
from torhaus.journeys.mail_imported_seats import mail_imported_seats
from torhaus.notices.models import Mail
from torhaus.records.models import PersonalValue, Record
from torhaus.seats.models import Seat
from torhaus.usage.models import AllowanceWarning

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
URL = "/seats/import/"
HEAD = "Key of the kind;Email;Name;Organisation;Ends on\n"
TWO = HEAD + "full;Ada@nordwind.example;Ada;Nordwind;\nguest;gus@nordwind.example;Gus;;31.12.2026\n"


@pytest.fixture
def contract(db):
    return seating.contract()


@pytest.fixture
def client(contract):
    return signed_in(contract)


def send(client, text):
    content = text.encode() if isinstance(text, str) else text
    return client.post(URL, {"file": SimpleUploadedFile("seats.csv", content, "text/csv")})


def name_in(answer) -> str:
    found = re.search(r'name="import" value="([^"]+)"', answer.content.decode())
    return found[1] if found else ""


def confirm(client, answer, **fields):
    return client.post(URL, {"import": name_in(answer)} | fields)


def deeds(*names: str) -> list[str]:
    with scopes_disabled():
        return list(
            Record.objects.filter(deed__in=names, actor_kind="person").order_by("pk").values_list("deed", flat=True)
        )


def test_a_file_is_shown_first_and_done_when_it_is_confirmed(contract, client):
    shown = send(client, TWO)
    assert "Ada ada@nordwind.example new Full seat 2" in words(shown)
    assert "2 seats are assigned and count as used at once." in words(shown)
    assert seating.held(contract) == []
    answer = confirm(client, shown)
    assert (answer.status_code, answer.url) == (303, "/seats/")
    assert "2 seats were assigned." in words(client.get("/seats/"))
    assert seating.held(contract) == [("full", 1, "ada@nordwind.example"), ("guest", 1, "gus@nordwind.example")]
    with scopes_disabled():
        gus = Seat.objects.get(mail="gus@nordwind.example")
        assert (gus.ends_on.isoformat(), gus.state, bool(gus.registration)) == ("2026-12-31", "initiated", True)
        assert Mail.objects.count() == 0, "no box was ticked"


def test_each_seat_is_recorded_as_one_that_is_assigned_alone_and_the_import_once(contract, client):
    confirm(client, send(client, TWO))
    with scopes_disabled():
        ada = Seat.objects.get(mail="ada@nordwind.example")
        [one] = Record.objects.filter(deed="import_seats")
        first, _ = Record.objects.filter(deed="assign_seat").order_by("pk")
        names = dict(PersonalValue.objects.filter(record=first).values_list("field", "value"))
    assert one.after == {"contract": contract.number, "seats": {"full": 1, "guest": 1}, "mails": False}
    assert first.after == {"contract": contract.number, "seat": ada.ref, "kind": "full"}
    assert (first.subject_ref, first.actor_ref, first.customer_ref) == (contract.ref, one.actor_ref, one.customer_ref)
    assert (names["seat_mail"], names["seat_name"]) == ("ada@nordwind.example", "Ada")
    assert set(first.commitments) == set(names)


def test_B99_a_threshold_that_many_pass_together_is_told_of_once(contract, client):
    confirm(client, send(client, HEAD + "full;a@n.example;;;\nfull;b@n.example;;;\n"))
    with scopes_disabled():
        [told] = AllowanceWarning.objects.filter(contract=contract, told_at__isnull=True)
    assert (told.used, told.total, told.reached) == (2, 2, 100)


def test_repeated_and_in_two_windows_it_is_done_once(contract, client):
    one, two = send(client, TWO), send(client, TWO)
    confirm(client, one)
    for again in (two, one):
        assert "Every holder in the file has a seat already. Nothing was changed." in words(
            client.get(confirm(client, again).url)
        )
    assert len(seating.held(contract)) == 2
    assert deeds("import_seats") == ["import_seats"]
    assert "there is nothing to import" in words(send(client, TWO))


def test_an_export_can_be_edited_and_brought_back_in_either_language(contract, client):
    seating.assign(contract, "ada"), seating.assign(contract, seating.Holder("Board"), "room")
    for language, line in (("en", ",,guest,Gus,gus@nordwind.example"), ("de", ";;guest;Eva;eva@nordwind.example")):
        of = signed_in(contract, language)
        content = b"".join(of.get("/seats/export.csv").streaming_content)
        shown = send(of, content + line.encode() + b"\r\n")
        assert name_in(shown), words(shown)
        confirm(of, shown)
    assert [one[2] for one in seating.held(contract)] == [
        "ada@nordwind.example", "gus@nordwind.example", "eva@nordwind.example", "",
    ]  # fmt: skip
    assert len(exported(contract)) == 5


def test_B81_too_few_free_is_said_with_the_numbers_and_nothing_is_done(contract, client):
    seating.assign(contract, "cleo")
    lines = "".join(f"full;p{n}@nordwind.example;;;\n" for n in range(3))
    answer = send(client, HEAD + lines + "guest;gus@nordwind.example;;;\n")
    assert answer.status_code == 422
    assert "3 lines need 3 seats of the kind “Full seat”; 1 is free. Take lines out" in words(answer)
    assert name_in(answer) == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("boss;a@nordwind.example;;;", "There is no such kind of seat in this contract. There are: full, guest, room."),
        (";a@nordwind.example;;;", "There is no such kind of seat in this contract."),
        ("full;ada;;;", "This is no email address."),
        ("full;ada@bücher.example;;;", "has letters such as “ü”. Write its domain as computers do"),
        ("full;;Ada;;", "An email address is missing"),
        ("room;a@nordwind.example;Board;;", "No person holds a seat of this kind."),
        ("room;;;Nordwind;", "A name is missing."),
        ("guest;a@nordwind.example;;;soon", "This is no day."),
        ("guest;a@nordwind.example;;;31.2.2027", "This is no day."),
        ("guest;a@nordwind.example;;;2027-01-0１", "This is no day."),
        ("guest;a@nordwind.example;;;2026-11-21", "The last day lies in the past."),
        ("guest;a@nordwind.example;" + "x" * 121 + ";;", "is too long. Shorten it."),
        ('guest;a@nordwind.example;"a\nb";;', "A cell holds a line break"),
        ("guest;cleo@nordwind.example;;;", "neither becomes the other"),
    ],
)
def test_B85_a_refused_line_says_why_and_keeps_the_rest_from_being_done(contract, client, line, said):
    seating.assign(contract, "cleo")
    answer = send(client, HEAD + line + "\nguest;fine@nordwind.example;;;\n")
    assert (answer.status_code, said in words(answer), name_in(answer)) == (422, True, "")
    assert len(seating.held(contract)) == 1


def test_B94_who_is_named_twice_or_holds_one_already_is_said(contract, client):
    seating.assign(contract, "ada", "guest")
    answer = words(
        send(client, HEAD + "guest;ADA@nordwind.example;Ada L.;;\nguest;b@n.example;;;\nguest;B@n.example;;;\n")
    )
    assert "This holder has the seat already. What the line says otherwise is not taken over." in answer
    assert "Line 3 asks for the same seat. Leave one of them out." in answer


def test_a_line_of_an_export_whose_seat_went_on_is_refused(contract, client):
    ada, ben = seating.assign(contract, "ada"), seating.assign(contract, "ben")
    seating.release(contract, ben)
    head = "Seat;" + HEAD
    answer = words(send(client, f"{head}{ada.ref};full;eve@n.example;;;\n{ben.ref};full;ben@nordwind.example;;;\n"))
    assert "This seat belongs to ada@nordwind.example." in answer
    assert "This seat was released." in answer


def test_what_changed_since_it_was_shown_is_shown_anew_and_not_done(contract, client):
    shown = send(client, HEAD + "full;a@n.example;;;\nfull;b@n.example;;;\n")
    seating.book(contract, "full", 1)
    answer = confirm(client, shown)
    assert answer.status_code == 409
    assert "Something changed since you looked. Nothing was imported" in words(answer)
    assert "2 lines need 2 seats" in words(answer)
    assert (seating.held(contract), deeds("import_seats")) == ([], [])
    seating.book(contract, "full", 2)
    taken = seating.assign(contract, seating.Holder(mail="a@n.example"))
    again = confirm(client, shown)
    assert (again.status_code, len(seating.held(contract))) == (409, 1), "one line less than was shown"
    assert confirm(client, again).status_code == 303
    seating.release(contract, taken)
    assert confirm(client, again).status_code == 409, "one line more than was shown"


def test_links_are_mailed_by_jobs_to_each_once(contract, client):
    confirm(client, send(client, TWO + "room;;Board;;\n"), mails="yes")
    [job] = DBTaskResult.objects.filter(task_path__endswith="mail_seat_registrations")
    with scopes_disabled():
        refs = list(Seat.objects.exclude(mail="").order_by("pk").values_list("ref", flat=True))
    assert job.args_kwargs["args"][1] == refs
    for _ in range(2):
        with clock.at(people.NOON + timedelta(minutes=1)):
            mail_imported_seats(contract_ref=contract.ref, seat_refs=refs, by=people.SYSTEM)
    with scopes_disabled():
        sent = list(
            Mail.objects.filter(template="seat_registration").order_by("recipient").values_list("recipient", flat=True)
        )
    assert sent == ["ada@nordwind.example", "gus@nordwind.example"]


def test_links_are_mailed_by_a_clock_that_runs(contract, client, monkeypatch):
    ticks = itertools.count()
    monkeypatch.setattr(clock, "now", lambda: people.NOON + timedelta(milliseconds=next(ticks)))
    confirm(client, send(client, TWO), mails="yes")
    with scopes_disabled():
        refs = list(Seat.objects.order_by("pk").values_list("ref", flat=True))
    assert mail_imported_seats(contract_ref=contract.ref, seat_refs=refs, by=people.SYSTEM) == 2
    assert mail_imported_seats(contract_ref=contract.ref, seat_refs=refs, by=people.SYSTEM) == 0


def test_B104_imported_guests_and_things_may_create_no_guests(contract, client):
    confirm(client, send(client, TWO + "room;;Board;;\n"))
    with scopes_disabled():
        may = dict(Seat.objects.values_list("kind__key", "may_create_guests"))
    assert may == {"full": True, "guest": False, "room": False}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"Name\nAda\n", "The first line names no column “Kind”."),
        (b"\xff\xfeK\0i\0n\0d\0", "saved"),
        (HEAD.encode() + b"full;a@n.example;\0;;\n", "Line 2 holds characters that are no text."),
        (HEAD.encode() + b"full;" + b"a" * 10_001 + b";;;\n", "A cell in line 2 has more than 10,000 characters."),
        (HEAD.encode() + b"full;a@n.example;;;\n" * 5_001, "The file has more than 5,000 lines."),
        (b"x" * (4 * 1024 * 1024 + 1), "The file is larger than 4 MiB."),
    ],
)
def test_what_is_no_such_file_is_refused_with_what_to_do(contract, client, content, said):
    answer = send(client, content)
    assert answer.status_code == 422
    assert said.replace("saved", "Save it as “CSV UTF-8”") in words(answer)


def test_no_file_and_no_name_of_ours_is_refused(contract, client):
    assert "Choose a file." in words(client.post(URL, {}))
    shown = send(client, TWO)
    for name in ("nonsense", name_in(shown)[:-1] + "x", "\x00"):
        answer = client.post(URL, {"import": name})
        assert (answer.status_code, "no longer kept" in words(answer)) == (422, True)
    with clock.at(people.NOON):
        assert seating.held(contract) == []


def test_a_name_is_of_one_person_and_contract_and_others_may_not(contract, client):
    shown = send(client, TWO)
    other = seating.contract("V-2026-002")
    assert confirm(signed_in(other), shown).status_code == 422
    assert confirm(signed_in(contract, role="owner"), shown).status_code == 422
    for role in ("auditor", "member"):
        of = signed_in(contract, role=role)
        assert of.get(URL).status_code == 403
        assert send(of, TWO).status_code == 403
    assert "/seats/import/" not in signed_in(contract, role="auditor").get("/seats/").content.decode()
    assert (seating.held(contract), seating.held(other)) == ([], [])


def test_R3_nobody_gets_a_seat_in_a_contract_that_ended(contract, client):
    shown = send(client, TWO)
    with scopes_disabled():
        type(contract).objects.filter(pk=contract.pk).update(suspended=True)
    answer = confirm(client, shown)
    assert (answer.status_code, "The contract is suspended" in words(answer)) == (422, True)


def test_queries_do_not_grow_with_the_lines(contract, client):
    seating.book(contract, "full", 200)

    def cost(many: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = confirm(
                client, send(client, HEAD + "".join(f"full;{many}-{n}@n.example;;;\n" for n in range(many)))
            )
        assert answer.status_code == 303
        return len(queries)

    few = cost(5)
    assert cost(100) <= few + 12, "rows are inserted in batches; nothing is asked line by line"
