"""What every reader of a portal keeps to: the one over HTTP, and the one in memory."""

import io
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from connector.eoffice.http import Timeouts
from connector.portal import PortalPages
from connector.portal_memory import MemoryPages, Posted
from domain.errors import PeerRefused, PeerUnavailable, TooLarge
from domain.ports import PublicPages, Visit
from dondoc.simulators.portal import Portal, Post

CONTENT = b"%PDF-1.7 " + b"x" * 100_000
NAME = "47-NQ-CP.pdf"
HOST = "https://sotttt.example"
POST = Post(number="47/NQ-CP", title="x", issued_on=date(2024, 4, 15), files=((NAME, CONTENT),))


def visit(pages: PublicPages) -> Visit:
    return pages.visit(seconds=60, octets=1_000_000)


class PublicPagesContract:
    """Give fixtures ``pages``, ``at`` (its list's address) and ``spoil``.

    ``spoil`` makes the next answer go wrong, down or elsewhere, or the next six a loop. The file
    lies at ``/tep/0/0/47-NQ-CP.pdf``.
    """

    def test_a_page(self, pages: PublicPages, at: str) -> None:
        into = io.BytesIO(b"what stood here before, and was longer")
        answer = visit(pages).fetch(at, into, limit=100_000)
        assert "Văn bản chỉ đạo" in into.getvalue().decode()
        assert into.getvalue().startswith(b"<!DOCTYPE")
        assert (answer.url, answer.media_type) == (at, "text/html")

    def test_a_file_within_its_limit(self, pages: PublicPages, at: str) -> None:
        url = at.replace("/van-ban", f"/tep/0/0/{NAME}")
        into = io.BytesIO()
        answer = visit(pages).fetch(url, into, limit=len(CONTENT))
        assert into.getvalue() == CONTENT
        assert answer.media_type == "application/pdf"
        with pytest.raises(TooLarge):
            visit(pages).fetch(url, io.BytesIO(), limit=len(CONTENT) - 1)

    def test_what_is_not_there(self, pages: PublicPages, at: str) -> None:
        with pytest.raises(PeerRefused, match="404"):
            visit(pages).fetch(f"{at}-khac", io.BytesIO(), limit=100_000)

    def test_a_portal_that_is_down(
        self, pages: PublicPages, at: str, spoil: Callable[[str], None]
    ) -> None:
        spoil("down")
        with pytest.raises(PeerUnavailable, match="503"):
            visit(pages).fetch(at, io.BytesIO(), limit=100_000)

    @pytest.mark.parametrize("url", ["https://elsewhere.example/van-ban", "file:///van-ban", "x"])
    def test_other_places_are_not_asked(self, pages: PublicPages, url: str) -> None:
        with pytest.raises(PeerRefused, match="portal's"):
            visit(pages).fetch(url, io.BytesIO(), limit=100_000)

    def test_a_redirect_to_another_place_is_not_followed(
        self, pages: PublicPages, at: str, spoil: Callable[[str], None]
    ) -> None:
        spoil("elsewhere")
        with pytest.raises(PeerRefused, match="portal's"):
            visit(pages).fetch(at, io.BytesIO(), limit=100_000)

    def test_a_redirect_to_itself_ends(
        self, pages: PublicPages, at: str, spoil: Callable[[str], None]
    ) -> None:
        spoil("loop")
        with pytest.raises(PeerRefused, match="more than 5 times"):
            visit(pages).fetch(at, io.BytesIO(), limit=100_000)

    def test_a_visit_has_so_many_octets(self, pages: PublicPages, at: str) -> None:
        url = at.replace("/van-ban", f"/tep/0/0/{NAME}")
        short = pages.visit(seconds=60, octets=2 * len(CONTENT))
        short.fetch(url, io.BytesIO(), limit=len(CONTENT))
        short.fetch(url, io.BytesIO(), limit=len(CONTENT))
        with pytest.raises(TooLarge):
            short.fetch(at, io.BytesIO(), limit=100_000)

    def test_a_visit_ends(self, pages: PublicPages, at: str) -> None:
        with pytest.raises(PeerUnavailable, match="too long"):
            pages.visit(seconds=0, octets=1_000_000).fetch(at, io.BytesIO(), limit=100_000)


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    with Portal() as portal:
        portal.post(POST)
        yield portal


class TestOverHttp(PublicPagesContract):
    @pytest.fixture
    def pages(self, portal: Portal) -> Iterator[PublicPages]:
        timeouts = Timeouts(connect=5, read=5, whole=10)
        pages = PortalPages([portal.page], name="the portal", timeouts=timeouts)
        yield pages
        pages.close()

    @pytest.fixture
    def at(self, portal: Portal) -> str:
        return portal.page

    @pytest.fixture
    def spoil(self, portal: Portal) -> Callable[[str], None]:
        def spoil(fault: str) -> None:
            portal.faults.arm(fault, 6 if fault == "loop" else 1)

        return spoil


class TestInMemory(PublicPagesContract):
    @pytest.fixture
    def pages(self) -> MemoryPages:
        pages = MemoryPages(["sotttt.example"])
        page = "<!DOCTYPE html><h1>Văn bản chỉ đạo điều hành".encode()
        pages.posted[f"{HOST}/van-ban"] = Posted(content=page)
        pages.posted[f"{HOST}/tep/0/0/{NAME}"] = Posted(
            content=CONTENT, media_type="application/pdf"
        )
        return pages

    @pytest.fixture
    def at(self) -> str:
        return f"{HOST}/van-ban"

    @pytest.fixture
    def spoil(self, pages: MemoryPages, at: str) -> Callable[[str], None]:
        def spoil(fault: str) -> None:
            moved = {"elsewhere": "http://elsewhere.example/van-ban", "loop": at}
            pages.posted[at] = Posted(moved=moved.get(fault, ""), away=fault == "down")

        return spoil
