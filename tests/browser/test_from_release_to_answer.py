"""The rest of the portal in one go: publish, hear of it, download, check, ask, be answered by mail, close."""

import contextlib
import hashlib
import io
import json
import re
import shutil
import subprocess
import time
import zipfile
from email.message import EmailMessage

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Portal, Visitor
from tests.notices.smtp import mail_server
from tests.servers import serving

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(300)]
KIM = "kim.berger@customer.example"


@pytest.fixture
def house():
    """An installation with the demo's data that mails by SMTP and has its worker running."""
    with mail_server() as box, serving(
        mail_mode="smtp", smtp_host="127.0.0.1", smtp_port=str(box.port), reply_mail="help@acme.example",
    ) as here:  # fmt: skip
        logins = json.loads(here.torhaus("demo", "--no-serve", "--json").stdout)
        tokens = {login["who"]: login["with_what"] for login in logins if login["page"] == "/"}
        staff = dict(login["with_what"].split() for login in logins if login["page"] == "/staff/")
        here.start("worker", log="worker.txt")
        yield Portal(here, tokens, staff), box


def mail_to(box, address, words, timeout=40):
    """Wait for a mail to ``address`` with ``words`` in its subject; the newest one."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        fits = [m for m in list(box.mails) if address in str(m["To"]) and re.search(words, str(m["Subject"]))]
        if fits:
            return fits[-1]
        time.sleep(0.1)
    raise AssertionError(
        f"no mail to {address} about {words!r}; there are {[(m['To'], m['Subject']) for m in box.mails]}"
    )


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def link_in(mail, part):
    return next(link for link in re.findall(r"https?://\S+", text_of(mail)) if part in link)


@contextlib.contextmanager
def window(chromium, portal):
    """Open a browser window of its own session, with everything that went wrong in it."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en", accept_downloads=True)
    context.add_cookies([{"name": "torhaus_language", "value": "en", "url": portal.url}])
    context.set_default_timeout(15_000)
    page = context.new_page()
    faults = []
    page.on("console", lambda said: faults.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield Visitor(context, page, portal, faults)
    context.close()
    assert not faults


def package():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("README", "Acme CMDB 99.1\n" * 40_000)
        archive.writestr("random", hashlib.shake_256(b"Torhaus").digest(3_000_000))
    return out.getvalue()


def test_from_publishing_to_a_closed_ticket(house, chromium, tmp_path):
    portal, box = house
    here = portal.here
    with window(chromium, portal) as customer, window(chromium, portal) as staff:
        page = customer.page
        customer.sign_in(portal.main_token)
        subscribe(customer, box)

        bundle = package()
        publish(here, tmp_path, bundle)
        download_and_check(customer, tmp_path, bundle)

        number = ask(customer, tmp_path)
        received = mail_to(box, KIM, re.escape(number))
        staff.sign_in_staff("support")
        answer(staff, number, "Please look into `setup.log`, and tell us the **last line**.")
        answered = mail_to(box, KIM, rf"^\s*\[{re.escape(number)}\] The installation")
        assert answered["Message-ID"] != received["Message-ID"]
        assert "last line" in text_of(answered)

        reply_by_mail(here, answered, "It says: no space left on the device. Thank you, solved!")
        page.goto(portal.url + "/help/tickets/")
        page.click(f"main tr:has-text('{number}') a")
        expect(page.locator("main")).to_contain_text("no space left on the device")
        assert "Please look into" in page.inner_text("main")

        close(staff, number)
        mail_to(box, KIM, re.escape(number))
        page.reload()
        assert re.search(r"\bclosed\b", page.inner_text("main"), re.IGNORECASE)

    told = mail_to(box, KIM, r"CMDB 99\.1", timeout=100)  # the schedule looks once a minute
    assert "List-Unsubscribe" in told
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Faster search" in text_of(told)

    audited = here.torhaus("check", "--audit", check=False)
    assert "Traceback" not in audited.stdout + audited.stderr
    said = here.log() + here.log("worker.txt")
    assert "Traceback" not in said
    for token in portal.tokens.values():
        secret = token.split("_")[2]
        assert secret not in said, "a secret is in the log"


def subscribe(customer, box):
    page = customer.page
    customer.open("/release-mails/")
    page.fill("input[name=mail]", KIM)
    page.click("form[action*=subscribe] button")
    asked = mail_to(box, KIM, "")
    page.goto(link_in(asked, "/release-mail/"))
    assert re.search(r"/release-mails/confirm/$", page.url), "the code is out of the address"
    page.click("main form button.pri")
    expect(page.locator("main")).to_contain_text("hears of every new version")


def publish(here, folder, bundle):
    path = folder / "acme-cmdb-99.1.zip"
    path.write_bytes(bundle)
    notes = folder / "en.md"
    notes.write_text("## New\n\n- Faster search in **all** lists\n")
    here.torhaus(
        "publish", "--product", "acme-cmdb", "--version", "99.1", "--kind", "installation", "--notes", f"en={notes}",
        str(path),
    )  # fmt: skip


def download_and_check(customer, folder, bundle):
    page = customer.page
    customer.open("/downloads/")
    main = page.inner_text("main")
    assert "99.1" in main
    assert hashlib.sha256(bundle).hexdigest() in main
    with page.expect_download() as downloading:
        page.locator("main a.btn.pri:has-text('Download')").first.click()
    fetched = folder / "fetched"
    fetched.mkdir()
    file = fetched / downloading.value.suggested_filename
    downloading.value.save_as(file)
    assert file.name == "acme-cmdb-99.1.zip"
    assert file.read_bytes() == bundle
    with page.expect_download() as downloading:
        page.locator("main a:has-text('Signature')").first.click()
    downloading.value.save_as(fetched / f"{file.name}.minisig")
    commands = page.locator("#how-to-verify pre").all_inner_texts()
    run(commands[0], fetched)
    if shutil.which("minisign"):
        run(next(command for command in commands if command.startswith("minisign")), fetched)


def run(command, folder):
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def ask(customer, folder):
    page = customer.page
    log = folder / "setup.log"
    log.write_text("starting\nno space left on the device\n")
    customer.open("/help/tickets/new/")
    page.fill("input[name=mail]", KIM)
    page.select_option("select[name=reason]", index=1)
    page.fill("textarea[name=body]", "The installation of 99.1 ends too early.\n\n<script>alert(1)</script>")
    page.set_input_files("input[type=file]", log)
    page.click("main form button.pri")
    page.wait_for_url(re.compile("/received/"))
    return re.search(r"T-\d{4}-\d{5}", page.inner_text("main"))[0]


def answer(staff, number, text):
    page = staff.page
    staff.open("/staff/tickets/")
    page.click(f"main tr:has-text('{number}') a")
    expect(page.locator("main")).to_contain_text("ends too early")
    assert "setup.log" in page.inner_text("main")
    say(page, text, "wait")
    assert "last line" in page.inner_text("main ol.talk, main ul.talk")


def say(page, text, then):
    form = page.locator("form:has(button[name=then])")
    form.locator("textarea[name=body]").fill(text)
    form.locator(f"button[name=then][value={then}]").click()
    page.wait_for_load_state()


def reply_by_mail(here, answered, text):
    mail = EmailMessage()
    mail["From"] = KIM
    mail["To"] = answered["Reply-To"]
    mail["Subject"] = f"Re: {answered['Subject']}"
    mail["Message-ID"] = "<one@customer.example>"
    mail["In-Reply-To"] = answered["Message-ID"]
    mail.set_content(text + "\n\nOn Sunday Acme wrote:\n> Please look into `setup.log`\n")
    for _ in range(2):  # delivered twice is one message
        here.torhaus("receive-mail", stdin=mail.as_string())


def close(staff, number):
    page = staff.page
    staff.open("/staff/tickets/")
    page.click(f"main tr:has-text('{number}') a")
    expect(page.locator("main").get_by_text("Thank you, solved!")).to_have_count(1)
    say(page, "Glad to hear. I close this.", "close")
