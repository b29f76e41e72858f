"""A set of configuration that was in force before, read from the evidence."""

from pathlib import Path

from domain.errors import ConfigError, EvidenceMissing, StoreFailed
from domain.ids import Digest, SetDigest, digest_of
from domain.ports import EvidenceStore
from dondoc.settings.load import load_settings
from dondoc.settings.loaded import LoadedSet
from dondoc.settings.records import Settings
from dondoc.settings.set_files import KeptFiles


def kept_settings(path: Path, evidence: EvidenceStore, digest: SetDigest) -> Settings | None:
    """Return the settings of a set that was kept; None where it cannot be read any more.

    ``path`` is where its main file lies, or lay.
    """
    try:
        files = KeptFiles(path, evidence.get(Digest(digest)), evidence.get)
        return load_settings(path, files)
    except (ConfigError, EvidenceMissing, StoreFailed):
        return None


def as_if_at(loaded: LoadedSet, path: Path) -> Settings:
    """Return the settings that a set has once its files lie where those of ``path`` do now.

    Raises ``ConfigError`` where something that it names is not there.
    """
    contents = {
        digest_of(content): content
        for content in loaded.files.contents.values()
        if content is not None
    }
    return load_settings(path, KeptFiles(path, loaded.manifest, contents.__getitem__))
