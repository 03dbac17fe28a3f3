"""``/health/metrics``: what the licence API was asked, for whom the setting names."""

import json
from dataclasses import replace

import pytest
from django.test import Client

from tests import people
from tests.api.program import ask, fine, licensed, problem
from torhaus.core import clock
from torhaus.frame import metrics


@pytest.fixture(autouse=True)
def counters(monkeypatch, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    fresh = metrics.Metrics()
    monkeypatch.setattr(metrics, "METRICS", fresh)
    return fresh


def test_R39_metrics_are_there_only_for_the_networks_named(db, settings):
    assert Client().get("/health/metrics").status_code == 404
    settings.OPTIONS = replace(settings.OPTIONS, metrics_from=("10.0.0.0/8",))
    assert Client().get("/health/metrics").status_code == 404
    answer = Client(REMOTE_ADDR="10.1.2.3").get("/health/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    # A header of the client's own counts for nothing.
    assert Client().get("/health/metrics", headers={"X-Forwarded-For": "10.1.2.3"}).status_code == 404


def test_the_processes_are_summed(counters, tmp_path):
    counters.count("validate", "valid", 0.002)
    counters.count("validate", "valid", 2.0)
    counters.save()
    folder = tmp_path / "metrics"
    other = metrics.Metrics()
    other.count("validate", "valid", 0.002)
    (folder / "1.json").write_text(json.dumps(other.series()))
    (folder / "2.json").write_text("cut sho")
    lines = metrics.metrics_text().splitlines()
    name = "torhaus_licence_requests_seconds"
    labels = 'operation="validate",code="valid"'
    assert f'{name}_bucket{{{labels},le="0.001"}} 0' in lines
    assert f'{name}_bucket{{{labels},le="0.0025"}} 2' in lines
    assert f'{name}_bucket{{{labels},le="+Inf"}} 3' in lines
    assert f"{name}_count{{{labels}}} 3" in lines
    metrics.forget_metrics()
    assert not list(folder.glob("*.json"))


def test_ordinary_answers_and_refusals_are_counted_by_few_words(db, counters):
    with clock.at(people.NOON):
        contract = licensed()
        token = people.token(contract)
        fine(ask(token, "validate", {}))
        fine(ask(token, "heartbeat", {"installation": "000000000000"}))
        fine(ask(token, "licences"))
        fine(ask(token, "status"))
        fine(ask(token, "downloads"))
        fine(ask(token, "activate", {"fingerprint": {"machine": "m"}, "environment": "production"}), 201)
        problem(ask(token, "activate", {"fingerprint": 1}), 422, "invalid_body")
        problem(ask(token, "usage", {"readings": [{"id": "1", "meter": "none", "quantity": 1}]}), 404, "unknown_meter")
        problem(ask(token, "deactivate", {"installation": "000000000000"}), 404, "installation_unknown")
        fine(ask(token, "offline-licence", {}), 201)
        problem(ask(None, "status"), 401, "token_missing")
        problem(ask(token, "status", {}), 405, "method_not_allowed")
        ask(token, "nonsense")
        Client().get("/api/v1/openapi.json")
        Client().get("/login/")
    assert {name: sum(values[:-1]) for name, values in counters.series().items()} == dict.fromkeys(
        [
            "validate valid",
            "heartbeat installation_unknown",
            "licences 200",
            "status 200",
            "downloads 200",
            "activate_installation 201",
            "activate_installation 422",
            "report_usage 404",
            "deactivate_installation 404",
            "issue_offline_licence 201",
            "status 401",
            "status 405",
        ],
        1,
    )


def test_a_full_disk_does_not_matter(counters, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.DATA_DIR = tmp_path / "file"
    counters.save()
