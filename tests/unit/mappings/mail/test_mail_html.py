import pytest

import mappings.mail.html as under_test
from mappings.mail.html import html_text
from mappings.mail.quoting import split_quoted

GMAIL = (
    '<div dir="ltr">Đã nhận.</div><br><div class="gmail_quote gmail_quote_container">'
    '<div dir="ltr" class="gmail_attr">Vào Th 6, 8 thg 11, 2024 vào lúc 09:15 Phòng &lt;'
    '<a href="mailto:nq47@huulung.example">nq47@huulung.example</a>&gt; đã viết:<br></div>'
    '<blockquote class="gmail_quote" style="border-left:1px solid">Kính gửi<blockquote>cũ'
    "</blockquote></blockquote>%s</div>"
)


def new(html: str) -> str:
    return " ".join(split_quoted(html_text(html))[0].split())


def test_gmail_answers_above_and_below() -> None:
    assert new(GMAIL % "") == "Đã nhận."
    assert new(GMAIL % "<div>Dưới</div>") == "Đã nhận. Dưới"
    assert "cũ" in split_quoted(html_text(GMAIL % ""))[1]


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<p>Đã nhận</p><div id="divRplyFwdMsg">De : Phòng</div><p>Gửi báo cáo</p>', "Đã nhận"),
        ('<p>Đã nhận</p><div id="x_divRplyFwdMsg">De : Phòng</div><p>cũ</p>', "Đã nhận"),
        ('<p>Đã nhận</p><div id="appendonsend"></div><p>Gửi báo cáo</p>', "Đã nhận"),
        ('<p>Đã</p><div id="appendonsend"></div><p>nhận</p><hr><p>Gửi báo cáo</p>', "Đã nhận"),
        ('<p>Đã nhận</p><div id="appendonsend"></div>', "Đã nhận"),
        (
            '<p>Đã nhận</p><div id="appendonsend"></div><p>ạ</p><hr>'
            '<div id="divRplyFwdMsg">De : Phòng</div><p>Gửi báo cáo</p>',
            "Đã nhận ạ",
        ),
        (
            '<div id="divRplyFwdMsg">De : Phòng</div><blockquote>cũ</blockquote><p>Đã nhận</p>',
            "Đã nhận",
        ),
        ("<p>Đã nhận</p><p>\ue002</p><p>văn bản</p>", "Đã nhận văn bản"),
        (
            f'<p>Đã nhận</p><div id="divRplyFwdMsg">{"xã<br>" * 50}</div><p>Gửi báo cáo</p>',
            "Đã nhận",
        ),
    ],
)
def test_outlook_names_where_it_begins_to_quote(html: str, said: str) -> None:
    assert new(html) == said
    assert "\ue002" not in "".join(split_quoted(html_text(html)))


def test_a_gmail_forward_is_quoted_whole() -> None:
    html = '<div class="gmail_quote"><div class="gmail_attr">---------- Forwarded</div>x</div>'
    assert new(f"<p>Chuyển anh</p>{html}") == "Chuyển anh"


def test_outlook_is_cut_at_its_block() -> None:
    html = (
        '<p style="margin-left:99999999em">Gửi báo cáo</p><hr><div id="divRplyFwdMsg"><b>Từ:</b> '
        "Phòng<br><b>Đã gửi:</b> Thứ Sáu<br><b>Đến:</b> xã<br><b>Chủ đề:</b> x</div><p>Kính gửi</p>"
    )
    assert new(html) == "Gửi báo cáo"


@pytest.mark.parametrize("mark", ['type="cite"', 'class="protonmail_quote"', ""])
def test_blockquotes_are_quotations(mark: str) -> None:
    assert new(f"<p>Mới</p><blockquote {mark}>Cũ</blockquote>") == "Mới"


def test_an_indentation_is_not_a_quotation() -> None:
    assert (
        new('<blockquote style="margin:0 0 0 40px;border:none">Đã nhận</blockquote>') == "Đã nhận"
    )


def test_hidden_text_scripts_and_styles_are_not_read() -> None:
    html = '<style>a</style><script>b</script><p style="Display: none">c</p>Đã nhận'
    assert new(html) == "Đã nhận"


@pytest.mark.parametrize("html", ["", " ", "<!-- -->", "<style>x</style>"])
def test_nothing_gives_nothing(html: str) -> None:
    assert html_text(html).strip() == ""


def test_marks_of_our_own_in_the_text_do_no_harm() -> None:
    assert new("a\ue0005\ue001b") == "a5b"


@pytest.mark.parametrize("tag", ["div", "blockquote", "table><tr><td", "ul><li", "b"])
def test_deep_nesting_loses_no_text(tag: str) -> None:
    html = f"<{tag}>" * 1500 + "Đã nhận"
    assert "Đã nhận" in html_text(html)


def test_a_quotation_too_deep_to_judge_stays_in_the_text() -> None:
    assert new("<div>" * 600 + "<blockquote>Đã nhận") == "Đã nhận"


def test_when_the_layout_fails_plain_text_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(html: str) -> str:
        raise ValueError(html)

    monkeypatch.setattr(under_test, "get_text", fail)
    assert html_text("<p>Đã <b>nhận</b></p><script>x</script>rồi").split() == ["Đã", "nhận", "rồi"]


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<blockquote>",
        "<blockquote></blockquote>",
        '<p style="a">x',
        "<table><tr><td>",
        "<",
        "&",
        "<!--",
    ],
)
def test_work_is_bounded(piece: str) -> None:
    """What takes more than linear time outlasts the time-out of a test."""
    html_text(piece * (60_000 // len(piece)))


@pytest.mark.parametrize("opening", ["<div>", "<b><i>", "<table><tr><td>"])
def test_hundreds_of_thousands_of_levels_give_the_words_and_nothing_else(opening: str) -> None:
    """The parser's time grows with the square of the depth: two megabytes took minutes."""
    bomb = "<style>p {color: red}</style>" + opening * 100_000 + "chào &amp; <!-- x -->ạ</div>"
    assert html_text(bomb).split() == ["chào", "&", "ạ"]


def test_many_closed_elements_are_not_deep() -> None:
    assert html_text("<div>x</div>" * 3_000).split() == ["x"] * 3_000


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display: none">Đã nhận</div>',
        '<div style="visibility:hidden">Đã nhận</div>',
        '<span style="font-size:0">Đã nhận</span>',
        '<span style="color:red;font-size:0px;">Đã nhận</span>',
        "<p hidden>Đã nhận</p>",
        "<p><s>Đã nhận</s></p>",
        "<strike>Đã <b>nhận</b></strike>",
        "<del><p>Đã nhận</p></del>",
        '<span style="text-decoration: underline line-through">Đã nhận</span>',
        '<span style="text-decoration-line:line-through">Đã nhận</span>',
        '<div style="display:none"><p style="display:none">Đã nhận</p></div>',
    ],
)
def test_what_nobody_sees_or_somebody_struck_is_not_read(hidden: str) -> None:
    assert html_text(f"<p>Chào phòng.</p>{hidden}").strip() == "Chào phòng."


def test_a_frame_without_size_hides_no_sized_text() -> None:
    framed = '<td style="font-size:0"><p style="font-size:14px">Đã nhận</p></td>'
    assert "Đã nhận" in html_text(f"<table><tr>{framed}</tr></table>")


def test_a_long_style_takes_no_long_time() -> None:
    assert html_text(f'<p style="{"text-decoration:" * 20_000}">Đã nhận').strip() == "Đã nhận"
