"""``torhaus rotate-key``: a new signing key beside the old one, or the end of a leaked one."""

import sys
from typing import Annotated, Any

import typer
from django.conf import settings

from torhaus.console.words import CONSOLE, fail, say, say_json
from torhaus.vendor.distrust_signing_key import Distrust, DistrustedAlready, NoSuchKey, distrust_signing_key
from torhaus.vendor.models import KeyPurpose
from torhaus.vendor.rotate_signing_key import Rotation, RotationPending, rotate_signing_key

LONGEST_DAYS = 366


def rotate_key_command(
    purpose: Annotated[KeyPurpose, typer.Option(help="What the key signs.")] = KeyPurpose.LICENCE,
    publish_first: Annotated[
        int, typer.Option(min=0, max=LONGEST_DAYS, help="Publish the key now, and sign with it after so many days.")
    ] = 0,
    distrust: Annotated[str, typer.Option(help="Instead: end the key with this key id (kid), because it leaked.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="With --distrust: do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Make a new signing key. What older keys signed stays valid, and two keys at most can sign.

    With --publish-first, products that fetch the public keys know the new one before it signs.
    With --distrust, whatever the key signed is no longer trusted, and licences have to be issued anew.
    """
    if distrust:
        if publish_first:
            raise typer.BadParameter("--publish-first does not go with --distrust", param_hint="--publish-first")
        _distrust(distrust, yes=yes, as_json=as_json)
        return
    try:
        done = rotate_signing_key(purpose=purpose, publish_days=publish_first, by=CONSOLE)
    except RotationPending as error:
        fail(f"{error}; wait for that day, or end that key with --distrust {error.kid}")
    if as_json:
        say_json(_facts(done))
    else:
        _tell(done)


def _facts(done: Rotation) -> dict[str, Any]:
    return {
        "kid": done.key.kid,
        "purpose": done.key.purpose,
        "public_key": done.key.public_key,
        "signs_from": (done.key.signs_from or done.key.created_at).isoformat(timespec="seconds"),
        "signed_before": done.signed_before,
        "retired": list(done.retired),
    }


def _tell(done: Rotation) -> None:
    begins = f"from {done.key.signs_from:%Y-%m-%d %H:%M} UTC on" if done.key.signs_from else "from now on"
    say(f"new {done.key.purpose} key: {done.key.kid}")
    say(f"it signs {begins}; its public half is {done.key.public_key}")
    if done.signed_before:
        say(f"what {done.signed_before} signed stays valid")
    for kid in done.retired:
        say(f"retired: {kid}; it still verifies, and its private half is gone")
    if done.key.purpose == KeyPurpose.LICENCE:
        say(f"published at {_key_set()}")
        say("next: products that fetch that page learn the new key by themselves; products that carry the keys in")
        say("their own files refuse what it signs until an update brings it to them, so publish one first")
    else:
        say("next: publish the new public key wherever customers find the one before; files that are")
        say("published already keep their signatures")


def _distrust(kid: str, *, yes: bool, as_json: bool) -> None:
    if not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("what the key signed will be refused everywhere; add --yes", param_hint="--yes")
        sys.stderr.write(f"Whatever {kid} signed will be refused. This cannot be taken back.\n")
        if not typer.confirm("Distrust it?", err=True):
            fail("nothing was changed")
    try:
        done = distrust_signing_key(kid=kid, by=CONSOLE)
    except NoSuchKey:
        fail(f"there is no signing key {kid}; `torhaus check` names them")
    except DistrustedAlready:
        fail(f"{kid} is distrusted already")
    if as_json:
        facts = {"kid": kid, "purpose": done.key.purpose, "signs_now": done.signs_now, "made": done.made}
        say_json(facts)
    else:
        _tell_distrust(done)


def _tell_distrust(done: Distrust) -> None:
    say(f"distrusted: {done.key.kid}; its private half is gone")
    say(f"{done.signs_now} signs from now on{', made for that' if done.made else ''}")
    if done.key.purpose == KeyPurpose.LICENCE:
        say(f"it is no longer published at {_key_set()}")
        say("next: have new offline licences issued for whoever uses one; products refuse the old files as soon as")
        say("they fetch that page, and products that carry the keys in their own files need an update without it;")
        say("signed heads of the records made with it prove nothing any more")
    else:
        say("next: tell customers not to trust the old public key, and publish the files it signed anew")


def _key_set() -> str:
    return f"{settings.OPTIONS.public_url.rstrip('/')}/.well-known/jwks.json"
