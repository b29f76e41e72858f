"""`dondoc campaign draft` on the shipped directory: guesses with reasons, and what is left open."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from domain.campaign import Campaign, Expected
from domain.errors import ConfigError, Problem
from domain.ids import CampaignId, OfficeId
from domain.office import Directory
from domain.recipients import expand
from dondoc.cli.main import main
from dondoc.languages import Language
from dondoc.services.campaign_draft import Draft, Left, Unit, draft
from dondoc.services.campaign_file import Surroundings, campaign_file
from dondoc.services.campaign_words import WORDS
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from dondoc.simulators.documents.letter import directive_letter
from mappings.render.official import OfficialDocument
from mappings.render.pdf import render_pdf
from mappings.render.word import render_word
from tests.checkout import ROOT

CONFIG = ROOT / "config"
LETTERS = ROOT / "tests" / "data" / "letters"
SEED = LETTERS / "00.txt"
TODAY = date(2024, 5, 8)
AROUND = Surroundings(organ_id="H37.99", unit="UBND huyện Hữu Lũng", has_exchange=True)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(CONFIG / "dondoc.yaml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the shipped configuration with another campaign, which takes another letter."""
    copy = tmp_path_factory.mktemp("config")
    shutil.copytree(CONFIG, copy, dirs_exist_ok=True)
    campaign = copy / "campaigns" / "nq47.yaml"
    text = campaign.read_text("utf-8").replace("id: nq47 ", "id: khac ")
    campaign.write_text(text.replace('number: "512"', 'number: "1"'), encoding="utf-8")
    return copy


def ours(settings: Settings) -> Unit:
    own = settings.unit
    return Unit(name=own.name, place=settings.place, parent=own.in_charge)


def drafted(text: str, settings: Settings) -> Draft:
    return draft(text, ours(settings), settings.directory, tuple(settings.campaigns), TODAY)


def run(folder: Path, *words: str | Path) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["campaign", "draft", *map(str, words), "--config", str(folder)])
    return int(caught.value.code or 0)


def recipients(campaign: Campaign, directory: Directory) -> set[tuple[OfficeId, Expected]]:
    return {(r.office.id, r.expected) for r in expand(campaign, directory, TODAY)}


def test_the_shipped_campaign_is_what_its_letter_says(
    tmp_path: Path, folder: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "moi.yaml"
    assert run(folder, "--from", SEED, "--out", out, "--lang", "vi") == 3
    said = capsys.readouterr().out
    assert "CẦN ĐIỀN: văn bản chưa có số" in said
    assert f"{out}:" in said
    made = load_settings(folder / "dondoc.yaml", also=[out]).campaigns[CampaignId("nq47")]
    known = settings.campaigns[CampaignId("nq47")]
    assert recipients(made, settings.directory) == recipients(known, settings.directory)
    assert len(recipients(made, settings.directory)) == 67
    assert (made.title, made.keywords) == (known.title, known.keywords)
    assert made.rounds == known.rounds
    assert made.compile.title == known.compile.title
    assert made.compile.issuer_name == known.compile.issuer_name
    assert made.forward is not None
    assert known.forward is not None
    assert made.forward.office == known.forward.office
    assert made.intake.notation == known.intake.notation
    assert made.intake.subject_contains == known.intake.subject_contains
    assert made.intake.issuers == known.intake.issuers
    assert made.intake.number is None


def test_every_guess_bears_its_sentence(settings: Settings) -> None:
    text = campaign_file(drafted(SEED.read_text("utf-8"), settings), "00.txt", AROUND, Language.VI)
    lines = text.splitlines()
    for key, words in (
        ("  - group: các xã, thị trấn", "# Căn cứ: Kính gửi: UBND các xã, thị trấn"),
        ("  - office: thuong-truc-huyen-uy", "# Căn cứ: Nơi nhận: Thường trực Huyện uỷ"),
        ("rounds:", "# Căn cứ: định kỳ trước ngày 10 tháng 11 hằng năm"),
        ("compile:", "# Căn cứ: định kỳ trước ngày 10 tháng 11 hằng năm"),
    ):
        at = next(index for index, line in enumerate(lines) if line.startswith(key))
        before = [line.strip() for line in lines[:at] if "Căn cứ" in line]
        assert before[-1].startswith(words)
    assert max(map(len, lines)) <= 110


@pytest.mark.parametrize("render", [render_word, render_pdf])
def test_the_issued_letter_as_word_and_pdf_gives_the_same(
    render: Callable[[OfficialDocument], bytes],
    tmp_path: Path,
    folder: Path,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    letter, out = tmp_path / "cong-van", tmp_path / "moi.yaml"
    letter.write_bytes(render(directive_letter()))
    assert run(folder, "--from", letter, "--out", out) == 3
    assert "no number" not in capsys.readouterr().out
    made = load_settings(folder / "dondoc.yaml", also=[out]).campaigns[CampaignId("nq47")]
    known = settings.campaigns[CampaignId("nq47")]
    assert made.intake == known.intake
    assert recipients(made, settings.directory) == recipients(known, settings.directory)


def test_without_a_file_it_is_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--from", SEED) == 3
    said = capsys.readouterr().out
    assert "notation: UBND-VH" in said
    assert "FILL IN: the letter has no number yet" in said


def test_nothing_left_ends_with_0(tmp_path: Path, folder: Path) -> None:
    letter = tmp_path / "cong-van.txt"
    text = written(body="Gửi Phòng Nội vụ trước ngày 20/6/2024, tổng hợp, báo cáo UBND huyện.")
    letter.write_text(text.replace(", Báo Lạng Sơn", ""), encoding="utf-8")
    assert run(folder, "--from", letter, "--out", tmp_path / "a.yaml") == 0


def test_an_existing_file_is_never_overwritten(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "nq47.yaml"
    out.write_text("của tôi", encoding="utf-8")
    assert run(folder, "--from", SEED, "--out", out) == 2
    assert out.read_text("utf-8") == "của tôi"
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["missing.txt", "empty.txt"])
def test_what_is_no_letter_is_refused(
    name: str, tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.txt").write_text("\n", encoding="utf-8")
    assert run(folder, "--from", tmp_path / name) == 2
    assert name in capsys.readouterr().err
    assert run(folder, "--from", SEED, "--out", tmp_path / "no" / "x.yaml") == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("thieu.docx", None, "không đọc được {file}: không có tệp này"),
        ("trong.docx", b"", "{file} không có chữ, như bản quét; hãy dùng tệp Word của văn bản"),
        ("anh.png", b"GIF89a", "không đọc được tệp: đây là ảnh, không có chữ để đọc"),
        ("hong.docx", b"PK\x03\x04", "không đọc được tệp Word: tệp bị hỏng (BadZipFile)"),
        ("lon.txt", b"a" * 52_428_801, "chỉ đọc nhiều nhất 52428800; hãy mở tệp để xem"),
    ],
)
def test_what_is_no_letter_is_refused_in_vietnamese(
    name: str,
    content: bytes | None,
    said: str,
    tmp_path: Path,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    letter = tmp_path / name
    if content is not None:
        letter.write_bytes(content)
    assert run(folder, "--from", letter, "--lang", "vi") in {1, 2}
    assert said.format(file=letter) in capsys.readouterr().err


def test_a_file_that_is_there_and_a_broken_set_are_told_in_vietnamese(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "co.yaml"
    out.write_text("của tôi", encoding="utf-8")
    assert run(folder, "--from", SEED, "--out", out, "--lang", "vi") == 2
    assert f"{out} đã có và không bị ghi đè" in capsys.readouterr().err
    assert run(folder, "--from", SEED, "--out", tmp_path / "no" / "x", "--lang", "vi") == 2
    assert "không ghi được" in capsys.readouterr().err
    (tmp_path / "dondoc.yaml").write_text("unit: 3\n", encoding="utf-8")
    assert run(tmp_path, "--from", SEED, "--lang", "vi") == 2
    assert "dondoc.yaml:1:7: unit phải là một nhóm mục con" in capsys.readouterr().err


LETTER = """\
ỦY BAN NHÂN DÂN
HUYỆN HỮU LŨNG

Số: {number}/UBND-NC

Hữu Lũng, {day}

V/v {subject}

Kính gửi: {to}.

{body}

Nơi nhận:
- Như trên;
- {informed};
- Lưu: VT.
"""


def written(**parts: str) -> str:
    usual = {
        "number": "77",
        "day": "ngày 05 tháng 6 năm 2024",
        "subject": "báo cáo công tác cải cách hành chính",
        "to": "UBND các xã, thị trấn",
        "informed": "Thường trực Huyện ủy, Báo Lạng Sơn",
        "body": "Đề nghị gửi báo cáo về Phòng Nội vụ huyện trước ngày 20/6/2024.",
    }
    return LETTER.format(**(usual | parts))


def left(made: Draft) -> list[tuple[Left, str]]:
    return [(thing.left, thing.words) for thing in made.open]


def test_a_letter_with_one_deadline(settings: Settings) -> None:
    made = drafted(written(), settings)
    assert made.id == "dot-77-ubnd-nc"
    assert made.deadline is not None
    assert (made.deadline.day, made.deadline.yearly) == (date(2024, 6, 20), False)
    assert made.collector is not None
    assert made.collector.office == "phong-noi-vu"
    assert [guess.expected for guess in made.recipients] == [
        Expected.REPORT,
        Expected.ACKNOWLEDGEMENT,
        Expected.INFORMATION,
    ]
    assert left(made) == [(Left.INFORMATION, "Báo Lạng Sơn"), (Left.DEPARTMENT, "")]


@pytest.mark.parametrize(
    ("parts", "things"),
    [
        ({"number": ""}, [(Left.NUMBER, "")]),
        ({"to": "Các trường học"}, [(Left.ACTION, "Các trường học")]),
        (
            {"body": "Gửi báo cáo về Phòng Nội vụ trước ngày 20/6, bổ sung trước ngày 30/6/2024."},
            [(Left.DEADLINES, "2024-06-20"), (Left.DEADLINES, "2024-06-30")],
        ),
        ({"body": "Gửi kết quả về Phòng Nội vụ trước ngày 20/6."}, [(Left.YEAR, "2024")]),
        (
            {"body": "Gửi báo cáo về Phòng Nội vụ trước ngày 20/6/2024. Gửi báo cáo Sở Y tế."},
            [(Left.COLLECTOR, "Sở Y tế")],
        ),
        (
            {"body": "Báo cáo Phòng Nội vụ trước ngày 20/6/2024. Gửi Phòng Tư pháp."},
            [(Left.COLLECTOR, "Phòng Nội vụ"), (Left.COLLECTOR, "Phòng Tư pháp")],
        ),
        ({"body": "Đề nghị thực hiện."}, [(Left.DEADLINE, ""), (Left.COLLECTOR, "")]),
    ],
)
def test_what_is_left_to_a_person(
    parts: dict[str, str], things: list[tuple[Left, str]], settings: Settings
) -> None:
    made = drafted(written(**parts), settings)
    usual = {(Left.INFORMATION, "Báo Lạng Sơn"), (Left.DEPARTMENT, "")}
    assert [thing for thing in left(made) if thing not in usual] == things


def test_an_office_that_reports_with_its_group_is_not_only_informed(settings: Settings) -> None:
    made = drafted(written(informed="UBND xã Cai Kinh;\n- Thường trực Huyện ủy"), settings)
    assert [(guess.group or guess.office, guess.expected) for guess in made.recipients] == [
        ("các xã, thị trấn", Expected.REPORT),
        ("phong-noi-vu", Expected.ACKNOWLEDGEMENT),
        ("thuong-truc-huyen-uy", Expected.INFORMATION),
    ]


def test_a_letter_to_its_collector_alone_has_a_recipient(settings: Settings) -> None:
    made = drafted(written(to="Phòng Nội vụ huyện", informed="Báo Lạng Sơn"), settings)
    assert [(guess.office, guess.expected) for guess in made.recipients] == [
        ("phong-noi-vu", Expected.ACKNOWLEDGEMENT)
    ]


def test_a_letter_to_nobody_known_does_not_go_to_its_collector(settings: Settings) -> None:
    made = drafted(written(to="Các trường học", informed="Báo Lạng Sơn"), settings)
    assert made.recipients == ()


def test_our_own_office_may_collect(settings: Settings) -> None:
    made = drafted(written(body="Gửi báo cáo về UBND huyện trước ngày 20/6/2024."), settings)
    assert made.collector is not None
    assert made.collector.office is None
    assert Left.COLLECTOR not in {kind for kind, _ in left(made)}
    text = campaign_file(made, "x.txt", AROUND, Language.VI)
    assert WORDS[Language.VI].own_unit in text
    assert "issuer_name" not in text


def test_a_section_of_ours_may_have_issued_it(settings: Settings) -> None:
    head = written().replace(
        "ỦY BAN NHÂN DÂN\nHUYỆN HỮU LŨNG", "UBND HUYỆN HỮU LŨNG\n\nPHÒNG NỘI VỤ"
    )
    assert drafted(head, settings).ours
    other = head.replace("HỮU LŨNG", "CHI LĂNG").replace("Hữu Lũng,", "Đồng Mỏ,")
    made = drafted(other, settings)
    assert not made.ours
    assert made.recipients == ()
    assert (Left.ISSUER, "PHÒNG NỘI VỤ") in left(made)


def test_a_committee_without_its_name_is_ours_by_its_place_only(settings: Settings) -> None:
    """Extracted text often loses the second line of the issuer."""
    bare = written(
        to="Các phòng, ban, ngành, đoàn thể huyện",
        body="Gửi báo cáo về UBND huyện trước ngày 20/6/2024.",
    ).replace("HUYỆN HỮU LŨNG\n", "")
    made = drafted(bare, settings)
    assert made.ours
    assert made.recipients
    for other in (bare.replace("Hữu Lũng,", "Chi Lăng,"), bare.replace("Hữu Lũng, ", "")):
        made = drafted(other, settings)
        assert not made.ours
        assert made.recipients == ()
        assert made.collector is None
        assert (Left.ISSUER, "ỦY BAN NHÂN DÂN") in left(made)
    level = bare.replace("NHÂN DÂN\n", "NHÂN DÂN HUYỆN\n").replace("Hữu Lũng,", "Chi Lăng,")
    assert not drafted(level, settings).ours
    named = drafted(written(day="Chi Lăng, ngày 05 tháng 6 năm 2024"), settings)
    assert named.ours


def test_a_letter_of_the_province_to_our_district_is_not_ours(settings: Settings) -> None:
    made = drafted((LETTERS / "08.txt").read_text("utf-8"), settings)
    assert not made.ours
    text = campaign_file(made, "08.txt", AROUND, Language.VI)
    assert "CẦN ĐIỀN: văn bản không phải của cơ quan ta (ỦY BAN NHÂN DÂN)" in text


def test_kinds_without_a_group_are_left_to_a_person(settings: Settings) -> None:
    sections = [o for o in settings.directory.offices if "các cơ quan chuyên môn" in o.groups]
    text = written(to="Các phòng, ban, ngành, đoàn thể huyện")
    made = draft(text, ours(settings), Directory(sections), (), TODAY)
    assert {guess.group for guess in made.recipients if guess.group} == {"các cơ quan chuyên môn"}
    words = [said for kind, said in left(made) if kind is Left.ACTION]
    assert words == ["ban", "ngành", "đoàn thể huyện"]


@pytest.mark.parametrize("path", sorted(LETTERS.rglob("*.txt")), ids=lambda path: path.stem)
@pytest.mark.parametrize("language", Language)
def test_each_letter_gives_a_file_that_check_can_speak_of(
    path: Path, language: Language, tmp_path: Path, settings: Settings
) -> None:
    """Letters of other places lead to nobody here; the file is YAML and check names its gaps."""
    made = drafted(path.read_text("utf-8"), settings)
    assert bool(made.recipients) == (path.stem == "00")
    out = tmp_path / "draft.yaml"
    out.write_text(
        campaign_file(made, path.name, AROUND, language),
        encoding="utf-8",
    )
    problems = found(out)
    gaps = {problem.what.partition(" ")[0] for problem in problems if not problem.warning}
    expected = set()
    if not made.recipients:
        expected.add("recipients")
    if made.deadline is None:
        expected.add("rounds")
    if not made.subject:
        expected.add("title")
    if not (made.subject or made.head.notation):
        expected.add("intake")
    assert gaps == expected


def found(out: Path) -> list[Problem]:
    try:
        problems = load_settings(CONFIG / "dondoc.yaml", also=[out]).warnings
    except ConfigError as error:
        problems = tuple(error.problems)
    return [problem for problem in problems if problem.file == str(out)]


def test_a_file_that_is_named_already_is_read_once(settings: Settings) -> None:
    known = CONFIG / "campaigns" / "nq47.yaml"
    again = load_settings(CONFIG / "dondoc.yaml", also=[known])
    assert list(again.campaigns) == list(settings.campaigns)
