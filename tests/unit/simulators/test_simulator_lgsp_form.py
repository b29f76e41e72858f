"""What the simulated axis reads in a form, and how its faults are armed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.simulators.eoffice.envelope import Refusal
from dondoc.simulators.lgsp import Fault, Faults
from dondoc.simulators.lgsp.form import read_form

TYPE = "multipart/form-data; boundary=b"


def form(content: bytes) -> bytes:
    return (
        b'--b\r\nContent-Disposition: form-data; name="messageType"\r\n\r\nedoc\r\n'
        b'--b\r\nContent-Disposition: form-data; filename="a.edxml"; name="edocFile"\r\n'
        b"Content-Type: application/xml\r\n\r\n" + content + b"\r\n--b--\r\n"
    )


@given(st.binary().filter(lambda content: b"\r\n--b" not in content))
def test_the_content_is_what_was_sent(content: bytes) -> None:
    if content.startswith(b"--b"):
        content = b"x" + content
    parts = read_form(TYPE, form(content))
    assert parts["edocFile"].content == content
    assert parts["edocFile"].file_name == "a.edxml"
    assert (parts["messageType"].content, parts["messageType"].file_name) == (b"edoc", "")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", form(b"a")),
        (TYPE, b""),
        (TYPE, form(b"a")[:-8]),
        (TYPE, b"--b\r\nX: y\r\n\r\na\r\n--b--"),
        (TYPE, b'--b\r\nContent-Disposition: form-data; name="a"\r\n--b--'),
    ],
)
def test_what_is_no_form(kind: str, body: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        read_form(kind, body)
    assert caught.value.code == "21"


def test_faults_are_used_up_in_order_and_where_they_belong() -> None:
    faults = Faults()
    faults.arm_all(["drop", "duplicate:2", "expire"])
    assert faults.take("login") is None
    assert faults.take("syncReceivedEdocList") is Fault.DUPLICATE
    assert faults.take("sendEdoc") is Fault.DROP
    assert faults.take("sendEdoc") is Fault.EXPIRE
    assert faults.take("syncReceivedEdocList") is Fault.DUPLICATE
    assert faults.take("syncReceivedEdocList") is None


@pytest.mark.parametrize("text", ["nope", "drop:x", "drop:0", "drop:-1", ""])
def test_a_fault_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="fault"):
        Faults().arm_all([text])
