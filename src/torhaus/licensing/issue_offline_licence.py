"""The deed ``issue_offline_licence``: a contract gets a signed licence file of what it has booked now."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django_scopes import scope

from torhaus.core.random import new_ref
from torhaus.licensing.activate_installation import register_machine
from torhaus.licensing.installations import installation_of_contract
from torhaus.licensing.machines import Binding, binding_of, opened_machine
from torhaus.licensing.models import Installation, OfflineFiles, OfflineLicence
from torhaus.licensing.offline_licences import Draft, draft_of, newest_licence, newest_licence_for, numbered
from torhaus.licensing.remove_installation import UnknownInstallation
from torhaus.licensing.rules import Refusal
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.models import Contract
from torhaus.vendor.keys import active_signer
from torhaus.vendor.queries import the_vendor
from torhaus_sdk.licence import sign_licence


class NotIssued(Exception):
    """The contract gets no offline licence now; ``reason`` says why."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Machine:
    """For which machine a file is: a registered installation (its reference), or one by its ``parts``.

    Those are as its SDK gives them; it is registered with this ``name``.
    """

    installation: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True)
class _Bound:
    """The installation a file counts, and what binds it to that; nothing where it runs on any machine."""

    installation: Installation | None = None
    binding: Binding | None = None


@deed("issue_offline_licence")
def issue_offline_licence(
    *,
    contract_ref: str,
    newest_seen: int | None = None,
    machine: Machine | None = None,
    issued_by: str = "",
    by: Actor,
) -> OfflineLicence:
    """Issue a licence file; its number follows on the last one's.

    ``newest_seen`` is the number of the newest file that was seen (0 for none): if a newer one for the same machine
    stands already, the same form was sent twice, and that one is given instead. ``machine`` binds the file to one, as
    the policy may want it. ``issued_by`` is the label of the viewer's token.

    Raises:
        NotIssued: the contract is suspended, over, not begun, or nothing is booked; its policy withholds files, or
            wants to know for which machine; or nothing is known by which a file could be bound to the installation.
        UnknownInstallation: the contract has no such installation, or it was removed.
        TooManyInstallations: there is no place for one more machine.
        NoSigningKey, UnreadableKey: see :func:`torhaus.vendor.keys.active_signer`.
    """
    # The row is locked first: what is booked cannot change between reading it and keeping the file.
    contract = lock_contract(ref=contract_ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        draft = draft_of(contract, the_vendor())
        bound = _bound(contract, draft, machine) if machine else _Bound()
        before = newest_licence_for(contract.pk, bound.installation)
        if before is not None and newest_seen is not None and before.number > newest_seen:
            nothing_done()
            return before
        newest = newest_licence(contract.pk)
        row = _signed(contract, draft, bound, number=newest.number + 1 if newest else 1)
        row.issued_by = issued_by
        row.save(force_insert=True)
    _record(by, contract, row)
    return row


def _bound(contract: Contract, draft: Draft, machine: Machine) -> _Bound:
    """Give the machine's installation, registered if it is none yet, and what binds a file to it."""
    if draft.refusal is not None:
        raise NotIssued(draft.refusal)
    if not machine.installation:
        installation = register_machine(contract=contract, machine=machine.parts, name=machine.name)
        return _Bound(installation, binding_of(machine.parts, draft.policy))
    found = installation_of_contract(contract.pk, machine.installation)
    if found is None or found.removed_at is not None:
        raise UnknownInstallation(machine.installation)
    parts = opened_machine(found.machine)
    if not parts:
        raise NotIssued(Refusal.MACHINE_UNKNOWN)
    return _Bound(found, binding_of(parts, draft.policy))


def _signed(contract: Contract, draft: Draft, bound: _Bound, *, number: int) -> OfflineLicence:
    """Give the file of what is booked now, signed and not yet kept."""
    if draft.refusal is not None:
        raise NotIssued(draft.refusal)
    if bound.installation is None and draft.policy.offline_files == OfflineFiles.BOUND:
        raise NotIssued(Refusal.MACHINE)
    signer = active_signer()
    licence = numbered(draft, ref=new_ref(), number=number, binding=bound.binding)
    return OfflineLicence(
        contract=contract,
        ref=licence.id,
        number=licence.sequence,
        kid=signer.kid,
        content=draft.content,
        issued_at=licence.issued_at,
        expires_at=licence.expires_at,
        text=sign_licence(licence, key=signer.key, kid=signer.kid),
        installation=bound.installation,
    )


def _record(by: Actor, contract: Contract, row: OfflineLicence) -> None:
    machine = row.installation
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={
            "contract": contract.number,
            "licence": row.ref,
            "number": row.number,
            "kid": row.kid,
            "expires_at": row.expires_at.isoformat(),
            "content": row.content,
        }
        | ({"installation": machine.ref, "counts": machine.counts} if machine else {}),
        personal={"installation_name": machine.name} if machine else {},
    )
