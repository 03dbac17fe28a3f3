"""A real browser against a real server with the demo vendor's data."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.chromium import browser_path
from tests.servers import Installation, serving

expect.set_options(timeout=30_000)  # a busy machine makes nothing wrong by being slow

SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass
class Portal:
    """A served installation with what one needs to sign in."""

    here: Installation
    tokens: dict[str, str]
    staff: dict[str, str]
    people: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.here.url

    @property
    def main_token(self) -> str:
        """The token of the liveliest customer."""
        return next(iter(self.tokens.values()))

    def references(self) -> dict[str, str]:
        """References of the first customer's rows, from the database, for routes with parameters."""
        code = f"""
        import json
        from torhaus.billing.models import Invoice
        from torhaus.licensing.models import Installation, LicenceToken
        from torhaus.notices.models import Mail
        from torhaus.releases.models import AddOnRelease, ReleaseFile
        from torhaus.support.models import Article, Attachment, CannedAnswer
        from torhaus.accounts.models import User
        from torhaus.core import clock
        from torhaus.releases.models import PublishRequest
        with scopes_disabled():
            asked = {{"by": User.objects.first(), "asked_at": clock.now(), "state": "refused", "reason": "sbom", "detail": "x"}}
            token = LicenceToken.objects.get(public_id={self.main_token.split("_")[1]!r})
            contract = token.contract
            invoices = Invoice.objects.filter(customer=contract.customer, origin=contract.number)
            lined = invoices.exclude(document_key="").order_by("-issued_on").first()
            print("REFS" + json.dumps({{
                "installation": Installation.objects.filter(licence__contract=contract, removed_at=None).first().ref,
                "plan": "medium", "invoice": lined.ref, "customer": contract.customer.ref, "contract": contract.ref,
                "token": token.public_id, "mail": Mail.objects.latest("pk").ref,
                "ticket": Attachment.objects.filter(message__ticket__contract=contract).first().message.ticket.ref,
                "canned": CannedAnswer.objects.first().ref,
                "article": Article.objects.first().slug,
                "release": ReleaseFile.objects.filter(release__product=contract.product).first().release.ref,
                "add_on": AddOnRelease.objects.filter(add_on__product=contract.product).first().add_on.key,
                "request": PublishRequest.objects.get_or_create(said={{"of": "acme", "version": "9"}}, defaults=asked)[0].ref,
                "unmatched": Invoice.objects.filter(customer=None).latest("pk").ref,
            }}))
        """
        return json.loads(self.here.python(code).split("REFS")[1])


def pytest_collection_modifyitems(items):
    """Every test here needs the browser."""
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    with serving(login_attempts="500") as here:
        logins = json.loads(here.torhaus("demo", "--no-serve", "--json").stdout)
        tokens = {login["who"]: login["with_what"] for login in logins if login["page"] == "/"}
        staff = dict(login["with_what"].split() for login in logins if login["page"] == "/staff/")
        people = dict(login["with_what"].split() for login in logins if login["page"] == "/login/")
        yield Portal(here, tokens, staff, people)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = browser_path()
    if not path:
        if os.environ.get("TORHAUS_TEST_ALL"):
            raise AssertionError("no Chromium found, and all tests are asked for")
        pytest.skip("no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A browser window that keeps what went wrong in it."""

    context: BrowserContext
    page: Page
    portal: Portal
    faults: list[str]

    def open(self, path: str) -> None:
        answer = self.page.goto(self.portal.url + path, wait_until="load")
        assert answer is not None
        assert answer.status < 400, f"{path} answered {answer.status}"

    def sign_in(self, token: str) -> None:
        self.open("/login/")
        self.page.fill("input[name=token]", token)
        self.page.click("main form button.pri")
        self.page.wait_for_url(re.compile("/dashboard/"))

    def sign_in_person(self, mail: str) -> None:
        """Come in by name; who has several contracts then chooses one."""
        self.open("/login/")
        self.page.fill("input[name=mail]", mail)
        self.page.fill("form[action='/login/person/'] input[name=password]", self.portal.people[mail])
        self.page.locator("form[action='/login/person/'] button.pri").click()
        self.page.wait_for_url(re.compile("/contracts/|/dashboard/"))

    def sign_in_staff(self, role: str = "administrator") -> None:
        mail, password = next(pair for pair in self.portal.staff.items() if pair[0].startswith(role))
        self.open("/staff/sign-in/")
        self.page.fill("input[name=mail]", mail)
        self.page.fill("input[name=password]", password)
        self.page.click("main form button.pri")
        self.page.wait_for_url(re.compile("/staff/$"))


@pytest.fixture
def visit(chromium, portal):
    """Open a window: language, theme, width, JavaScript or not. Its faults fail the test at the end."""
    opened = []

    def start(language="en", theme="light", width=1280, height=900, scripts=True, touch=False, tolerate=()) -> Visitor:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=scripts, has_touch=touch,
            locale=language, extra_http_headers={"Accept-Language": language}, color_scheme=theme,
        )  # fmt: skip
        context.add_cookies([{"name": "torhaus_language", "value": language, "url": portal.url}])
        context.set_default_timeout(8_000)
        page = context.new_page()
        faults: list[str] = []
        page.on("console", lambda said: faults.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        opened.append((context, faults, tolerate))
        return Visitor(context, page, portal, faults)

    yield start
    for context, faults, tolerate in opened:
        context.close()
        left = [fault for fault in faults if not any(word in fault for word in tolerate)]
        assert not left, f"the browser complained: {left}"
