"""Opening what mail programs wrap a whole message into, so that text and files lie open.

Outlook's winmail.dat, an opaque S/MIME signature, and messages attached under another media type
become parts with children. What cannot be opened keeps its octets and bears the reason.
"""

from dataclasses import dataclass, replace

from domain.errors import MalformedDocument
from mappings.mail.body import CUT
from mappings.mail.headers import Fields
from mappings.mail.parts import SIGNED, TNEF, Budget, Part, read_parts
from mappings.mail.smime import signed_content
from mappings.mail.tnef import Wrapped, WrappedFile, is_tnef, read_tnef

_TNEF_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_CMS_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_OLE = b"\xd0\xcf\x11\xe0"
_DEEPEST = 3

_ASK = "ask the office for the files themselves"
_ENCRYPTED = f"it is encrypted mail, which only its addressee's key opens; {_ASK}"
_REASONS = {
    "multipart/encrypted": _ENCRYPTED,
    "message/external-body": f"its file is not in the message but lies somewhere else; {_ASK}",
    "message/partial": "it is one piece of a message that was cut up (RFC 2046 5.2.2); "
    "ask the office to send it whole",
}


def unwrap(top: Part, budget: Budget, warnings: list[str]) -> Part:
    """Return the tree with every wrapping opened; what was opened or failed adds a warning.

    ``budget`` is what reading the message itself left over.
    """
    return _Unwrapper(budget, warnings).open(top, 0)


@dataclass(slots=True)
class _Unwrapper:
    budget: Budget
    warnings: list[str]

    def open(self, part: Part, depth: int) -> Part:
        if part.media_type == "multipart/encrypted":
            return self.locked(part)
        if part.children:
            children = tuple(self.open(child, depth) for child in part.children)
            same = all(a is b for a, b in zip(children, part.children, strict=True))
            return part if same else replace(part, children=children)
        if reason := _REASONS.get(part.media_type):
            return self.unreadable(part, reason)
        if is_tnef(part.content) or part.media_type in _TNEF_TYPES:
            return self.tnef(part)
        if part.media_type in _CMS_TYPES or part.file_name.lower() == "smime.p7m":
            return self.signed(part, depth)
        return self.file(part, depth)

    def locked(self, part: Part) -> Part:
        children = part.children
        body = next((c for c in children if c.media_type == "application/octet-stream"), None)
        marked = [self.unreadable(c, _ENCRYPTED) if c is body else c for c in children]
        return replace(part, children=tuple(marked))

    def unreadable(self, part: Part, reason: str) -> Part:
        self.warnings.append(f"a part ({part.media_type}) cannot be read: {reason}")
        return replace(part, problem=reason)

    def tnef(self, part: Part) -> Part:
        try:
            found = read_tnef(part.content, self.budget)
        except MalformedDocument as error:
            return self.unreadable(part, f"{error.reason}; {_ASK}")
        self.warnings.append("winmail.dat of Outlook was opened")
        if found.cut:
            limits = self.budget.limits
            self.warnings.append(
                f"a text in winmail.dat {CUT} {limits.text} characters or {limits.rtf} octets "
                "of RTF in all"
            )
        return replace(part, media_type=TNEF, opened=True, children=_parts_of(found))

    def signed(self, part: Part, depth: int) -> Part:
        content = signed_content(part.content)
        if content is None:
            return self.unreadable(part, _ENCRYPTED)
        return self.inner(part, SIGNED, content, depth)

    def file(self, part: Part, depth: int) -> Part:
        name = part.file_name.lower()
        if name.endswith(".eml") and part.content[:1].isalpha():
            return self.inner(part, "message/rfc822", part.content, depth)
        if name.endswith(".msg") and part.content.startswith(_OLE):
            return self.unreadable(part, f"it is an item of Outlook (MSG), not read here; {_ASK}")
        return part

    def inner(self, part: Part, media_type: str, content: bytes, depth: int) -> Part:
        """Return the part with the message in it below it, read with what is left."""
        if depth >= _DEEPEST:
            return self.unreadable(part, f"messages in it are nested more than {_DEEPEST} deep")
        try:
            top, _, warnings = read_parts(content, self.budget)
        except MalformedDocument as error:
            return self.unreadable(part, f"{error.reason}; {_ASK}")
        if not top.fields.items:
            return self.unreadable(part, f"there is no message in it; {_ASK}")
        self.warnings += warnings
        children = (self.open(top, depth + 1),)
        return replace(part, media_type=media_type, opened=True, children=children)


def _parts_of(found: Wrapped) -> tuple[Part, ...]:
    text = Part(
        fields=Fields(), media_type="text/plain", charset="utf-8", content=found.text.encode()
    )
    return ((text,) if found.text else ()) + tuple(map(_file_part, found.files))


def _file_part(file: WrappedFile) -> Part:
    item = file.message is not None
    return Part(
        fields=Fields(),
        media_type=file.media_type if "/" in file.media_type else "application/octet-stream",
        disposition="attachment",
        file_name=file.name or ("item.msg" if item else ""),
        content=file.content,
        opened=item,
        children=_parts_of(file.message) if file.message else (),
    )
