"""The published vectors are current, and the SDK says of each what the index says (R46, R47, R48)."""

import pytest
from scripts import make_vectors

from tests.sdk.languages import INDEX, VECTORS, sdk_verdict


@pytest.mark.parametrize("vector", INDEX["vectors"], ids=lambda vector: vector["file"].removesuffix(".txt"))
def test_R47_R48_every_vector_is_what_the_index_says(vector):
    assert sdk_verdict((VECTORS / vector["file"]).read_bytes()) == vector["code"], vector["why"]
    assert (vector["expectation"] == "accept") == (vector["code"] == "valid")


def test_the_vectors_are_current():
    on_disk = {path.name: path.read_bytes() for path in VECTORS.iterdir()}
    made = make_vectors.files()
    assert set(on_disk) == set(made), "run `python -m scripts.make_vectors`"
    assert [name for name in made if made[name] != on_disk[name]] == [], "run `python -m scripts.make_vectors`"


def test_the_vectors_hold_every_refusal_a_file_alone_can_earn():
    assert {vector["code"] for vector in INDEX["vectors"]} == {
        "valid",
        "ended",
        "expired",
        "not_yet_valid",
        "wrong_audience",
        "unsupported_version",
        "malformed",
        "wrong_algorithm",
        "wrong_type",
        "unknown_key",
        "bad_signature",
    }
