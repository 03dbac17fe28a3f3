"""The fuzzer finds what it looks for: a verifier that accepts too much, or breaks."""

import pytest
from benchmarks import fuzz_licences

from torhaus_sdk import armour, claims, jws, licence
from torhaus_sdk.refusals import Malformed


def wrong(count=1500) -> list[str]:
    return fuzz_licences.fuzz((7, count))[2]


def test_R48_the_fuzzer_finds_nothing_wrong():
    assert wrong(4000) == []


class Anything:
    """A key that every signature fits."""

    def verify(self, signature, data):
        pass


def test_it_finds_a_verifier_that_does_not_look_at_signatures(monkeypatch):
    monkeypatch.setattr(fuzz_licences, "KEYS", dict.fromkeys(fuzz_licences.KEYS, Anything()))
    assert any("nobody signed it" in fault for fault in wrong())


def test_it_finds_armour_that_reads_around_foreign_text(monkeypatch):
    def lenient(text):
        return "".join(
            char for line in text.decode().split("\n")[1:-2] for char in line if char.isalnum() or char in "-_."
        )

    monkeypatch.setattr(licence, "dearmour", lenient)
    assert any("nobody signed it" in fault or "raised" in fault for fault in wrong())


def test_it_finds_base64_that_is_not_canonical(monkeypatch):
    def lenient(text):
        return jws.base64.urlsafe_b64decode(text.rstrip("=") + "==")

    monkeypatch.setattr(jws, "unb64", lenient)
    assert wrong()


def test_it_finds_claims_read_loosely(monkeypatch):
    monkeypatch.setattr(claims.Claims, "number", lambda self, name: int(self._values[name]))
    assert any("raised" in fault or "another content" in fault for fault in wrong())


@pytest.mark.parametrize("refusal", [Malformed, ValueError])
def test_it_finds_exceptions_nobody_documented(monkeypatch, refusal):
    def dearmour(text):
        raise refusal("no sentence")

    monkeypatch.setattr(licence, "dearmour", dearmour)
    assert armour.dearmour is not dearmour
    assert len(wrong(10)) == 10
