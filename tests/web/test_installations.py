"""The Installations page: what runs where, what the licence allows, names, removal; nothing of anybody else."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.backoffice.conftest import records
from tests.usage.readings import installation, metered, report, said
from tests.web.visitors import card, signed_in, words
from torhaus.core import clock
from torhaus.licensing.models import ContractPolicy, Installation, InstallationDay, Lease, Licence

pytestmark = pytest.mark.usefixtures("stopped_clock")

DAY = timedelta(days=1)


@pytest.fixture
def contract(db):
    return metered()


def policy(contract, **fields):
    with scopes_disabled():
        ContractPolicy.objects.create(contract=contract, **fields)
        contract.revision += 1
        contract.save(update_fields=["revision"])


def placed(contract, name, **fields) -> Installation:
    """An installation that runs and takes a place."""
    made = installation(contract, name, **fields)
    if made.counts and made.removed_at is None:
        with scopes_disabled():
            licence = Licence.objects.get(pk=made.licence_id)
            licence.installations += 1
            licence.save(update_fields=["installations"])
    return made


def called(one, calls, ago=0):
    day = clock.now() - ago * DAY
    with scopes_disabled():
        InstallationDay.objects.create(installation=one, on=day.date(), calls=calls, first_at=day, last_at=day)


def names(answer) -> list[str]:
    body = answer.content.decode()
    if "<tbody" not in body:
        return []
    table = body[body.index("<tbody") : body.index("</tbody>")]
    return re.findall(r'<th scope="row"[^>]*><a href="[^"]+">([^<]*)</a>', table)


def stored(one) -> Installation:
    with scopes_disabled():
        return Installation.objects.get(pk=one.pk)


def test_the_list_says_what_runs_where(contract):
    one = placed(contract, "main", version="34.1", environment="production")
    installation(contract, "try-out", environment="test", counts=False, last_seen_at=clock.now() - 5 * DAY)
    installation(contract, "gone", removed_at=clock.now(), removed_by="customer")
    for ago in (0, 29, 30):
        called(one, 600, ago)
    answer = signed_in(contract).get("/installations/")
    assert names(answer) == ["try-out", "main"]
    shown = words(answer)
    assert "main 34.1 Production Running 2026-11-22 12:00 1,200" in shown
    assert "try-out – Test (does not count) Not seen for 5 days 2026-11-17 12:00 0" in shown
    assert "Show 1 removed installation" in shown
    assert "Lease until" not in shown
    german = words(signed_in(contract, "de").get("/installations/"))
    assert "Produktivbetrieb In Betrieb 22.11.2026 12:00 1.200" in german
    assert "Seit 5 Tagen nicht gemeldet" in german


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["a", "b", "c"]),
        ("-name", ["c", "b", "a"]),
        ("version", ["c", "a", "b"]),
        ("-version", ["b", "a", "c"]),
        ("environment", ["b", "c", "a"]),
        ("seen", ["b", "a", "c"]),
        ("-calls", ["c", "a", "b"]),
        ("lease", ["c", "b", "a"]),
        ("-lease", ["c", "b", "a"]),
        ("", ["c", "b", "a"]),
        ("nonsense", ["c", "b", "a"]),
        ("--name", ["c", "b", "a"]),
        ("pk; DROP TABLE", ["c", "b", "a"]),
    ],
)
def test_the_list_is_sorted_by_the_column_that_is_wanted(contract, sort, expected):
    one = placed(contract, "a", version="34.1", environment="test", last_seen_at=clock.now() - 2 * DAY)
    placed(contract, "b", version="35.0", environment="", last_seen_at=clock.now() - 3 * DAY)
    busy = placed(contract, "c", version="33.9", environment="production")
    called(one, 5)
    called(busy, 9)
    answer = signed_in(contract).get("/installations/", {"sort": sort, "text": ""})
    assert names(answer) == expected
    known = sort.removeprefix("-") in {"name", "version", "environment", "seen", "calls", "lease"}
    assert answer.content.decode().count("aria-sort") == int(known and "lease" not in sort)
    assert ('name="sort"' in answer.content.decode()) is known


@pytest.mark.parametrize(
    ("fields", "count", "expected"),
    [
        ({}, 2, "2 in use Your licence does not limit installations; 2 are in use."),
        (
            {"model": "node_locked", "max_installations": 3},
            2,
            "2 of 3 Your licence allows 3 installations; 2 are in use.",
        ),
        (
            {"model": "node_locked", "max_installations": 1},
            1,
            "allows one installation; 1 is in use. To activate another",
        ),
        (
            {"model": "node_locked", "max_installations": 2, "overage": "percent", "overage_percent": 50},
            2,
            "2 are in use. Up to 3 are tolerated.",
        ),
        ({"model": "node_locked", "max_installations": 1, "overage": "report"}, 2, "More may be activated"),
    ],
)
def test_what_the_licence_allows_stands_in_words(contract, fields, count, expected):
    policy(contract, **fields)
    for n in range(count):
        placed(contract, f"host-{n}")
    assert expected in words(signed_in(contract).get("/installations/"))


def test_a_floating_licence_shows_its_leases(contract):
    policy(contract, model="floating", max_leases=5)
    one = placed(contract, "main")
    placed(contract, "idle")
    with scopes_disabled():
        for holder, ends in (("a", timedelta(minutes=5)), ("b", timedelta(minutes=9)), ("c", -timedelta(minutes=1))):
            Lease.objects.create(
                licence=one.licence,
                installation=one,
                holder=holder,
                taken_at=clock.now(),
                expires_at=clock.now() + ends,
            )
    shown = words(signed_in(contract).get("/installations/"))
    assert "At most 5 may run at the same time; 2 do now." in shown
    assert "2026-11-22 12:09" in shown
    detail = words(signed_in(contract).get(f"/installations/{one.ref}/"))
    assert "Lease until 2026-11-22 12:05 2026-11-22 12:09" in detail


def test_without_any_the_page_says_how_to_begin(contract):
    shown = words(signed_in(contract).get("/installations/"))
    assert "No installation yet" in shown
    assert "/api/v1/activate" in shown
    assert "Authorization: Bearer TOKEN" in shown
    assert "Noch keine Installation" in words(signed_in(contract, "de").get("/installations/"))


def test_the_filter_finds_by_name_state_and_environment(contract):
    installation(contract, "Server Süd", version="34.1", environment="production")
    installation(contract, "quiet", environment="test", last_seen_at=clock.now() - 3 * DAY)
    gone = installation(contract, "gone", removed_at=clock.now(), removed_by="staff")
    client = signed_in(contract)
    for query, expected in (
        ("?text=server+s%C3%BCd", ["Server Süd"]),
        ("?text=34.1", ["Server Süd"]),
        ("?text=%25", []),
        ("?state=running", ["Server Süd"]),
        ("?state=quiet", ["quiet"]),
        ("?state=removed", ["gone"]),
        ("?environment=test", ["quiet"]),
        ("?state=nonsense", ["quiet", "Server Süd"]),
        (f"?text={gone.ref}&state=removed", ["gone"]),
        ("?page=99999999999999999999", ["quiet", "Server Süd"]),
        ("?text=" + "x" * 10_001, ["quiet", "Server Süd"]),
    ):
        assert names(client.get("/installations/" + query)) == expected, query
    assert "No installation matches" in words(client.get("/installations/?text=nothing"))


def test_one_installation_shows_its_days_and_what_it_uses(contract):
    one = placed(contract, "main", version="34.1")
    called(one, 5)
    called(one, 20, ago=3)
    report(contract, said(4711), source=one.ref)
    client = signed_in(contract)
    shown = words(client.get(f"/installations/{one.ref}/"))
    assert "Objects 4,711 2026-11-22" in shown
    assert "Day Calls 2026-11-19 20 2026-11-22 5" in shown
    assert f"Reference {one.ref}" in shown
    assert "25 calls since 2026-10-24" in client.get(f"/installations/{one.ref}/").content.decode()


def test_an_installation_gets_a_name(contract):
    one = placed(contract, "main")
    client = signed_in(contract)
    answer = client.post(f"/installations/{one.ref}/name/", {"name": "  Server <script>alert(1)</script> é "})
    assert (answer.status_code, answer.url) == (303, f"/installations/{one.ref}/")
    assert stored(one).name == "Server <script>alert(1)</script> é"
    body = client.get("/installations/").content.decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert(1)" in body
    [record] = records("name_installation")
    assert record.actor_kind == "token"
    assert client.get(f"/installations/{one.ref}/name/").status_code == 200
    assert stored(one).name.startswith("Server")


def test_a_name_that_is_taken_away_is_said_to_be_gone(contract):
    one = placed(contract, "main")
    answer = signed_in(contract, "de").post(f"/installations/{one.ref}/name/", {"name": ""}, follow=True)
    assert f"Die Installation {one.ref} trägt keinen Namen mehr." in words(answer)
    assert stored(one).name == ""


def test_a_name_that_is_too_long_is_explained_and_kept_in_the_form(contract):
    one = placed(contract, "main")
    answer = signed_in(contract).post(f"/installations/{one.ref}/name/", {"name": "x" * 10_001})
    assert answer.status_code == 422
    assert "at most 120 characters" in words(answer)
    assert stored(one).name == "main"


def test_removing_says_first_what_happens(contract):
    policy(contract, model="node_locked", max_installations=3)
    one = placed(contract, "main")
    report(contract, said(100), source=one.ref)
    client = signed_in(contract)
    shown = words(client.get(f"/installations/{one.ref}/remove/"))
    assert "At its next call the product there is told that it was removed" in shown
    assert "Its place is free at once" in shown
    assert stored(one).removed_at is None
    answer = client.post(f"/installations/{one.ref}/remove/")
    assert (answer.status_code, answer.url) == (303, "/installations/")
    assert stored(one).removed_by == "customer"
    page = words(client.get("/installations/"))
    assert "main is removed." in page
    assert "Your licence allows 3 installations; 0 are in use." in page
    assert "None runs at the moment" in page
    detail = words(client.get(f"/installations/{one.ref}/"))
    assert "Removed 2026-11-22 12:00 in this portal" in detail
    assert "Rename" not in detail
    assert "0" in card(client.get("/usage/"), "meter-objects")


def test_two_windows_removing_remove_once(contract):
    one = placed(contract, "main")
    placed(contract, "other")
    client = signed_in(contract)
    client.post(f"/installations/{one.ref}/remove/", follow=True)
    answer = client.post(f"/installations/{one.ref}/remove/", follow=True)
    assert answer.status_code == 200
    assert "was removed before; nothing was changed" in words(answer)
    assert len(records("remove_installation")) == 1
    with scopes_disabled():
        assert Licence.objects.get(contract=contract).installations == 1
    assert client.get(f"/installations/{one.ref}/remove/").status_code == 302
    assert client.get(f"/installations/{one.ref}/name/").status_code == 404
    assert client.post(f"/installations/{one.ref}/name/", {"name": "x"}).status_code == 404


@pytest.mark.parametrize("ref", ["x", "x" * 5000, "%00", "..", "äöü", "1", "'"])
def test_an_unknown_installation_is_404(contract, ref):
    client = signed_in(contract)
    for path in ("", "name/", "remove/"):
        assert client.get(f"/installations/{ref}/{path}").status_code == 404
        assert client.post(f"/installations/{ref}/{path}").status_code in (404, 405)


def test_R70_installations_of_others_are_not_there(contract):
    other = metered(number="V-9")
    sibling = people.contract(contract.customer, "V-2026-002")
    client = signed_in(contract)
    for owner in (other, sibling):
        foreign = placed(owner, "foreign")
        report(owner, said(7), source=foreign.ref)
        assert "foreign" not in words(client.get("/installations/"))
        assert "foreign" not in words(client.get("/usage/"))
        assert client.get(f"/installations/{foreign.ref}/").status_code == 404
        for path, data in (("name/", {"name": "mine"}), ("remove/", {})):
            assert client.get(f"/installations/{foreign.ref}/{path}").status_code == 404
            assert client.post(f"/installations/{foreign.ref}/{path}", data).status_code == 404
        assert (stored(foreign).name, stored(foreign).removed_at) == ("foreign", None)


def test_staff_who_look_on_change_nothing(contract):
    one = placed(contract, "main")
    client = Client()
    client.force_login(people.staff())
    client.post(f"/staff/contracts/{contract.ref}/view/")
    answer = client.post(f"/installations/{one.ref}/remove/")
    assert answer.status_code in (302, 403, 404)
    assert stored(one).removed_at is None


@pytest.mark.slow
def test_twelve_queries_at_most_with_thousands(contract):
    policy(contract, model="floating", max_leases=9)
    one = placed(contract, "first")
    client = signed_in(contract)
    client.get("/installations/")
    with CaptureQueriesContext(connection) as few:
        client.get("/installations/")
    now = clock.now()
    with scopes_disabled():
        made = Installation.objects.bulk_create(
            Installation(licence=one.licence, digest=f"{n:064}", name=f"host-{n}", activated_at=now, last_seen_at=now)
            for n in range(10**6, 10**6 + 3000)
        )
        InstallationDay.objects.bulk_create(
            InstallationDay(installation=row, on=now.date(), calls=3, first_at=now, last_at=now) for row in made
        )
    counts = {len(few)}
    for query in ("", "?page=50", "?state=quiet", "?text=host-1&environment=test"):
        with CaptureQueriesContext(connection) as many:
            assert client.get("/installations/" + query).status_code == 200
        counts.add(len(many))
    with CaptureQueriesContext(connection) as detail:
        client.get(f"/installations/{one.ref}/")
    assert max(*counts, len(detail)) <= 12, (counts, len(detail))


def test_a_suspended_contract_is_said_with_what_it_means_and_whom_to_ask(contract):
    one = placed(contract, "main")
    client = signed_in(contract)
    assert "suspended" not in words(client.get("/installations/"))
    with scopes_disabled():
        type(contract).objects.update(suspended=True)
    answer = client.get("/installations/")
    shown = words(answer)
    assert "Contract V-2026-001 is suspended, and its licence with it." in shown
    assert "may stop working" in shown
    assert 'href="mailto:sales@acme.example"' in answer.content.decode()
    assert "main – – Licence suspended" in card(answer, "list")
    assert "Licence suspended" in words(client.get(f"/installations/{one.ref}/"))
    german = words(signed_in(contract, "de").get("/installations/"))
    assert "Der Vertrag V-2026-001 ist gesperrt, und mit ihm die Lizenz." in german
    assert "Lizenz gesperrt" in german
