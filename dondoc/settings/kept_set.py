"""A set of configuration that was in force before, read from the evidence."""

from pathlib import Path

from domain.errors import ConfigError, EvidenceMissing, StoreFailed
from domain.ids import Digest
from domain.ports import EvidenceStore
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from dondoc.settings.set_files import KeptFiles


def kept_settings(path: Path, evidence: EvidenceStore, digest: Digest) -> Settings | None:
    """Return the settings of a set that was kept; None where it cannot be read any more.

    ``path`` is where its main file lies, or lay.
    """
    try:
        files = KeptFiles(path, evidence.get(digest), evidence.get)
        return load_settings(path, files)
    except (ConfigError, EvidenceMissing, StoreFailed):
        return None
