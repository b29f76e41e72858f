"""Which files of a letter go in which mail."""

from base64 import encodebytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.directive import StoredFile
from domain.enclosure import (
    TEXT_OCTETS,
    Linked,
    OverSize,
    Room,
    enclosures,
    message_octets,
    stranded,
)
from domain.ids import Digest

MB = 1_048_576
URL = "https://huulung.example/512"


def file(name: str, size: int) -> StoredFile:
    return StoredFile(name=name, digest=Digest("ab" * 32), size=size)


def room(octets: int | None, over_size: OverSize = OverSize.PARTS, source: str = "") -> Room:
    return Room(octets=octets, over_size=over_size, source=lambda _file: source)


@given(st.integers(min_value=0, max_value=300_000))
def test_a_file_never_takes_more_than_was_reckoned(size: int) -> None:
    encoded = encodebytes(b"\0" * size).replace(b"\n", b"\r\n")
    assert TEXT_OCTETS + len(encoded) <= message_octets([size])


def test_what_fits_goes_in_one_mail() -> None:
    files = (file("a", 3 * MB), file("b", 3 * MB))
    (whole,) = enclosures(files, room(10 * MB))
    assert (whole.attached, whole.part, whole.parts) == (files, 1, 1)
    (unknown,) = enclosures(files, room(None))
    assert unknown.attached == files
    (nothing,) = enclosures((), room(1))
    assert nothing.attached == ()


def test_parts_keep_the_order_of_the_letter() -> None:
    a, b, c = file("a", 3 * MB), file("b", 5 * MB), file("c", MB)
    mails = enclosures((a, b, c), room(9 * MB))
    assert [(m.attached, m.part, m.parts) for m in mails] == [((a,), 1, 2), ((b, c), 2, 2)]


@pytest.mark.parametrize("over_size", OverSize)
def test_a_file_that_no_mail_carries_goes_by_its_address(over_size: OverSize) -> None:
    a, large, c = file("a", MB), file("large", 30 * MB), file("c", MB)
    fits = room(10 * MB, over_size, URL)
    assert stranded((a, large, c), fits) == []
    (mail,) = enclosures((a, large, c), fits)
    assert mail.attached == (a, c)
    assert mail.linked == (Linked(file=large, url=URL),)


@pytest.mark.parametrize("over_size", OverSize)
def test_without_an_address_it_can_go_nowhere(over_size: OverSize) -> None:
    files = (file("a", MB), file("large", 30 * MB))
    assert stranded(files, room(10 * MB, over_size)) == [files[1]]


def test_by_link_there_is_one_mail_and_the_rest_has_addresses() -> None:
    a, b, c = file("a", 3 * MB), file("b", 5 * MB), file("c", MB)
    (mail,) = enclosures((a, b, c), room(9 * MB, OverSize.LINK, URL))
    assert mail.attached == (a, c)
    assert [one.file for one in mail.linked] == [b]


def test_addresses_stand_in_the_first_part() -> None:
    a, large, c = file("a", 5 * MB), file("large", 30 * MB), file("c", 5 * MB)
    first, second = enclosures((a, large, c), room(9 * MB, source=URL))
    assert (first.attached, second.attached) == ((a,), (c,))
    assert [one.file for one in first.linked] == [large]
    assert second.linked == ()


@given(
    st.lists(st.integers(min_value=0, max_value=12 * MB), max_size=8),
    st.sampled_from(OverSize),
)
def test_no_file_is_lost_or_sent_twice(sizes: list[int], over_size: OverSize) -> None:
    files = tuple(file(str(n), size) for n, size in enumerate(sizes))
    fits = room(9 * MB, over_size, URL)
    mails = enclosures(files, fits)
    carried = [f for m in mails for f in (*m.attached, *(one.file for one in m.linked))]
    assert sorted(carried, key=lambda f: int(f.name)) == list(files)
    assert all(fits.holds(m.attached) for m in mails)
    assert [m.part for m in mails] == list(range(1, len(mails) + 1))
    assert {m.parts for m in mails} == {len(mails)}
    if over_size is OverSize.LINK:
        assert len(mails) == 1
