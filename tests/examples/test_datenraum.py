"""The sample product, as a process of its own, against a portal that is really served."""

import pytest

from tests.examples.product import RECORDED, running

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(300)]
SEED = """
from tests.seats import seating
from torhaus.vendor.actions import create_signing_key
people.vendor()
create_signing_key(by=people.SYSTEM)
of = seating.contract(full=2, room=1)
print(people.token(of))
"""
RELEASE = """
from tests.seats import seating
from torhaus.seats.models import Seat
from torhaus.records.actions import seal_records
with scopes_disabled():
    seat = Seat.objects.select_related("contract").get(ref={ref!r})
seating.release(seat.contract, seat)
seal_records()
"""
FORBID_GUESTS = """
from torhaus.seats.models import Seat
from torhaus.seats.permit_guests import permit_guests
with scopes_disabled():
    seat = Seat.objects.select_related("contract").get(ref={ref!r})
permit_guests(contract_ref=seat.contract.ref, seat_ref=seat.ref, allowed=False, by=people.SYSTEM)
"""
REASSIGN = """
from tests.seats import seating
from torhaus.records.actions import seal_records
from torhaus.seats.models import Seat
from torhaus.seats.reassign_seat import reassign_seat
with scopes_disabled():
    seat = Seat.objects.select_related("contract").get(ref={ref!r})
reassign_seat(contract_ref=seat.contract.ref, seat_ref=seat.ref, holder=seating.someone("mia"), by=people.SYSTEM)
seal_records()
"""
REMOVE_FACTOR = """
from torhaus.records.actions import seal_records
from torhaus.seats.models import Seat
from torhaus.seats.remove_second_factor import remove_second_factor
with scopes_disabled():
    seat = Seat.objects.select_related("contract").get(ref={ref!r})
remove_second_factor(contract_ref=seat.contract.ref, seat_ref=seat.ref, by=people.SYSTEM)
seal_records()
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    with running(tmp_path_factory.mktemp("datenraum"), SEED) as found:
        yield found


def test_B82_B83_B84_B87_B89_B100_users_hold_seats_and_own_boxes(product):
    # B82: a data room consumes a licence of its own, and the next one finds none.
    assert product.post("/rooms", name="Due Diligence")[0] == 200
    status, said = product.post("/rooms", "de", name="Board")
    assert status == 409
    assert "Alle Plätze der Art „room“ sind vergeben" in said
    for name, kind in (("Ada", "full"), ("Ben", "full"), ("Gus", "guest")):
        assert product.post("/users/assign", kind=kind, name=name, mail=f"{name}@nordwind.example")[0] == 200
    assert product.post("/users/assign", kind="full", name="Cleo", mail="cleo@nordwind.example")[0] == 409
    ada, ben, gus = product.seat("Ada"), product.seat("Ben"), product.seat("Gus")
    product.post("/boxes", seat=ada, name="Contracts", guest=ben)
    product.post("/boxes", seat=ben, name="Drafts")
    # B100: what Ben and Gus put into Ada's box counts for Ada, and for nobody else.
    for seat, name, size in ((ada, "offer.pdf", 1000), (ben, "comment.txt", 20), (gus, "photo.png", 300)):
        assert product.post("/files", box=2, seat=seat, name=name, size=size)[0] == 200
    plan = product.get("/settings/account/price-plan", "de")
    assert "Unternehmensweite Einstellungen → Konto → Preisplan" in plan
    assert "1320 Bytes" in plan
    assert "<td>Platz full</td><td>2</td><td>2</td><td>2</td><td>0</td>" in plan
    users = product.get("/users")
    assert [f"Own bytes (shared by others): {said}" in users for said in ("1320 (0)", "0 (1320)")] == [True, True]
    # B89: who has a second factor keeps the seat until it is removed.
    assert product.post("/users/second-factor", seat=ada)[0] == 200
    status, said = product.post("/users/reassign", "de", seat=ada, name="Eve", mail="eve@nordwind.example")
    assert (status, "zweiten Faktor" in said) == (409, True)
    assert "Signs in with a second factor" in product.get("/users")
    product.portal.python(REMOVE_FACTOR.format(ref=ada))
    assert "Signs in with a second factor" not in product.get("/users")
    # B87: whoever takes a seat over gets its boxes.
    assert product.post("/users/reassign", seat=ada, name="Eve", mail="eve@nordwind.example")[0] == 200
    assert "<td>Contracts</td><td>Eve</td><td>1320</td>" in product.get("/")
    # B84: a guest's seat becomes free, and the files stay.
    assert "files of this guest stay" in product.get(f"/users/release?seat={gus}")
    product.post("/users/release", seat=gus)
    product.portal.python(RECORDED)
    assert "photo.png" in product.get("/")
    # B83: a full user's boxes go, after a warning; what is in the boxes of others stays.
    assert "endgültig gelöscht" in product.get(f"/users/release?seat={ben}", "de")
    product.post("/users/release", seat=ben)
    product.portal.python(RECORDED)
    page = product.get("/")
    assert "Drafts" not in page
    assert "comment.txt" in page
    # The same when it happens in the portal: the feed tells the product.
    product.portal.python(RELEASE.format(ref=ada))
    page = product.get("/")
    assert "Contracts" not in page
    assert "Due Diligence" in page
    assert product.post("/rooms", origin="http://elsewhere.example", name="x")[0] == 403


def test_B88_B104_holders_create_guests_if_they_may_see_only_theirs_and_are_out_when_the_seat_passes_on(product):
    for name in ("Ida", "Jon"):
        assert product.post("/users/assign", kind="full", name=name, mail=f"{name}@nordwind.example")[0] == 200
    ida, jon = product.seat("Ida"), product.seat("Jon")
    of_ida, of_jon = product.signed_in(), product.signed_in()
    assert "You are not signed in" in product.post("/guests", name="Nobody", mail="nobody@guests.example")[1]
    assert product.post("/sign-in", seat="x" * 12)[0] == 404
    assert "Guests of Ida" in of_ida.post("/sign-in", seat=ida)[1]
    assert "Gäste von Jon" in of_jon.post("/sign-in", "de", seat=jon)[1]
    assert "<p>Gil</p>" in of_ida.post("/guests", name="Gil", mail="gil@guests.example")[1]
    assert "Gil" not in of_jon.get("/guests")
    # B104: an administrator takes the permission away in the portal.
    product.portal.python(FORBID_GUESTS.format(ref=ida))
    status, said = of_ida.post("/guests", "de", name="Gwen", mail="gwen@guests.example")
    assert (status, "darf keine Gäste anlegen" in said) == (409, True)
    assert "Ask your administrator" in of_ida.get("/guests")
    assert "<p>Gwen</p>" in of_jon.post("/guests", name="Gwen", mail="gwen@guests.example")[1]
    # B88: whoever had a seat is out, when it passes on in the portal, and when the product gives it on or releases it.
    product.portal.python(REASSIGN.format(ref=ida))
    assert "You are not signed in" in of_ida.get("/guests")
    assert "You are not signed in" in of_ida.post("/guests", name="Greta", mail="greta@guests.example")[1]
    of_mia = product.signed_in()
    assert "Guests of Mia" in of_mia.post("/sign-in", seat=ida)[1]
    assert "<p>Gil</p>" in of_mia.get("/guests"), "what the seat has passes on"
    product.post("/users/reassign", seat=ida, name="Noa", mail="noa@nordwind.example")
    assert "You are not signed in" in of_mia.get("/guests")
    product.post("/users/release", seat=jon)
    assert "You are not signed in" in of_jon.get("/guests")
    page = product.get("/users")
    assert [name in page for name in ("Gil", "Nobody", "Greta")] == [True, False, False]


def test_a_user_is_led_to_the_portals_booking_page_once(product):
    status, said = product.post("/settings/account/book-more")
    assert (status, "You are not signed in" in said) == (200, True)
    user = product.signed_in()
    product.post("/users/assign", kind="guest", name="Lea", mail="lea@guests.example")
    user.post("/sign-in", seat=product.seat("Lea"))
    status, door = user.post("/settings/account/book-more")
    assert (status, 'action="/login/' in door) == (200, True), "signs in to the portal first"
    assert "/from-product/" not in door, "the link's code stands in no second address"
