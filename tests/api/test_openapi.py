"""The OpenAPI document equals what the API does, and the documents name every code."""

import ast
import json
import re
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests import people
from tests.api import conforming
from tests.api.program import ask, licensed
from tests.routes import all_routes
from tests.servers import ROOT
from torhaus.api.openapi import PATH, document
from torhaus.api.operations import OPERATIONS
from torhaus.api.problem_codes import GENERAL, all_codes, example
from torhaus.api.refusals import OF_FILES, REFUSALS
from torhaus.licensing.activate_installation import ActivationRefused
from torhaus.licensing.rules import Refusal
from torhaus.seats.refusals import SeatRefused
from torhaus_sdk.answers import Code

URL = "/api/v1/openapi.json"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.fixture
def vendor(db):
    return people.vendor()


def paths() -> dict:
    return document("https://portal.example.com")["paths"]


def test_it_is_served_to_everybody_and_cached(db, settings):
    answer = Client().get(URL)
    said = answer.json()
    assert answer.status_code == 200
    assert said["openapi"].startswith("3.1")
    assert said["servers"] == [{"url": settings.OPTIONS.public_url.rstrip("/")}]
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies
    assert Client().get(URL, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert Client().get(URL, headers={"Accept-Language": "de"}).content == answer.content


def test_it_is_a_valid_document():
    made = document("https://portal.example.com/")
    OpenAPIV31SpecValidator(made).validate()
    json.dumps(made, allow_nan=False)
    said = json.dumps(made)
    keywords = {"ge", "le", "gt", "lt", "min_length", "max_length"}
    assert not keywords & set(re.findall(r'"(\w+)":', said)), "limits that readers of JSON Schema do not know"
    used = set(re.findall(r'"#/components/schemas/(\w+)"', said))
    assert used == set(made["components"]["schemas"]), "schemas nobody uses, or that are not there"


def test_every_address_is_in_it_and_no_other():
    routed = {reverse(route.name) for route in all_routes() if route.name.startswith("api:")} - {"/api/"}
    assert routed == set(paths())
    assert {one.path: one.name for one in OPERATIONS} == {reverse(f"api:{one.name}"): one.name for one in OPERATIONS}


def test_methods_are_those_that_are_taken(vendor):
    contract = licensed()
    for path, operations in paths().items():
        token = people.token(contract)  # one makes so many requests a minute, and there are many operations
        taken = {method.upper() for method in operations}
        taken |= {"HEAD"} & {"HEAD" if "GET" in taken else ""}
        headers = {"Authorization": f"Bearer {token}"}
        for method in METHODS:
            answer = Client().generic(method, path, b"", headers=headers)
            assert (answer.status_code == 405) == (method not in taken), f"{method} {path}"
            if answer.status_code == 405:
                assert set(answer.headers["Allow"].split(", ")) == taken


def test_every_address_but_the_document_needs_a_token(vendor):
    for path, operations in paths().items():
        for method, operation in operations.items():
            public = operation.get("security") == []
            assert public == (path == PATH)
            status = Client().generic(method.upper(), path).status_code
            assert status == (200 if public else 401), path


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_examples_are_what_models_take(operation):
    operation.reply.model_validate_json(json.dumps(operation.reply_example))
    for status in operation.replies:
        schema = conforming.validator(operation.path, operation.method.lower(), str(status), "application/json")
        schema.validate(operation.reply_example)
    if operation.body:
        operation.body.model_validate_json(json.dumps(operation.body_example))
        assert set(operation.body_example) <= set(operation.body.model_fields)


def test_examples_in_the_document_fit_their_schemas():
    for path, operations in paths().items():
        for method, operation in operations.items():
            for status, said in operation["responses"].items():
                for kind, content in said.get("content", {}).items():
                    shown = [one["value"] for one in content.get("examples", {}).values()]
                    for one in shown + ([content["example"]] if "example" in content else []):
                        conforming.validator(path, method, status, kind).validate(one)


def test_the_check_of_answers_sees_what_is_not_described():
    class Said:
        status_code = 200
        headers = {"Content-Type": "application/json"}
        content = b'{"installation": "In3Bd8Kx5Zm1", "deactivated": true, "more": 1}'

        def json(self):
            return json.loads(self.content)

    path, said = "/api/v1/deactivate", Said()
    with pytest.raises(ValueError, match="more"):
        conforming.check("POST", path, said)
    said.content = b'{"installation": "In3Bd8Kx5Zm1", "deactivated": true}'
    conforming.check("POST", path, said)
    said.content = b'{"installation": "In3Bd8Kx5Zm1"}'
    with pytest.raises(Exception, match="deactivated"):
        conforming.check("POST", path, said)
    said.status_code = 202
    with pytest.raises(AssertionError, match="not documented"):
        conforming.check("POST", path, said)
    said.status_code, said.headers = 200, {"Content-Type": "text/html"}
    with pytest.raises(AssertionError, match="text/html"):
        conforming.check("POST", path, said)


# Codes


def codes_in(path: str) -> set[str]:
    """Give every code a file of the frame answers with: the third argument of ``problem(…)``."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "problem"
    ]
    return {node.args[2].value for node in calls}


def test_every_code_is_in_the_list():
    assert codes_in("src/torhaus/frame/problems.py") == set(GENERAL)
    assert not set(GENERAL) & set(REFUSALS)
    for code in all_codes():
        said = example(code)
        assert said["code"] == code
        assert said["type"] == f"urn:torhaus:problem:{code}"
        assert "%(" not in said["title"] + said["detail"]
    written = "".join(path.read_text("utf-8") for path in (ROOT / "src/torhaus/api").rglob("*.py"))
    assert set(re.findall(r'refused\(\w+, "(\w+)"', written)) <= set(REFUSALS)


def test_every_refusal_of_a_deed_has_its_code():
    kinds, found = [ActivationRefused], []
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        found += [kind.code] if hasattr(kind, "code") else []
    # Without parts nobody gets so far: the body is refused before.
    assert set(found) - {"fingerprint_required"} <= set(REFUSALS)
    [activate] = [one for one in OPERATIONS if one.name == "activate_installation"]
    assert set(found) - {"fingerprint_required"} <= set(activate.refusals)
    assert set(OF_FILES) == set(Refusal)
    of_seats = {kind.code for kind in SeatRefused.__subclasses__()}
    [assign] = [one for one in OPERATIONS if one.name == "assign_seat"]
    assert of_seats - {"seat_second_factor"} == set(assign.refusals), "whoever gets a seat anew has none"
    assert of_seats <= set(REFUSALS)


def test_every_code_stands_in_an_operation_and_in_the_documents():
    described = {code for one in OPERATIONS for code in one.codes()}
    # These two are answered where no operation is: at unknown addresses, and by the links of files.
    assert set(all_codes()) == described | {"not_found", "link_unusable"}
    document_of_people = (ROOT / "docs" / "api.md").read_text("utf-8")
    table = dict(re.findall(r"^\| (\d{3}) \| `(\w+)` \|", document_of_people, re.MULTILINE)) and {
        code: int(status) for status, code in re.findall(r"^\| (\d{3}) \| `(\w+)` \|", document_of_people, re.MULTILINE)
    }
    assert table == {code: example(code)["status"] for code in all_codes()}


def test_every_operation_stands_in_the_document_for_people():
    said = (ROOT / "docs" / "api.md").read_text("utf-8")
    assert re.findall(r"^### (?:GET|POST) (\S+)", said, re.MULTILINE) == [one.path for one in OPERATIONS]
    for one in OPERATIONS:
        assert f"### {one.method} {one.path}" in said


def test_codes_of_answers_are_all_documented():
    schemas = document("")["components"]["schemas"]
    assert schemas["Code"]["enum"] == [str(code) for code in Code]


# The page


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_shows_every_operation_and_code(vendor, language):
    pages = []
    for path in ("/api/", "/api/?part=seats"):
        answer = Client().get(path, headers={"Accept-Language": language})
        text = answer.content.decode()
        assert answer.status_code == 200
        assert f'<html lang="{language}"' in text
        assert URL in text
        assert "%(" not in text
        linked = set(re.findall(r'href="#(\w+)"', text))
        assert {name for name in linked if text.count(f'id="{name}"') != 1} == set()
        pages.append(text)
    for one in OPERATIONS:
        [text] = [page for page in pages if f'id="{one.name}"' in page]
        assert f"{one.method} {one.path}" in text
    for code in all_codes():
        assert {page.count(f'id="{code}"') for page in pages} in ({1}, {0, 1}), code
    assert Client().get("/api/?part=<script>").status_code == 200


def test_the_page_is_found_from_the_help(vendor):
    assert 'href="/api/"' in Client().get("/help/").content.decode()


def test_unknown_addresses_are_problems(vendor):
    for path in ("/api/v1/", "/api/v2/validate", "/api/v1/validate/", "/api/x"):
        assert Client().get(path).json()["code"] == "not_found"


def test_R21_unknown_members_are_taken_everywhere(vendor):
    token = people.token(licensed())
    for one in OPERATIONS:
        if one.body:
            answer = ask(token, one.path.removeprefix("/api/v1/"), {**one.body_example, "unknown": [1]})
            assert answer.status_code != 422, answer.content


def test_R26_every_answer_has_the_headers_of_all_answers(vendor):
    token = people.token(licensed())
    for one in OPERATIONS:
        for answer in (ask(token, one.path.removeprefix("/api/v1/"), one.body_example), ask(None, "validate", {})):
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"]
            assert answer.headers["X-Request-ID"]
            assert "no-store" in answer.headers["Cache-Control"]
            assert not answer.cookies


def test_R29_plain_calls_are_refused_and_people_are_led_to_the_page(vendor, settings):
    token = people.token(licensed())
    settings.OPTIONS = replace(settings.OPTIONS, https=True)
    settings.SECURE_SSL_REDIRECT = True
    for one in OPERATIONS:
        answer = ask(token, one.path.removeprefix("/api/v1/"), one.body_example)
        assert (answer.status_code, answer.json()["code"]) == (403, "https_required")
    assert Client().get(URL).json()["code"] == "https_required"
    led = Client().get("/api/")
    assert (led.status_code, led.headers["Location"][:8]) == (301, "https://")
    assert Client().get("/api/", headers={"Authorization": f"Bearer {token}"}).status_code == 403
