"""What the check looks at for a day, and what it leaves in peace."""

from datetime import date
from pathlib import Path

import pytest

from domain.errors import ConfigError
from dondoc.settings.load import load_settings
from dondoc.settings.load_rest import load_rest
from tests.minimal_configuration import CONFIGURATIONS, lay_out

DAY = date(2024, 5, 8)
EXCHANGE = """\
exchange: {url: https://truc.example/vxp, system_id: H37.99, secret: {env: X}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lay_out(tmp_path).parent


def change(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def warned(folder: Path, day: date | None = DAY) -> list[str]:
    return [str(w.what) for w in load_settings(folder / "dondoc.yaml", day=day).warnings]


def test_without_a_day_no_group_is_empty(folder: Path) -> None:
    change(folder / "directory.yaml", ("    groups", "    valid_to: 2020-12-31\n    groups"))
    assert warned(folder, None) == []
    assert warned(folder) == ['nobody is in the group "các xã" on 2024-05-08']


def test_an_office_that_only_the_exchange_reaches_is_reached_where_it_is_followed(
    folder: Path,
) -> None:
    change(folder / "directory.yaml", ("emails: [xayenson@huulung.example]", "organ_id: H37.99.01"))
    assert warned(folder) == ["no letter can go to xa-yen-son by this rule"]
    change(folder / "dondoc.yaml", ("mail:\n", EXCHANGE + "mail:\n"))
    change(folder / "campaign.yaml", ('exchange: "off"', "exchange: follow"))
    assert warned(folder) == []


def test_a_successor_on_the_day_is_somebody(folder: Path) -> None:
    change(folder / "campaign.yaml", ("- group: các xã", "- office: xa-yen-son"))
    change(
        folder / "directory.yaml",
        ("    groups", "    valid_to: 2023-12-31\n    successors: [{office: so}]\n    groups"),
    )
    assert warned(folder) == []


def test_yearly_deadlines_are_looked_at_from_this_year_on(folder: Path) -> None:
    change(folder / "campaign.yaml", ("once: 2024-11-08", "yearly: 06-30"))
    change(folder / "dondoc.yaml", ("campaigns:", "calendar: days.yaml\ncampaigns:"))
    years = "".join(f"  - {{year: {year}, source: x}}\n" for year in (2018, 2024, 2029))
    (folder / "days.yaml").write_text(f"years:\n{years}", encoding="utf-8")
    # 30 June is a Saturday in 2018 and 2029, a Sunday in 2024 and a Monday in 2025.
    assert warned(folder) == [
        "the deadline 2024-06-30 is a day off (Sunday)",
        "the deadline 2029-06-30 is a day off (Saturday)",
    ]
    assert warned(folder, None) == [
        "the deadline 2018-06-30 is a day off (Saturday)",
        "the deadline 2024-06-30 is a day off (Sunday)",
        "the deadline 2029-06-30 is a day off (Saturday)",
    ]


@pytest.mark.parametrize("text", ['""', '"{unit}"', '"{password}"'])
def test_what_is_empty_or_filled_from_outside_is_no_secret(tmp_path: Path, text: str) -> None:
    mapping = tmp_path / "small.yaml"
    source = CONFIGURATIONS / "bad" / "rest-unknown-place" / "small.yaml"
    mapping.write_text(
        source.read_text(encoding="utf-8").replace("{unti}", "{unit}")
        + f"headers: {{X-Api-Key: {text}}}\n",
        encoding="utf-8",
    )
    assert load_rest(mapping).rules.name == "small"


def test_a_secret_in_a_broken_text_is_told_as_broken(tmp_path: Path) -> None:
    mapping = tmp_path / "small.yaml"
    source = CONFIGURATIONS / "bad" / "rest-unknown-place" / "small.yaml"
    mapping.write_text(
        source.read_text(encoding="utf-8").replace(
            '{request: {path: "list/{unti}"}',
            '{request: {method: POST, path: "list", body: {token: "a{"}}',
        ),
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load_rest(mapping)
    assert [p.what for p in caught.value.problems] == [
        "received.list.request.body.token has a lone { at character 2"
    ]
