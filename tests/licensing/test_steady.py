"""Between two moments that ``steady`` names, an answer without nonce stays the same to the byte."""

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from torhaus.licensing.answers import STEP, Case, answer_members, steady
from torhaus.licensing.grants import Granted, Grants, Policy
from torhaus.licensing.validation import DAY, Facts, Known, Question, verdict_on

NOW = 1_795_910_700  # a multiple of STEP
# Near enough that the clock passes it within a step, or some days away, on the second.
moments = st.one_of(
    st.integers(-2 * STEP, 2 * STEP),
    st.builds(lambda days, seconds: days * DAY + seconds, st.integers(-40, 40), st.integers(-STEP, STEP)),
).map(lambda offset: NOW + offset)
maybe = st.none() | moments
policies = st.builds(
    Policy,
    model=st.sampled_from(["node_locked", "floating", "unlimited"]),
    max_installations=st.none() | st.integers(0, 2),
    max_leases=st.none() | st.integers(0, 2),
    lease_seconds=st.sampled_from([60, 600]),
    after_grace=st.sampled_from(["read_only", "stop"]),
    fallback=st.booleans(),
    check_hours=st.sampled_from([1, 24]),
    offline_grace_days=st.sampled_from([0, 14]),
)
grants = st.builds(
    Grants,
    contract=st.just("V-1"),
    customer=st.just("K-1"),
    product=st.just("acme"),
    kind=st.sampled_from(["subscription", "evaluation"]),
    edition=st.just("medium"),
    environment=st.just("production"),
    starts_at=moments,
    ends_at=maybe,
    grace_days=st.sampled_from([0, 1, 30]),
    maintained_until=maybe,
    suspended=st.booleans(),
    items=st.lists(st.builds(Granted, st.just("flows"), st.just("add_on"), st.just(1), maybe), max_size=2).map(tuple),
    policy=policies,
)
known = st.none() | st.builds(
    Known, ref=st.just("I1"), parts=st.just({}), last_seen_at=moments, removed_by=st.sampled_from(["", "staff"])
)


def said_at(now: int, case: Case) -> bytes:
    facts = replace(case.facts, now=now)
    return to_json(answer_members(replace(case, facts=facts, verdict=verdict_on(case.grants, facts, case.question))))


@settings(max_examples=600)
@given(
    grants,
    known,
    maybe,
    st.integers(0, 3),
    maybe,
    moments,
    st.integers(0, STEP - 1),
    st.floats(0, 1),
)
@example(Grants("V", "K", "acme", "subscription", "m", "p", NOW - DAY, NOW + 30 * DAY, 0, None, suspended=False),
         None, None, 0, None, NOW - DAY, 0, 0.0)  # fmt: skip
def test_nothing_changes_between_two_of_its_moments(granted, place, lease, leases, released, since, offset, share):
    now = NOW + offset
    facts = Facts(now=now, installations=1, leases=leases, installation=place, lease_until=lease)
    question = Question(installation="I1" if place else "", released_at=released)
    case = Case("acme", "https://x", "L1", granted, facts, question, verdict_on(granted, facts, question), since, "en")
    first, until = steady(case)
    assert first <= now < until <= NOW + STEP
    for moment in {first, until - 1, first + int((until - 1 - first) * share)}:
        assert said_at(moment, case) == said_at(now, case)
