"""Every page in both languages and themes, wide and narrow: accessible, whole, light, quiet (R25, R61)."""

import itertools
import os
import statistics

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from tests.routes import all_routes

AXE = Axe()
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
# What a route with a parameter is shown with; every other route is shown as it is.
SHOWN_WITH = {
    "web:invoice": "invoice",
    "web:installation": "installation",
    "web:name_installation": "installation",
    "web:remove_installation": "installation",
    "web:version": "release",
    "web:add_on_download": "add_on",
    "web:ticket": "ticket",
    "web:ticket_received": "ticket",
    "web:article": "article",
    "backoffice:release": "release",
    "backoffice:withdraw_release": "release",
    "backoffice:restore_release": "release",
    "backoffice:publish_request": "request",
    "backoffice:customer": "customer",
    "backoffice:invite_owner": "customer",
    "backoffice:propose_owner_recovery": "customer",
    "backoffice:create_contract": "customer",
    "backoffice:contract": "contract",
    "backoffice:add_booking": "contract",
    "backoffice:issue_token": "contract",
    "backoffice:revoke_token": "token",
    "backoffice:set_plan_policy": "plan",
    "backoffice:clear_plan_policy": "plan",
    "backoffice:set_contract_policy": "contract",
    "backoffice:clear_contract_policy": "contract",
    "backoffice:suspend_contract": "contract",
    "backoffice:seats": "contract",
    "backoffice:name_installation": "installation",
    "backoffice:remove_installation": "installation",
    "backoffice:match_invoice": "unmatched",
    "backoffice:mail": "mail",
    "backoffice:ticket": "ticket",
    "backoffice:merge_tickets": "ticket",
    "backoffice:edit_canned_answer": "canned",
    "backoffice:edit_article": "article",
}
# Routes that are no HTML page: files, posts, style sheets. Anything else has to be a page.
NOT_PAGES = {
    "api:openapi",
    "web:brand_css", "web:brand_logo", "web:health_live", "web:health_ready", "web:metrics", "web:signing_keys", "web:revocations", "web:signed_key_sets", "web:minisign_keys", "web:invoice_pdf", "web:invoices_csv", "web:usage_csv", "web:seats_csv",
    "web:download_file", "web:signature", "web:checksums",
    "web:issue_offline_licence", "web:offline_licence_file", "web:open_token_reset", "web:replace_lost_token",
    "web:sign_in_person", "web:sign_in_code", "web:sign_in_passkey", "web:passkey_challenge",
    "web:members", "web:member", "web:invite_member", "web:invite_members", "web:invite_members_csv", "web:change_member_role", "web:deactivate_member",
    "web:reactivate_member", "web:remove_member", "web:resend_invitation",  # not by token: test_people.py
    "web:price_plan", "web:request_booking", "web:follow_booking_link", "web:choose_usage_notices",  # not by token: test_people.py
    "web:education_terms", "web:request_education", "web:withdraw_education_request", "web:education_proof",  # not by token: test_education.py
    "web:company_security", "web:change_company_security",  # not by token: test_people.py
    "web:seats", "web:import_seats", "web:assign_seat", "web:seat", "web:reassign_seat", "web:release_seat", "web:extend_seat",
    "web:remove_second_factor", "web:permit_guests", "web:release_seats", "web:remind_seats", "web:open_seat_reminders", "web:end_seat_reminders",
    "web:mail_seat_registration", "web:open_seat_registration", "web:register_seat",
    "web:usage_reports", "web:add_report_recipient", "web:change_report_recipient", "web:remove_report_recipient", "web:send_usage_report",
    "web:confirm_report_recipient", "web:stop_report_mails", "web:open_report_mail", "web:end_report_mails",
    "web:activity", "web:activity_csv", "web:activity_xlsx",
    "web:offer_ownership", "web:withdraw_ownership", "web:accept_ownership",
    "web:open_password_reset", "web:reset_password", "web:open_invitation", "web:open_passkey_link", "web:send_passkey_link", "web:accept_invitation",  # test_people.py
    "web:reply_to_ticket", "web:close_ticket", "web:ticket_attachment", "web:rate_article",
    "web:subscribe_to_releases", "web:end_release_subscription", "web:open_release_mail", "web:end_release_mails",
    "web:confirm_release_subscription", "web:stop_release_mails",  # by the link of a mail only: tests/browser/test_releases.py
    "backoffice:begin_upload", "backoffice:upload", "backoffice:end_upload",
    "web:sign_out", "web:set_theme", "web:set_language", "web:switch_contract", "web:home",
    "backoffice:mail_html", "backoffice:view_as_customer", "backoffice:sign_out", "backoffice:end_preview", "backoffice:retry_job",
    "backoffice:booking_request",  # test_people.py
    "backoffice:education_request",  # test_education.py
    "backoffice:grant_education", "backoffice:refuse_education", "backoffice:education_proof", "backoffice:end_education",
    "backoffice:accept_booking_request", "backoffice:decline_booking_request",
    "backoffice:confirm_owner_recovery", "backoffice:withdraw_owner_recovery",
    "backoffice:erasure_request", "backoffice:erase_person", "backoffice:decline_erasure", "backoffice:export_personal_data",
    "web:withdraw_erasure",  # test_erasure.py
    "backoffice:discard_job", "backoffice:resume_contract", "backoffice:mail_seat_registration",
    "backoffice:take_next_ticket", "backoffice:ticket_attachment", "backoffice:answer_ticket", "backoffice:note_ticket",
    "backoffice:assign_ticket", "backoffice:change_ticket_state", "backoffice:delete_canned_answer", "backoffice:service_report_csv",
}  # fmt: skip
# Each pair of language and width, and of theme and width. Only contrast follows from theme and width together, so axe
# looks for all else in two looks that differ in all; `make prove` has it look for all in all eight (TORHAUS_TEST_LOOKS=all).
LOOKS = [("de", "light", 390), ("en", "dark", 1280), ("en", "dark", 390), ("de", "light", 1280)]
WHOLE = LOOKS[:2]
if os.environ.get("TORHAUS_TEST_LOOKS") == "all":
    LOOKS = WHOLE = list(itertools.product(("de", "en"), ("light", "dark"), (390, 1280)))


def paths(portal, audience: str) -> dict[str, str]:
    """Give the path of every page of an audience, with references from the database."""
    references = portal.references()
    found = {}
    for route in all_routes():
        if route.access is None or route.access.audience != audience or route.name in NOT_PAGES:
            continue
        if "admin" in route.name.split(":"):
            continue  # Django's own pages
        shown = references[SHOWN_WITH[route.name]] if route.parameters else ""
        values = dict.fromkeys(route.parameters, shown)
        found[route.name] = reverse(route.name, kwargs=values)
    return found


def check_page(visitor, path: str, width: int, rules=RULES) -> list[str]:
    """Open a page and give what is wrong with it."""
    visitor.open(path)
    return check_here(visitor, path, width, rules)


def check_here(visitor, path: str, width: int, rules=RULES) -> list[str]:
    """Give what is wrong with the page that is open: accessibility, overflow, weight, targets."""
    page, wrong = visitor.page, []
    for violation in AXE.run(page, options=rules).response["violations"]:
        where = [node["target"] for node in violation["nodes"]][:3]
        wrong.append(f"{path}: axe {violation['id']}: {violation['help']} {where}")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        wrong.append(f"{path}: wider than its window of {width} px")
    if page.locator("h1").count() != 1:
        wrong.append(f"{path}: {page.locator('h1').count()} h1 headings")
    if page.evaluate("document.querySelectorAll('*').length") > 900:
        wrong.append(f"{path}: more than 900 elements")
    if page.evaluate("document.querySelectorAll('[style],style,script:not([src])').length"):
        wrong.append(f"{path}: inline style or script")
    return wrong


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
@pytest.mark.parametrize("audience", ["public", "viewer", "staff"])
def test_R61_every_page_is_accessible_and_whole(visit, portal, audience, language, theme, width):
    visitor = visit(language, theme, width)
    if audience == "viewer":
        visitor.sign_in(portal.main_token)
    elif audience == "staff":
        visitor.sign_in_staff()
    found, rules = paths(portal, audience), RULES if (language, theme, width) in WHOLE else CONTRAST
    wrong = [fault for path in found.values() for fault in check_page(visitor, path, width, rules)]
    assert not wrong, "\n".join(wrong)
    assert len(found) >= {"public": 2, "viewer": 4, "staff": 5}[audience], found


SMALL_TARGETS = """[...document.querySelectorAll('a,button,input,select,summary')].filter(e => {
  const r = e.getBoundingClientRect();
  return r.width && (r.height < 24 || r.width < 24) && getComputedStyle(e).display != 'inline'
    && !e.closest('.vh') && !e.classList.contains('skip');
}).map(e => e.outerHTML.slice(0, 80))"""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("audience", ["public", "viewer", "staff"])
def test_nothing_overflows_at_320_and_targets_are_large_enough(visit, portal, audience, language):
    visitor = visit(language, width=320, height=640)
    if audience == "viewer":
        visitor.sign_in(portal.main_token)
    elif audience == "staff":
        visitor.sign_in_staff()
    for path in paths(portal, audience).values():
        visitor.open(path)
        wide = visitor.page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1"
            " && !e.closest('.vh,.table thead')).map(e => e.outerHTML.slice(0, 80)).slice(0, 3)"
        )
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 320, f"{path} is too wide: {wide}"
        assert not visitor.page.evaluate(SMALL_TARGETS), path


def transfer(visitor, path: str) -> tuple[int, int, dict[str, int]]:
    """Give bytes on the wire, requests, and bytes by kind of a first visit."""
    client = visitor.context.new_cdp_session(visitor.page)
    client.send("Network.enable")
    client.send("Network.setCacheDisabled", {"cacheDisabled": True})
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}
    client.on("Network.responseReceived", lambda said: kinds.update({said["requestId"]: said["type"]}))
    client.on("Network.loadingFinished", lambda said: sizes.update({said["requestId"]: int(said["encodedDataLength"])}))
    visitor.open(path)
    visitor.page.wait_for_timeout(200)
    by_kind: dict[str, int] = {}
    for request, size in sizes.items():
        kind = kinds.get(request, "Other")
        by_kind[kind] = by_kind.get(kind, 0) + size
    client.detach()
    return sum(sizes.values()), len(sizes), by_kind


SHIFT = """new Promise(done => { let sum = 0;
  new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value; })
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(sum), 300); })"""


@pytest.mark.parametrize("audience", ["public", "viewer"])
def test_every_page_keeps_its_budget(visit, portal, audience):
    visitor = visit()
    if audience == "viewer":
        visitor.sign_in(portal.main_token)
    for path in paths(portal, audience).values():
        size, requests, kinds = transfer(visitor, path)
        assert size <= 60_000, f"{path}: {size} bytes {kinds}"
        assert requests <= 8, f"{path}: {requests} requests"
        assert kinds.get("Stylesheet", 0) <= 9_000, f"{path}: style sheets {kinds}"  # 8 kB and their headers
        assert kinds.get("Script", 0) <= 20_000, f"{path}: scripts {kinds}"
        assert visitor.page.evaluate(SHIFT) < 0.02, f"{path}: the layout shifts"
        print(f"{path} {size} bytes, {requests} requests {kinds}")


LCP = """new Promise(done => { let last = 0;
  new PerformanceObserver(list => { for (const e of list.getEntries()) last = e.startTime; })
    .observe({type: 'largest-contentful-paint', buffered: true});
  setTimeout(() => done(last), 300); })"""


def paints(visit, portal) -> tuple[float, float]:
    """Give the medians of nine largest contentful paints of the dashboard in ms: cold, and from the cache."""
    cold, warm = [], []
    for _ in range(9):
        visitor = visit()
        visitor.sign_in(portal.main_token)
        client = visitor.context.new_cdp_session(visitor.page)
        client.send("Network.enable")
        client.send("Network.clearBrowserCache")
        visitor.page.goto("about:blank")
        visitor.open("/dashboard/")
        cold.append(visitor.page.evaluate(LCP))
        visitor.open("/dashboard/")
        warm.append(visitor.page.evaluate(LCP))
        visitor.context.close()
    return statistics.median(cold), statistics.median(warm)


def test_largest_paint_of_the_dashboard(visit, portal):
    """At most 600 ms cold and 350 ms from the cache, as the style guide wants it.

    Other tests run beside this one and can only make it slower, so the best of three tries counts.
    """
    tries = []
    for _ in range(3):
        tries.append(paints(visit, portal))
        print(f"largest contentful paint: cold {tries[-1][0]:.0f} ms, cached {tries[-1][1]:.0f} ms")
        if tries[-1][0] <= 600 and tries[-1][1] <= 350:
            return
    raise AssertionError(f"largest contentful paint, (cold, cached) in ms: {tries}")
