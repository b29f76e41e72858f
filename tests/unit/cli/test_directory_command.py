"""`dondoc directory`: previewed, written whole, refused where the directory would not be sound."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from domain.errors import ConfigError, Conflict, NotAllowed
from dondoc.services.directory_list import plan_import, write_import
from dondoc.settings import source
from dondoc.settings.load import load_settings
from dondoc.settings.staged import StagedFiles
from tests.checkout import ROOT
from tests.unit.cli.command_runs import Ran, ran
from tests.unit.mappings.directory.sheets import HEADS, workbook

ON = date(2024, 5, 8)
MINIMAL = ROOT / "tests" / "data" / "config" / "minimal"


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a command."""
    return lambda *arguments: ran(capsys, *arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the shipped configuration."""
    return Path(shutil.copytree(ROOT / "config", tmp_path / "config"))


def written(folder: Path, *rows: tuple[object, ...], name: str = "danh-sach.xlsx") -> Path:
    file = folder / name
    file.write_bytes(workbook([HEADS, *rows]))
    return file


def offices_of(folder: Path) -> Path:
    return folder / "directory" / "huu-lung.yaml"


def test_a_preview_writes_nothing_and_waits_for_a_person(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(folder, (1, "Xã Hồ Sơn", None, "moi@huulung.example"), (2, "Hữu Lũng"))
    before = offices_of(folder).read_bytes()
    command = ("directory", "import", file, "--config", folder, "--at", "2024-05-08")
    shown = run(*command)
    assert shown.code == 3
    assert "~ xa-ho-son  UBND xã Hồ Sơn  (Danh sách, row 2)" in shown.out
    assert "emails: [xahoson@huulung.example] → [moi@huulung.example]" in shown.out
    assert "cell B3" in shown.out
    assert "nothing is written yet" in shown.out
    vietnamese = run(*command, "--lang", "vi")
    assert "sẽ sửa (1):" in vietnamese.out
    monkeypatch.setenv("DONDOC_LANG", "vi")
    assert run(*command).out == vietnamese.out
    assert "có thể là thi-tran-huu-lung" in vietnamese.out
    assert "  - …" in vietnamese.out
    assert offices_of(folder).read_bytes() == before
    assert not list(folder.rglob("*.bak"))


def test_what_is_applied_is_written_with_the_old_file_beside_it(folder: Path, run: Run) -> None:
    file = written(
        folder,
        (1, "Xã Hồ Sơn", None, "moi@huulung.example"),
        ("I", "Các trường học"),
        (2, "Trường THCS Đồng Tân", None, "thcsdongtan@huulung.example"),
    )
    target = offices_of(folder)
    target.chmod(0o640)
    before = target.read_bytes()
    shown = run("directory", "import", file, "--config", folder, "--at", "2024-05-08", "--apply")
    assert (shown.code, "written:" in shown.out) == (0, True)
    assert target.with_name("huu-lung.yaml.bak").read_bytes() == before
    assert target.stat().st_mode & 0o777 == 0o640
    directory = load_settings(folder / "dondoc.yaml").directory
    assert [o.emails for o in directory.offices if o.id == "xa-ho-son"] == [
        ("moi@huulung.example",)
    ]
    assert directory.offices[-1].groups == ("các trường học",)
    lost = set(before.decode().splitlines()) - set(target.read_text("utf-8").splitlines())
    assert lost == {"    emails: [xahoson@huulung.example]"}
    again = run("directory", "import", file, "--config", folder, "--at", "2024-05-08")
    assert (again.code, "the directory is as the list" in again.out) == (0, True)


def test_all_that_a_new_office_would_have_is_shown(folder: Path, run: Run) -> None:
    file = written(
        folder,
        ("I", "Các trường học"),
        (2, "Trường THCS Đồng Tân", "H37.99.900", "thcs@huulung.example", "2 điểm trường"),
    )
    command = ("directory", "import", file, "--config", folder, "--at", "2024-05-08")
    assert (
        "  + truong-thcs-dong-tan  Trường THCS Đồng Tân  (Danh sách, row 3)\n"
        "      groups: [các trường học]\n"
        "      organ_id: H37.99.900\n"
        "      emails: [thcs@huulung.example]\n"
        "      note: 2 điểm trường\n"
    ) in run(*command).out
    (added,) = json.loads(run(*command, "--json").out)["added"]
    assert (added["office"], added["organ_id"]) == ("truong-thcs-dong-tan", "H37.99.900")
    assert (added["groups"], added["row"]) == (["các trường học"], 3)


def test_the_sure_rows_are_written_and_the_others_still_wait(folder: Path, run: Run) -> None:
    file = written(folder, (1, "Xã Hồ Sơn", None, "moi@huulung.example"), (2, "Xã Yên Sớn"))
    shown = run(
        "directory", "import", file, "--config", folder, "--at", "2024-05-08", "--apply", "--json"
    )
    document = json.loads(shown.out)
    assert shown.code == 3
    assert document["written"] == document["files"] == [str(offices_of(folder))]
    assert document["changed"][0]["changes"] == [
        {"key": "emails", "old": ["xahoson@huulung.example"], "new": ["moi@huulung.example"]}
    ]
    (doubt,) = document["doubts"]
    assert (doubt["code"], doubt["cell"], doubt["left_out"]) == ("similar", "B3", True)
    assert document["unchanged"] == 0
    assert "xa-hoa-lac" in document["not_in_list"]


def test_what_is_missing_ends_on_the_day_that_was_given(folder: Path, run: Run) -> None:
    shutil.rmtree(folder)
    shutil.copytree(MINIMAL, folder)
    file = written(folder, (1, "UBND xã Yên Sơn"))
    shown = run(
        *("directory", "import", file, "--config", folder, "--at", "2024-05-08"),
        *("--end-missing", "2025-06-30", "--apply", "--json"),
    )
    (ended,) = json.loads(shown.out)["ended"]
    assert ended["changes"] == [{"key": "valid_to", "old": None, "new": "2025-06-30"}]
    assert "so@langson.example], valid_to: 2025-06-30}" in (folder / "directory.yaml").read_text(
        "utf-8"
    )


def test_a_first_list_makes_the_first_file(tmp_path: Path, run: Run) -> None:
    file = written(tmp_path, (1, "UBND xã Yên Sơn", None, "a@xa.example"))
    target = tmp_path / "directory" / "don-vi.yaml"
    command = ("directory", "import", file, "--config", tmp_path / "dondoc.yaml")
    asked = run(*command, "--apply")
    assert (asked.code, "--into" in asked.err) == (1, True)
    shown = run(*command, "--into", target, "--apply", "--lang", "vi")
    assert (shown.code, f"đã ghi {target}" in shown.out) == (0, True)
    assert target.read_text("utf-8").endswith(
        "\n  - id: xa-yen-son\n    name: UBND xã Yên Sơn\n    emails: [a@xa.example]\n"
    )
    shutil.copytree(MINIMAL, tmp_path, dirs_exist_ok=True)
    main = tmp_path / "dondoc.yaml"
    named = main.read_text("utf-8").replace(
        "directory: directory.yaml", "directory: [directory/*.yaml]"
    )
    main.write_text(named, "utf-8")
    more = written(tmp_path, (1, "Trường Yên Sơn"), name="b.xlsx")
    again = ("directory", "import", more, "--config", tmp_path, "--into")
    added = run(*again, tmp_path / "directory" / "b.yaml")
    assert added.code == 3
    assert "not named" not in added.out
    beside = run(*again, tmp_path / "c.yaml")
    assert "is not named by `directory`" in beside.out


def test_a_file_that_the_configuration_does_not_name_is_read_before_it_is_changed(
    tmp_path: Path,
    run: Run,
) -> None:
    target = tmp_path / "don-vi.yaml"
    target.write_text("offices:\n  - {id: a, name: Trường A}\n", "utf-8")
    file = written(tmp_path, (1, "Trường A"), (2, "Trường B"))
    shown = run(
        "directory", "import", file, "--config", tmp_path / "x.yaml", "--into", target, "--apply"
    )
    assert shown.code == 0
    assert "- id: truong-b" in target.read_text("utf-8")
    assert "{id: a, name: Trường A}" in target.read_text("utf-8")


def test_nothing_is_written_when_the_directory_would_not_be_sound(folder: Path, run: Run) -> None:
    file = written(folder, (1, "Trường Yên Sơn", None, "nq47@huulung.example"))
    command = ("directory", "import", file, "--config", folder, "--at", "2024-05-08", "--apply")
    shown = run(*command)
    assert shown.code == 2
    assert "Dondoc's own mailbox" in shown.out
    assert not list(folder.rglob("*.bak"))
    alone = folder / "rieng.yaml"
    unsound = written(folder, (1, "Trường A"), name="c.csv")
    unsound.write_text("STT,Tên đơn vị,Đơn vị kế thừa\n1,Trường A,Trường A\n", "utf-8")
    told = run("directory", "import", unsound, "--config", folder / "khong.yaml", "--into", alone)
    assert (told.code, "has successors but does not end" in told.out) == (2, True)
    plan = plan_import(folder / "khong.yaml", unsound.read_bytes(), "c", ON, into=alone)
    with pytest.raises(ConfigError):
        write_import(plan)
    assert not alone.exists()


def test_errors_that_stand_there_already_hold_nothing_up(folder: Path, run: Run) -> None:
    campaign = folder / "campaigns" / "nq47.yaml"
    campaign.write_text(campaign.read_text("utf-8").replace("rounds:", "roundz:"), "utf-8")
    file = written(folder, (1, "Xã Hồ Sơn", None, "moi@huulung.example"))
    shown = run("directory", "import", file, "--config", folder, "--at", "2024-05-08", "--apply")
    assert shown.code == 0


@pytest.mark.parametrize("broken", ["offices: [", "offices:\n  - {id: A, name: A}\n"])
def test_a_directory_that_is_not_sound_is_told_first(folder: Path, broken: str, run: Run) -> None:
    offices_of(folder).write_text(broken, "utf-8")
    shown = run("directory", "import", written(folder, (1, "Xã A")), "--config", folder)
    assert (shown.code, "huu-lung.yaml:" in shown.err) == (2, True)


def test_a_main_file_that_cannot_be_read_is_told(folder: Path, run: Run) -> None:
    (folder / "dondoc.yaml").write_text("- a", "utf-8")
    shown = run("directory", "export", folder / "x.xlsx", "--config", folder)
    assert (shown.code, "is not a mapping" in shown.err) == (2, True)


def test_a_file_that_changed_since_the_preview_is_not_written_over(folder: Path) -> None:
    content = written(folder, (1, "Xã Hồ Sơn", None, "moi@huulung.example")).read_bytes()
    plan = plan_import(folder / "dondoc.yaml", content, "x", ON)
    with offices_of(folder).open("a") as file:
        file.write("# tay\n")
    with pytest.raises(Conflict, match="changed in the meantime"):
        write_import(plan)
    assert offices_of(folder).read_text("utf-8").endswith("# tay\n")


def test_a_disk_that_fails_leaves_the_file_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = written(folder, (1, "Xã Hồ Sơn", None, "moi@huulung.example")).read_bytes()
    plan = plan_import(folder / "dondoc.yaml", content, "x", ON)
    before = offices_of(folder).read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="space"):
            write_import(plan)
    assert offices_of(folder).read_bytes() == before
    assert [path.name for path in offices_of(folder).parent.iterdir() if path.name[0] == "."] == []


def test_several_files_each_keep_their_offices(folder: Path) -> None:
    other = folder / "directory" / "khac.yaml"
    other.write_text("offices:\n  - {id: truong-a, name: Trường A}\n", "utf-8")
    rows = ((1, "Trường A", None, "a@xa.example"), (2, "Xã Hồ Sơn", None, "b@xa.example"))
    content = written(folder, *rows).read_bytes()
    plan = plan_import(folder / "dondoc.yaml", content, "x", ON)
    assert [edit.path.name for edit in plan.edits] == ["huu-lung.yaml", "khac.yaml"]
    new = written(folder, (1, "Trường B")).read_bytes()
    with pytest.raises(NotAllowed, match="khac"):
        plan_import(folder / "dondoc.yaml", new, "x", ON)
    assert plan_import(folder / "dondoc.yaml", new, "x", ON, into=other).edits[0].path == other


def test_own_headings_are_known(folder: Path, run: Run) -> None:
    main = folder / "dondoc.yaml"
    main.write_text(
        main.read_text("utf-8").replace("# directory_columns:", "directory_columns:"), "utf-8"
    )
    assert load_settings(main).list_words.levels
    file = folder / "a.csv"
    file.write_text(
        "Tên đơn vị,Mã trục liên thông,Loại,Số nhà\nXã Hồ Sơn,H37.99.99,trường học,1\n", "utf-8"
    )
    shown = run("directory", "import", file, "--config", folder, "--at", "2024-05-08")
    assert "organ_id: H37.99.09 → H37.99.99" in shown.out
    assert "kind: peoples_committee → public_unit" in shown.out
    (folder / "mappings" / "directory-columns.yaml").write_text("headings: {nam: [A]}\n", "utf-8")
    assert (
        'unknown key "headings.nam"; did you mean "name"?' in run("check", "--config", folder).out
    )


def test_export_and_import_change_nothing(folder: Path, run: Run) -> None:
    file = folder / "danh-ba.xlsx"
    shown = run("directory", "export", file, "--config", folder)
    assert (shown.code, "78 offices" in shown.out) == (0, True)
    taken = run("directory", "import", file, "--config", folder, "--json")
    document = json.loads(taken.out)
    assert (taken.code, document["unchanged"], document["doubts"]) == (0, 78, [])
    refused = run("directory", "export", file, "--config", folder)
    assert (refused.code, "--overwrite" in refused.err) == (2, True)
    again = run("directory", "export", file, "--config", folder, "--overwrite", "--json")
    assert json.loads(again.out) == {"file": str(file), "offices": 78}


@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 1, "save it as an Excel workbook"),
        ("khong-co.xlsx", None, 2, "cannot be read"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(
    folder: Path, name: str, content: bytes | None, code: int, said: str, run: Run
) -> None:
    if content is not None:
        (folder / name).write_bytes(content)
    shown = run("directory", "import", folder / name, "--config", folder)
    assert (shown.code, said in shown.err) == (code, True)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "đây là tệp Excel trước năm 2007 (.xls)"),
        ("a.xls", b"%PDF-1.7", "không phải tệp bảng tính; hãy mở bằng phần mềm bảng tính"),
        ("a.xlsx", b"PK\x03\x04", "không đọc được tệp danh sách: tệp bị hỏng (BadZipFile)"),
        ("a.csv", b"a" * (20 * 1024 * 1024 + 1), "có 20971521 byte, chỉ đọc nhiều nhất 20971520"),
        ("khong-co.xlsx", None, "không có tệp này"),
    ],
)
def test_a_refusal_is_told_in_vietnamese(
    folder: Path, name: str, content: bytes | None, said: str, run: Run
) -> None:
    if content is not None:
        (folder / name).write_bytes(content)
    shown = run("directory", "import", folder / name, "--config", folder, "--lang", "vi")
    assert said in shown.err


def test_what_would_not_be_sound_is_told_in_vietnamese(folder: Path, run: Run) -> None:
    file = written(folder, (1, "Trường Yên Sơn", None, "nq47@huulung.example"))
    shown = run("directory", "import", file, "--config", folder, "--lang", "vi")
    assert "hộp thư của chính Dondoc" in shown.out


def test_staged_files_stand_in_the_place_of_those_on_the_disk(folder: Path) -> None:
    new, old = folder / "directory" / "moi.yaml", offices_of(folder)
    elsewhere = folder / "directory" / "duoi" / "x.yaml"
    staged = StagedFiles({new: b"a", old: b"b", elsewhere: b"c", folder.parent / "x.yaml": b"d"})
    assert staged.matching(folder, "directory/*.yaml") == [old, new]
    assert staged.matching(folder, "directory/moi.yaml") == [new]
    assert staged.matching(folder, "directory/khong.yaml") == []
    assert (staged.read(new), staged.read(old)) == (b"a", b"b")
    assert staged.read(folder / "holidays.yaml").startswith(b"#")
    assert staged.is_file(new)
    assert staged.is_file(folder / "holidays.yaml")
    assert not staged.is_file(folder / "khong.yaml")
    assert staged.given == {new, old}


def test_a_file_that_would_be_too_large_is_told_with_the_limit(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(folder, (1, "Xã Hoàn Toàn Mới", None, "moi@huulung.example"))
    size = offices_of(folder).stat().st_size
    monkeypatch.setattr(source, "MAX_OCTETS", size)
    shown = run("directory", "import", file, "--config", folder, "--at", "2024-05-08")
    assert shown.code == 2
    assert f"huu-lung.yaml:0:0: is larger than {size} octets; split it" in shown.err
    assert "fault" not in shown.err


def test_an_export_is_told_in_vietnamese(folder: Path, run: Run) -> None:
    out = folder / "danh-ba.xlsx"
    assert run("directory", "export", out, "--config", folder, "--lang", "vi").out.endswith(
        " đơn vị\n"
    )
    lacking = folder / "none" / "dondoc.yaml"
    lacking.parent.mkdir()
    lacking.write_text("directory: [", encoding="utf-8")
    shown = run("directory", "export", folder / "x.xlsx", "--config", lacking, "--lang", "vi")
    assert (shown.code, "không đúng cú pháp YAML" in shown.err) == (2, True)
