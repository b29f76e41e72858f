"""Signed requests made by hand from the protocol's description, and edXML files to send."""

import hashlib
import hmac
import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

PREFIX = "XroadVnpt-"
NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
STAMP = "01052024T080910+0123"

# Any: the answers are JSON and each test looks at its own members.
Answer = dict[str, Any]


def unpadded(content: bytes) -> str:
    return "".join(f"{byte:x}" for byte in hashlib.sha256(content).digest())


def sign(parameters: dict[str, str], secret: str) -> dict[str, str]:
    signed = {PREFIX + name: value for name, value in parameters.items()}
    text = json.dumps(signed, ensure_ascii=False, separators=(",", ":"))
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return signed | {
        "Content-Type": parameters.get("Content-Type", ""),
        PREFIX + "sign-header-key": ";".join(parameters),
        PREFIX + "sign-header": text,
        PREFIX + "hash-header": signature,
        "User-Agent": "JAVASDKAgent/1.0.0 XRoad/VPCP",
        PREFIX + "version": "3.0.201608",
    }


@dataclass
class Caller:
    """One connecting centre with a kept connection."""

    url: str
    system: str
    secret: str
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        address = urlsplit(self.url)
        self.connection = http.client.HTTPConnection(
            address.hostname or "", address.port, timeout=20
        )

    def headers(self, content_type: str = "application/json", **parameters: str) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in parameters.items()}
        return sign(
            {"systemid": self.system, **named, "timestamp": STAMP, "Content-Type": content_type},
            self.secret,
        )

    def raw(
        self, operation: str, headers: dict[str, str], body: bytes = b"", method: str = "POST"
    ) -> tuple[int, bytes]:
        self.connection.request(method, f"/{operation}", body=body, headers=headers)
        response = self.connection.getresponse()
        return response.status, response.read()

    def call(self, operation: str, body: bytes = b"{}", **parameters: str) -> Answer:
        status, answer = self.raw(operation, self.headers(**parameters), body)
        assert status == 200
        result: Answer = json.loads(answer)
        assert {"status", "ErrorCode", "ErrorDesc"} <= result.keys()
        assert (result["status"] == "OK") == (result["ErrorCode"] == "0")
        return result

    def send(self, content: bytes, sender: str = "", **parameters: str) -> Answer:
        named = {
            "from": sender or self.system,
            "servicetype": "eDoc",
            "messagetype": "edoc",
            "hash_file": unpadded(content),
        }
        headers = self.headers("application/octet-stream", **{**named, **parameters})
        status, answer = self.raw("sendEdoc", headers, content + b"\r\n")
        assert status == 200
        result: Answer = json.loads(answer)
        assert isinstance(result["DocId"], str)
        return result

    def listed(self, kind: str = "edoc", **parameters: str) -> list[Answer]:
        answer = self.call(
            "getReceivedEdocList", b"", servicetype="eDoc", messagetype=kind, **parameters
        )
        assert answer["ErrorCode"] == "0"
        rows: list[Answer] = answer["data"]
        return rows

    def download(self, doc_id: str) -> bytes:
        return self.raw("downloadEdoc", self.headers(docId=doc_id), method="GET")[1]


@contextmanager
def calling(url: str, system: str, secret: str) -> Iterator[Caller]:
    caller = Caller(url, system, secret)
    try:
        yield caller
    finally:
        caller.connection.close()


def envelope(message_header: str, *, rest: str = "", prolog: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{prolog}<edXML xmlns="{NAMESPACE}">'
        f'<edXML:edXMLEnvelope xmlns:edXML="{NAMESPACE}"><edXML:edXMLHeader>'
        f"<edXML:MessageHeader>{message_header}</edXML:MessageHeader>{rest}"
        f"</edXML:edXMLHeader></edXML:edXMLEnvelope></edXML>"
    ).encode()


def organ(name: str, code: str) -> str:
    return f"<edXML:{name}><edXML:OrganId>{code}</edXML:OrganId></edXML:{name}>"


def document(sender: str, *receivers: str, document_id: str = "D1", subject: str = "") -> bytes:
    return envelope(
        organ("From", sender)
        + "".join(organ("To", code) for code in receivers)
        + f"<edXML:DocumentId>{document_id}</edXML:DocumentId>"
        + "<edXML:Code><edXML:CodeNumber>512</edXML:CodeNumber>"
        + "<edXML:CodeNotation>UBND-VH</edXML:CodeNotation></edXML:Code>"
        + f"<edXML:Subject>{subject or 'Triển khai Nghị quyết 47'}</edXML:Subject>"
    )


def status_message(sender: str, to: str, code: str = "01", document_id: str = "D1") -> bytes:
    return envelope(
        organ("From", sender)
        + f"<edXML:ResponseFor><edXML:OrganId>{to}</edXML:OrganId>"
        + f"<edXML:Code>512/UBND-VH</edXML:Code><edXML:DocumentId>{document_id}</edXML:DocumentId>"
        + f"</edXML:ResponseFor><edXML:StatusCode>{code}</edXML:StatusCode>"
    )
