"""Taking back, revoking and replacing a directive: the facts of it, and the rows that follow.

``domain/facts.py`` and ``domain/state.py`` gather them with all others.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.about import About
from domain.directive import Directive
from domain.ids import CampaignId, Digest, OfficeId, OrganId, RawId, RevocationId, RoundId


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectiveReplaced:
    """Another document took the place of a campaign's directive; its first version is 1.

    ``by`` is who decided that; None where the document itself says what it replaces.
    """

    about: About
    directive: Directive
    version: int
    reason: str = ""
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallOrdered:
    """A person decided to take back what was sent: to one office, in one round, or to all in all.

    A round or office of None means every one. Offices are asked by dispatches of their own.
    """

    about: About
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationReceived:
    """The issuer of a document takes it back; perhaps before that document has come.

    ``about`` names the campaign whose directive is meant, if there is one by then. ``known_as``
    are the names under which it is looked up (``mappings.edxml.known_as``).
    """

    about: About
    revocation: RevocationId
    raw: RawId
    issuer: OrganId
    document_ids: tuple[str, ...]
    codes: tuple[str, ...]
    reason: str = ""
    known_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationDecided:
    """A person decided whether a revocation holds; the issuer gets that answer."""

    about: About
    revocation: RevocationId
    agreed: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallState:
    """What a person took back: a blank round or office stands for every one."""

    campaign: CampaignId
    round: RoundId
    office: OfficeId
    reason: str
    by: str
    ordered_at: datetime

    @property
    def key(self) -> tuple[str, ...]:
        """Return (campaign, round, office)."""
        return (self.campaign, self.round, self.office)

    @property
    def whole(self) -> bool:
        """Tell whether the whole campaign was taken back."""
        return not self.round and not self.office

    def covers(self, round_id: RoundId, office: OfficeId) -> bool:
        """Tell whether what went to an office in a round is taken back."""
        return self.round in ("", round_id) and self.office in ("", office)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationState:
    """A document that its issuer takes back; ``agreed`` is None until a person has decided."""

    revocation: RevocationId
    raw: RawId
    issuer: OrganId
    document_ids: tuple[str, ...]
    codes: tuple[str, ...]
    reason: str
    received_at: datetime
    evidence: Digest | None
    campaign: CampaignId | None = None
    agreed: bool | None = None
    by: str | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """Return (revocation id)."""
        return (self.revocation,)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokedName:
    """A name under which a revocation is looked up: finding one costs the same among any number."""

    name: str
    revocation: RevocationId

    @property
    def key(self) -> tuple[str, ...]:
        """Return (name, revocation id)."""
        return (self.name, self.revocation)
