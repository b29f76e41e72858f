"""A page of the web on which a document is posted, and how its file compares with the letter's.

``PublicPages`` in ``domain.ports`` gives what lies at an address; the rules of a mapping file find
the document in it.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from domain.about import About
from domain.directive import StoredFile
from domain.errors import DondocError
from domain.ids import CampaignId, Digest

MOST_REDIRECTS = 5
"""As many are followed for one address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalRule:
    """Where a campaign's directive says that a document is posted, and which document.

    ``file`` is a pattern for file names such as ``*47*NQ*``: of the links of the document, and of
    the letter's own files. Without it the document's number in the name decides. ``hosts`` are the
    addresses of further hosts that links may lead to. ``patience`` counts working days.
    """

    page: str
    document: str
    issued_on: date | None = None
    file: str | None = None
    hosts: tuple[str, ...] = ()
    patience: int = 1
    max_octets: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAnswer:
    """What was found at an address after redirects; its bytes went into a stream."""

    url: str
    media_type: str = ""
    charset: str | None = None


class PortalProblem(StrEnum):
    """Why a portal did not give the file."""

    UNAVAILABLE = "unavailable"
    """No answer, or one that says that it failed."""
    NOT_POSTED = "not_posted"
    """The page lists documents, but not (yet) this one, or this one without a file."""
    REFUSED = "refused"
    """The portal answered with a refusal, or points to a place that is not its own."""
    CHANGED = "changed"
    """The rules find nothing on the page: it looks different from what they describe."""
    AMBIGUOUS = "ambiguous"
    """Several entries or files may be meant."""
    TOO_LARGE = "too_large"
    NOT_A_FILE = "not_a_file"
    """A page came instead of the file, such as one of login, or a damaged file."""
    OTHER_DOCUMENT = "other_document"
    """The file bears another number, or a stamp that forbids passing it on."""


PATIENT = frozenset({PortalProblem.UNAVAILABLE, PortalProblem.NOT_POSTED})
"""Problems that may end by themselves: a person is told only when patience has passed."""


class PortalComparison(StrEnum):
    """How the posted file compares with the files that came with the letter, by SHA-256."""

    SAME = "same"
    DIFFERS = "differs"
    NOT_CARRIED = "not_carried"
    """The letter came without this file: the posted one goes with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalAsked:
    """A portal is about to be asked, and again at ``retry_at`` should nothing come of it."""

    about: About
    attempt: int
    retry_at: datetime
    version: int = 1
    """Of the directive that names the portal; so in all facts about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalFailed:
    """A portal was asked for its file and did not give it; the evidence is its last answer."""

    about: About
    attempt: int
    problem: PortalProblem
    reason: str
    retry_at: datetime
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalFileFetched:
    """A portal gave the file; the event's evidence is the page that named it."""

    about: About
    file: StoredFile
    url: str
    pages: tuple[Digest, ...]
    """All pages that were read on the way, in order."""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalCompared:
    """The fetched file was compared with those that came with the letter; evidence is the file."""

    about: About
    outcome: PortalComparison
    carried: tuple[StoredFile, ...]
    """The letter's files that should be the same one."""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalRetryAsked:
    """A person wants the portal to be asked again at once, and goes on waiting for it."""

    about: About
    by: str
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalWaived:
    """A person decided to do without what the portal has."""

    about: About
    by: str
    reason: str
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CameWithout:
    """A version of the directive lacks the file, which was known from an instant on."""

    version: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalState:
    """How far the portal of a campaign was asked for its file, for one version of the directive.

    The file, once it is there, is kept for all versions.
    """

    campaign: CampaignId
    attempts: int = 0
    problem: PortalProblem | None = None
    """What kept it from giving the file when it was asked last; None once the file is there."""
    reason: str = ""
    retry_at: datetime | None = None
    file: StoredFile | None = None
    url: str = ""
    fetched_at: datetime | None = None
    outcome: PortalComparison | None = None
    waived_by: str | None = None
    evidence: Digest | None = None
    """The page that named the file, or the last one that did not."""
    version: int = 1
    lacking: tuple[CameWithout, ...] = ()
    """Every version with which the file goes."""

    @property
    def key(self) -> tuple[str, ...]:
        """Return (campaign)."""
        return (self.campaign,)

    @property
    def done(self) -> bool:
        """Tell whether nothing more is asked of the portal."""
        return self.outcome is not None or self.waived_by is not None

    def for_version(self, version: int) -> "PortalState":
        """Return it as it stands for a version of the directive; each one begins anew."""
        if version == self.version:
            return self
        return replace(
            self,
            version=version,
            attempts=0,
            problem=None,
            reason="",
            retry_at=None,
            outcome=None,
            waived_by=None,
        )

    def joins(self, version: int, at: datetime) -> StoredFile | None:
        """Return the file if it goes with letters of a version that are planned at an instant.

        What was planned before it was known stays as it was, also when it is written again.
        """
        known = any(one.version == version and one.at <= at for one in self.lacking)
        return self.file if known else None


class PortalUnusable(DondocError):
    """A portal that answered, but not with the file that is looked for; ``problem`` says how."""

    def __init__(self, problem: PortalProblem, reason: str) -> None:
        super().__init__(reason)
        self.problem = problem
        self.reason = reason
