"""Mapping files: the shipped one is sound, every mistake is told with its place and a way out."""

import re
from pathlib import Path

import pytest

from domain.bundle import Bundle
from domain.errors import ConfigError, Problem
from domain.exchange import Settlement
from dondoc.settings import models_rest
from dondoc.settings.entry import Entry, SecretEntry
from dondoc.settings.load_rest import load_rest
from tests.checkout import ROOT

SHIPPED = ROOT / "config" / "mappings" / "ioffice.yaml"
MINIMAL = """\
name: small
success: ok
session:
  login:
    request: {method: POST, path: login, body: {user: "{username}", otp: null, types: [0, "{x}"]}}
    token: token
    learn: {unit: unit}
values: {x: "1"}
received:
  list:
    request: {path: "list", query: {p: "{page}", u: "{unit}"}}
    items: rows
    id: id
    paging: {}
  detail: {request: {path: "doc/{id}"}}
  files:
    items: files
    name: name
    url: url
  acknowledge:
    request: {method: PUT, path: "doc/{id}/state", body: {state: "{outcome}", why: "{reason}"}}
    outcomes: {done: ok}
  fields: {document_id: id, subject: subject}
"""


def problems(tmp_path: Path, text: str) -> tuple[Problem, ...]:
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_rest(path)
    return caught.value.problems


def test_the_shipped_mapping_is_sound_and_the_same_in_the_package() -> None:
    mapping = load_rest(SHIPPED)
    assert (mapping.rules.name, set(mapping.rules.hosts)) == ("ioffice", {"main", "files"})
    copy = ROOT / "dondoc" / "demo_config" / "mappings" / "ioffice.yaml"
    assert copy.read_bytes() == SHIPPED.read_bytes()


def test_example_and_reference_name_every_key() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    reference = (ROOT / "docs" / "rest-mapping.md").read_text(encoding="utf-8")
    entries = [
        one
        for one in vars(models_rest).values()
        if isinstance(one, type)
        and issubclass(one, Entry)
        and one not in {Entry, SecretEntry, models_rest.CallEntry}
    ]
    keys = {key for entry in entries for key in entry.model_fields}
    assert {key for key in keys if f"{key}:" not in text} == set()
    assert {key for key in keys if not re.search(rf"[`.]{key}[`.]", reference)} == set()


def test_a_small_mapping(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(MINIMAL, encoding="utf-8")
    mapping = load_rest(path)
    received = mapping.rules.received
    assert received is not None
    assert received.acknowledge is not None
    assert received.acknowledge.words == {Settlement.DONE: "ok"}
    assert mapping.rules.sent is None
    packet = mapping.read(Bundle(kind="rest", fields=b'{"id": 1, "subject": "x"}', files=()))
    assert packet.packet.sender.name == ""


@pytest.mark.parametrize(
    ("old", "new", "at", "what"),
    [
        ("success: ok", "success: ok[", "ok[", "success is no JMESPath near character"),
        ("items: rows", "items: rows(", "rows(", "received.list.items is no JMESPath"),
        ("items: rows", "items: cut(a)", "cut(a)", "calls cut(), which does not exist"),
        ("{page}", "{pge}", '"{pge}"', "received.list.request.query.p has the place {pge}"),
        ("{page}", "{page", '"{page"', "received.list.request.query.p has a lone {"),
        ("{page}", "1", "{}", "neither {page} nor {offset}"),
        ("{unit}", "{id}", '"{id}"', "has the place {id}, which nothing fills here"),
        ('"{x}"', '"{y}"', '"{y}"', "session.login.request.body.types[2] has the place {y}"),
        ('"{x}"', '"{y"', '"{y"', "session.login.request.body.types[2] has a lone {"),
        ("values: {x:", "values: {page:", '"1"', "takes a name that Dondoc fills itself"),
        ("learn: {unit:", "learn: {token:", "unit}", "takes a name that Dondoc fills itself"),
        ("detail: {request: {", "detail: {request: {host: fils, ", "fils", "is not in hosts"),
        ("    url: url\n", "", "items: files", "must have either url or request"),
        ("    token: token\n", "", "login:", "session gets no token"),
        ("items: rows", "itms: rows", "itms", 'unknown key "received.list.itms"'),
        (
            "done: ok",
            "finished: ok",
            "finished",
            'unknown key "received.acknowledge.outcomes.finished"',
        ),
        ("method: POST, ", "", "{path", "is a GET with a body"),
        ("path: login, ", "path: login, form: {}, ", "{method", "has both form and body"),
        ("paging: {}", "paging: {max_pages: 0}", "0}", "is out of bounds"),
        ("items: rows", "items: rows\n    created: {value: a, forms: [d/M]}", "d/M]", "has d,"),
        ("values: {x:", "headers: {X-A: 'Đ'}\nvalues: {x:", "'Đ'", "holds what no header may"),
        ("values: {x:", "headers: {X-A: '{token}'}\nvalues: {x:", "'{token}'", "{token}"),
        ("values: {x:", "hosts: {main: {path: '{x}'}}\nvalues: {x:", "{path:", "place in its path"),
        ("values: {x:", "hosts: {main: {path: api/..}}\nvalues: {x:", "api/", "segment . or .."),
        ("path: login, ", "path: ../auth, ", "../auth", "segment . or .."),
        ("path: login, ", "path: a/%2E%2e/b, ", "a/%2E%2e/b", "segment . or .."),
        ("path: login, ", "path: ./login, ", "./login", "segment . or .."),
    ],
)
def test_a_mistake_has_its_place(tmp_path: Path, old: str, new: str, at: str, what: str) -> None:
    assert old in MINIMAL
    text = MINIMAL.replace(old, new)
    told = [one for one in problems(tmp_path, text) if what in one.what]
    assert len(told) == 1
    assert text.split("\n")[told[0].line - 1][told[0].column - 1 :].startswith(at)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = MINIMAL.replace("{page}", "{pge}").replace("{outcome}", "{outcom}")
    found = problems(tmp_path, text)
    assert [one.line for one in found] == [11, 14, 21]
    assert "did you mean" in found[2].advice


@pytest.mark.parametrize("text", ["", "name: x\n", "name: x\nsuccess: a\n", "a: [", "name: [x"])
def test_what_is_no_mapping(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text)


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_rest(tmp_path / "none.yaml")
