"""The functions on text that mapping files have besides those of JMESPath.

Each returns no more text than it was given, so that an answer cannot make an expression grow.
"""

from jmespath import functions

_TEXT: "functions._Signature" = {"types": ["string"]}


class TextFunctions(functions.Functions):
    """Text functions, all of which want text: ``null`` must be caught by ``name || ''``."""

    @functions.signature(_TEXT, _TEXT)
    def _func_split(self, text: str, mark: str) -> list[str]:
        """Return the parts between marks, trimmed, without the blank ones."""
        parts = text.split(mark) if mark else [text]
        return [part.strip() for part in parts if part.strip()]

    @functions.signature(_TEXT, _TEXT)
    def _func_before_first(self, text: str, mark: str) -> str:
        """Return what stands before the first mark; all of a text without it."""
        return text.partition(mark)[0] if mark else text

    @functions.signature(_TEXT, _TEXT)
    def _func_after_first(self, text: str, mark: str) -> str:
        """Return what stands after the first mark; nothing of a text without it."""
        return text.partition(mark)[2] if mark else ""

    @functions.signature(_TEXT, _TEXT)
    def _func_before_last(self, text: str, mark: str) -> str:
        """Return what stands before the last mark; nothing of a text without it."""
        return text.rpartition(mark)[0] if mark else ""

    @functions.signature(_TEXT, _TEXT)
    def _func_after_last(self, text: str, mark: str) -> str:
        """Return what stands after the last mark; all of a text without it."""
        return text.rpartition(mark)[2] if mark else text

    @functions.signature(_TEXT)
    def _func_trim(self, text: str) -> str:
        """Return the text without blanks around it."""
        return text.strip()
