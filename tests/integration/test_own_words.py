"""An office's own templates and phrases, from the files to what the application works with."""

from pathlib import Path

import pytest

from domain.errors import ConfigError
from dondoc.bootstrap import SystemClock, open_app
from dondoc.cli.main import main
from dondoc.settings.load import load_settings
from dondoc.settings.models_phrases import LISTS
from mappings.mail.own_templates import MAX_OCTETS
from mappings.mail.rendering import SOURCES
from mappings.mail.samples import full_samples
from mappings.reply.phrase_lists import default_phrases
from tests.checkout import ROOT
from tests.minimal_configuration import lay_out

PHRASES = """\
changes:
  - list: acknowledgements
    add: [xã đã nắm được nội dung, đã nhận được văn bản]
    remove: [nhận được văn bản]
  - list: signed_names
    replace: [bản đỏ]
abbreviations: {vbcđ: văn bản chỉ đạo, bc: báo cáo nhanh}
"""


@pytest.fixture
def main_file(tmp_path: Path) -> Path:
    path = lay_out(tmp_path)
    with path.open("a", encoding="utf-8") as stream:
        stream.write("templates: templates\nphrases: phrases.yaml\n")
    (tmp_path / "phrases.yaml").write_text(PHRASES, encoding="utf-8")
    (tmp_path / "templates").mkdir()
    own = SOURCES["reminder_before.j2"].replace("Nhắc thời hạn", "NHẮC HẠN")
    (tmp_path / "templates" / "reminder_before.j2").write_bytes(
        b"\xef\xbb\xbf" + own.replace("\n", "\r\n").encode()
    )
    (tmp_path / "templates" / ".phrases.j2.swp").write_text("an editor's own", encoding="utf-8")
    return path


def refused(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    return [f"{Path(p.file).name}:{p.line}:{p.column}: {p.what}" for p in caught.value.problems]


def test_the_application_works_with_them(main_file: Path) -> None:
    settings = load_settings(main_file)
    assert [path.name for path in settings.files] == [
        *("dondoc.yaml", "directory.yaml", "campaign.yaml", "phrases.yaml"),
        "reminder_before.j2",
    ]
    reminder = next(mail for mail in full_samples() if mail.template == "reminder_before")
    with open_app(settings, SystemClock(), read_only=True, may_lack_store=True) as app:
        assert app.templates.fill("reminder_before", reminder).subject.startswith("NHẮC HẠN: ")
        assert app.phrases == settings.phrases


def test_phrases_are_laid_over_those_of_dondoc(main_file: Path) -> None:
    ours, theirs = default_phrases(), load_settings(main_file).phrases
    assert theirs is not None
    assert "xã đã nắm được nội dung" in theirs.acknowledgements
    assert "nhận được văn bản" in ours.acknowledgements
    assert "nhận được văn bản" not in theirs.acknowledgements
    assert len(theirs.acknowledgements) == len(set(theirs.acknowledgements))
    assert theirs.signed_names == ("bản đỏ",)
    assert dict(theirs.abbreviations)["bc"] == "báo cáo nhanh"
    assert dict(theirs.abbreviations)["vbcđ"] == "văn bản chỉ đạo"
    assert len(theirs.abbreviations) == len(ours.abbreviations) + 1
    same = set(LISTS) - {"acknowledgements", "signed_names"}
    assert all(getattr(theirs, name) == getattr(ours, name) for name in same)


def test_without_the_keys_all_is_as_it_comes(tmp_path: Path) -> None:
    settings = load_settings(lay_out(tmp_path))
    assert (settings.templates, settings.phrases) == ({}, None)
    with open_app(settings, SystemClock(), read_only=True, may_lack_store=True) as app:
        assert app.phrases is default_phrases()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\xff", "is not UTF-8 text"),
        (b" " * (MAX_OCTETS + 1), f"is larger than {MAX_OCTETS} octets"),
    ],
)
def test_a_template_that_cannot_be_read_is_told(content: bytes, what: str, main_file: Path) -> None:
    (main_file.parent / "templates" / "part.j2").write_bytes(content)
    assert refused(main_file) == [f"part.j2:1:1: {what}"]


def test_a_folder_with_the_name_of_a_template_is_told(main_file: Path) -> None:
    (main_file.parent / "templates" / "part.j2").mkdir()
    assert refused(main_file)[0].startswith("part.j2:1:1: cannot be read")


def test_too_many_phrases_are_told(main_file: Path) -> None:
    many = ", ".join(f"câu {number}" for number in range(501))
    text = f"changes: [{{list: nil, add: [{many}]}}]\n"
    (main_file.parent / "phrases.yaml").write_text(text, encoding="utf-8")
    assert refused(main_file) == ["phrases.yaml:1:28: changes[1].add has more than 500 phrases"]


def test_a_phrases_file_that_is_no_yaml_is_told(main_file: Path) -> None:
    (main_file.parent / "phrases.yaml").write_text("changes: [", encoding="utf-8")
    assert "is not YAML" in refused(main_file)[0]


def test_the_shipped_example_of_phrases_is_sound(tmp_path: Path) -> None:
    path = lay_out(tmp_path)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(f"phrases: {ROOT / 'config' / 'mappings' / 'phrases.yaml'}\n")
    assert load_settings(path).phrases is not None


def test_each_list_is_described() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = text[text.index("| list | what its phrases tell |") :]
    assert [name for name in LISTS if f"`{name}`" not in rows] == []


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as caught:
        main(["template", *words])
    said = capsys.readouterr()
    return int(caught.value.code or 0), said.out, said.err


def test_our_templates_can_be_had_to_begin_with(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys) == (0, "\n".join(SOURCES) + "\n", "")
    assert run(capsys, "part") == (0, SOURCES["part.j2"], "")
    code, _, said = run(capsys, "reminder")
    assert code == 2
    assert "there is no template reminder; there are: " in said


def test_an_own_template_can_be_looked_at(
    main_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ("--example", "--config", str(main_file))
    code, said, _ = run(capsys, "reminder_before.j2", *config)
    assert code == 0
    assert said.startswith("Subject: NHẮC HẠN: [512/UBND-VH] V/v triển khai")
    assert "Kính gửi: UBND xã Yên Sơn" in said
    assert run(capsys, "phrases", *config)[0] == 2
