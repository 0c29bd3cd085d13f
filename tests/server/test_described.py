"""The interface is as its OpenAPI document says: requests that the document allows, and others."""

from __future__ import annotations

import re
import shutil

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import relevance
from relevance.server import create_app
from tests.support.server_process import server_process

API = "/api/v1"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
DOCUMENT = create_app().openapi()
OPERATIONS = [
    (method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods
]
NEGATABLE = [
    (method.upper(), path)
    for path, methods in DOCUMENT["paths"].items()
    for method, facts in methods.items()
    if "requestBody" in facts or any(item["in"] == "query" for item in facts.get("parameters", ()))
]

EXAMPLES = settings(
    max_examples=20,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory, samples, compact):
    folder = tmp_path_factory.mktemp("described")
    shutil.copytree(samples / "google_images/garlic", folder / "root/garlic")
    with relevance.Index.create(folder / "shop.index", model=compact) as index:
        index.add(folder / "root/garlic")
    store = folder / "parts.references"
    relevance.References(store, model=compact).add([folder / "root/garlic"], type="garlic")
    words = (folder / "shop.index", "--root", folder / "root", "--store", store)
    with server_process(folder / "own", *words) as running:
        yield running


@pytest.fixture(scope="module")
def document(server):
    return schemathesis.openapi.from_url(f"{server.url}/openapi.json")


@pytest.fixture(scope="module")
def known(server):
    """By the beginning of a path, what may stand in it and is there."""
    with server.client() as client:
        found = client.get(f"{API}/search", params={"text": "garlic"}).json()["results"]
        thumbnail = client.get(f"{API}/references").json()[0]["thumbnails"][0]
        asked = {"keyword": "garlic", "folder": "garlic"}
        job = client.post(f"{API}/score", json=asked).json()
        for _ in client.get(f"{job['url']}/events").iter_lines():
            pass
    return {
        f"{API}/pictures": {"id": found[0]["id"]},
        f"{API}/references": {"id": thumbnail.split("/")[-2]},
        f"{API}/jobs": {"id": job["id"], "name": "garlic.csv"},
        f"{API}/indexes": {"name": "shop"},
    }


@pytest.mark.parametrize(
    ("method", "path"), OPERATIONS, ids=[f"{method} {path}" for method, path in OPERATIONS]
)
def test_answers_to_what_is_allowed_are_as_described(document, known, method, path):
    """Also of things that are there, which nobody would guess."""
    there = next((value for start, value in known.items() if path.startswith(start)), {})

    @EXAMPLES
    @given(document[path][method].as_strategy(), st.booleans())
    def check(case, is_known):
        for name in case.path_parameters if is_known else ():
            case.path_parameters[name] = there[name]
        case.call_and_validate(checks=CHECKS)

    check()


@pytest.mark.parametrize(
    ("method", "path"), NEGATABLE, ids=[f"{method} {path}" for method, path in NEGATABLE]
)
def test_answers_to_what_is_not_allowed_are_as_described(document, method, path):
    wrong = document[path][method].as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @EXAMPLES
    @given(wrong)
    def check(case):
        # whatever is in a form is a text, also what was meant to be none
        refused = [negative_data_rejection] if case.media_type == "application/json" else []
        case.call_and_validate(checks=CHECKS + refused)

    check()


def test_whatever_the_document_refers_to_is_in_it():
    def references(part):
        if isinstance(part, dict):
            for name, value in part.items():
                yield from [value] if name == "$ref" else references(value)
        elif isinstance(part, list):
            for value in part:
                yield from references(value)

    found = set(references(DOCUMENT))
    assert len(found) > 10
    for name in found:
        at = DOCUMENT
        for part in name.removeprefix("#/").split("/"):
            at = at[part]
        assert at["type"] == "object"


def parts():
    """Yield whatever has a name in the document: parameters and fields."""
    for path, methods in DOCUMENT["paths"].items():
        for method, facts in methods.items():
            for item in facts.get("parameters", ()):
                yield f"{method} {path} {item['name']}", item
            for content in facts.get("requestBody", {}).get("content", {}).values():
                for name, field in content["schema"].get("properties", {}).items():
                    yield f"{method} {path} body {name}", field
    for kind, schema in DOCUMENT["components"]["schemas"].items():
        for name, field in schema.get("properties", {}).items():
            yield f"{kind}.{name}", field


def test_every_parameter_and_field_is_described_and_what_is_measured_has_a_unit():
    found = dict(parts())
    assert len(found) > 120
    assert [name for name, part in found.items() if not part.get("description")] == []
    unit = re.compile(r"in \[|in \(|per cent|unit|cosines|probability")
    numbers = {name: part for name, part in found.items() if is_number(part.get("schema", part))}
    assert len(numbers) > 20
    assert [name for name, part in numbers.items() if not unit.search(part["description"])] == []


def is_number(schema):
    """Say whether a field is no count: counts say themselves what they count."""
    return "number" in [schema.get("type"), *(one.get("type") for one in schema.get("anyOf", ()))]


def test_every_json_answer_has_a_schema():
    untyped = [
        f"{method} {path}"
        for path, methods in DOCUMENT["paths"].items()
        for method, facts in methods.items()
        for content in [facts["responses"].get("200", {}).get("content", {})]
        if "$ref" not in str(content.get("application/json", "$ref"))
    ]
    assert untyped == ["get /api/v1/jobs/{id}/files/{name}"]  # whatever work left
