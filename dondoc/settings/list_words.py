"""The words of lists of offices: those that come with Dondoc, and the office's own."""

from collections.abc import Sequence

from domain.office import OfficeKind, OfficeLevel
from dondoc.settings.models_columns import ColumnsFile
from mappings.directory.columns import Column, Words, default_words


def to_words(files: Sequence[ColumnsFile]) -> Words:
    """Return all words; a word of the office's own wins where Dondoc knows it as something else."""
    words = default_words()
    for file in files:
        words = words.with_more(
            headings={column: getattr(file.headings, column.value) for column in Column},
            kinds={kind: getattr(file.kinds, kind.value) for kind in OfficeKind},
            levels={level: getattr(file.levels, level.value) for level in OfficeLevel},
        )
    return words
