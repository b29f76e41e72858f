"""Bundles: documents of doors that have no edXML."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.bundle import Bundle, read_bundle, write_bundle
from domain.content import Inline, gathered, whole
from domain.errors import MalformedDocument, TooLarge
from domain.exchange import Attachment


def bundled(bundle: Bundle) -> bytes:
    return gathered(lambda out: write_bundle(bundle, out))


def sample(*files: Attachment, fields: bytes = b'{"so_ky_hieu": "512/UBND-VH"}') -> Bundle:
    return Bundle(kind="ioffice", fields=fields, files=files)


files = st.builds(
    lambda name, content, description: Attachment(
        name=name, content=Inline(content), content_type="application/pdf", description=description
    ),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.binary(max_size=50),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
)


@given(st.lists(files, max_size=3), st.binary(max_size=50))
def test_a_bundle_comes_back(found: list[Attachment], fields: bytes) -> None:
    bundle = sample(*found, fields=fields)
    assert read_bundle(Inline(bundled(bundle))) == bundle
    assert bundled(bundle) == bundled(bundle)


def test_a_large_file_is_kept_where_it_belongs() -> None:
    content = bytes(range(256)) * 10_000
    file = Attachment(name="phu-luc.pdf", content=Inline(content))
    assert whole(read_bundle(Inline(bundled(sample(file)))).files[0].content) == content


@given(st.binary(max_size=200))
def test_what_is_no_bundle_is_malformed(content: bytes) -> None:
    with pytest.raises(MalformedDocument):
        read_bundle(Inline(content))


def test_a_damaged_bundle_is_malformed() -> None:
    whole_one = bundled(sample(Attachment(name="a", content=Inline(b"x" * 100))))
    for size in range(0, len(whole_one), 7):
        with pytest.raises(MalformedDocument):
            read_bundle(Inline(whole_one[:size]))
    with pytest.raises(MalformedDocument, match="BadZipFile"):
        read_bundle(Inline(whole_one.replace(b"x" * 100, b"y" * 100)))


@pytest.mark.parametrize(
    ("index", "error"),
    [
        (b"[]", "damaged"),
        (b"{", "damaged"),
        (b'{"version": 2, "files": []}', "another version"),
        (b'{"version": 1, "kind": "x", "files": [1]}', "damaged"),
        (b'{"version": 1, "kind": "x", "files": [{"name": "a"}]}', "damaged"),
    ],
)
def test_an_index_of_another_shape_is_malformed(index: bytes, error: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("bundle.json", index)
        archive.writestr("fields", b"")
    with pytest.raises(MalformedDocument, match=error):
        read_bundle(Inline(stream.getvalue()))


@pytest.mark.parametrize("squeezed", ["fields", "files/1"])
def test_nothing_in_it_expands(squeezed: str) -> None:
    stream = io.BytesIO()
    index = b'{"version": 1, "kind": "x", "files": [{"name": "a", "type": "", "description": ""}]}'
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("bundle.json", index)
        for name in ("fields", "files/1"):
            method = zipfile.ZIP_DEFLATED if name == squeezed else zipfile.ZIP_STORED
            archive.writestr(name, b"0" * 1000, method)
    with pytest.raises(TooLarge, match=squeezed):
        read_bundle(Inline(stream.getvalue()))
