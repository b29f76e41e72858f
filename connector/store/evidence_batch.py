"""Many contents stored together: each written whole, all made durable at once, then moved."""

import ctypes
import io
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from connector.store.evidence_files import StoredContent, holds, locked_file, write_all
from connector.store.failures import translated
from domain.content import Inline, Stored
from domain.ids import Digest, digest_of
from domain.ports import EvidenceStore
