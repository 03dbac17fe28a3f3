"""Token, Save & Check, and what the status shows then."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.licensing.test_validation import GRANTS
from tests.sdk.portal import DAY, client, instant
from torhaus.licensing.grants import Policy
from torhaus.licensing.validation import Facts, Question, verdict_on
from torhaus_sdk.answers import Access, Code, Enforcement
from torhaus_sdk.errors import FeatureMissing, NotChecked, NotLicensed, TokenInvalid, TokenMissing, TooManyInstallations
from torhaus_sdk.status import Mode
from torhaus_sdk.tokens import new_token

BOTH = ("en", "de")


def test_B6_a_new_token_licenses_nothing_until_it_was_checked_here(vendor, product):
    with pytest.raises(NotChecked) as refusal:
        product.require()
    assert refusal.value.code == "not_checked"
    assert refusal.value.message("en").startswith("The licence token is saved but was not checked yet.")
    assert refusal.value.message("de").startswith("Das Lizenz-Token ist gespeichert, aber noch nicht geprüft.")
    assert product.status().access is Access.NONE
    product.check()
    assert product.require().access is Access.FULL
    # The same holds for the next one.
    product.save_token(new_token("acme").text)
    with pytest.raises(NotChecked):
        product.require()


def test_B8_edit_replaces_the_stored_token_and_what_it_brought(vendor, product):
    product.check(activate=True)
    product.activate()
    product.report_usage("tenants", 1)
    other = new_token("acme")
    saved = product.save_token(f"  {other.text[:20]}\n {other.text[20:]} \n")
    assert (saved.replaced, saved.token) == (True, other.masked)
    status = product.status()
    assert (status.token, status.installation, status.licences, status.last_check) == (other.masked, "", (), None)
    with pytest.raises(TokenInvalid) as refusal:
        product.check()
    assert refusal.value.code == "token_invalid"
    assert vendor.requests[-1][2]["Authorization"] == f"Bearer {other.text}"


def test_B8_remove_clears_the_stored_token(vendor, product, tmp_path):
    product.check(activate=True)
    removed = product.remove_token()
    assert removed.ids == ("Lic1",)
    assert vendor.token.secret not in (tmp_path / "licence.json").read_text()
    with pytest.raises(TokenMissing):
        product.check()
    with pytest.raises(TokenMissing):
        product.require()
    assert product.status().token == ""


def test_B43_save_stores_the_token_without_contacting_the_server(vendor, product, tmp_path):
    assert vendor.requests == []
    assert json.loads((tmp_path / "licence.json").read_text())["token"] == vendor.token.text
    assert product.status().code == "not_checked"


@pytest.mark.parametrize("text", ["", "acme", "acme_x_y", "é" * 45, "x" * 10_001, "<script>"])
def test_a_mistyped_token_is_refused_and_the_saved_one_stays(vendor, product, text):
    wrong = vendor.token.text[:-1] + ("a" if vendor.token.text[-1] != "a" else "b")
    for one in (text, wrong):
        with pytest.raises(TokenInvalid) as refusal:
            product.save_token(one)
        assert refusal.value.code == "token_malformed"
    assert product.status().token == vendor.token.masked


def test_B42_save_and_check_asks_the_server_and_lists_the_licences(vendor, product):
    result = product.check()
    assert (result.valid, result.code, result.access) == (True, "valid", Access.FULL)
    (row,) = result.licences
    assert (row.id, row.name, row.kind, row.source, row.valid) == (
        "Lic1",
        "Acme Server",
        "subscription",
        "online",
        True,
    )
    assert (row.days_left, row.items, row.environment) == (200, ("1 × Plan Größe M",), "production")
    path, body, headers = vendor.requests[0]
    assert (path, body["product"], body["version"]) == ("/api/v1/validate", "acme", "3.2")
    assert len(body["nonce"]) > 40
    assert headers["Authorization"] == f"Bearer {vendor.token.text}"
    assert "/api/v1/licences" in vendor.asked()


def test_raw_values_of_the_machine_are_never_sent(vendor, product):
    product.check(activate=True)
    product.activate()
    sent = json.dumps([body for _, body, _ in vendor.requests])
    assert '"one"' not in sent
    assert set(vendor.requests[0][1]["fingerprint"]) == {"machine", "board", "mac"}
    assert all(len(value) == 64 for value in vendor.requests[0][1]["fingerprint"].values())


def test_B44_time_result_and_licence_count_of_the_last_check_are_kept_and_shown(vendor, product, tmp_path):
    before = datetime.now(UTC).replace(microsecond=0)
    product.check()
    asked = len(vendor.requests)
    for one in (product, client(vendor, tmp_path)):  # another process sees it, too
        last = one.status().last_check
        assert before <= last.at <= datetime.now(UTC)
        assert (last.ok, last.code, last.licences) == (True, "valid", 1)
    assert len(vendor.requests) == asked
    vendor.changes = {"valid": False, "code": "suspended", "access": "none", "message": "The contract is suspended."}
    product.check()
    last = product.status().last_check
    assert (last.ok, last.code, last.licences) == (False, "suspended", 1)


def test_the_status_says_all_that_is_known(vendor, product):
    product.check()
    status = product.status()
    assert (status.mode, status.valid, status.code, status.unlimited) == (Mode.ONLINE, True, "valid", False)
    assert (status.contract, status.customer, status.kind, status.edition) == (
        "V-2026-001",
        "10482",
        "subscription",
        "medium",
    )
    assert (status.days_left, status.features) == (200, ("medium", "add-on-a"))
    assert (status.limits["objects"].max, status.limits["objects"].used, status.limits["objects"].free) == (
        5000,
        4000,
        1000,
    )
    assert (status.seats["full"].max, status.places["installations"].unlimited) == (25, True)
    assert status.good_until > datetime.now(UTC) + 13 * DAY
    assert json.loads(json.dumps(status.to_dict()))["limits"]["objects"] == {"max": 5000, "used": 4000}


@pytest.mark.parametrize("language", BOTH)
def test_B51_success_tells_users_to_log_out_and_in(vendor, tmp_path, language):
    with client(vendor, tmp_path, language=language) as one:
        one.save_token(vendor.token.text)
        said = one.check().next_step
    assert (
        said
        == {
            "en": "Ask all users to log out and in again.",
            "de": "Bitten Sie alle Benutzer, sich ab- und wieder anzumelden.",
        }[language]
    )
    assert vendor.requests[0][2]["Accept-Language"] == language


def test_B52_a_trial_shows_its_end_days_left_and_where_to_get_an_offer(vendor, product):
    ends = datetime.now(UTC) + timedelta(days=11, hours=2)
    licence = {"ref": "Lic1", "kind": "evaluation", "ends_at": instant(ends), "grace_until": instant(ends)}
    trial = {"ends_at": instant(ends), "days_left": 11, "offer_url": "https://portal.vendor.example/offer"}
    vendor.changes = {"licence": licence, "trial": trial}
    product.check()
    trial = product.status().trial
    assert (trial.days_left, trial.offer_url) == (11, "https://portal.vendor.example/offer")
    assert trial.message("en") == f"This is a trial. It ends on {ends:%Y-%m-%d}; days left: 11."
    assert trial.message("de") == f"Dies ist eine Testphase. Sie endet am {ends:%d.%m.%Y}; verbleibende Tage: 11."


def test_B53_a_licence_without_expiry_is_unlimited_and_not_of_today(vendor, product):
    vendor.changes = {"licence": {"ref": "Lic1", "kind": "perpetual", "ends_at": None, "grace_until": None}}
    listed = vendor.listed()
    vendor.listed = lambda: listed | {"ends_at": None, "days_left": None}
    product.check()
    status = product.status()
    assert (status.unlimited, status.ends_at, status.days_left, status.trial) == (True, None, None, None)
    assert (status.licences[0].unlimited, status.licences[0].days_left) == (True, None)
    assert status.limits["tenants"].unlimited
    product.remove_token()
    assert not product.status().unlimited  # nothing is not the same as no end


def test_require_lets_through_what_is_licensed_and_says_what_is_not(vendor, product):
    product.check()
    assert product.require("add-on-a")
    with pytest.raises(FeatureMissing) as refusal:
        product.require("add-on-b")
    assert (refusal.value.feature, refusal.value.access) == ("add-on-b", Access.NONE)
    assert "add-on-b" in refusal.value.message("de")
    assert not product.permission("add-on-b")


@pytest.mark.parametrize(
    ("enforcement", "access", "reads", "writes"),
    [("block", "none", False, False), ("degrade", "read_only", True, False), ("advise", "full", True, True)],
)
def test_require_follows_the_vendors_enforcement(vendor, product, enforcement, access, reads, writes):
    vendor.changes = {"valid": False, "code": "expired", "access": access, "enforcement": enforcement}
    assert not product.check().valid
    for needs, let in (("read_only", reads), ("full", writes)):
        if let:
            assert product.require(access=needs).code == "expired"
        else:
            with pytest.raises(NotLicensed) as refusal:
                product.require(access=needs)
            assert (refusal.value.code, refusal.value.access, refusal.value.enforcement) == (
                "expired",
                Access(access),
                Enforcement(enforcement),
            )


def test_a_product_that_only_advises_is_never_stopped(vendor, tmp_path):
    with client(vendor, tmp_path, on_error="continue") as one:
        permission = one.require("add-on-b")
        assert (permission.access, permission.code) == (Access.NONE, "token_missing")
        one.save_token(vendor.token.text)
        one.check()
        assert one.require("add-on-b").code == "feature_missing"


def test_R45_a_refused_token_is_told_at_once_and_its_last_answer_goes_on_to_its_end(vendor, tmp_path):
    """A server restored from an old copy does not know the newest tokens; it must not stop every product at once."""
    clock = [datetime.now(UTC)]
    vendor.now = lambda: clock[0]
    product = client(vendor, tmp_path, clock=lambda: clock[0])
    product.save_token(vendor.token.text)
    product.check()
    good_until = product.status().good_until
    vendor.act = lambda h, path, _: (
        path.startswith("/api/") and (h.say(401, {"code": "token_invalid"}, "application/problem+json") or True)
    )
    for ask in (product.check, product.heartbeat):
        with pytest.raises(TokenInvalid):
            ask()
        assert product.require("medium")
        status = product.status()
        assert (status.valid, status.good_until) == (True, good_until)
        assert "no longer accepts the saved licence token" in status.next_step
        assert f"{good_until:%Y-%m-%d}" in status.next_step
        clock[0] += 5 * DAY  # asking again and again makes it last no longer
    assert "nicht mehr an" in client(vendor, tmp_path, language="de", clock=lambda: clock[0]).status().next_step
    clock[0] += 5 * DAY
    with pytest.raises(NotLicensed) as refusal:
        product.require()
    assert (refusal.value.code, product.status().code) == ("token_invalid", "token_invalid")
    assert "nimmt dieses Lizenz-Token nicht an" in refusal.value.message("de")
    vendor.act = None
    assert product.heartbeat().valid
    assert product.require()


@pytest.mark.parametrize("deed", ["activate", "deactivate"])
def test_R45_a_refused_token_is_remembered_by_each_deed(vendor, product, deed):
    product.activate()
    vendor.act = lambda h, path, _: (
        path.startswith("/api/") and (h.say(401, {"code": "token_invalid"}, "application/problem+json") or True)
    )
    with pytest.raises(TokenInvalid):
        getattr(product, deed)()
    assert product.permission()
    assert "no longer accepts" in product.status().next_step


@pytest.mark.parametrize("enforcement", Enforcement)
@pytest.mark.parametrize("after_grace", ["read_only", "stop"])
def test_after_the_end_a_kept_answer_falls_back_for_the_versions_published_before(
    vendor, tmp_path, enforcement, after_grace
):
    now = datetime.now(UTC)
    ends = now + 2 * DAY
    licence = {"ref": "Lic1", "ends_at": instant(ends), "grace_until": instant(ends), "fallback_until": instant(ends)}
    vendor.changes = {"licence": licence | {"after_grace": after_grace}, "enforcement": enforcement}
    with client(vendor, tmp_path) as one:
        one.save_token(vendor.token.text)
        one.check()
    clock = {"clock": lambda: now + 5 * DAY}
    paid_for = client(vendor, tmp_path, released_on=now.date(), **clock)
    assert (paid_for.require("medium").code, paid_for.status().valid) == ("fallback", True)
    assert paid_for.permission().access is Access.FULL
    policy = Policy(enforcement=enforcement, after_grace=after_grace, fallback=True)
    ended = replace(GRANTS, starts_at=0, ends_at=int(ends.timestamp()), grace_days=0, policy=policy)
    online = verdict_on(ended, Facts(now=int((now + 5 * DAY).timestamp())), Question())
    assert online.code is Code.EXPIRED
    for released_on in (None, (now + 4 * DAY).date()):
        found = client(vendor, tmp_path, released_on=released_on, **clock).permission()
        assert (found.code, found.access) == (Code.EXPIRED, online.access)


@pytest.mark.parametrize(("enforcement", "left"), [("degrade", Access.READ_ONLY), ("block", Access.NONE)])
def test_an_answer_of_a_server_that_does_not_say_what_remains_ends_as_it_is_enforced(
    vendor, tmp_path, enforcement, left
):
    now = datetime.now(UTC)
    ends = instant(now + 2 * DAY)
    licence = {"ref": "Lic1", "ends_at": ends, "grace_until": ends, "fallback_until": ends}
    vendor.changes = {"licence": licence, "enforcement": enforcement}
    with client(vendor, tmp_path) as one:
        one.save_token(vendor.token.text)
        one.check()
    found = client(vendor, tmp_path, clock=lambda: now + 5 * DAY).permission()
    assert (found.code, found.access) == ("expired", left)


def test_B75_listed_add_ons_begin_and_end_without_contact_too(vendor, tmp_path):
    now = datetime.now(UTC)
    days = {"starts_on": str((now + 3 * DAY).date()), "ends_on": str((now + 9 * DAY).date())}
    add_on = {"key": "flows", "name": "Flows", "quantity": 2, "state": "upcoming", "days_left": 9, **days}
    strange = {"key": 7, "name": None, "quantity": "many", "state": "active", "starts_on": "soon", "days_left": None}
    vendor.reply = lambda path, body, reply=vendor.reply: (
        (200, {"licences": [vendor.listed()], "add_ons": [add_on, strange, "x"]})
        if path.endswith("/licences")
        else reply(path, body)
    )
    with client(vendor, tmp_path) as one:
        one.save_token(vendor.token.text)
        found = one.check().status.add_ons
    assert (found[0].state, found[0].days_left, str(found[0].ends_on)) == ("upcoming", 9, days["ends_on"])
    assert (found[1].name, found[1].quantity, found[1].starts_on, found[1].days_left) == ("7", 1, None, None)
    for passed, state, left in ((2, "upcoming", 7), (5, "active", 4), (12, "expired", 0)):
        later = client(vendor, tmp_path, clock=lambda passed=passed: now + passed * DAY + timedelta(minutes=1))
        assert (later.status().add_ons[0].state, later.status().add_ons[0].days_left) == (state, left)


def test_a_feature_ends_on_its_own_day(vendor, tmp_path):
    soon = datetime.now(UTC) + 2 * DAY
    items = [{"key": "add-on-a", "kind": "add_on", "quantity": 1, "ends_at": instant(soon)}]
    vendor.changes = {"items": items, "features": ["medium", "add-on-a"]}
    with client(vendor, tmp_path) as one:
        one.save_token(vendor.token.text)
        one.check()
        assert one.require("add-on-a")
    later = client(vendor, tmp_path, clock=lambda: soon + timedelta(hours=2))
    assert later.require("medium")
    with pytest.raises(FeatureMissing):
        later.require("add-on-a")


def test_activate_takes_a_place_and_deactivate_gives_it_back(vendor, product):
    done = product.activate("web-1")
    assert (done.installation, done.counts, done.answer.valid) == ("Inst1", True, True)
    assert vendor.requests[0][1]["name"] == "web-1"
    assert len(vendor.requests[0][2]["Idempotency-Key"]) == 32
    product.check()
    assert vendor.requests[1][1]["installation"] == "Inst1"
    assert product.status().installation == "Inst1"
    assert product.deactivate().installation == "Inst1"
    assert product.status().installation == ""
    with pytest.raises(NotChecked):
        product.require()
    asked = len(vendor.requests)
    assert product.deactivate().installation == ""
    assert len(vendor.requests) == asked


def test_check_activates_where_that_is_wanted(vendor, product):
    def answer(body, whole=vendor.answer):
        if "installation" not in body:
            return whole(body, valid=False, code="installation_required", access="none")
        return whole(body, limits={"installations": {"model": "node_locked", "max": 2, "used": 1, "free": 1}})

    vendor.answer = answer
    assert product.check().code == "installation_required"
    assert product.check(activate=True, name="web-1").valid
    assert "/api/v1/activate" in vendor.asked()


def test_no_place_left_is_told_with_what_to_do(vendor, product):
    problem = {"code": "too_many_installations", "title": "All installations are taken", "detail": "Remove one."}
    vendor.reply = lambda path, body, reply=vendor.reply: (
        (409, problem) if path.endswith("activate") else reply(path, body)
    )
    with pytest.raises(TooManyInstallations) as refusal:
        product.activate()
    assert "Entfernen Sie eine im Portal" in refusal.value.message("de")


def test_tokens_and_raw_fingerprints_stand_in_no_text(vendor, product, caplog):
    caplog.set_level(0)
    secret = vendor.token.secret
    texts = [repr(product), repr(product.check()), repr(product.status()), repr(product.activate())]
    product.save_token(new_token("acme").text)
    with pytest.raises(TokenInvalid) as refusal:
        product.check()
    texts += [repr(refusal.value), str(refusal.value), repr(refusal.value.__dict__), caplog.text]
    for secret in (vendor.token.secret, "Bearer "):
        assert not [text for text in texts if secret in text]
