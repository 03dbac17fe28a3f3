"""`torhaus check --audit` finds a history that was edited, cut, or rewritten, by whoever holds the database."""

import contextlib
import json
from datetime import timedelta

import pytest
from django.db import connection
from django_scopes import scopes_disabled

from tests import people, processes
from torhaus.core import clock
from torhaus.journeys.sign_chain_head import heads_folder, sign_chain_head
from torhaus.records.actions import erase_personal_values, seal_records
from torhaus.records.chain import check_chain
from torhaus.records.deeds import deed, write_record
from torhaus.records.models import ChainHead, PersonalValue, Record, Seal
from torhaus.records.rules import FIELDS, GENESIS, content, digest
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.distrust_signing_key import distrust_signing_key
from torhaus.vendor.keys import active_signer, trusted_keys
from torhaus.vendor.models import SigningKey

pytestmark = pytest.mark.slow
TRIGGERS = ("record_no_update", "seal_no_update")


@deed("plant")
def plant(*, n):
    by = people.SYSTEM.__class__(people.SYSTEM.kind, f"user{n}", f"Name {n}", f"192.0.2.{n}")
    return write_record(by=by, customer_ref="c", after={"n": n})


@pytest.fixture
def history(transactional_db):
    """A signing key and eight deeds, sealed; the head is signed."""
    create_signing_key(by=people.SYSTEM)
    for n in range(8):
        plant(n=n)
    return sign_chain_head()


@contextlib.contextmanager
def master_of_the_database():
    """Do what only somebody with full access to the database can: change what it protects."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            yield cursor
            cursor.execute("SET session_replication_role = DEFAULT")
            return
        kept = {}
        for trigger in TRIGGERS:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [trigger])
            kept[trigger] = cursor.fetchone()[0]
            cursor.execute(f"DROP TRIGGER {trigger}")
        cursor.execute("PRAGMA foreign_keys = OFF")
        yield cursor
        cursor.execute("PRAGMA foreign_keys = ON")
        for sql in kept.values():
            cursor.execute(sql)


def audit(*arguments):
    done = processes.torhaus("check", "--audit", *arguments)
    assert done.returncode in {0, 1}, done.stdout
    return done.returncode, done.stdout


def rewrite_chain_from(place):
    """Seal everything anew from ``place`` on, as the rewriter of history would."""
    last = Seal.objects.filter(sequence=place - 1).first()
    previous = last.digest if last else GENESIS
    with scopes_disabled():
        for seal in Seal.objects.filter(sequence__gte=place).order_by("sequence"):
            row = Record.objects.filter(pk=seal.record_id).values(*FIELDS).get()
            previous = digest(previous, seal.sequence, content(row))
            Seal.objects.filter(pk=seal.pk).update(digest=previous)


def record_at(place):
    return Seal.objects.get(sequence=place).record_id


def test_an_honest_history_is_intact(history):
    code, said = audit()
    assert (code, "The history is intact." in said) == (0, True), said
    assert "Records sealed: 9; waiting for their seal: 0; signed heads checked: 1" in said


def test_an_edited_record_is_found(history):
    with master_of_the_database(), scopes_disabled():
        Record.objects.filter(pk=record_at(4)).update(after={"n": 1000})
    code, said = audit()
    assert code == 1
    assert "Problem: The record at place 4 (plant) was changed after it was sealed." in said
    assert said.count("Problem:") == 1


@pytest.mark.parametrize("field", ["at", "deed", "actor_ref", "customer_ref", "request_id", "commitments"])
def test_no_field_can_be_edited_unseen(history, field):
    values = {"at": people.NOON, "commitments": {}}
    with master_of_the_database(), scopes_disabled():
        Record.objects.filter(pk=record_at(4)).update(**{field: values.get(field, "other")})
    assert any("place 4" in problem for problem in check_chain(keys=trusted_keys()).problems)


def test_a_removed_record_is_found(history):
    gone = record_at(5)
    with master_of_the_database() as cursor:
        cursor.execute("DELETE FROM records_personalvalue WHERE record_id = %s", [gone])
        cursor.execute("DELETE FROM records_seal WHERE record_id = %s", [gone])
        cursor.execute("DELETE FROM records_record WHERE id = %s", [gone])
    code, said = audit()
    assert code == 1
    assert "Place 5 of the chain is missing: its record was removed." in said


def test_a_record_removed_under_its_seal_is_found(history):
    gone = record_at(5)
    with master_of_the_database() as cursor:
        cursor.execute("DELETE FROM records_personalvalue WHERE record_id = %s", [gone])
        cursor.execute("DELETE FROM records_record WHERE id = %s", [gone])
    assert "The record at place 5 was removed; only its seal is left." in audit()[1]


def test_a_removed_seal_at_the_end_is_found(history):
    with master_of_the_database() as cursor:
        cursor.execute("DELETE FROM records_chainhead")
        cursor.execute("DELETE FROM records_seal WHERE sequence = 9")
    code, said = audit()
    assert code == 1
    assert "1 record is neither sealed nor waiting for its seal" in said


def cut_off_after(place):
    with master_of_the_database() as cursor:
        for statement in (
            "DELETE FROM records_personalvalue WHERE record_id IN (SELECT record_id FROM records_seal WHERE sequence > %s)",
            "DELETE FROM records_record WHERE id IN (SELECT record_id FROM records_seal WHERE sequence > %s)",
            "DELETE FROM records_seal WHERE sequence > %s",
        ):
            cursor.execute(statement, [place])


def test_a_truncated_history_is_found_by_the_kept_head(history):
    cut_off_after(6)
    code, said = audit()
    assert code == 1
    assert "covers 9 records, but the chain ends at 6: its end was cut off." in said


def test_a_truncated_history_without_its_heads_is_found_by_one_kept_elsewhere(history, tmp_path):
    head = tmp_path / "head.jws"
    assert processes.torhaus("check", "--export-head", "--to", str(head)).returncode == 0
    cut_off_after(6)
    ChainHead.objects.all().delete()
    assert audit()[0] == 0, "the database alone cannot tell"
    code, said = audit("--head", str(head))
    assert code == 1
    assert "its end was cut off" in said


def test_a_rewritten_history_is_found(history, tmp_path):
    head = tmp_path / "head.jws"
    head.write_text(history)
    with master_of_the_database(), scopes_disabled():
        Record.objects.filter(pk=record_at(4)).update(after={"n": 1000})
        rewrite_chain_from(4)
    code, said = audit()
    assert code == 1
    assert "history was rewritten" in said
    assert "was changed after it was sealed" not in said, "the chain itself fits again"
    # Who holds the secret key too signs anew, and only a head kept elsewhere tells.
    ChainHead.objects.all().delete()
    assert sign_chain_head() != history
    assert audit()[0] == 0
    code, said = audit("--head", str(head))
    assert code == 1
    assert "The chain up to place 9 is not the one signed" in said


def test_a_head_of_another_key_is_found(history):
    SigningKey.objects.all().delete()
    create_signing_key(by=people.SYSTEM)
    code, said = audit()
    assert code == 1
    assert "not signed by a key of this installation" in said


def test_a_head_that_says_other_than_it_signed_is_found(history):
    ChainHead.objects.update(digest="0" * 64)
    assert "The kept head at place 9 does not say what was signed." in audit()[1]


def test_a_changed_personal_value_is_found_and_an_erased_one_is_no_fault(history):
    value = PersonalValue.objects.get(record_id=record_at(3), field="actor_name")
    PersonalValue.objects.filter(pk=value.pk).update(value="Somebody else")
    code, said = audit()
    assert code == 1
    assert "The personal value “actor_name” of the record at place 3 was changed." in said
    PersonalValue.objects.filter(pk=value.pk).delete()
    assert "is gone without having been erased" in audit()[1]


def test_a_value_that_only_claims_to_be_erased_is_found(history):
    value = PersonalValue.objects.filter(record_id=record_at(3), field="actor_name")
    # Whoever wants a name gone or another in its place marks it as erased, which no digest covers.
    value.update(value="Somebody else", erased_at=clock.now())
    code, said = audit()
    assert code == 1
    assert "“actor_name” of the record at place 3 is marked as erased, yet a value stands there." in said
    value.update(value="", salt="")
    code, said = audit()
    assert code == 1
    assert "1 personal value is marked as erased, but no record says that it was." in said
    assert said.count("Problem:") == 1


def test_erase_personal_values(history):
    assert erase_personal_values(by=people.SYSTEM, actor_ref="user3") == 2
    assert erase_personal_values(by=people.SYSTEM, actor_ref="user3") == 0
    assert erase_personal_values(by=people.SYSTEM, value="Name 5") == 1
    gone = PersonalValue.objects.filter(erased_at__isnull=False)
    assert {(row.value, row.salt) for row in gone} == {("", "")}
    assert not PersonalValue.objects.filter(value__in=["Name 3", "192.0.2.3", "Name 5"]).exists()
    assert PersonalValue.objects.filter(value="192.0.2.5").exists()
    code, said = audit("--json")
    report = json.loads(said)
    assert code == 0
    assert (report["intact"], report["erased"], report["waiting"]) == (True, 3, 2)
    with scopes_disabled():
        assert [r.after for r in Record.objects.filter(deed="erase_personal_values")] == [{"erased": 2}, {"erased": 1}]
    for wrong in ({}, {"actor_ref": "a", "value": "b"}):
        with pytest.raises(ValueError):
            erase_personal_values(by=people.SYSTEM, **wrong)


def test_a_backlog_is_a_warning(history):
    plant(n=9)
    assert check_chain(keys=trusted_keys()).warnings == []
    with clock.shifted(timedelta(minutes=11)):
        report = check_chain(keys=trusted_keys())
    assert report.intact
    assert "1 record has waited for its seal since" in report.warnings[0]


def test_heads_are_kept_in_files_too_and_checked_from_their_folder(history, tmp_path):
    [path] = heads_folder().glob("*.jws")
    assert path.read_text().splitlines()[-1] == history
    assert sign_chain_head() == history, "nothing new, nothing signed"
    plant(n=9)
    assert sign_chain_head() != history
    assert seal_records() == 0
    kept = tmp_path / "heads"
    kept.mkdir()
    (kept / "a.jws").write_text("\n".join(path.read_text().splitlines()[-2:]) + "\n\n")
    code, said = audit("--head", str(kept))
    assert code == 0, said
    assert "signed heads checked: 4" in said
    (kept / "b.jws").write_text("nonsense\n")
    assert audit("--head", str(kept))[0] == 1


def test_a_signed_head_of_another_type_does_not_count(history):
    forged = active_signer().sign({"sequence": 9, "digest": "0" * 64, "signed_at": "now"}, typ="license+jwt")
    assert not check_chain(keys=trusted_keys(), heads=[forged]).intact


def test_only_the_first_problems_are_told_and_all_are_counted(history):
    for n in range(20):
        plant(n=n)
    seal_records()
    with master_of_the_database(), scopes_disabled():
        Record.objects.update(deed="other")
    report = check_chain(keys=trusted_keys())
    assert (len(report.problems), report.problem_count) == (10, 29)
    assert "… and 19 more problems." in audit()[1]


def test_heads_of_a_distrusted_key_prove_nothing_but_break_nothing(history, tmp_path):
    kept = tmp_path / "head.txt"
    kept.write_text(history)
    leaked = active_signer().kid
    distrust_signing_key(kid=leaked, by=people.SYSTEM)
    code, told = audit("--head", str(kept))
    assert (code, "2 signed heads prove nothing: their key is distrusted" in told) == (0, True), told
    sign_chain_head()
    assert check_chain(keys=trusted_keys(), distrusted=[leaked]).heads == 1
    assert not check_chain(keys=trusted_keys()).intact, "an unknown key is another matter"
