"""The command ``torhaus-licence``, from outside: what an administrator types, sees and is left with."""

import json
import re
import socket
from datetime import date, timedelta

import pytest

from tests.sdk.console import SEED, Desk, keys_of, offline_licence
from tests.servers import free_port, serving

pytestmark = [pytest.mark.servers, pytest.mark.slow]
LISTED_DAYS = (("later", "starts_on"), ("later", "ends_on"), ("gone", "ends_on"))


@pytest.fixture(scope="module")
def portal():
    """A served portal, its keys, and a token for each contract of the cast."""
    with serving() as here:
        tokens = json.loads(here.python(SEED).strip().splitlines()[-1])
        yield here.url, keys_of(here.url), tokens


@pytest.fixture
def desk(portal, tmp_path) -> Desk:
    url, keys, _ = portal
    return Desk(tmp_path, url).set_up(keys)


@pytest.fixture
def away(portal, tmp_path) -> Desk:
    """A product whose server cannot be reached."""
    folder = tmp_path / "away"
    folder.mkdir()
    return Desk(folder, f"http://127.0.0.1:{free_port()}").set_up(portal[1])


def test_B42_save_and_check_lists_the_retrieved_licences(desk, portal):
    shown = desk.ok("set-token", "--check", said=portal[2]["yearly"])
    assert "1 licence retrieved" in shown
    assert re.search(r"^[\w-]+ +Acme +subscription .* valid$", shown, re.MULTILINE), shown
    assert desk.state.stat().st_mode & 0o777 == 0o600
    assert portal[2]["yearly"] not in shown


def test_B43_save_stores_the_token_without_contact(portal, tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.2)
        desk = Desk(tmp_path, f"http://127.0.0.1:{listener.getsockname()[1]}").set_up(portal[1])
        shown = desk.ok("set-token", said=portal[2]["yearly"])
        with pytest.raises(TimeoutError):
            listener.accept()
    assert "is saved" in shown
    assert portal[2]["yearly"] in desk.state.read_text()
    assert desk.run("status").returncode == 1, "it licenses nothing before it is checked"


def test_B8_another_token_replaces_the_first_and_remove_clears_it(desk, portal):
    _, _, tokens = portal
    desk.ok("set-token", "--check", said=tokens["yearly"])
    desk.ok("set-token", said=tokens["other"])
    kept = desk.state.read_text()
    assert tokens["other"] in kept
    assert tokens["yearly"] not in kept
    assert desk.run("status").returncode == 1, "what came with the first token is gone with it"
    assert desk.run("remove", "--token").returncode == 2, "nobody is there to be asked"
    assert tokens["other"] in desk.state.read_text()
    desk.ok("remove", "--token", "--yes")
    assert tokens["other"] not in desk.state.read_text()
    assert desk.json("status")["token"] == ""


def test_B44_time_result_and_count_of_the_last_check_are_shown(desk, away, portal):
    assert re.search(r"^Last check +never$", desk.run("status").stdout, re.MULTILINE)
    desk.ok("set-token", "--check", said=portal[2]["yearly"])
    shown = desk.ok("status")
    assert re.search(r"^Last check +\d{4}-\d\d-\d\d \d\d:\d\d UTC: OK, 1 licence retrieved$", shown, re.MULTILINE), (
        shown
    )
    german = desk.ok("status", "--language", "de")
    assert re.search(r"^Letzte Prüfung +\d\d\.\d\d\.\d{4} \d\d:\d\d UTC: OK, 1 Lizenz abgerufen$", german, re.MULTILINE)
    assert desk.run("check", "--server", away.server).returncode == 3
    assert re.search(r"^Last check +\d.* UTC: .*refused the connection", desk.run("status").stdout, re.MULTILINE)


def test_B46_without_connection_both_token_and_offline_licence_are_asked_for(away, portal):
    done = away.run("set-token", "--check", said=portal[2]["yearly"])
    assert done.returncode == 4
    assert "refused the connection" in done.stderr
    assert "the licence token and the offline licence" in done.stderr
    shown = away.run("status")
    assert shown.returncode == 4
    assert "offline licence" in shown.stdout


@pytest.mark.parametrize("way", ["file", "text"])
def test_B47_an_offline_licence_installs_from_a_file_or_from_text(away, portal, way):
    url, _, tokens = portal
    away.ok("set-token", said=tokens["yearly"])
    text = offline_licence(url, tokens["yearly"])
    if way == "file":
        (away.folder / "licence.txt").write_text(text)
        shown = away.ok("install", "licence.txt")
    else:
        shown = away.ok("install", "-", said=text)
    assert "The offline licence is installed" in shown
    assert "subscription" in shown
    status = away.json("status")
    assert (status["valid"], status["mode"], status["limits"]["objects"]["max"]) == (True, "offline", 5000)
    assert away.run("status").returncode == 0


def test_a_damaged_or_foreign_offline_licence_changes_nothing(away, portal):
    url, _, tokens = portal
    away.ok("set-token", said=tokens["yearly"])
    text = offline_licence(url, tokens["yearly"])
    before = away.kept()
    for wrong in (text[:-40], text.replace("A", "B", 1), offline_licence(url, tokens["other"]), ""):
        done = away.run("install", "-", said=wrong)
        assert done.returncode == 5, done
        assert done.stderr.startswith("Error: ")
    assert away.run("install", "nowhere.txt").returncode == 5
    assert away.kept() == before


def test_B49_abort_leaves_the_licences_unchanged(away, portal):
    url, _, tokens = portal
    away.ok("set-token", said=tokens["yearly"])
    before = away.kept()
    text = offline_licence(url, tokens["yearly"])
    code, shown = away.at_a_terminal("install", "-", answers=[("Ctrl-C aborts.", text), ("[y/N]", "n\n")])
    assert "Contract" in shown.partition("[y/N]")[0], "what would be installed is shown first"
    assert code == 130
    assert "Nothing was changed" in shown
    code, shown = away.at_a_terminal("install", "-", answers=[("Ctrl-C aborts.", "\x03")])
    assert (code, "Nothing was changed" in shown) == (130, True)
    assert away.kept() == before
    code, shown = away.at_a_terminal("install", "-", answers=[("Ctrl-C aborts.", text), ("[y/N]", "y\n")])
    assert (code, "is installed" in shown) == (0, True)


def test_B50_selected_licences_can_be_removed(desk, portal):
    url, _, tokens = portal
    desk.ok("set-token", "--check", said=tokens["yearly"])
    desk.ok("install", "-", said=offline_licence(url, tokens["yearly"]))
    rows = desk.json("list")["licences"]
    files = [row["id"] for row in rows if row["source"] == "offline"]
    assert len(files) == 1
    before = desk.kept()
    done = desk.run("remove", files[0], "nonsense")
    assert (done.returncode, "nonsense" in done.stderr) == (2, True)
    assert desk.kept() == before
    assert desk.run("remove").returncode == 2
    assert "Licences removed: 1." in desk.ok("remove", files[0])
    assert [row["id"] for row in desk.json("list")["licences"]] == [row["id"] for row in rows if row["id"] != files[0]]
    desk.ok("remove", "--all", "--yes")
    assert desk.json("list")["licences"] == []
    assert "No licences." in desk.ok("list")


def test_B51_success_tells_users_to_log_out_and_in(desk, away, portal):
    url, _, tokens = portal
    assert "log out and in again" in desk.ok("set-token", "--check", said=tokens["yearly"])
    assert "ab- und wieder anzumelden" in desk.ok("check", "--language=de")
    assert "log out and in again" in desk.ok("install", "-", said=offline_licence(url, tokens["yearly"]))


def test_B52_a_trial_shows_its_end_the_days_left_and_a_way_to_an_offer(desk, portal):
    desk.ok("set-token", "--check", said=portal[2]["trial"])
    shown = desk.ok("status")
    assert re.search(
        r"^Trial +This is a trial\. It ends on \d{4}-\d\d-\d\d; days left: \d+\. Get an offer: \S+",
        shown,
        re.MULTILINE,
    ), shown
    german = desk.ok("status", "--language", "de")
    assert re.search(
        r"^Testphase +.*endet am \d\d\.\d\d\.\d{4}; verbleibende Tage: \d+\. Angebot holen: \S+", german, re.MULTILINE
    ), german


def test_B53_a_licence_without_expiry_is_shown_as_without_end(desk, portal):
    desk.ok("set-token", "--check", said=portal[2]["bought"])
    assert re.search(r"^Valid until +without end$", desk.ok("status"), re.MULTILINE)
    assert "unbefristet" in desk.ok("list", "--language", "de")
    row = desk.json("list")["licences"][0]
    assert (row["ends_at"], row["days_left"]) == (None, None)


def test_B75_active_upcoming_and_expired_add_ons_are_listed(desk, portal):
    desk.ok("set-token", "--check", said=portal[2]["added"])
    found = {row.pop("key"): row for row in desk.json("list")["add_ons"]}
    assert {key: (row["name"], row["quantity"], row["state"]) for key, row in found.items()} == {
        "flows": ("Flows", 3, "active"),
        "later": ("Later", 1, "upcoming"),
        "gone": ("Gone", 2, "expired"),
    }
    starts, ends, over = (date.fromisoformat(found[key][name]) for key, name in LISTED_DAYS)
    assert (ends - starts, starts - over) == (timedelta(30), timedelta(23))
    assert (found["flows"]["ends_on"], found["gone"]["days_left"]) == (None, 0)
    assert 49 <= found["later"]["days_left"] <= 51
    assert {row["key"]: row["state"] for row in desk.json("status")["add_ons"]} == {
        key: row["state"] for key, row in found.items()
    }
    shown = desk.ok("list")
    assert re.search(r"^Add-on +Quantity +From +Valid until +State$", shown, re.MULTILINE), shown
    assert re.search(r"^Flows +3 +\S+ +with the contract +active$", shown, re.MULTILINE), shown
    assert re.search(rf"^Later +1 +{starts} +{ends} +upcoming$", shown, re.MULTILINE), shown
    assert re.search(rf"^Gone +2 +\S+ +{over} +expired$", shown, re.MULTILINE), shown
    desk.ok("check", "--language", "de")
    german = desk.ok("list", "--language", "de")
    assert re.search(r"^Abläufe +3 +\S+ +mit dem Vertrag +aktiv$", german, re.MULTILINE), german
    assert re.search(rf"^Später +1 +{starts:%d.%m.%Y} +{ends:%d.%m.%Y} +kommend$", german, re.MULTILINE), german
    assert re.search(rf"^Vorbei +2 +\S+ +{over:%d.%m.%Y} +abgelaufen$", german, re.MULTILINE), german
    desk.ok("remove", "--all", "--yes")
    assert desk.json("list") == {"licences": [], "add_ons": []}


def test_B75_the_state_of_the_licence_is_readable_by_programs(desk, portal):
    desk.ok("set-token", "--check", said=portal[2]["yearly"])
    status = desk.json("status")
    assert (status["valid"], status["code"], status["access"], status["contract"]) == (True, "valid", "full", "V-1")
    assert status["limits"]["objects"] == {"max": 5000, "used": 4200}
    assert status["last_check"]["licences"] == 1
    assert "medium" in status["features"]
    row = desk.json("list")["licences"][0]
    assert {"id", "product", "kind", "valid", "ends_at", "days_left", "created_at", "environment"} <= set(row)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["ends_at"])
    assert desk.json("check")["valid"] is True
    assert desk.json("check", said="")["code"] == "valid"


def test_an_ended_licence_is_told_with_its_exit_code(desk, portal):
    done = desk.run("set-token", "--check", said=portal[2]["over"])
    assert done.returncode == 1
    assert "ended" in done.stdout
    assert desk.run("status").returncode == 1


def test_an_unreachable_server_leaves_what_was_licensed(portal, tmp_path, desk):
    desk.ok("set-token", "--check", said=portal[2]["yearly"])
    elsewhere = f"http://127.0.0.1:{free_port()}"
    done = desk.run("check", "--server", elsewhere)
    assert done.returncode == 3, done
    assert "refused the connection" in done.stderr
    assert desk.json("status", "--server", elsewhere)["valid"] is True
    assert desk.run("status", "--server", elsewhere).returncode == 3
    problem = desk.json("check", "--server", elsewhere)
    assert problem["exit"] == 3
    assert problem["error"]["code"] == "server_unreachable_refused"


def test_a_refused_token_is_an_error_of_its_own(desk, portal):
    done = desk.run("set-token", "--check", said="not a token")
    assert (done.returncode, done.stdout) == (5, "")
    assert "not a licence token" in done.stderr
    assert desk.run("set-token", said="  \n").returncode == 2
    assert not desk.state.exists() or "not a token" not in desk.state.read_text()


def test_a_token_typed_at_a_terminal_is_not_shown(desk, portal):
    code, shown = desk.at_a_terminal("set-token", answers=[("Licence token: ", portal[2]["yearly"] + "\n")])
    assert (code, portal[2]["yearly"] in shown) == (0, False)
    assert portal[2]["yearly"] in desk.state.read_text()


def test_activate_and_deactivate_take_and_give_a_place(desk, portal, tmp_path):
    done = desk.run("set-token", "--check", said=portal[2]["other"])
    assert (done.returncode, "has to be activated" in done.stdout) == (1, True)
    shown = desk.ok("activate", "--name", "db-1")
    assert "This installation is activated." in shown
    status = desk.json("status")
    assert status["installation_name"] == "db-1"
    assert status["places"]["installations"] == {"max": 1, "used": 1}
    assert re.search(r"^  installations +1 of 1$", desk.ok("status"), re.MULTILINE)
    assert "its place is free again" in desk.ok("deactivate")
    assert desk.json("status")["installation"] == ""
    desk.ok("check", "--activate")
    assert desk.json("status")["installation"] != ""


def test_what_cannot_be_is_wrong_usage_in_both_languages(desk, portal):
    desk.ok("set-token", said=portal[2]["yearly"])
    for words in (("usage", f"objects={10**30}"), ("remove",), ("remove", "--all"), ("frobnicate",), ()):
        done = desk.run(*words)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert done.stderr.strip(), words
    assert "es fehlt: FILE" in desk.run("--language", "de", "install").stderr


def test_usage_is_reported_and_shown(desk, portal):
    desk.ok("set-token", "--check", said=portal[2]["trial"])
    shown = desk.ok("usage", "objects=4300")
    assert "Reported: 1." in shown
    assert re.search(r"^  objects +4,300 of 5,000 \(mostly used\)$", shown, re.MULTILINE), shown
    assert re.search(r"^  objects +4.300 von 5.000", desk.ok("usage", "objects=4300", "--language", "de"), re.MULTILINE)
    for wrong in ("objects", "objects=-1", "objects=many", "=4"):
        assert desk.run("usage", wrong).returncode == 2
    assert desk.run("usage", "nothing=4").returncode == 5
    assert "objects" in desk.ok("usage")
