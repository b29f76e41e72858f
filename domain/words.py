"""Texts for people that can be said in another language than English."""

from collections.abc import Mapping

Catalogue = Mapping[str, str]
"""Templates of another language by the English ones."""


class Words(str):
    """An English text that knows how it was made.

    ``template`` has ``{name}`` for each of ``arguments`` and identifies the text in catalogues;
    an argument may be such a text itself. Everything that takes a text takes it as it is.
    """

    __slots__ = ("arguments", "template")

    template: str
    arguments: Mapping[str, object]

    def __new__(cls, template: str, arguments: Mapping[str, object]) -> "Words":
        """Make the English text; raises ``KeyError`` for a place without an argument."""
        made = super().__new__(cls, template.format_map(arguments))
        made.template = template
        made.arguments = arguments
        return made

    def __reduce__(self) -> tuple[type["Words"], tuple[str, dict[str, object]]]:
        """Travel between processes with everything."""
        return type(self), (self.template, dict(self.arguments))


def say(template: str, /, **arguments: object) -> Words:
    """Return a text; ``template`` is a literal, so that every text can be found in the source."""
    return Words(template, arguments)


def translated(text: str, catalogue: Catalogue) -> str:
    """Return a text by a catalogue; what it lacks, and what is no ``Words``, stays as it is."""
    if not isinstance(text, Words):
        return text
    arguments = {
        name: translated(value, catalogue) if isinstance(value, str) else value
        for name, value in text.arguments.items()
    }
    return catalogue.get(text.template, text.template).format_map(arguments)
