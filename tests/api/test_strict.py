"""The fast reading of bodies gives and refuses what the strict one does."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from torhaus.api import strict
from torhaus.api.strict import strict_object
from torhaus_sdk.refusals import Malformed
from torhaus_sdk.strict_json import json_object

names = st.text(max_size=4) | st.sampled_from(["a", "b", "nonce", "a:b"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
pieces = st.sampled_from(
    ['{"a":1}', '{"a" :1,"a":2}', '"a"', ":", ",", "{", "}", "[", "]", " ", "1", "-0", "01", "1e400", "NaN", "Infinity",
     "true", "null", '"\\ud800"', '"\\u0041"', '"a":', '"a:b"', '"\x7f"', '"ä"', "\ufeff", "9" * 30, "5.0", "\n", "\x00"]
)  # fmt: skip


def outcome(read, raw: bytes):
    try:
        return repr(read(raw))
    except Malformed as error:
        return str(error)


def slow(raw: bytes):
    return json_object(raw, of="the body")


@given(st.dictionaries(names, values, max_size=5), st.booleans(), st.sampled_from([None, 1]))
def test_what_can_be_written_is_read_alike(said, ascii_only, indent):
    raw = json.dumps(said, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "replace")
    assert outcome(strict_object, raw) == outcome(slow, raw)


@given(st.lists(pieces, max_size=9).map("".join))
@example('{"a" :1,"a":2}')
@example('{"a":1,"b":"x:y","b":2}')
@example('{"a":{"b":1,"b":2},"c":":"}')
@example('{"a":[{"b":1,"b":2}]}')
@example("[1]")
@example("")
@example("[" * 10_000)
def test_what_is_put_together_at_random_is_read_alike(text):
    raw = text.encode("utf-8", "surrogatepass")
    assert outcome(strict_object, raw) == outcome(slow, raw)


@given(st.binary(max_size=20))
def test_bytes_at_random_are_read_alike(raw):
    assert outcome(strict_object, raw) == outcome(slow, raw)


def test_an_ordinary_body_takes_the_fast_way(monkeypatch):
    monkeypatch.setattr(strict, "json_object", lambda *_, **__: pytest.fail("read by the strict parser"))
    assert strict_object(b'{"product":"acme","fingerprint":{"board":"x"}}')["fingerprint"] == {"board": "x"}
