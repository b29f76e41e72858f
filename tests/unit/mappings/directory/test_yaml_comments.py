"""The comments of a directory file stay, wherever they stand."""

from domain.ids import OfficeId
from mappings.directory.records import Plain
from mappings.directory.yaml_text import comments, edited
from tests.unit.mappings.directory.sheets import office
from tests.unit.mappings.directory.test_yaml_text import FILE, after, change, parsed


def test_a_removed_key_leaves_the_comment_behind_it() -> None:
    text = after(FILE, "xa-a", change("name", None))
    assert text == FILE.replace('    name: "UBND xã A"   # tên\n', "    # tên\n")


def test_what_looks_like_a_comment_in_quotes_is_none() -> None:
    text = "offices:\n  - id: a\n    aliases:\n      - \"x #1\"  # một\n      - 'y #2'\n"
    assert after(text, "a", change("aliases", None)) == "offices:\n  - id: a\n    # một\n"


def test_comments_within_a_list_in_brackets_stay() -> None:
    text = """offices:
  - id: a
    name: "K'B #1"   # tên
    emails: [   # thư
      a@xa.example,  # văn thư
      # cũ
      "b#@xa.example",
    ]  # hết
    note: >
      chữ # không phải chú thích
  - {id: b, aliases: [x, # tên
     y], note: z}
  - {aliases: [x, # đầu
     y], id: c}
"""
    head = 'offices:\n  - id: a\n    name: "K\'B #1"   # tên\n'
    kept = "    # thư\n    # văn thư\n    # cũ\n"
    new = after(text, "a", change("emails", ["c@xa.example"]))
    assert new.startswith(f"{head}{kept}    emails: [c@xa.example]  # hết\n    note: >\n")
    gone = after(text, "a", change("emails", None))
    assert gone.startswith(f"{head}{kept}    # hết\n    note: >\n")
    both = {OfficeId("a"): [change("emails", None)], OfficeId("b"): [change("aliases", None)]}
    assert {"# cũ", "# tên"} <= {comment for _, comment in comments(edited(text, both))}
    values: tuple[Plain | None, ...] = (["z"], None)
    for id, comment in (("b", "# tên"), ("c", "# đầu")):
        for value in values:
            made = after(text, id, change("aliases", value))
            assert parsed(made)[id].get("aliases") == value
            assert f" {comment}\n" in made.partition("chữ")[2]
    assert after(text, "a", change("note", None)) == text.replace(
        "    note: >\n      chữ # không phải chú thích\n", ""
    )


def test_the_comment_of_a_first_key_stays() -> None:
    text = "offices:\n  - note: x  # một\n    # hai\n    id: a\n"
    made = after(text, "a", change("note", None))
    assert made == "offices:\n  - # một\n    # hai\n    id: a\n"


def test_the_comments_of_a_list_without_offices_stay() -> None:
    made = edited("offices: [  # chưa có\n  # gì\n] # hết\n", {}, [office("xa-a", "UBND xã A")])
    assert made.startswith("offices:\n  # chưa có\n  # gì # hết\n")
    assert parsed(made)["xa-a"]["name"] == "UBND xã A"
