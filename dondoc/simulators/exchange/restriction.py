"""Search restrictions (t:RestrictionType) as far as clients of a mailbox use them."""

from collections.abc import Callable

from dondoc.simulators.exchange.soap import Element, EwsError, child, children, local

Value = Callable[[str], str]
"""Gives the value of a property of one item or folder by its FieldURI."""


def matches(restriction: Element | None, value: Value) -> bool:
    """Tell whether something meets a restriction; everything meets none.

    Raises ``EwsError`` for a kind of restriction that the simulator does not know.
    """
    if restriction is None:
        return True
    return all(_meets(one, value) for one in children(restriction))


def _meets(test: Element, value: Value) -> bool:
    kind = local(test)
    if kind in {"And", "Or"}:
        results = [_meets(one, value) for one in children(test)]
        return all(results) if kind == "And" else any(results)
    if kind == "Not":
        return not any(_meets(one, value) for one in children(test))
    found = value(_field(test))
    if kind == "Exists":
        return bool(found)
    wanted = _constant(test)
    if kind in {"IsEqualTo", "IsNotEqualTo"}:
        return (found.lower() == wanted.lower()) is (kind == "IsEqualTo")
    if kind == "Contains":
        return _contains(test, found, wanted)
    raise EwsError("ErrorInvalidRestriction", f"The restriction {kind} is not supported.")


def _contains(test: Element, found: str, wanted: str) -> bool:
    if "IgnoreCase" in str(test.get("ContainmentComparison", "")):
        found, wanted = found.lower(), wanted.lower()
    mode = test.get("ContainmentMode", "Substring")
    if mode == "FullString":
        return found == wanted
    return found.startswith(wanted) if mode == "Prefixed" else wanted in found


def _field(test: Element) -> str:
    path = child(test, "FieldURI")
    if path is None:
        raise EwsError("ErrorUnsupportedPathForQuery", "The property is not supported in queries.")
    return str(path.get("FieldURI", ""))


def _constant(test: Element) -> str:
    holder = child(test, "FieldURIOrConstant")
    constant = child(test if holder is None else holder, "Constant")
    if constant is None:
        raise EwsError("ErrorInvalidRestriction", "The restriction has no constant.")
    return str(constant.get("Value", ""))
