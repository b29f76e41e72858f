"""Portals of campaigns: the shipped mapping is sound, every mistake is told with its place."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from domain.errors import ConfigError, Problem
from domain.ids import CampaignId
from domain.portal import PortalRule
from dondoc.settings import models_portal
from dondoc.settings.entry import Entry
from dondoc.settings.load import load_settings
from dondoc.settings.load_portal import load_portal
from tests.checkout import ROOT

SHIPPED = ROOT / "config" / "mappings" / "portal-sotttt.yaml"
MINIMAL = """\
name: small
list:
  rows: {css: "li"}
  title: {css: a}
  date: {xpath: ./em, forms: [dd/MM/yyyy]}
  link: {xpath: .//a, attribute: href}
detail:
  files:
    links: {css: a}
    name: {xpath: ".", attribute: title}
"""
PORTAL = """
portal:
  page: https://sotttt.example/van-ban?muc=1
  mapping: portal.yaml
  document: 47/NQ-CP
  issued_on: 2024-04-15
  file: "*47*"
  hosts: [https://tep.example]
  patience_days: 2
  max_megabytes: 10
"""


def problems(tmp_path: Path, text: str) -> tuple[Problem, ...]:
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_portal(path)
    return caught.value.problems


def test_the_shipped_mapping_is_sound() -> None:
    rules = load_portal(SHIPPED)
    assert (rules.name, rules.max_pages) == ("portal-sotttt", 5)
    assert rules.rows.key == "list.rows"
    assert rules.detail is not None
    assert rules.detail.links.key == "detail.files.links"


def test_the_example_names_every_key() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    entries = [
        one for one in vars(models_portal).values() if isinstance(one, type) and one is not Entry
    ]
    keys = {key for one in entries if issubclass(one, Entry) for key in one.model_fields}
    assert keys
    assert {key for key in keys if not re.search(rf"(?<!\w){key}:", text)} == set()


@pytest.mark.parametrize(
    ("old", "new", "at", "what"),
    [
        ('css: "li"', 'css: "li["', '"li["', "list.rows.css is no CSS selector"),
        ('css: "li"', 'css: "li", xpath: //li', "{css", "list.rows must be either css or xpath"),
        ('css: "li"', "attribute: x", "{attribute", "list.rows must be either css or xpath"),
        ("xpath: ./em", "xpath: document(1)", "document", "list.date.xpath calls document()"),
        ("xpath: ./em", "xpath: //em", "//em", "list.date.xpath begins with /"),
        ("xpath: .//a", "xpath: (//a)", "(//a)", "list.link.xpath begins with /"),
        ('xpath: "."', "xpath: /a", "/a", "detail.files.name.xpath begins with /"),
        ("dd/MM/yyyy", "dd/MM", "dd/MM", "list.date.forms[1] needs dd, MM and yyyy"),
        ("attribute: href", "attribute: HREF", "HREF", "holds characters"),
        ("  title: {css: a}\n", "", "rows", "list has no way to know a document"),
        ("  link:", "  links:", "links", 'unknown key "list.links"'),
        ("  link: {xpath: .//a, attribute: href}\n", "", "rows", "must lead to files in one way"),
        (
            "  link: {xpath: .//a, attribute: href}\n",
            "  files: {links: {xpath: //a}}\n",
            "name: small",
            "must have list.link and detail together",
        ),
    ],
)
def test_a_mistake_has_its_place(tmp_path: Path, old: str, new: str, at: str, what: str) -> None:
    assert old in MINIMAL
    text = MINIMAL.replace(old, new)
    told = [one for one in problems(tmp_path, text) if what in one.what]
    assert len(told) == 1
    assert text.split("\n")[told[0].line - 1][told[0].column - 1 :].startswith(at)


def test_files_in_the_row(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    text = MINIMAL.replace("link: {xpath: .//a, attribute: href}", "files: {links: {css: a}}")
    text = text[: text.index("detail:")].replace("  date: {xpath: ./em, forms: [dd/MM/yyyy]}\n", "")
    path.write_text(text, encoding="utf-8")
    rules = load_portal(path)
    assert (rules.detail, rules.day, rules.link) == (None, None, None)
    assert rules.files is not None
    path.write_text(text.replace("css: a}}", "xpath: //a}}"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"list\.files\.links\.xpath begins with /"):
        load_portal(path)


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_portal(tmp_path / "none.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped example with a portal in its campaign."""
    made = tmp_path / "config"
    shutil.copytree(ROOT / "config", made)
    (made / "campaigns" / "portal.yaml").write_text(MINIMAL, encoding="utf-8")
    text = (made / "dondoc.yaml").read_text(encoding="utf-8")
    text = text.replace("campaigns/*.yaml", "campaigns/nq47.yaml")
    (made / "dondoc.yaml").write_text(text, encoding="utf-8")
    return made


def with_portal(folder: Path, text: str) -> Path:
    campaign = folder / "campaigns" / "nq47.yaml"
    before = (ROOT / "config" / "campaigns" / "nq47.yaml").read_text(encoding="utf-8")
    campaign.write_text(before + text, encoding="utf-8")
    return folder / "dondoc.yaml"


def test_a_campaign_with_a_portal(folder: Path) -> None:
    settings = load_settings(with_portal(folder, PORTAL))
    campaign = settings.campaigns[CampaignId("nq47")]
    assert campaign.portal == PortalRule(
        page="https://sotttt.example/van-ban?muc=1",
        document="47/NQ-CP",
        issued_on=date(2024, 4, 15),
        file="*47*",
        hosts=("https://tep.example",),
        patience=2,
        max_octets=10 * 1_048_576,
    )
    portal = settings.portals[campaign.id]
    assert portal.addresses == ("https://sotttt.example/van-ban?muc=1", "https://tep.example")
    assert portal.rules.name == "small"
    assert folder / "campaigns" / "portal.yaml" in settings.files


@pytest.mark.parametrize(
    ("old", "new", "at", "what"),
    [
        (
            "mapping: portal.yaml",
            "mapping: none.yaml",
            "none.yaml",
            "there is no mapping file none",
        ),
        ("https://sotttt.example/van-ban?muc=1", "sotttt.example", "sotttt", "is not the address"),
        ("https://sotttt", "https://a:b@sotttt", "https", "is not the address of a page"),
        ("https://sotttt", "http://sotttt", "http", "is not protected on its way"),
        ("[https://tep.example]", "[ftp://x]", "ftp", "portal.hosts[1] is not the address"),
        ("patience_days: 2", "patience_days: -1", "-1", "out of bounds"),
        ("  document: 47/NQ-CP\n", "", "page", "portal.document is missing"),
        ("patience_days: 2", "ca_file: none.pem", "none.pem", "certificate authorities is missing"),
    ],
)
def test_a_mistake_in_a_campaign(folder: Path, old: str, new: str, at: str, what: str) -> None:
    assert old in PORTAL
    main = with_portal(folder, PORTAL.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        load_settings(main)
    told = [p for p in caught.value.problems if what in p.what and not p.warning]
    assert len(told) == 1
    line = Path(told[0].file).read_text(encoding="utf-8").split("\n")[told[0].line - 1]
    assert line[told[0].column - 1 :].startswith(at)


@pytest.mark.parametrize("extra", ["  allow_plain: true\n", ""])
def test_plain_http_where_it_is_allowed(folder: Path, extra: str) -> None:
    host = "sotttt.example" if extra else "127.0.0.1:8090"
    text = PORTAL.replace("https://sotttt.example", f"http://{host}") + extra
    assert load_settings(with_portal(folder, text)).portals


def test_mistakes_of_the_mapping_are_told_with_the_others(folder: Path) -> None:
    mapping = folder / "campaigns" / "portal.yaml"
    mapping.write_text(MINIMAL.replace('"li"', '"li["'), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(with_portal(folder, PORTAL.replace("https://sotttt", "http://sotttt")))
    assert {Path(p.file).name for p in caught.value.problems} >= {"portal.yaml", "nq47.yaml"}
