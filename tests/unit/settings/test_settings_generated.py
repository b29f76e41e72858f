"""What is made from other files is in step with them.

With DONDOC_REGENERATE set the files are written first.
"""

import os
import re
import shutil
from pathlib import Path

import pytest

from dondoc.settings.example import MAIN, example_files
from dondoc.settings.schema import FORMS, json_schema, schema_text
from tests.checkout import ROOT
from tests.unit.settings.key_tables import key_names, key_table

CONFIG = ROOT / "config"
COPY = ROOT / "dondoc" / "demo_config"
DOCS = ROOT / "docs" / "configuration.md"
REGENERATE = bool(os.environ.get("DONDOC_REGENERATE"))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("kind", FORMS)
def test_schemas_are_in_step_with_the_forms(kind: str) -> None:
    text = schema_text(json_schema()[kind])
    path = CONFIG / "schema" / f"{kind}.schema.json"
    if REGENERATE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_the_templates_of_the_example_are_those_of_the_program() -> None:
    own, given = ROOT / "mappings" / "mail" / "templates", CONFIG / "templates"
    names = sorted(contents(given))
    assert names
    for name in names:
        if REGENERATE:
            shutil.copy(own / name, given / name)
        assert (given / name).read_bytes() == (own / name).read_bytes()


def test_the_packaged_example_is_the_example() -> None:
    if REGENERATE:
        shutil.rmtree(COPY, ignore_errors=True)
        shutil.copytree(CONFIG, COPY)
    assert contents(COPY) == contents(CONFIG)


def test_the_example_is_found_as_package_data() -> None:
    assert example_files() == contents(CONFIG)
    assert MAIN in example_files()


def test_the_example_has_a_schema_line_for_each_kind_of_file() -> None:
    for name, content in example_files().items():
        if name.endswith(".yaml"):
            first = content.decode().splitlines()[0]
            match = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", first)
            assert match
            assert (CONFIG / name).parent.joinpath(match[1]).resolve().is_file()


@pytest.mark.parametrize("kind", FORMS)
def test_the_tables_of_the_documentation_are_in_step(kind: str) -> None:
    block = f"<!-- keys: {kind} -->\n{key_table(kind)}<!-- end -->"
    if REGENERATE:
        # The replacement is a function because the text holds backslashes of patterns.
        text = re.sub(
            rf"<!-- keys: {kind} -->\n.*?<!-- end -->",
            lambda _: block,
            DOCS.read_text(encoding="utf-8"),
            flags=re.DOTALL,
        )
        DOCS.write_text(text, encoding="utf-8")
    assert block in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", FORMS)
def test_every_row_of_a_table_has_all_its_cells(kind: str) -> None:
    for row in key_table(kind).splitlines():
        assert row.startswith("|"), row
        assert len(re.findall(r"(?<!\\)\|", row)) == 5, row


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("dondoc", "dondoc.yaml"),
        ("campaign", "campaigns/nq47.yaml"),
        ("directory", "directory/huu-lung.yaml"),
        ("calendar", "holidays.yaml"),
        ("portal", "mappings/portal-sotttt.yaml"),
        ("rest", "mappings/ioffice.yaml"),
        ("phrases", "mappings/phrases.yaml"),
    ],
)
def test_every_key_is_shown_once_in_the_example(kind: str, name: str) -> None:
    text = example_files()[name].decode()
    for key in {path.rpartition(".")[2].removesuffix("[]") for path in key_names(kind)}:
        assert re.search(rf"(?<![\w]){key}:(?!\S)", text), key
