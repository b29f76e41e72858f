"""The operations on the table of units: three lists, registering and deleting."""

import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

from dondoc.simulators.eoffice.envelope import ErrorCode, Members, Refusal
from dondoc.simulators.eoffice.rows import synchronised_row, unit_row
from dondoc.simulators.eoffice.signature import Signed
from dondoc.simulators.eoffice.units import Agency, Unit, Units

# JSON members to be wrapped in the envelope, or a file's bytes as they are.
Answer: TypeAlias = Members | bytes
Run: TypeAlias = Callable[[Signed, bytes], Answer]


class Directory:
    """Carries out the operations on units."""

    def __init__(self, units: Units) -> None:
        self._units = units

    def operations(self) -> Mapping[str, Run]:
        """Return the operations by name."""
        return {
            "getAgenciesList": self._list_agencies,
            "getAgenciesListQD20": self._list_agencies_qd20,
            "getSynchronizeUnit": self._synchronise,
            "registerAgency": self._register,
            "deleteAgency": self._delete,
        }

    def _list_agencies(self, _signed: Signed, _body: bytes) -> Answer:
        return {
            "data": [
                {**unit_row(unit), "pid": unit.parent_id, "oldCode": unit.old_code}
                for unit in self._units.all()
                if not unit.deleted
            ]
        }

    def _list_agencies_qd20(self, _signed: Signed, _body: bytes) -> Answer:
        # What "level" narrows is not known, and a missing unit does more harm than one too many.
        return {
            "data": [
                {**unit_row(unit), "code102": unit.old_code}
                for unit in self._units.all()
                if not unit.deleted
            ]
        }

    def _synchronise(self, _signed: Signed, _body: bytes) -> Answer:
        return {"data": [synchronised_row(unit) for unit in self._units.all()]}

    def _register(self, signed: Signed, body: bytes) -> Answer:
        fields = _registration(body)
        code, old_code = fields.get("code", ""), ""
        if fields.get("id"):
            unit = self._own_unit(signed, fields["id"], by_id=True)
            # A renumbered unit stays within reach under the code that others still use.
            old_code = unit.old_code or (unit.code if unit.code != code else "")
        if not code:
            raise Refusal(ErrorCode.NOT_PROCESSED, "registerAgency needs a code")
        self._units.register(
            Agency(
                code=code,
                old_code=old_code,
                name=fields.get("name", ""),
                mail=fields.get("mail", ""),
                parent=fields.get("pcode", ""),
                system=signed.system,
            )
        )
        return {}

    def _delete(self, signed: Signed, _body: bytes) -> Answer:
        unit = self._own_unit(signed, signed.get("AgencyCode"))
        self._units.set_flag(unit, deleted=True)
        return {}

    def _own_unit(self, signed: Signed, key: str, *, by_id: bool = False) -> Unit:
        if by_id:
            unit = next((unit for unit in self._units.all() if str(unit.id) == key), None)
        else:
            unit = self._units.find(key)
        if unit is None or unit.deleted:
            raise Refusal(ErrorCode.UNKNOWN_RECEIVER, f"unit {key!r} does not exist")
        if unit.system != signed.system:
            raise Refusal(ErrorCode.UNKNOWN_SENDER, f"unit {key!r} belongs to another system")
        return unit


def _registration(body: bytes) -> dict[str, str]:
    try:
        value = json.loads(body)
        if not isinstance(value, dict):
            raise ValueError("not an object")
        fields = {
            key: str(item).strip()
            for key, item in value.items()
            if isinstance(item, str | int) and str(item).encode()
        }
    except (ValueError, RecursionError) as error:
        raise Refusal(ErrorCode.NOT_PROCESSED, "registerAgency needs a JSON object") from error
    return fields
