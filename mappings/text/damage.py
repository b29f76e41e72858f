"""Whether a file is what its name says, and can be opened."""

_PACKAGES = (".docx", ".xlsx", ".pptx")
_ZIP = b"PK\x03\x04"
_PDF = b"%PDF-"
_PDF_WITHIN = 1024  # ISO 32000-1, Annex H.3, implementation note 13


def damage(name: str, content: bytes, problem: str | None) -> str:
    """Return why nobody could open a file, blank where nothing speaks against it.

    ``problem`` is what reading its text met. It counts for the kinds that are read here: of others,
    such as an old DOC file or a picture, it only says that they hold no text for us.
    """
    ending = name.lower()
    if not content:
        return "it is empty"
    if ending.endswith(_PACKAGES):
        return problem or "" if content.startswith(_ZIP) else "it is no Office file inside"
    if ending.endswith(".pdf"):
        return problem or "" if _PDF in content[:_PDF_WITHIN] else "it is no PDF inside"
    return ""
