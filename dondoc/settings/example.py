"""The shipped example: the directory of Hữu Lũng and its campaign for Nghị quyết 47/NQ-CP.

``config/`` lies outside the packages and is not installed; ``dondoc/demo_config/`` is its copy
inside, and a test holds the two equal octet by octet.
"""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

MAIN = "dondoc.yaml"
"""Name of the example's main file."""


def example_files() -> Mapping[str, bytes]:
    """Return the files of the example by their path below its folder, parts joined by ``/``."""
    return dict(_walk(files("dondoc") / "demo_config", ""))


def _walk(folder: Traversable, above: str) -> Iterator[tuple[str, bytes]]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _walk(item, f"{above}{item.name}/")
        else:
            yield f"{above}{item.name}", item.read_bytes()
