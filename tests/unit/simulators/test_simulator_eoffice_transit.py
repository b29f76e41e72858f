"""Re-serialisation in transit, and the small parts: faults and tables of units."""

from pathlib import Path

import pytest
from lxml import etree

from domain.errors import ConfigError
from dondoc.simulators.eoffice import Agency, Fault, Faults, read_agencies
from dondoc.simulators.eoffice.edxml import read_header
from dondoc.simulators.eoffice.transit import reserialise
from tests.unit.simulators.vxp_requests import NAMESPACE, envelope, status_message

STAMP = "2024/05/08 08:00:00"
MIXED = (
    envelope(
        "<edXML:Subject>Số &lt; &amp; chữ</edXML:Subject><edXML:Unknown>x</edXML:Unknown>"
        "<edXML:Content>  </edXML:Content>"
        "<edXML:To><edXML:OrganName>Xã B</edXML:OrganName><edXML:OrganId>B</edXML:OrganId>"
        "</edXML:To><edXML:From><edXML:OrganId>A</edXML:OrganId></edXML:From>",
        rest='<edXML:TraceHeaderList id="1" version="1.0" mustUnderstand="1"><edXML:TraceHeader>'
        "<edXML:OrganId>A</edXML:OrganId></edXML:TraceHeader><edXML:Paper>0</edXML:Paper>"
        "</edXML:TraceHeaderList><Signature><SignedInfo><CanonicalizationMethod Algorithm='c'/>"
        "</SignedInfo><KeyInfo><X509Data><X509SubjectName>CN=A</X509SubjectName>"
        "<X509Certificate>cert</X509Certificate></X509Data></KeyInfo></Signature>",
    )
    .replace(
        b"</edXML:edXMLEnvelope>",
        b'<edXML:edXMLBody><edXML:edXMLManifest version="1.0"><edXML:Reference xlink:href="x">'
        b"<edXML:ContentId>cid:1</edXML:ContentId></edXML:Reference></edXML:edXMLManifest>"
        b"</edXML:edXMLBody></edXML:edXMLEnvelope><AttachmentEncoded><Attachment>"
        b"<edXML:ContentTransferEncoded>QUJD</edXML:ContentTransferEncoded>"
        b"<AttachmentName>a.pdf</AttachmentName></Attachment></AttachmentEncoded>",
    )
    .replace(b"<edXML xmlns", b"<edXML xmlns:edXML='" + NAMESPACE.encode() + b"' xmlns")
)
EXPECTED = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="{NAMESPACE}">
  <edXML:edXMLEnvelope xmlns:edXML="{NAMESPACE}">
    <edXML:edXMLHeader>
      <edXML:MessageHeader>
        <edXML:From>
          <edXML:OrganId>A</edXML:OrganId>
        </edXML:From>
        <edXML:To>
          <edXML:OrganId>B</edXML:OrganId>
          <edXML:OrganName>Xã B</edXML:OrganName>
        </edXML:To>
        <edXML:Subject>Số &lt; &amp; chữ</edXML:Subject>
      </edXML:MessageHeader>
      <edXML:TraceHeaderList id="1" version="1.0">
        <edXML:Paper>0</edXML:Paper>
        <edXML:TraceHeader>
          <edXML:OrganId>A</edXML:OrganId>
        </edXML:TraceHeader>
        <edXML:TraceHeader>
          <edXML:Timestamp>{STAMP}</edXML:Timestamp>
        </edXML:TraceHeader>
      </edXML:TraceHeaderList>
      <Signature>
        <SignedInfo>
          <CanonicalizationMethod Algorithm="c" />
        </SignedInfo>
        <KeyInfo>
          <X509Data>
            <X509Certificate>cert</X509Certificate>
          </X509Data>
        </KeyInfo>
      </Signature>
    </edXML:edXMLHeader>
    <edXML:edXMLBody>
      <edXML:edXMLManifest version="1.0">
        <edXML:Reference>
          <edXML:ContentId>cid:1</edXML:ContentId>
        </edXML:Reference>
      </edXML:edXMLManifest>
    </edXML:edXMLBody>
  </edXML:edXMLEnvelope>
  <AttachmentEncoded>
    <Attachment>
      <AttachmentName>a.pdf</AttachmentName>
      <edXML:ContentTransferEncoded xmlns:edXML="{NAMESPACE}">QUJD</edXML:ContentTransferEncoded>
    </Attachment>
  </AttachmentEncoded>
</edXML>
"""


def test_a_document_comes_out_in_the_builders_form() -> None:
    result = reserialise(MIXED, is_status=False, timestamp=STAMP)
    assert result.decode() == EXPECTED.replace("\n", "\r\n")
    etree.fromstring(result)
    assert read_header(result) == read_header(MIXED)


def test_a_second_passage_adds_one_trace_more_and_nothing_else() -> None:
    once = reserialise(MIXED, is_status=False, timestamp=STAMP)
    twice = reserialise(b"1212" + once, is_status=False, timestamp=STAMP)
    assert twice.count(b"<edXML:TraceHeader>") == once.count(b"<edXML:TraceHeader>") + 1


def test_a_status_keeps_its_fields_and_gets_no_trace() -> None:
    sent = status_message("A", "B", "03")
    result = reserialise(sent, is_status=True, timestamp=STAMP)
    assert b"TraceHeader" not in result
    assert read_header(result) == read_header(sent)


def test_what_has_no_envelope_stays_as_it_is() -> None:
    for content in (b"<edXML/>", b"", b"text"):
        assert reserialise(content, is_status=False, timestamp=STAMP) == content


def test_faults_are_used_up_in_order() -> None:
    faults = Faults()
    faults.arm("html", 2, operation="getEdoc")
    faults.arm(Fault.EMPTY)
    assert [faults.take("getEdoc") for _ in range(4)] == [
        Fault.HTML,
        Fault.HTML,
        Fault.EMPTY,
        None,
    ]


def test_faults_are_read_from_texts() -> None:
    faults = Faults()
    faults.arm_all(["html:2@getEdoc", "drop@updateStatus", "drop", "duplicate"])
    assert [faults.take("getEdoc") for _ in range(3)] == [Fault.HTML, Fault.HTML, None]
    assert [faults.take("updateStatus") for _ in range(2)] == [Fault.DROP, None]
    assert [faults.take("sendEdoc") for _ in range(2)] == [Fault.DROP, None]
    assert faults.take("getSentEdocList") is None
    assert faults.take("getReceivedEdocList") is Fault.DUPLICATE


@pytest.mark.parametrize(
    "text", ["fire", "drop:x", "drop:0", ":", "", "drop@", "drop@a:2", "drop@a b"]
)
def test_unknown_faults(text: str) -> None:
    with pytest.raises(ValueError, match="fault"):
        Faults().arm_all([text])


def test_tables_of_units(tmp_path: Path) -> None:
    table = tmp_path / "units.csv"
    table.write_text(
        "\ufeffcode,oldCode,name,mail,system,locked\n"
        'H37.1,000.00.01.H37,"UBND xã A, huyện B",a@b.example,S,yes\n'
        "H37.2,,,,,\n",
        encoding="utf-8",
    )
    first, second = read_agencies(table)
    assert first == Agency(
        code="H37.1",
        old_code="000.00.01.H37",
        name="UBND xã A, huyện B",
        mail="a@b.example",
        system="S",
        locked=True,
    )
    assert second == Agency(code="H37.2")
    (tmp_path / "units.json").write_text('[{"code": "H37.3", "parent": null, "locked": true}]')
    assert read_agencies(tmp_path / "units.json") == [Agency(code="H37.3", locked=True)]


@pytest.mark.parametrize(
    ("name", "text", "problems"),
    [
        ("a.csv", "code,colour\n,red\nX,\n", [":2:", ":2:", ":3:"]),
        ("b.csv", "code\nX,Y\n", [":2:"]),
        ("c.json", "{}", [":0:"]),
        ("d.json", "[", [":0:"]),
        ("e.json", "[{}]", [":0:"]),
    ],
)
def test_every_fault_of_a_table_is_told(
    tmp_path: Path, name: str, text: str, problems: list[str]
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError) as error:
        read_agencies(tmp_path / name)
    assert len(error.value.problems) == len(problems)
    for place, problem in zip(problems, error.value.problems, strict=True):
        assert place in str(problem)


def test_a_missing_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.csv"):
        read_agencies(tmp_path / "none.csv")
