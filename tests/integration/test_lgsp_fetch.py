"""Files that the client of the provincial axis fetches, in both shapes and in none."""

import base64
import json
from collections.abc import Iterator

import pytest

from domain.errors import PeerRefused, PeerUnavailable
from tests.contract.fetching import fetched
from tests.integration.lgsp_peer import OK, XML, Axis, client, file_answer, serving_axis
from tests.integration.vxp_peer import DOC_ID, http


@pytest.fixture
def axis() -> Iterator[Axis]:
    with serving_axis() as running:
        yield running


@pytest.mark.parametrize(
    "answer",
    [
        XML,
        json.dumps(XML)[1:-1],
        base64.b64encode(XML.encode()).decode(),
        base64.encodebytes(XML.encode() * 20).decode(),
    ],
    ids=["text", "escaped twice", "base64", "wrapped base64"],
)
def test_both_shapes_of_a_file(axis: Axis, answer: str) -> None:
    axis.behaviour = file_answer(answer, attachments=[{"fileName": "a.xml", "fileContent": "YQ=="}])
    with client(axis.url) as exchange:
        if answer.startswith("\\ufeff"):
            with pytest.raises(PeerUnavailable, match="cannot be decoded"):
                fetched(exchange, DOC_ID)
        else:
            found = fetched(exchange, DOC_ID)
            assert found.replace(XML.encode(), b"") == b""
            assert found


@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_a_long_file_in_both_shapes(axis: Axis, escaped: bool, packed: bool) -> None:
    content = ("<edXML>" + base64.encodebytes(b"\xff\xfe" * 200_000).decode() + "</edXML>").encode()
    edxml = base64.encodebytes(content).decode() if packed else content.decode()
    text = json.dumps({**OK, "data": {"edxml": edxml}})
    axis.behaviour = http((text.replace("/", r"\/") if escaped else text).encode())
    with client(axis.url, document_limit=2_000_000) as exchange:
        assert fetched(exchange, DOC_ID) == content


def test_a_file_that_is_only_among_the_attachments(axis: Axis) -> None:
    packed = base64.b64encode(XML.encode()).decode()
    rows: list[object] = [{"fileName": "vb.pdf", "fileContent": "YQ=="}, None]
    rows.append({"fileName": "VB.EDXML", "fileContent": packed})
    axis.behaviour = file_answer(None, attachments=rows)
    with client(axis.url) as exchange:
        assert fetched(exchange, DOC_ID) == XML.encode()
        axis.behaviour = file_answer("", attachments=rows + rows)
        with pytest.raises(PeerUnavailable):
            fetched(exchange, DOC_ID)


@pytest.mark.parametrize(
    "edxml", [None, "", " \n", [], {}, 5, "####", "YW=Jj", "YWJ", "Việt", "x-" * 900_000]
)
def test_a_success_without_a_readable_file_is_asked_for_again(axis: Axis, edxml: object) -> None:
    axis.behaviour = file_answer(edxml, attachments=None)
    with (
        client(axis.url, attempts=3, document_limit=1_000_000) as exchange,
        pytest.raises(PeerUnavailable, match=DOC_ID),
    ):
        fetched(exchange, DOC_ID)
    assert len(axis.requests) == 3


def test_the_file_of_another_packet_is_not_taken(axis: Axis) -> None:
    axis.behaviour = file_answer(XML, docId="another")
    with client(axis.url) as exchange, pytest.raises(PeerUnavailable, match="about another one"):
        fetched(exchange, DOC_ID)
    axis.behaviour = file_answer(XML, docId=DOC_ID.upper())
    with client(axis.url) as exchange:
        assert fetched(exchange, DOC_ID) == XML.encode()


def test_a_file_over_the_limit_is_refused(axis: Axis) -> None:
    axis.behaviour = file_answer("<" + "x" * 1000)
    with (
        client(axis.url, document_limit=1000) as exchange,
        pytest.raises(PeerRefused, match="over the limit of 1000"),
    ):
        fetched(exchange, DOC_ID)
