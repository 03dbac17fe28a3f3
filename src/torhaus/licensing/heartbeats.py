"""When a heartbeat takes a place of a floating licence, or extends the one it has."""

from torhaus.licensing.grants import Policy
from torhaus.licensing.validation import Facts, Verdict
from torhaus_sdk.answers import BLOCKING, Code

_OF_LEASES = frozenset({Code.LEASE_REQUIRED, Code.LEASE_EXPIRED, Code.TOO_MANY_LEASES})


def needs_lease(policy: Policy, facts: Facts, verdict: Verdict) -> bool:
    """Whether a heartbeat has to write: nothing else stands against running, and half of the lease is over.

    What is not licensed takes no place from others.
    """
    known = facts.installation
    if policy.model != "floating" or known is None or known.removed_by or not known.counts:
        return False
    if any(code in BLOCKING and code not in _OF_LEASES for code in verdict.findings):
        return False
    return facts.lease_until is None or (facts.lease_until - facts.now) * 2 <= policy.lease_seconds
