"""The signed key sets at /.well-known/torhaus-keys: a product that knows any earlier key gets to the newest one."""

from datetime import timedelta

import pytest

from tests import people
from torhaus.core import clock
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.distrust_signing_key import distrust_signing_key
from torhaus.vendor.keys import trusted_keys
from torhaus.vendor.models import KeyPurpose
from torhaus.vendor.rotate_signing_key import rotate_signing_key
from torhaus_sdk.trust import KEY_SETS, LONGEST_CHAIN, Trust, offered_sets

pytestmark = pytest.mark.django_db


def offered(client) -> list[str]:
    answer = client.get(KEY_SETS)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "public, max-age=300"
    assert "private" not in answer.content.decode()
    return offered_sets(answer.json())


def rotations(monkeypatch, count: int) -> list[str]:
    """Rotate ``count`` times, a year apart; give the kids."""
    kids, now = [], clock.now()
    for year in range(count):
        monkeypatch.setattr(clock, "now", lambda at=now + timedelta(days=365 * year): at)
        kids.append(rotate_signing_key(purpose=KeyPurpose.LICENCE, publish_days=0, by=people.SYSTEM).key.kid)
    return kids


@pytest.mark.parametrize("known", range(5))
def test_R51_a_product_that_knows_any_earlier_key_learns_all_later_ones(client, monkeypatch, known):
    kids = rotations(monkeypatch, 5)
    pinned = {kids[known]: trusted_keys()[kids[known]]}
    trust = Trust(pinned)
    chain = trust.extended([], offered(client))
    assert set(trust.keys(chain)) == set(kids)
    assert trust.extended(chain, offered(client)) == chain  # nothing new, nothing to keep


@pytest.mark.parametrize("known", range(5))
def test_R51_keys_made_within_the_same_second_are_learned_too(client, monkeypatch, known):
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    kids = [rotate_signing_key(purpose=KeyPurpose.LICENCE, publish_days=0, by=people.SYSTEM).key.kid for _ in range(5)]
    trust = Trust({kids[known]: trusted_keys()[kids[known]]})
    assert set(trust.keys(trust.extended([], offered(client)))) == set(kids)
    # One that leaks at once is forgotten by a product that has learned it.
    learned = trust.extended([], offered(client))
    if known < 3:
        distrust_signing_key(kid=kids[3], by=people.SYSTEM)
        assert set(trust.keys(trust.extended(learned, offered(client)))) == set(kids) - {kids[3]}


@pytest.mark.parametrize("known", range(5))
def test_R51_a_product_learns_all_later_keys_though_the_clock_was_set_back_between_rotations(client, known):
    kids = []
    for year in range(5):
        with clock.shifted(timedelta(days=-365 * year)):
            kids.append(rotate_signing_key(purpose=KeyPurpose.LICENCE, publish_days=0, by=people.SYSTEM).key.kid)
    trust = Trust({kids[known]: trusted_keys()[kids[known]]})
    assert set(kids[known:]) <= set(trust.keys(trust.extended([], offered(client))))


@pytest.mark.parametrize("change", ["rotate", "distrust"])
def test_R51_a_set_that_was_read_while_the_clock_was_ahead_hides_no_later_one(client, monkeypatch, change):
    kids = rotations(monkeypatch, 2)
    trust, now = Trust({kids[0]: trusted_keys()[kids[0]]}), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=4000))
    chain = trust.extended([], offered(client))
    assert set(trust.keys(chain)) == set(kids)
    monkeypatch.setattr(clock, "now", lambda: now)  # it was ahead by mistake
    if change == "rotate":
        kids.append(rotate_signing_key(purpose=KeyPurpose.LICENCE, publish_days=0, by=people.SYSTEM).key.kid)
        wanted = set(kids)
    else:
        distrust_signing_key(kid=kids[1], by=people.SYSTEM)
        wanted = {kids[0]}
    assert set(trust.keys(trust.extended(chain, offered(client)))) == wanted


def test_R51_sets_stay_as_they_are_until_the_keys_change_and_a_change_made_with_a_slow_clock_is_newer(
    client, monkeypatch
):
    kids = rotations(monkeypatch, 2)
    before = offered(client)
    later = clock.now() + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert offered(client) == before
    trust = Trust(trusted_keys())
    chain = trust.extended([], before)
    earlier = later - timedelta(days=9000)
    monkeypatch.setattr(clock, "now", lambda: earlier)
    distrust_signing_key(kid=kids[0], by=people.SYSTEM)
    create_signing_key(by=people.SYSTEM)
    assert set(trust.keys(trust.extended(chain, offered(client)))) == set(trusted_keys())


def test_R51_a_product_that_stayed_away_for_years_comes_back(client, monkeypatch):
    kids = rotations(monkeypatch, 2)
    trust = Trust({kids[0]: trusted_keys()[kids[0]]})
    chain = trust.extended([], offered(client))
    for _ in range(4):
        create_signing_key(by=people.SYSTEM)
        later = clock.now() + timedelta(days=400)
        monkeypatch.setattr(clock, "now", lambda at=later: at)
    assert set(trust.keys(trust.extended(chain, offered(client)))) == set(trusted_keys())


def test_R51_after_many_rotations_the_list_stays_short_and_the_first_key_still_leads_to_the_newest(client, monkeypatch):
    kids = rotations(monkeypatch, 40)
    keys = trusted_keys()
    for known in (0, 1, 20, 38):
        trust = Trust({kids[known]: keys[kids[known]]})
        assert set(trust.keys(trust.extended([], offered(client)))) == set(kids)
    assert len(client.get(KEY_SETS).json()["statements"]) == 40  # one of each key
    # Another in the middle leaks: whoever knows an earlier one still gets to the newest.
    later = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    distrust_signing_key(kid=kids[20], by=people.SYSTEM)
    trust = Trust({kids[0]: keys[kids[0]]})
    assert set(trust.keys(trust.extended([], offered(client)))) == set(kids) - {kids[20]}


def test_R51_never_more_sets_are_offered_than_a_product_reads(client, monkeypatch):
    kids = rotations(monkeypatch, 62)
    assert len(client.get(KEY_SETS).json()["statements"]) == LONGEST_CHAIN
    trust = Trust({kids[5]: trusted_keys()[kids[5]]})
    assert kids[-1] in trust.keys(trust.extended([], offered(client)))


def test_a_key_that_leaked_vouches_for_nothing_and_is_forgotten(client, monkeypatch):
    kids = rotations(monkeypatch, 2)
    keys = trusted_keys()
    both, first_only = Trust(keys), Trust({kids[0]: keys[kids[0]]})
    learned = first_only.extended([], offered(client))
    now = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: now)
    distrust_signing_key(kid=kids[0], by=people.SYSTEM)
    after = offered(client)
    assert set(both.keys(both.extended([], after))) == {kids[1]}
    assert set(first_only.keys(first_only.extended(learned, after))) == {kids[1]}  # it had met the second in time
    assert set(first_only.keys(first_only.extended([], after))) == {kids[0]}  # nobody it may trust vouches for more


def test_release_keys_are_not_among_them(client):
    create_signing_key(by=people.SYSTEM, purpose=KeyPurpose.RELEASE)
    assert offered(client) == []
    assert client.post(KEY_SETS).status_code == 405
