"""What holds the rooms apart: keys point downwards, tenants are scoped, migrations form one line."""

import ast
import re
import tomllib
from functools import cache

import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader
from django_scopes import scope, scopes_disabled
from django_scopes.exceptions import ScopeError

from tests.house.source import ROOT, python, shown, tree
from torhaus.organisations.models import Customer

MODELS = [model for model in apps.get_models() if model.__module__.startswith("torhaus.")]


def room(model) -> str:
    return model.__module__.split(".")[1]


@cache
def floors() -> dict[str, int]:
    """The height of each room, from the contract import-linter keeps."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "floors")
    return {name.strip(): -height for height, layer in enumerate(layers) for name in layer.split("|")}


def keys():
    return [
        field
        for model in MODELS
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model and field.related_model in MODELS
    ]


def test_there_are_rooms_and_keys():
    assert len(MODELS) > 20
    assert len(keys()) > 15
    assert {room(model) for model in MODELS} <= set(floors())


def test_no_key_points_upwards():
    """Not even by a string, which import-linter cannot see."""
    assert not [
        str(field)
        for field in keys()
        if room(field.related_model) != room(field.model)
        and floors()[room(field.related_model)] >= floors()[room(field.model)]
    ]


def test_keys_to_other_rooms_leave_nothing_behind_there():
    """`related_name="+"`: a lower room must not find what stands above it."""
    assert not [
        str(field)
        for field in keys()
        if room(field.related_model) != room(field.model) and field.remote_field.related_name != "+"
    ]


def tenant_models():
    """Models that belong to a customer: by a chain of keys, or by the customer's reference."""
    found = {Customer}
    while True:
        more = {f.model for f in keys() if f.related_model in found and f.model not in found}
        if not more:
            break
        found |= more
    found |= {model for model in MODELS if any(f.name == "customer_ref" for f in model._meta.get_fields())}
    return sorted(found, key=lambda model: model._meta.label)


@pytest.mark.django_db
@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
def test_R71_what_belongs_to_a_customer_is_found_only_inside_a_scope(model):
    with pytest.raises(ScopeError):
        model.objects.all()
    with pytest.raises(ScopeError):
        model.objects.filter(pk=1)
    with pytest.raises(ScopeError):
        model.objects.count()
    with scope(customer=1, customer_ref="x"):
        # Within a scope the condition is in the SQL, whatever else is asked.
        assert "WHERE" in str(model.objects.all().query)
    with scopes_disabled():
        assert model.objects.count() == 0


def test_R71_nobody_goes_around_the_scope():
    around = {"_base_manager", "_default_manager"}
    assert not [
        shown(path, node.lineno)
        for path in python("src/")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in around
    ]


def test_R71_whoever_lifts_the_scope_in_a_query_says_so_in_its_name():
    """In `queries.py` a function that reads across customers is named for it."""
    lifting = [
        f"{shown(path, node.lineno)} {node.name}"
        for path in python("src/torhaus/")
        if path.name == "queries.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        if "scopes_disabled" in ast.dump(node) and "across_customers" not in node.name
    ]
    assert not lifting


def test_migrations_form_one_named_line_in_each_room():
    loader = MigrationLoader(None)
    rooms = {model._meta.app_label for model in MODELS}
    for label in sorted(rooms):
        own = sorted(key for key in loader.disk_migrations if key[0] == label)
        assert len(loader.graph.leaf_nodes(label)) == 1, f"{label} has branched"
        assert [int(name[:4]) for _, name in own] == list(range(1, len(own) + 1)), f"{label} has a gap"
        for _, name in own:
            assert re.fullmatch(r"\d{4}_[a-z][a-z0-9_]+", name), f"{label}: {name}"
            assert "_auto_" not in name, f"{label}: {name} says nothing"
