"""Loading: the minimal configuration, defaults, warnings, files that cannot be read, advice."""

from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.campaign import ExchangeMode
from domain.errors import ConfigError, Problem
from domain.ids import CampaignId
from dondoc.settings.load import load_settings
from dondoc.settings.source import MAX_OCTETS, read_document
from schedulers.quiet import QuietHours
from tests.minimal_configuration import CONFIGURATIONS, lay_out

MINIMAL = CONFIGURATIONS / "minimal"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lay_out(tmp_path).parent


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def refused(path: Path) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    return list(caught.value.problems)


def warned(folder: Path) -> list[str]:
    return [
        f"{Path(w.file).name}:{w.line}:{w.column}: {w.what}"
        for w in load_settings(folder / "dondoc.yaml").warnings
    ]


def test_the_minimal_configuration_is_small_and_sound(folder: Path) -> None:
    lines = [line for path in MINIMAL.iterdir() for line in path.read_text().splitlines()]
    assert len(lines) < 30
    assert warned(folder) == []


def test_defaults(folder: Path) -> None:
    settings = load_settings(folder / "dondoc.yaml")
    assert settings.exchange is None
    assert settings.mail is not None
    assert settings.mail.imap is not None
    assert settings.mail.display_name == "UBND huyện Hữu Lũng"
    assert settings.mail.domain == "huulung.example"
    assert (settings.mail.imap.port, settings.mail.imap.security) == (993, "tls")
    assert settings.mail.imap.folders == ("INBOX",)
    assert settings.schedule.retry_minutes == (5, 30, 120, 360)
    campaign = settings.campaigns[CampaignId("nq47")]
    assert campaign.exchange is ExchangeMode.OFF
    assert campaign.compile.place == "Hữu Lũng"
    assert not campaign.rounds.yearly


def test_relative_paths_are_below_the_configuration(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    settings = load_settings(Path("dondoc.yaml"))
    assert settings.path == folder / "dondoc.yaml"
    assert settings.store.database == folder / "dondoc.sqlite"
    assert settings.mail is not None
    assert settings.mail.imap is not None
    assert settings.mail.imap.password is not None
    assert settings.mail.imap.password.name == str(folder / "mail.secret")


def test_how_mail_leaves_is_for_the_administrator_to_say(folder: Path) -> None:
    plain = load_settings(folder / "dondoc.yaml").mail
    assert plain is not None
    assert plain.smtp is not None
    assert (plain.smtp.connections, plain.smtp.per_minute, plain.quiet_hours) == (2, None, None)
    change(
        folder / "dondoc.yaml",
        "security: none}",
        "security: none, connections: 4, per_minute: 30}\n"
        '  quiet_hours: {from: "21:00", to: "06:30"}',
    )
    mail = load_settings(folder / "dondoc.yaml").mail
    assert mail is not None
    assert mail.smtp is not None
    assert (mail.smtp.connections, mail.smtp.per_minute) == (4, 30)
    assert mail.quiet_hours == QuietHours(begins=time(21), ends=time(6, 30))


def test_settings_do_not_change(folder: Path) -> None:
    settings = load_settings(folder / "dondoc.yaml")
    with pytest.raises(TypeError):
        settings.campaigns[CampaignId("x")] = settings.campaigns[CampaignId("nq47")]  # type: ignore[index]


def test_a_missing_main_file(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path / "dondoc.yaml")
    assert (problem.line, problem.column) == (0, 0)
    assert "cannot be read" in problem.what


def test_a_file_that_is_too_large(folder: Path) -> None:
    (folder / "directory.yaml").write_bytes(b"#" * (MAX_OCTETS + 1))
    (problem,) = refused(folder / "dondoc.yaml")
    assert f"larger than {MAX_OCTETS} octets" in problem.what


def test_nesting_without_end(folder: Path) -> None:
    (folder / "campaign.yaml").write_text("a: " + "[" * 5000)
    (problem,) = refused(folder / "dondoc.yaml")
    assert problem.what == "is nested too deeply"


def test_a_byte_order_mark_does_not_matter(folder: Path) -> None:
    path = folder / "campaign.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert warned(folder) == []


def test_text_is_composed(folder: Path) -> None:
    change(folder / "campaign.yaml", "group: các xã", "group: ca\u0301c xa\u0303")
    assert warned(folder) == []


def test_a_file_that_is_named_twice_is_read_once(folder: Path) -> None:
    change(
        folder / "dondoc.yaml", "campaigns: campaign.yaml", "campaigns: [c*.yaml, campaign.yaml]"
    )
    assert len(load_settings(folder / "dondoc.yaml").campaigns) == 1


def test_an_unreadable_directory_accuses_no_campaign(folder: Path) -> None:
    (folder / "directory.yaml").write_text("offices: [")
    assert [Path(problem.file).name for problem in refused(folder / "dondoc.yaml")] == [
        "directory.yaml"
    ]


def test_a_wrong_office_is_still_known(folder: Path) -> None:
    change(folder / "directory.yaml", "name: Sở,", "name: 7,")
    assert [problem.what for problem in refused(folder / "dondoc.yaml")] == [
        "offices[2].name must be text"
    ]


def test_an_unsound_office_may_be_in_any_group(folder: Path) -> None:
    change(folder / "directory.yaml", "xayenson@huulung.example", "xayenson@")
    assert [p.what for p in refused(folder / "dondoc.yaml")] == [
        "offices[1].emails[1] is not a mail address"
    ]


def test_a_group_that_no_office_ever_has_is_an_error(folder: Path) -> None:
    change(folder / "campaign.yaml", "group: các xã", "group: cac xa")
    (problem,) = refused(folder / "dondoc.yaml")
    assert (problem.what, problem.line, problem.column) == (
        'no office is in the group "cac xa"',
        6,
        12,
    )


def test_warnings_come_with_the_errors(folder: Path) -> None:
    change(folder / "campaign.yaml", "2024-11-08", "2024-11-10")
    change(folder / "campaign.yaml", '"512"', "512")
    found = [problem.warning for problem in refused(folder / "dondoc.yaml")]
    assert found == [False]  # a campaign that is not sound is not compared with the directory
    change(folder / "campaign.yaml", "512", '"512"')
    change(folder / "dondoc.yaml", "port: 2525", "port: 0")
    assert [problem.warning for problem in refused(folder / "dondoc.yaml")] == [False, True]


@pytest.mark.parametrize(
    ("file", "old", "new", "warning"),
    [
        (
            "campaign.yaml",
            "2024-11-08",
            "2024-11-10",
            "campaign.yaml:7:16: the deadline 2024-11-10 is a day off (Sunday)",
        ),
        (
            "campaign.yaml",
            "forward: {office: so, channels: prefer_email}",
            "compile: {after: 3}",
            "campaign.yaml:8:10: nq47 compiles a report that goes to nobody",
        ),
        (
            "directory.yaml",
            "    emails: [xayenson@huulung.example]\n",
            "",
            "directory.yaml:2:5: xa-yen-son has neither organ_id nor emails, "
            "so nothing can be sent to it",
        ),
        (
            "directory.yaml",
            "name: Sở,",
            "name: Sở, valid_to: 2025-02-28,",
            "campaign.yaml:8:19: so ends on 2025-02-28 and no later office succeeds it",
        ),
    ],
)
def test_warnings_stand_at_their_place(
    folder: Path, file: str, old: str, new: str, warning: str
) -> None:
    change(folder / file, old, new)
    assert warned(folder) == [warning]


@pytest.mark.parametrize(
    ("file", "old", "new", "advice"),
    [
        ("dondoc.yaml", "security: none", "securty: none", 'did you mean "security"?'),
        (
            "dondoc.yaml",
            "security: none",
            "colour: red",
            "take it out; known here: host, port, security, username, password, "
            "max_megabytes, oauth, ca_file, allow_plain, connections, per_minute",
        ),
        ("campaign.yaml", "- group: các xã", "- office: xa-yenson", 'did you mean "xa-yen-son"?'),
        ("campaign.yaml", '"512"', "512", "put the value in quotes"),
        ("dondoc.yaml", "port: 2525", "port: 0", "write a number of at least 1"),
        ("dondoc.yaml", "security: none", "security: ssl", "write 'starttls', 'tls' or 'none'"),
    ],
)
def test_advice_says_what_to_do(folder: Path, file: str, old: str, new: str, advice: str) -> None:
    change(folder / file, old, new)
    problems = [problem for problem in refused(folder / "dondoc.yaml") if not problem.warning]
    assert [problem.advice for problem in problems] == [advice]


def test_the_line_of_successors_is_followed(folder: Path) -> None:
    change(
        folder / "directory.yaml",
        "{id: so, name: Sở, emails: [so@langson.example]}",
        "{id: so, name: Sở, emails: [so@langson.example], valid_to: 2025-02-28, "
        "successors: [{office: so-moi}]}\n  - {id: so-moi, name: Sở mới, organ_id: H37.7}",
    )
    problems = [problem for problem in refused(folder / "dondoc.yaml") if not problem.warning]
    assert [problem.what for problem in problems] == ["the compilation cannot reach so-moi"]


def test_offices_may_share_an_address_on_different_days(folder: Path) -> None:
    change(folder / "directory.yaml", "    groups", "    valid_to: 2025-06-30\n    groups")
    with (folder / "directory.yaml").open("a", encoding="utf-8") as stream:
        stream.write(
            "  - {id: xa-moi, name: Xã mới, emails: [xayenson@huulung.example], "
            "valid_from: 2025-07-01}\n"
        )
    assert warned(folder) == []


@given(st.text(alphabet="ab:-[]{}\"'&*!?|>#, \n\t\x00é1", max_size=60))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8")
    document, problems = read_document(path)
    assert document is not None or problems
    lines = text.count("\n") + 2
    assert all(0 <= p.line <= lines and p.column >= 0 for p in problems)


def test_a_directory_of_eleven_thousand_offices_may_be_one_file(tmp_path: Path) -> None:
    office = """\
  - id: xa-so-{0}
    name: UBND xã Số {0}
    aliases: [Xã Số {0}, xã {0} huyện Hữu Lũng]
    groups: [các xã]
    emails: [xa-so-{0}@huulung.example, clerk-{0}@huulung.example]
    organ_id: H37.{0}
    identifier: "000.00.{0}.H37"
    kind: commune
    level: commune
    parent: huyen-huu-lung
    valid_from: 2020-01-01
    valid_until: 2025-06-30
    successors: [{{office: xa-so-1, duty: all, from: 2025-07-01}}]
"""
    path = tmp_path / "directory.yaml"
    text = "offices:\n" + "".join(office.format(number) for number in range(11_000))
    path.write_text(text, encoding="utf-8")
    document, problems = read_document(path)
    assert document is not None
    assert problems == ()
