"""What the exchange offers beside carrying packets: its register of units, counts, bare files."""

import json
from typing import BinaryIO

import structlog

from connector.eoffice.vxp_answer import Members, count, items
from connector.eoffice.vxp_call import EMPTY_OBJECT, VxpCalls
from connector.eoffice.vxp_file import download
from connector.eoffice.vxp_rows import registered_unit
from domain.exchange import PacketKind
from domain.exchange_units import RegisteredUnit, Registration
from domain.ids import OrganId

COUNTS = {PacketKind.DOCUMENT: "countReceiveEdoc", PacketKind.STATUS: "countReceiveStatus"}

log = structlog.get_logger()


class VxpAdministration:
    """Operations that the daemon does not need, over the calls of one connected system.

    Errors are those of ``VxpExchange``. What changes the register and may do it twice is never
    repeated: it raises ``ChangeUnknown`` when its answer is lost, and ``units`` tells.
    """

    def __init__(self, calls: VxpCalls, *, document_limit: int) -> None:
        self._calls = calls
        self._document_limit = document_limit

    def count(self, kind: PacketKind) -> int:
        """Count the packets that wait (countReceiveEdoc, countReceiveStatus)."""
        asked = {"servicetype": "eDoc", "messagetype": kind.value}
        return self._calls.read(COUNTS[kind], asked, count, EMPTY_OBJECT)

    def download(self, doc_id: str, into: BinaryIO) -> None:
        """Write one packet's bare file into a stream that can seek (downloadEdoc).

        Only what begins and ends with the element edXML is taken for one. A file that stray
        bytes precede, or in UTF-16, is therefore refused: ``VxpExchange.fetch`` has it.
        """
        calls, limit = self._calls, self._document_limit
        calls.repeated("downloadEdoc", lambda: download(calls, doc_id, into, limit=limit))

    def units(self) -> list[RegisteredUnit]:
        """List the units of the register, deleted ones too (getSynchronizeUnit)."""
        return self._calls.read("getSynchronizeUnit", {}, _units)

    def register(self, unit: Registration) -> None:
        """Add a unit or change one (registerAgency).

        A change is repeated freely: it says the same twice. An addition is not.
        """
        body = _body(unit)
        if unit.id:
            self._calls.read("registerAgency", {}, lambda _: None, body)
        else:
            self._calls.change("registerAgency", {}, body)
        log.info("exchange_unit_registered", exchange=self._calls.name, organ_id=unit.code)

    def delete(self, code: OrganId) -> None:
        """Take a unit of ours out of the register (deleteAgency).

        Not repeated: the second answer would say that there is no such unit.
        """
        self._calls.change("deleteAgency", {"AgencyCode": code}, EMPTY_OBJECT)
        log.info("exchange_unit_deleted", exchange=self._calls.name, organ_id=code)


def _units(found: Members) -> list[RegisteredUnit]:
    return [registered_unit(item) for item in items(found)]


def _body(unit: Registration) -> bytes:
    # In the order of the vendor's sample. Escaped to ASCII: no charset goes with the type.
    members = {
        "id": unit.id,
        "pcode": unit.parent,
        "code": unit.code,
        "name": unit.name,
        "mail": unit.mail,
        "mobile": unit.mobile,
        "fax": unit.fax,
    }
    return json.dumps(members, separators=(",", ":")).encode("ascii")
