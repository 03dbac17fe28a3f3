"""R37 at the client: only what a trusted key signed, for this product, this question and this machine, counts."""

import json
import shutil
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.sdk.licences import KEY, KEYS, KID
from tests.sdk.portal import PARTS, client
from torhaus_sdk.errors import AnswerRefused, NotChecked
from torhaus_sdk.jwks import jwks
from torhaus_sdk.jws import b64, sign, unb64
from torhaus_sdk.trust import KEY_SET_TYPE, Trust, offered_sets, pinned_keys

NEW = Ed25519PrivateKey.from_private_bytes(bytes(32))
STRANGE = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)


def refused(product) -> str:
    """Give why the answer was refused; nothing of it may count."""
    with pytest.raises(AnswerRefused) as refusal:
        product.check()
    with pytest.raises(NotChecked):
        product.require()
    return refusal.value.code


def changed(vendor, edit):
    """Let the vendor's answers be changed on their way."""
    whole = vendor.answer
    vendor.answer = lambda body, **changes: edit(whole(body, **changes))


def with_signed(edit):
    return lambda said: said | {"signed": edit(said["signed"])}


def payload(edit):
    def forge(text):
        head, body, signature = text.split(".")
        claims = json.loads(unb64(body)) | edit
        return f"{head}.{b64(json.dumps(claims).encode())}.{signature}"

    return with_signed(forge)


@pytest.mark.parametrize(
    "edit",
    [
        lambda said: {name: value for name, value in said.items() if name != "signed"},
        lambda said: said | {"signed": None},
        lambda said: said | {"signed": ["x"]},
        with_signed(lambda text: ""),
        with_signed(lambda text: text[:-8] + "AAAAAAAA"),
        with_signed(lambda text: text.rpartition(".")[0] + "."),
        with_signed(lambda text: text[: len(text) // 2]),
        with_signed(lambda text: text + "." + text),
        payload({"valid": True, "access": "full", "features": ["everything"]}),
        payload({"exp": 253402300799}),
    ],
)
def test_R37_an_altered_answer_is_refused(vendor, product, edit):
    vendor.changes = {"valid": False, "code": "suspended", "access": "none"}
    changed(vendor, edit)
    assert refused(product) == "answer_unsigned"


def test_R37_another_type_of_statement_is_refused(vendor, product):
    vendor.typ = "license+jwt"
    assert refused(product) == "answer_unsigned"


def test_R37_no_signature_at_all_is_refused(vendor, product):
    def unsigned(text):
        head = b64(json.dumps({"alg": "none", "kid": KID, "typ": "license-status+jwt"}).encode())
        return f"{head}.{text.split('.')[1]}."

    changed(vendor, with_signed(unsigned))
    assert refused(product) == "answer_unsigned"


@pytest.mark.parametrize("audience", ["other", ["other", "another"], [], 7, None, ...])
def test_R37_an_answer_for_another_product_is_refused(vendor, product, audience):
    vendor.changes = {"aud": audience}
    assert refused(product) in {"answer_of_other_product", "answer_unsigned"}


def test_R37_what_the_server_says_outside_of_the_signature_is_not_used(vendor, product):
    changed(vendor, lambda said: said | {"features": ["everything"], "valid": True, "access": "full"})
    vendor.changes = {"features": ["medium"]}
    product.check()
    assert product.status().features == ("medium",)


@pytest.mark.parametrize("nonce", ["other", "", ..., 7])
def test_R37_an_answer_to_another_question_is_refused(vendor, product, nonce):
    vendor.changes = {"nonce": nonce}
    assert refused(product) == "answer_replayed"


def test_R37_an_answer_recorded_earlier_is_refused(vendor, product):
    kept = []
    changed(vendor, lambda said: kept.append(said) or kept[0])
    product.check()
    product.save_token(vendor.token.text)
    before = product.status()
    with pytest.raises(AnswerRefused) as refusal:
        product.check()
    assert refusal.value.code == "answer_replayed"
    assert "früher aufgezeichnet" in refusal.value.message("de")
    assert product.status().good_until == before.good_until  # the first answer goes on


def test_R37_an_answer_for_another_installation_is_refused(vendor, product):
    product.activate()
    vendor.changes = {"installation": {"ref": "Other", "name": "", "environment": "", "lease_until": None}}
    with pytest.raises(AnswerRefused) as refusal:
        product.check()
    assert refusal.value.code == "answer_of_other_installation"


@pytest.mark.parametrize("times", [{"exp": 1}, {"iat": 5, "exp": 9}, {"iat": "now"}, {"exp": True}, {"iat": 2**60}])
def test_R37_times_that_cannot_be_are_refused(vendor, product, times):
    vendor.changes = times
    assert refused(product) in {"answer_times", "answer_unsigned"}


@pytest.mark.parametrize("name", ["sub", "iat", "exp", "valid", "code", "access", "enforcement"])
def test_a_member_that_is_missing_or_of_another_type_is_refused(vendor, product, name):
    for value in (..., ["x"], {"x": 1}):
        vendor.changes = {name: value}
        assert refused(product) == "answer_unsigned"


@pytest.mark.parametrize(
    "name", ["limits", "features", "items", "installation", "trial", "licence", "findings", "message"]
)
def test_other_members_may_be_missing_or_strange_and_grant_nothing(vendor, product, name):
    for value in (..., None, "x", 7, ["x"], {"x": {"y": 1}}, {"ends_at": "never", "ref": 7}, [7, {"key": 1}]):
        vendor.changes = {name: value}
        assert product.check().valid
        assert not product.permission("everything")
        product.status().to_dict()


def test_words_of_later_versions_are_read_safely(vendor, product):
    vendor.changes = {"access": "some", "enforcement": "gently", "code": "moon_phase", "valid": False, "message": ""}
    result = product.check()
    assert (result.access, result.enforcement, result.code) == ("none", "block", "moon_phase")
    assert "moon_phase" in result.message


def test_the_state_of_another_machine_counts_nothing_here(vendor, product, tmp_path):
    product.check()
    (tmp_path / "copy").mkdir()
    shutil.copy(tmp_path / "licence.json", tmp_path / "copy")
    assert client(vendor, tmp_path / "copy").require()
    one_part_new = client(vendor, tmp_path / "copy", fingerprint=PARTS | {"mac": "new card"})
    assert one_part_new.require()
    for parts in ({"machine": "x", "board": "y", "mac": "three"}, {"id": "x"}):
        with pytest.raises(NotChecked):
            client(vendor, tmp_path / "copy", fingerprint=parts).require()


def test_what_is_edited_in_the_state_grants_nothing(vendor, product, tmp_path):
    vendor.changes = {"valid": False, "code": "suspended", "access": "none"}
    product.check()
    path = tmp_path / "licence.json"
    state = json.loads(path.read_text())
    head, body, signature = state["answer"].split(".")
    claims = json.loads(unb64(body)) | {"valid": True, "access": "full"}
    for forged in (
        f"{head}.{b64(json.dumps(claims).encode())}.{signature}",
        sign(claims, key=STRANGE, kid=KID, typ="x"),
    ):
        path.write_text(json.dumps(state | {"answer": forged, "checked": {"ok": True}}))
        with pytest.raises(NotChecked):
            client(vendor, tmp_path).require()
    path.write_text(json.dumps(state | {"answer": "", "keys": [jwks({"x": STRANGE.public_key()})], "mode": "offline"}))
    assert not client(vendor, tmp_path).permission()


# Keys.


def key_set(keys, *, by, kid, at=1_800_000_000, typ=KEY_SET_TYPE):
    found = {name: key.public_key() for name, key in keys.items()}
    return sign({"iat": at, "keys": json.loads(jwks(found))["keys"]}, key=by, kid=kid, typ=typ)


def test_R37_a_new_key_counts_if_a_trusted_one_vouches_for_it(vendor, product, tmp_path):
    product.check()
    vendor.key, vendor.kid = NEW, "new"
    vendor.key_sets = [key_set({KID: KEY, "new": NEW}, by=KEY, kid=KID)]
    assert product.check().valid
    assert product.require()
    # It is kept: another process starts from there, and it needs nobody for that.
    asked = len(vendor.requests)
    assert client(vendor, tmp_path).require()
    assert len(vendor.requests) == asked


@pytest.mark.parametrize(
    "offered",
    [
        [],
        [key_set({"new": NEW}, by=NEW, kid="new")],
        [key_set({"new": NEW}, by=STRANGE, kid=KID)],
        [key_set({"new": NEW}, by=KEY, kid=KID, typ="license+jwt")],
        [key_set({}, by=KEY, kid=KID)],
        ["x", "", jwks({"new": NEW.public_key()})],
    ],
)
def test_R37_a_new_key_nobody_vouches_for_is_refused(vendor, product, offered):
    vendor.key, vendor.kid, vendor.key_sets = NEW, "new", offered
    assert refused(product) == "answer_unknown_key"


def test_a_key_that_is_taken_away_counts_no_more(vendor, product, tmp_path):
    product.check()
    vendor.key, vendor.kid = NEW, "new"
    vendor.key_sets = [
        key_set({KID: KEY, "new": NEW}, by=KEY, kid=KID),
        key_set({"new": NEW}, by=NEW, kid="new", at=1_800_000_001),
    ]
    product.check()
    vendor.key, vendor.kid = KEY, KID
    with pytest.raises(AnswerRefused) as refusal:
        product.check()
    assert refusal.value.code == "answer_unknown_key"


def test_an_older_set_does_not_bring_a_key_back():
    trust = Trust(KEYS)
    first, second = (
        key_set({KID: KEY, "new": NEW}, by=KEY, kid=KID, at=5),
        key_set({"new": NEW}, by=NEW, kid="new", at=6),
    )
    chain = trust.extended(trust.extended([], [first]), [second])
    assert set(trust.keys(chain)) == {"new"}
    assert trust.extended(chain, [first, key_set({KID: KEY}, by=NEW, kid="new", at=6)]) == chain
    assert set(trust.keys([second])) == {KID}  # without the one before, nobody vouches
    assert set(trust.keys([first, "x", second])) == {KID, "new"}


@pytest.mark.parametrize("keys", [KEYS, jwks(KEYS), jwks(KEYS).encode(), json.loads(jwks(KEYS))])
def test_pinned_keys_may_be_given_in_each_form(keys):
    assert {kid: key.public_bytes_raw() for kid, key in pinned_keys(keys).items()} == {
        KID: KEY.public_key().public_bytes_raw()
    }


def test_keys_are_looked_after_once_a_day(vendor, product, tmp_path):
    for _ in range(3):
        product.check()
    assert vendor.asked().count("/.well-known/torhaus-keys") == 1
    later = vendor.now() + timedelta(days=2)
    vendor.now = lambda: later
    product.check()
    assert vendor.asked().count("/.well-known/torhaus-keys") == 2


@pytest.mark.parametrize("linear", [False, True])
def test_a_long_chain_of_keys_keeps_its_newest_end(linear):
    keys = [Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big")) for number in range(1, 81)]
    sets, previous = [], (KEY, KID)
    for number, key in enumerate(keys):
        name = f"k{number}"
        known = {name: key, previous[1]: previous[0]} | ({} if linear else {"k0": keys[0]})
        by, kid = (keys[0], "k0") if number and not linear else previous
        sets.append(key_set(known, by=by, kid=kid, at=1000 + number))
        previous = (key, name)
    trust = Trust(KEYS)
    chain = trust.extended([], offered_sets({"statements": sets}))
    assert "k79" in trust.keys(chain)
    assert len(chain) == 80 if linear else len(chain) <= 60
    one_by_one = []
    for one in sets:
        one_by_one = trust.extended(one_by_one, [one])
    assert "k79" in Trust(KEYS).keys(one_by_one)
    assert trust.extended(chain, sets) == chain
