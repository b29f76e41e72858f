"""Files of the directory edited: what nobody changed stays octet for octet."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from domain.ids import Address, OfficeId
from domain.office import Deputy, Office, OfficeKind, Successor
from mappings.directory.records import FieldChange, Plain, changes, plain
from mappings.directory.yaml_text import NEW_FILE, edited
from mappings.directory.yaml_values import flow, literal
from tests.checkout import ROOT
from tests.unit.mappings.directory.sheets import office

FILE = """\
# Danh bạ
offices:
  # Các xã
  - id: xa-a  # mã
    name: "UBND xã A"   # tên
    groups: ["các xã, thị trấn"]
    emails:
      - a@xa.example    # văn thư
      # cũ
      - a2@xa.example
    valid_to: 2025-06-30

  - {id: xa-b, name: UBND xã B, emails: [b@xa.example]}  # gọn

  # Các phòng
  - name: Phòng C
    id: phong-c
    note: |
      dòng một
      dòng hai
    groups:
    aliases: []
# hết
"""


def change(key: str, new: Plain | None) -> FieldChange:
    return FieldChange(key=key, old=None, new=new)


def after(text: str, id: str, *made: FieldChange) -> str:
    return edited(text, {OfficeId(id): made})


def parsed(text: str) -> dict[str, dict[str, object]]:
    # ruamel.yaml gives no type for what load returns.
    loaded: dict[str, list[dict[str, object]]] = YAML(typ="safe", pure=True).load(text)
    return {str(item["id"]): item for item in loaded["offices"]}


@pytest.mark.parametrize(
    ("id", "made", "old", "new"),
    [
        ("xa-a", change("name", "UBND xã Á"), '"UBND xã A"', "UBND xã Á"),
        ("xa-a", change("valid_to", date(2026, 1, 1)), "2025-06-30", "2026-01-01"),
        ("xa-a", change("groups", ["a", "b, c"]), '["các xã, thị trấn"]', '[a, "b, c"]'),
        ("xa-b", change("emails", ["c@xa.example"]), "[b@xa.example]", "[c@xa.example]"),
        ("xa-b", change("note", "x: y"), "example]}", 'example], note: "x: y"}'),
        ("xa-b", change("emails", None), ", emails: [b@xa.example]", ""),
        ("xa-b", change("kind", "other"), "UBND xã B,", "UBND xã B, kind: other,"),
        ("xa-a", change("valid_to", None), "    valid_to: 2025-06-30\n", ""),
        ("xa-a", change("groups", None), '    groups: ["các xã, thị trấn"]\n', ""),
        (
            "xa-a",
            change("organ_id", "H37.1"),
            'thị trấn"]\n',
            'thị trấn"]\n    organ_id: H37.1\n',
        ),
        ("xa-a", change("note", "x"), "2025-06-30\n", "2025-06-30\n    note: x\n"),
        ("phong-c", change("groups", ["g"]), "groups:\n", "groups: [g]\n"),
        ("phong-c", change("aliases", ["C"]), "[]", "[C]"),
        ("phong-c", change("aliases", None), "    aliases: []\n", ""),
        ("phong-c", change("groups", None), "    groups:\n", ""),
        (
            "phong-c",
            change("note", "một dòng"),
            "|\n      dòng một\n      dòng hai\n",
            "một dòng\n",
        ),
        (
            "phong-c",
            change("note", None),
            "    note: |\n      dòng một\n      dòng hai\n",
            "",
        ),
        (
            "phong-c",
            change("valid_to", date(2025, 1, 1)),
            "[]\n",
            "[]\n    valid_to: 2025-01-01\n",
        ),
        ("phong-c", change("kind", "other"), "Phòng C\n", "Phòng C\n    kind: other\n"),
        ("phong-c", change("name", None), "name: Phòng C\n    id:", "id:"),
    ],
)
def test_one_key_is_edited_and_nothing_else(id: str, made: FieldChange, old: str, new: str) -> None:
    assert FILE.count(old) == 1
    assert after(FILE, id, made) == FILE.replace(old, new)


def test_a_list_of_lines_stays_one_and_its_comments_stay() -> None:
    text = after(FILE, "xa-a", change("emails", ["a@xa.example", "moi@xa.example"]))
    assert text == FILE.replace(
        """    emails:
      - a@xa.example    # văn thư
      # cũ
      - a2@xa.example
""",
        """    # văn thư
    # cũ
    emails:
      - a@xa.example
      - moi@xa.example
""",
    )
    gone = after(FILE, "xa-a", change("emails", None))
    assert "emails" not in gone.partition("xa-b")[0]
    assert "# cũ" in gone
    one = after(FILE, "phong-c", change("note", "x"), change("groups", ["g"]))
    assert parsed(one)["phong-c"]["groups"] == ["g"]


def test_several_keys_at_one_place_stand_in_their_order() -> None:
    made = (
        change("organ_id", "H37.1"),
        change("emails", None),
        change("aliases", ["A"]),
        change("valid_from", date(2024, 1, 1)),
    )
    text = after(FILE, "xa-a", *made)
    assert list(parsed(text)["xa-a"]) == [
        *("id", "name", "groups", "organ_id", "aliases", "valid_from", "valid_to")
    ]


def test_a_removed_key_that_is_not_there_changes_nothing() -> None:
    assert after(FILE, "xa-a", change("note", None)) == FILE


def test_the_first_key_of_a_mapping_in_braces_goes() -> None:
    text = 'offices: [{note: x, id: a, name: "A"}, 7]\n'
    assert after(text, "a", change("note", None)) == 'offices: [{id: a, name: "A"}, 7]\n'


def test_a_key_before_all_that_it_should_follow_stands_behind_the_first() -> None:
    text = "offices:\n  - note: x\n    id: a\n"
    assert (
        after(text, "a", change("name", "A")) == "offices:\n  - note: x\n    id: a\n    name: A\n"
    )
    assert after("offices:\n- note: x\n", "a", change("name", "A")) == "offices:\n- note: x\n"


def test_a_long_list_gets_a_line_for_each_item() -> None:
    many: list[Plain] = [f"hop-thu-so-{number}@huulung.example" for number in range(4)]
    text = after(FILE, "phong-c", change("emails", many))
    assert "    emails:\n      - hop-thu-so-0@huulung.example\n      - hop" in text
    assert parsed(text)["phong-c"]["emails"] == many
    replaced = after(FILE, "phong-c", change("aliases", many))
    assert "    aliases:\n      - hop-thu-so-0" in replaced
    short = after(FILE, "xa-a", change("emails", "a@xa.example"))
    assert parsed(short)["xa-a"]["emails"] == "a@xa.example"
    lines = "offices:\n  - id: a\n    emails: # thư\n      - b@xa.example\n"
    assert parsed(after(lines, "a", change("emails", "x")))["a"]["emails"] == "x"


def test_windows_line_breaks_and_a_byte_order_mark_stay() -> None:
    text = "\ufeff" + FILE.replace("\n", "\r\n")
    added = office("xa-d", "UBND xã D", groups=("các xã, thị trấn",), note="một\nhai")
    made = edited(
        text,
        {
            OfficeId("xa-a"): [change("valid_to", None), change("note", "một\nhai")],
            OfficeId("phong-c"): [change("note", None)],
        },
        [added],
        {OfficeId("xa-a"): "các xã, thị trấn"},
    )
    assert made.startswith("\ufeff#")
    assert made.count("\n") == made.count("\r\n")
    assert parsed(made[1:])["xa-a"]["note"] == parsed(made[1:])["xa-d"]["note"] == "một\nhai"
    assert edited(text, {}) == text


GROUPS = {OfficeId("xa-a"): "các xã, thị trấn", OfficeId("phong-c"): "phòng"}


def test_new_offices_stand_behind_the_last_one_of_their_group() -> None:
    new = [
        office("xa-d", "UBND xã D", "d@xa.example", groups=("các xã, thị trấn",)),
        office("xa-e", "UBND xã E", groups=("các xã, thị trấn",)),
        office("truong-f", "Trường F", groups=("trường",)),
        office("truong-g", "Trường G", groups=("trường",)),
        office("le", "Lẻ"),
    ]
    text = edited(FILE, {}, new, GROUPS)
    first = """    valid_to: 2025-06-30

  - id: xa-d
    name: UBND xã D
    groups: ["các xã, thị trấn"]
    emails: [d@xa.example]

  - id: xa-e
    name: UBND xã E
    groups: ["các xã, thị trấn"]

  - {id: xa-b"""
    last = """    aliases: []

  # trường

  - id: truong-f
    name: Trường F
    groups: [trường]

  - id: truong-g
    name: Trường G
    groups: [trường]

  - id: le
    name: Lẻ
# hết
"""
    assert first in text
    assert text.endswith(last)
    assert edited(text, {}) == text


def test_offices_that_stand_close_together_stay_so() -> None:
    text = "offices:\n- {id: a, name: A}\n- {id: b, name: B}"
    made = edited(text, {}, [office("c", "C", groups=("g",)), office("d", "D", groups=("g",))])
    assert made == (
        "offices:\n- {id: a, name: A}\n- {id: b, name: B}\n# g\n- id: c\n  name: C\n  groups: [g]\n"
        "- id: d\n  name: D\n  groups: [g]"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", f"{NEW_FILE}  - id: c\n    name: C\n"),
        ("offices:\n", "offices:\n  - id: c\n    name: C\n"),
        ("offices: []\n", "offices:\n  - id: c\n    name: C\n"),
        ("offices: [{id: a, name: A}]\n", "offices: [{id: a, name: A}, {id: c, name: C}]\n"),
        ("offices: [7]\n", "offices: [7, {id: c, name: C}]\n"),
        ("offices:\n  - 7\n", "offices:\n  - 7\n\n  - id: c\n    name: C\n"),
    ],
)
def test_files_of_other_forms(text: str, expected: str) -> None:
    assert edited(text, {}, [office("c", "C")]) == expected
    assert edited(text or NEW_FILE, {}) == (text or NEW_FILE)


@pytest.mark.parametrize("text", ["- a\n", "other: 1\n", "offices: một\n", "offices: {a: b}\n"])
def test_what_is_no_directory_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="offices"):
        edited(text, {}, [office("c", "C")])


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("UBND xã Cai Kinh", "UBND xã Cai Kinh"),
        ("Văn phòng HĐND&UBND huyện", "Văn phòng HĐND&UBND huyện"),
        ("các xã, thị trấn", '"các xã, thị trấn"'),
        ("512", '"512"'),
        ("1.5", '"1.5"'),
        ("No", '"No"'),
        ("2024-05-08", '"2024-05-08"'),
        ("000.01.99.H37", "000.01.99.H37"),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("- a", '"- a"'),
        ("(a)", "(a)"),
        ('"a"', '"\\"a\\""'),
        ("a\u200bb\U000e0001", '"a\\u200bb\\U000e0001"'),
        ("một\nhai", '"một\\nhai"'),
        (date(2024, 5, 8), "2024-05-08"),
        (["a", {"office": "b", "function": "c"}], "[a, {office: b, function: c}]"),
    ],
)
def test_values_are_quoted_only_where_they_must_be(value: Plain, written: str) -> None:
    assert flow(value) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\nb", "|-\n    a\n    b"),
        ("a\n\nb", "|-\n    a\n\n    b"),
        ("a", None),
        (" a\nb", None),
        ("a \nb", None),
        ("\na", None),
        ("a\n", None),
        ("a\n\u200bb", None),
    ],
)
def test_several_lines_are_a_block_where_that_changes_nothing(
    text: str, written: str | None
) -> None:
    assert literal(text, 2, "\n") == written


words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1
)


@given(words)
def test_any_text_is_read_as_it_was_written(text: str) -> None:
    read = YAML(typ="safe", pure=True)
    assert read.load(f"a: {flow(text)}\nb: [{flow(text)}]\n") == {"a": text, "b": [text]}


offices = st.builds(
    Office,
    id=st.just(OfficeId("xa-a")),
    name=words,
    kind=st.none() | st.sampled_from(OfficeKind),
    groups=st.lists(words, max_size=2).map(tuple),
    emails=st.lists(st.sampled_from(["x@a.example", "y@a.example"]), unique=True).map(tuple),
    private_emails=st.sampled_from([(), (Address("x@a.example"),)]),
    deputies=st.sampled_from(
        [
            (),
            (Deputy(office=OfficeId("b"), valid_from=date(2024, 1, 1), valid_to=date(2024, 1, 2)),),
        ]
    ),
    valid_from=st.none() | st.dates(),
    successors=st.sampled_from([(), (Successor(office=OfficeId("b"), function="c"),)]),
    note=st.lists(words, max_size=3).map("\n".join),
)


@given(offices, offices)
def test_a_file_says_what_it_was_changed_to(one: Office, other: Office) -> None:
    """Whatever an office is written as first, the edited file has the other."""
    text = edited(FILE.replace("xa-a", "xa-z"), {}, [one])
    made = edited(text, {one.id: changes(one, other)})
    assert parsed(made)["xa-a"] == plain(other)
    assert {k: v for k, v in parsed(made).items() if k != "xa-a"} == {
        k: v for k, v in parsed(text).items() if k != "xa-a"
    }


def test_the_shipped_directory_is_left_as_it_is() -> None:
    text = (ROOT / Path("config/directory/huu-lung.yaml")).read_text(encoding="utf-8")
    note = change("note", "thử")
    made = after(text, "xa-ho-son", note)
    assert [line for line in made.splitlines() if line not in text.splitlines()] == [
        "    note: thử"
    ]
    assert after(made, "xa-ho-son", change("note", None)) == text
    assert replace(office("a", "A"), note="x").note == "x"


def test_text_like_an_anchor_is_quoted_without_a_word_on_the_terminal() -> None:
    assert flow("&x một") == '"&x một"'
