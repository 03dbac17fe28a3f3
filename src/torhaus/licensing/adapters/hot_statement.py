"""All that an answer needs, in one statement that is the same on PostgreSQL and SQLite, and the row it gives."""

from typing import NamedTuple

ASKED = ("source", "product", "installation", "holder", "public_id")
# ``+ 0`` keeps PostgreSQL from looking for an installation among all of its licence: its reference is unique.
_STATEMENT = """
SELECT t.id, t.prefix, t.secret_hash, t.expires_at, t.revoked_at,
       c.id, c.customer_id, c.revision, v.revision, s.failures, s.window_started_at,
       l.id, l.ref, l.grants, l.used, l.contract_revision, l.vendor_revision, l.derived_at, l.stale_at,
       l.installations, l.leases,
       i.id, i.ref, i.parts, i.name, i.environment, i.counts, i.activated_at, i.last_seen_at, i.removed_at,
       i.removed_by, e.expires_at{number}
FROM {token}
JOIN subscriptions_contract c ON c.id = t.contract_id
JOIN vendor_vendor v ON v.single = 1
LEFT JOIN accounts_throttle s ON s.source = {source}
LEFT JOIN licensing_licence l ON l.contract_id = c.id AND l.product_id =
     CASE WHEN {product} = '' THEN c.product_id ELSE (SELECT p.id FROM catalogue_product p WHERE p.key = {product}) END
LEFT JOIN licensing_installation i ON i.ref = {installation} AND i.licence_id + 0 = l.id
LEFT JOIN licensing_lease e ON e.licence_id = l.id AND e.holder = {holder}
WHERE t.public_id = {public_id}
"""
_TABLE = "licensing_licencetoken t"
_NUMBERED = dict(zip(ASKED, ("$1", "$2", "$3", "$4", "$5"), strict=True))
# One row, or none, of one question: its values in the order of ASKED.
ONE = _STATEMENT.format(token=_TABLE, number="", **_NUMBERED)
# Rows of several: an array of each value, and last in each row the number of its question, from 1. OFFSET 0 hides from
# PostgreSQL how long the arrays are: it would plan anew for each length, which takes twenty times as long as to answer.
_ARRAYS = ", ".join(f"{number}::text[] AS {name}" for name, number in _NUMBERED.items())
SEVERAL = _STATEMENT.format(
    token=f"""(SELECT {_ARRAYS} OFFSET 0) a
CROSS JOIN unnest({", ".join(f"a.{name}" for name in ASKED)}) WITH ORDINALITY AS q({", ".join(ASKED)}, number)
CROSS JOIN {_TABLE}""",
    number=", q.number",
    **{name: f"q.{name}" for name in ASKED},
)


class HotRow(NamedTuple):
    """The row; instants are whole seconds since 1970.

    From ``licence_id`` on everything is None where there is no licence, installation or lease.
    """

    token_id: int
    prefix: str
    secret_hash: str
    token_expires_at: int | None
    revoked_at: int | None
    contract_id: int
    customer_id: int
    contract_revision: int
    vendor_revision: int
    failures: int | None
    window_started_at: int | None
    licence_id: int | None
    licence_ref: str
    grants: str
    used: str
    kept_contract_revision: int
    kept_vendor_revision: int
    derived_at: int
    stale_at: int | None
    installations: int
    leases: int
    installation_id: int | None
    installation_ref: str
    parts: str
    name: str
    environment: str
    counts: bool
    activated_at: int
    last_seen_at: int
    removed_at: int | None
    removed_by: str
    lease_until: int | None
