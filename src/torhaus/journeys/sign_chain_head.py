"""Signs the end of the record chain with the vendor's key and lays the head where it can be copied away."""

import os
from pathlib import Path

from django.conf import settings

from torhaus.core import clock
from torhaus.records.actions import keep_head, seal_records
from torhaus.records.chain import HEAD_TYPE
from torhaus.records.deeds import housekeeping
from torhaus.records.queries import head_at, last_seal
from torhaus.vendor.keys import active_signer


@housekeeping
def sign_chain_head() -> str | None:
    """Seal what waits and sign the end of the chain; give the signed head (JWS), None for an empty chain.

    A head that is kept already is given again. Every new one is also appended to a file of
    its month under ``audit-heads`` in the data folder.

    Raises:
        NoSigningKey, UnreadableKey: see :func:`torhaus.vendor.keys.active_signer`.
    """
    seal_records()
    end = last_seal()
    if end is None:
        return None
    if kept := head_at(end.sequence):
        return kept
    now = clock.now()
    claims = {"sequence": end.sequence, "digest": end.digest, "signed_at": now.isoformat(timespec="seconds")}
    text = active_signer().sign(claims, typ=HEAD_TYPE)
    if not keep_head(sequence=end.sequence, digest=end.digest, signature=text, signed_at=now):
        return head_at(end.sequence)
    _append(heads_folder() / f"{now:%Y-%m}.jws", text)
    return text


def heads_folder() -> Path:
    """Give the folder of the signed heads: copy it away, and nobody can rewrite history unseen."""
    return Path(settings.DATA_DIR) / "audit-heads"


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="ascii") as out:
        out.write(line + "\n")
        out.flush()
        os.fsync(out.fileno())
