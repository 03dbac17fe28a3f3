from hypothesis import given
from hypothesis import strategies as st

from torhaus.releases.rules import version_key

VERSIONS = st.lists(st.integers(0, 99), min_size=1, max_size=4)


def test_versions_compare_by_number():
    ordered = ["1.9", "1.19", "1.19.1", "33", "34.0-rc1", "34.0", "34.0.1", "34.1"]
    shuffled = ordered[3:] + ordered[:3]
    assert sorted(shuffled, key=version_key) == ordered
    assert version_key("v34") == version_key("34.0")


@given(VERSIONS, VERSIONS)
def test_numeric_versions_compare_like_their_numbers(one, other):
    def padded(parts):
        return parts + [0] * (4 - len(parts))

    left, right = ".".join(map(str, one)), ".".join(map(str, other))
    assert (version_key(left) < version_key(right)) == (padded(one) < padded(other))


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_can_be_compared(one, other):
    assert (version_key(one) < version_key(other)) in {True, False}
