"""``torhaus check`` names what is wrong and how to mend it."""

import json
import shutil

import pytest

from tests import s3
from tests.journeys import imap
from tests.servers import free_port, installation

pytestmark = pytest.mark.servers


@pytest.fixture
def here():
    with installation() as made:
        made.torhaus("init", "--vendor-name", "Acme GmbH", "--staff-mail", "ada@acme.example", "--yes")
        made.data_dir.chmod(0o700)
        yield made


def findings(here) -> dict[str, dict[str, str]]:
    """The worst finding of each subject, and the exit code."""
    done = here.torhaus("check", "--json", check=False)
    found: dict = {"code": done.returncode}
    for finding in json.loads(done.stdout):
        if finding["level"] != "ok" or finding["subject"] not in found:
            found[finding["subject"]] = finding
    return found


def test_a_fresh_installation_has_no_error(here):
    found = findings(here)
    assert found["code"] == 0
    assert {name for name, one in found.items() if name != "code" and one["level"] != "ok"} <= {
        "settings",
        "mail",
        "database",  # the tests' own PostgreSQL runs without fsync
    }
    told = here.torhaus("check").stdout
    assert "mend: set TORHAUS_MAIL_MODE=smtp" in told


def test_the_database_does_not_answer_or_lacks_tables(here):
    here.env["TORHAUS_DATABASE_URL"] = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    assert "does not answer" in findings(here)["database"]["said"]
    with installation(migrated=False) as bare:
        found = findings(bare)
        assert found["code"] == 1
        assert "migrations are not applied" in found["database"]["said"]
        shutil.rmtree(bare.data_dir / "static")
        assert findings(bare)["build"]["mend"] == "run `torhaus init`"


def test_a_changed_secret_key_is_found_by_the_signing_key(here):
    here.env["TORHAUS_SECRET_KEY"] = "another-key-" + "9876543210" * 5
    found = findings(here)
    assert found["code"] == 1
    assert "had before" in found["signing key"]["mend"]


def test_others_may_not_read_the_secret_key(here):
    path = here.data_dir / "secret-key"
    path.write_text("x")
    path.chmod(0o644)
    found = findings(here)
    assert found["code"] == 1
    assert found["data folder"]["mend"] == f"chmod go= {path}"


def test_a_mail_server_that_is_not_there(here):
    here.env |= {"TORHAUS_MAIL_MODE": "smtp", "TORHAUS_SMTP_HOST": "127.0.0.1", "TORHAUS_SMTP_PORT": str(free_port())}
    found = findings(here)
    assert found["code"] == 1
    assert "refuses" in found["mail"]["said"]
    done = here.torhaus("check", "--mail", "ada@acme.example", check=False)
    assert done.returncode == 1
    assert "refuses" in done.stderr


def test_a_test_mail_is_written_in_the_demo(here):
    assert "sent to" in here.torhaus("check", "--mail", "ada@acme.example").stdout
    assert any("ada@acme.example" in path.read_text() for path in (here.data_dir / "mails").iterdir())


def test_no_worker_runs(here):
    here.python("""
        from datetime import timedelta
        from torhaus.core import clock
        from torhaus.work.tasks import prune_finished_jobs
        from django_tasks_db.models import DBTaskResult
        prune_finished_jobs.enqueue()
        DBTaskResult.objects.update(enqueued_at=clock.now() - timedelta(minutes=20))
    """)
    found = findings(here)
    assert found["code"] == 1
    assert "20 minutes" in found["worker"]["said"]


def test_a_clock_that_was_set_back(here):
    here.python("""
        from datetime import timedelta
        from torhaus.core import clock
        from torhaus.vendor.actions import create_signing_key
        with clock.shifted(timedelta(days=2)):
            create_signing_key(by=people.SYSTEM)
    """)
    found = findings(here)
    assert found["code"] == 1
    assert "NTP" in found["clock"]["mend"]


def test_unsafe_production_settings_are_findings(here):
    here.env["TORHAUS_PRODUCTION"] = "true"
    found = findings(here)
    assert found["code"] == 1
    assert found["settings"]["level"] == "error"


def test_the_history_is_checked_and_its_head_exported(here):
    assert "The history is intact." in here.torhaus("check", "--audit").stdout
    assert here.torhaus("check", "--to", "x", check=False).returncode == 2
    assert here.torhaus("check", "--head", str(here.data_dir), check=False).returncode == 2
    here.torhaus("worker", "--once")
    here.torhaus("check", "--export-head", "--to", str(here.data_dir / "head.jws"))
    told = here.torhaus("check", "--audit", "--head", str(here.data_dir / "head.jws"), "--json").stdout
    assert json.loads(told)["intact"] is True


def test_a_store_that_cannot_be_written_is_found_and_how_to_mend_it(here):
    assert findings(here)["files"]["level"] == "ok"
    shutil.rmtree(here.data_dir / "files")
    (here.data_dir / "files").write_text("no folder")
    found = findings(here)
    assert found["code"] == 1
    assert "cannot be written" in found["files"]["said"]
    assert "user who runs Torhaus" in found["files"]["mend"]


def test_a_bucket_that_is_not_there_is_found(here):
    (here.data_dir / "torhaus.toml").write_text(
        "".join(f'{name} = "{value}"\n' for name, value in s3.bucket().items()), "utf-8"
    )
    assert findings(here)["files"]["level"] == "ok"
    here.env["TORHAUS_S3_BUCKET"] = "nobodys-bucket"
    found = findings(here)["files"]
    assert "NoSuchBucket" in found["said"]
    assert "TORHAUS_S3_" in found["mend"]
    assert s3.SECRET not in str(found)


def test_the_proxy_may_go_through_the_data_folder_if_it_sends_the_files(here):
    here.data_dir.chmod(0o710)
    assert findings(here)["data folder"]["level"] == "warning"
    here.env["TORHAUS_SEND_FILES"] = "x-accel"
    assert findings(here)["data folder"]["level"] == "ok"
    here.data_dir.chmod(0o711)
    assert findings(here)["data folder"]["level"] == "warning"


def test_the_process_that_sends_files_is_asked_where_a_server_runs(here):
    assert "downloads" not in findings(here), "nothing runs"
    here.serve()
    assert findings(here)["downloads"]["level"] == "ok"
    here.env["TORHAUS_FILES_PORT"] = str(free_port())
    found = findings(here)
    assert found["code"] == 0
    assert found["downloads"]["level"] == "warning"
    assert here.env["TORHAUS_FILES_PORT"] in found["downloads"]["said"]
    assert "TORHAUS_FILES_PORT" in found["downloads"]["mend"]
    here.env["TORHAUS_FILES_PORT"] = str(here.port)  # something else answers there
    assert findings(here)["downloads"]["level"] == "warning"
    here.env["TORHAUS_SEND_FILES"] = "x-accel"
    assert "downloads" not in findings(here)


def test_the_mailbox_is_opened_if_there_is_one(here):
    assert "mailbox" not in findings(here)
    with imap.imap_server() as box:
        here.env |= {
            "TORHAUS_IMAP_HOST": "127.0.0.1",
            "TORHAUS_IMAP_PORT": str(box.port),
            "TORHAUS_IMAP_TLS": "false",
            "TORHAUS_IMAP_USER": imap.USER,
            "TORHAUS_IMAP_PASSWORD": imap.PASSWORD,
        }
        assert findings(here)["mailbox"]["level"] == "ok"
        here.env["TORHAUS_IMAP_FOLDER"] = "Nowhere"
        assert "Nowhere" in findings(here)["mailbox"]["said"]
        here.env["TORHAUS_IMAP_PASSWORD"] = "wrong-hunter2"
        found = findings(here)
    assert found["code"] == 1
    assert found["mailbox"]["level"] == "error"
    assert "TORHAUS_IMAP_" in found["mailbox"]["mend"]
    assert "hunter2" not in str(found)
    assert findings(here)["mailbox"]["level"] == "error", "no server"


def test_R1_the_list_of_stolen_passwords_is_looked_at(here, tmp_path):
    assert "no list" in findings(here)["passwords"]["said"]
    path = tmp_path / "pwned.txt"
    here.env["TORHAUS_BREACHED_PASSWORDS"] = str(path)
    found = findings(here)
    assert (found["code"], found["passwords"]["level"]) == (1, "error")
    assert "No such file" in found["passwords"]["said"]
    assert "docs/operations.md" in found["passwords"]["mend"]
    path.write_text("".join(f"{n:040X}:1\r\n" for n in range(5000)))
    found = findings(here)
    assert (found["code"], found["passwords"]["level"]) == (0, "ok")
    path.write_text("".join(f"{n:040X}:1\r\n" for n in reversed(range(5000))))
    assert "not in the order" in findings(here)["passwords"]["said"]
