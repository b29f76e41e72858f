"""Selectors look and do nothing else; what they must not do is refused before use."""

import pytest
from lxml import etree

from domain.portal import PortalProblem, PortalUnusable
from mappings.portal.page import links_of, read_page, text_of
from mappings.portal.selector import LONGEST, css, xpath

URL = "https://sotttt.example/van-ban/?trang=2"


@pytest.mark.parametrize(
    "text",
    [
        "//tr[td[@class='x'] and contains(., ':: $ following::')]",
        './/a[position() = 1 or last()][starts-with(@href, "http://x/")]',
        "//h3/following-sibling::ul[1]",
        "//tr[count(preceding-sibling::tr) > 1]",
        "string(./td[2])",
        "./td[2]/text()",
        "ancestor::table",
        "//a[@title[. = 'x']]",
    ],
)
def test_what_may_stand_in_an_xpath(text: str) -> None:
    assert xpath("list.rows", text).text == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("document('file:///etc/passwd')//a", "calls document()"),
        ("//a[unparsed-text('x')]", "calls unparsed-text()"),
        ("//a[re:test(., 'x')]", "a name with a prefix"),
        ("//x:a", "a name with a prefix"),
        ("//a[. = $x]", "has a variable"),
        ("//a/following::a", "goes along following::"),
        ("//a[preceding::a]", "goes along preceding::"),
        ("//a/namespace::*", "goes along namespace::"),
        ("//tr/following-sibling::tr", "takes all siblings"),
        ("//tr/preceding-sibling::*[2]", "takes all siblings"),
        ("//tr[", "is no XPath 1.0"),
        ("//tr]", "is no XPath 1.0"),
        ("//tr[substring('a')]", "is no XPath 1.0"),
        ("count(//tr)", "gives a number or a condition"),
        ("//tr = 'x'", "gives a number or a condition"),
        ("//a" + "[1]" * LONGEST, f"has more than {LONGEST} characters"),
    ],
)
def test_what_may_not(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(").replace(")", r"\)")):
        xpath("list.rows", text)


@pytest.mark.parametrize("text", ["table.vb tr:nth-child(2n) > td", "a[href$='.pdf']", "h3 + ul"])
def test_what_may_stand_in_css(text: str) -> None:
    assert css("list.rows", text).text == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("td[", "is no CSS"),
        ("a:hover::before", "is no CSS"),
        ("a:unknown", "is no CSS"),
        ("tr ~ tr", "has ~"),
        ("a" * (LONGEST + 1), "has more than"),
    ],
)
def test_what_may_not_stand_in_css(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        css("list.rows", text)


def test_words_of_an_attribute_are_no_siblings() -> None:
    page = read_page(b"<p class='a b'>x</p>", url=URL)
    assert text_of(css("k", "p[class~='b']"), page.root) == "x"


def test_an_xpath_that_fails_on_this_page_says_that_the_page_changed() -> None:
    node = read_page(b"<p>x</p>", url=URL).root
    broken = xpath("list.title", ".//p[sum(./a) > 0 or string-length(name(/*)) = 4]")
    assert [found.tag for found in broken.found(node) if not isinstance(found, str)] == ["p"]
    deep = xpath("list.title", "//p[string(translate(name(//p), 'a', 'b')) = 'p']")
    assert len(deep.found(node)) == 1

    class Failing:
        def __call__(self, _: object) -> object:
            raise etree.XPathEvalError("x")

    object.__setattr__(broken, "_path", Failing())
    with pytest.raises(PortalUnusable) as caught:
        broken.found(node)
    assert caught.value.problem is PortalProblem.CHANGED
    assert "list.title cannot be worked out" in caught.value.reason


def test_texts_come_on_one_line_and_links_whole() -> None:
    page = read_page(
        b"""<table><tr><td><b>47</b>/NQ-CP<br>15/4/2024</td>
        <td title=" x  y "><a href="/a b.pdf#top"><img></a>
        <a href="/a b.pdf">Ngh\xe1\xbb\x8b quy\xe1\xba\xbft</a>
        <a href="javascript:void(0)">no</a><a href="mailto:a@b.example">no</a><a>no</a>
        <a href="https://[bad">no</a><a href="">no</a>
        <p data-at="//tep.example/x"></p></td></tr></table>""",
        url=URL,
    )
    assert text_of(css("k", "td"), page.root) == "47/NQ-CP 15/4/2024"
    assert text_of(css("k", "td:nth-child(2)", "title"), page.root) == "x y"
    assert text_of(css("k", "td", "lang"), page.root) == ""
    assert text_of(None, page.root) == ""
    assert text_of(xpath("k", "string(//td[2]/@title)"), page.root) == "x y"
    assert text_of(xpath("k", "//td[1]/text()"), page.root) == "/NQ-CP"
    links = links_of(css("k", "a"), page.root, page.base)
    assert [url for url, _ in links] == ["https://sotttt.example/a b.pdf"]
    assert links[0][1] is not None
    assert links[0][1].text == "Nghị quyết"
    assert links_of(css("k", "p", "data-at"), page.root, page.base)[0][0] == "https://tep.example/x"
    assert links_of(xpath("k", "//p/@data-at"), page.root, page.base)[0][1] is None
    assert links_of(css("k", "p", "href"), page.root, page.base) == []
    assert len(links_of(css("k", "td"), page.root, page.base)) == 1
