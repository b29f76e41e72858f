"""Pages of any portal: charsets, bounds, damage; lists and files that they name."""

import random
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.portal import PortalProblem, PortalUnusable
from domain.rest_forms import DateForm
from dondoc.settings.load_portal import load_portal
from dondoc.simulators.portal.pages import Post, detail_page, list_page, other_layout
from mappings.portal.listing import MAX_ROWS, address_end, read_files, read_listing
from mappings.portal.page import MAX_ELEMENTS, MAX_OCTETS, read_page, text_of
from mappings.portal.rules import DayRule, FilesRule, PortalRules
from mappings.portal.selector import css, xpath
from tests.checkout import ROOT

URL = "https://sotttt.example/van-ban"
RULES = load_portal(ROOT / "config" / "mappings" / "portal-sotttt.yaml")
IN_LIST = PortalRules(
    name="list",
    rows=css("list.rows", "ul.van-ban li"),
    title=css("list.title", "a"),
    day=DayRule(selector=css("list.date", "em"), forms=(DateForm("(dd/MM/yyyy)"),)),
    files=FilesRule(links=css("list.files.links", "a")),
)
POST = Post(number="47/NQ-CP", title="Về <Chương trình>", issued_on=date(2024, 4, 15))
WORD = "Nghị quyết"
OLD_WORD = "Nghi\u0323 quyê\u0301t".encode("windows-1258")


def listed(style: Any = "table", *, more: bool = False, charset: str = "utf-8") -> bytes:
    page = list_page([(3, POST)], style=style, page=1, more=more, charset=charset)
    return page.encode(charset, errors="xmlcharrefreplace")


def test_a_table_of_documents() -> None:
    listing = read_listing(RULES, read_page(listed(more=True), url=URL))
    (entry,) = listing.entries
    assert (entry.number, entry.title, entry.day) == (
        "47/NQ-CP",
        "Về <Chương trình>",
        date(2024, 4, 15),
    )
    assert entry.link == f"{URL}/3"
    assert listing.next == f"{URL}?trang=2"
    assert read_listing(RULES, read_page(listed(), url=URL)).next == ""


def test_a_list_of_documents_whose_links_are_the_files() -> None:
    (entry,) = read_listing(IN_LIST, read_page(listed("list"), url=URL)).entries
    assert entry.title == "Văn bản số 47/NQ-CP: Về <Chương trình>"
    assert entry.day == date(2024, 4, 15)
    assert [file.url for file in entry.files] == [f"{URL}/3"]
    assert entry.link == ""
    undated = PortalRules(name="list", rows=IN_LIST.rows, title=IN_LIST.title)
    (bare,) = read_listing(undated, read_page(listed("list"), url=URL)).entries
    assert (bare.day, bare.files) == (None, ())


def test_files_of_a_page_of_their_own() -> None:
    post = Post(number="47/NQ-CP", title="x", issued_on=POST.issued_on, files=(("47 a.pdf", b""),))
    page = read_page(detail_page(0, post, charset="utf-8").encode(), url=URL)
    assert RULES.detail is not None
    (file,) = read_files(RULES.detail, page.root, page.base)
    assert (file.name, file.base) == ("47 a.pdf", "47 a.pdf")
    assert file.url == "https://sotttt.example/tep/0/0/47%20a.pdf"
    named = FilesRule(links=css("k", "a.file"), name=xpath("k", "../../li", "class"))
    assert read_files(named, page.root, page.base)[0].name == ""
    bare = FilesRule(links=xpath("k", "//a[@class='file']/@href"))
    assert read_files(bare, page.root, page.base)[0].name == ""
    assert address_end("https://x.example/a/T%E1%BB%87p.pdf?x=1") == "Tệp.pdf"


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        (f"<p>{WORD}".encode(), None),
        (b"\xef\xbb\xbf" + f"<p>{WORD}".encode(), None),
        (f"<p>{WORD}".encode(), "iso-8859-1"),
        (f"<meta charset=windows-1258><p>{WORD}".encode(), "utf-8"),
        (b"<p>" + OLD_WORD, "windows-1258"),
        (b"<meta http-equiv=x content='text/html; charset=windows-1258'><p>" + OLD_WORD, None),
        (f"<p>{WORD}".encode("utf-16"), "utf-16"),
        (f"<p>{WORD}".encode("ascii", "xmlcharrefreplace"), "us-ascii"),
        (b"<p>Ngh\xe1\xbb\x8b\x00 quy\xe1\xba\xbft", "utf-8"),
    ],
)
def test_charsets(content: bytes, charset: str | None) -> None:
    page = read_page(content, url=URL, charset=charset)
    assert text_of(css("k", "p"), page.root) == WORD


def test_a_base_counts_where_it_can_be_used() -> None:
    assert read_page(b"<base href='/x/'><p>a", url=URL).base == "https://sotttt.example/x/"
    assert read_page(b"<base href='ftp://x/'><p>a", url=URL).base == URL
    assert read_page(b"<base><p>a", url=URL).base == URL


@pytest.mark.parametrize(
    ("content", "problem", "words"),
    [
        (b"", PortalProblem.CHANGED, "empty"),
        (b"<!-- only -->", PortalProblem.CHANGED, "empty"),
        (b"x" * (MAX_OCTETS + 1), PortalProblem.TOO_LARGE, "octets"),
        (b"<p>" * (MAX_ELEMENTS + 1), PortalProblem.TOO_LARGE, "elements"),
        (b"<div>" * 100, PortalProblem.TOO_LARGE, "deep"),
    ],
)
def test_pages_that_are_not_read(content: bytes, problem: PortalProblem, words: str) -> None:
    with pytest.raises(PortalUnusable, match=words) as caught:
        read_page(content, url=URL)
    assert caught.value.problem is problem


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (other_layout().encode(), "list.rows of portal-sotttt finds nothing"),
        (
            b"<table class=van-ban><tbody>" + b"<tr><td>x" * (MAX_ROWS + 1),
            f"more than {MAX_ROWS} rows",
        ),
        (b"<table class=van-ban><tbody><tr><td>x", "no number and no title in any"),
    ],
)
def test_lists_that_look_different_now(content: bytes, words: str) -> None:
    with pytest.raises(PortalUnusable, match=words) as caught:
        read_listing(RULES, read_page(content, url=URL))
    assert caught.value.problem is PortalProblem.CHANGED


@pytest.mark.parametrize(
    ("words", "day"), [("Ngày 15/04/2024 (2)", date(2024, 4, 15)), ("31/02/2024", None), ("", None)]
)
def test_dates_are_found_among_words(words: str, day: date | None) -> None:
    row = f"<tr><td><td class=so-ky-hieu>1/A<td>{words}"
    page = read_page(f"<table class=van-ban><tbody>{row}".encode(), url=URL)
    assert read_listing(RULES, page).entries[0].day == day


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(content: bytes) -> None:
    with suppress(PortalUnusable):
        read_listing(RULES, read_page(content, url=URL))


def test_damaged_lists_raise_nothing_else() -> None:
    whole = listed(more=True)
    dice = random.Random(47)
    for _ in range(300):
        content = bytearray(whole[: dice.randrange(len(whole))])
        for _ in range(dice.randrange(1, 6)):
            if content:
                content[dice.randrange(len(content))] = dice.randrange(256)
        with suppress(PortalUnusable):
            read_listing(RULES, read_page(bytes(content), url=URL))
