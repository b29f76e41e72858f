"""The portal's pages: a list of documents by pages, and a page for each document."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Literal
from urllib.parse import quote

Style = Literal["table", "list"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One posted document with its files by name."""

    number: str
    title: str
    issued_on: date
    files: tuple[tuple[str, bytes], ...] = ()


_PAGE = """<!DOCTYPE html>
<html lang="vi"><head><meta charset="{charset}"><title>{title}</title></head>
<body>
<header><a href="/">Trang chủ</a><nav><ul><li><a href="/gioi-thieu">Giới thiệu</a></li>
<li><a href="/van-ban">Văn bản chỉ đạo điều hành</a></li></ul></nav></header>
<main><h1>{title}</h1>
{body}
</main>
<footer>Cổng thông tin điện tử. Điện thoại: 000</footer>
</body></html>
"""
_TITLE = "Văn bản chỉ đạo điều hành"


def list_page(
    posts: Sequence[tuple[int, Post]], *, style: Style, page: int, more: bool, charset: str
) -> str:
    """Return one page of the list; each post comes with the key of its own page."""
    shown = _table(posts) if style == "table" else _list(posts)
    turn = f'<a class="next" href="?trang={page + 1}">Trang sau</a>' if more else ""
    before = f'<a class="prev" href="?trang={page - 1}">Trang trước</a>' if page > 1 else ""
    paging = f'<div class="paging">{before} <span>{page}</span> {turn}</div>'
    return _PAGE.format(title=_TITLE, charset=charset, body=f"{shown}\n{paging}")


def detail_page(key: int, post: Post, *, charset: str) -> str:
    """Return the page of one document with the links to its files."""
    rows = (
        ("Số, ký hiệu", post.number),
        ("Ngày ban hành", f"{post.issued_on:%d/%m/%Y}"),
        ("Trích yếu", post.title),
    )
    facts = "".join(f"<tr><th>{name}</th><td>{escape(text)}</td></tr>" for name, text in rows)
    files = "".join(
        f'<li><a class="file" href="/tep/{key}/{at}/{quote(name)}">{escape(name)}</a></li>'
        for at, (name, _) in enumerate(post.files)
    )
    body = f'<table class="facts">{facts}</table>\n<ul class="attachments">{files}</ul>'
    return _PAGE.format(title=escape(post.number), charset=charset, body=body)


def other_layout() -> str:
    """Return what the list looks like after the site was made anew."""
    body = '<div id="app">Đang tải dữ liệu…</div><script src="/app.js"></script>'
    return _PAGE.format(title=_TITLE, charset="utf-8", body=body)


def login_page() -> str:
    """Return the form of login that a front shows to everybody."""
    form = '<form method="post" action="/dang-nhap"><input name="username"></form>'
    return _PAGE.format(title="Đăng nhập", charset="utf-8", body=form)


def down_page() -> str:
    """Return what a portal shows that is being repaired."""
    return _PAGE.format(title="Hệ thống đang bảo trì", charset="utf-8", body="")


def _table(posts: Sequence[tuple[int, Post]]) -> str:
    head = "<tr><th>STT</th><th>Số, ký hiệu</th><th>Ngày ban hành</th><th>Trích yếu</th></tr>"
    rows = "\n".join(
        f'<tr><td>{at}</td><td class="so-ky-hieu">{escape(post.number)}</td>'
        f'<td class="ngay">{post.issued_on:%d/%m/%Y}</td>'
        f'<td class="trich-yeu"><a href="/van-ban/{key}">{escape(post.title)}</a></td></tr>'
        for at, (key, post) in enumerate(posts, start=1)
    )
    return f'<table class="van-ban"><thead>{head}</thead><tbody>\n{rows}\n</tbody></table>'


def _list(posts: Sequence[tuple[int, Post]]) -> str:
    items = "\n".join(
        f'<li class="item"><a href="/van-ban/{key}">Văn bản số {escape(post.number)}: '
        f"{escape(post.title)}</a> <em>({post.issued_on:%d/%m/%Y})</em></li>"
        for key, post in posts
    )
    return f'<ul class="van-ban">\n{items}\n</ul>'
