"""One mail message as the services read it, whoever wrote it: its key, events and reviews."""

from collections.abc import Sequence
from datetime import datetime

from domain.facts import About, Event, Fact, RawRead
from domain.ids import OfficeId
from domain.kinds import Decision, ReviewKind
from domain.state import DispatchState, RawState, ReviewState
from dondoc.app import App
from dondoc.services.replies import content_key
from dondoc.services.reviews import open_review, resolved_by_itself, review_id
from dondoc.services.understand import Understanding

SUMMARY = 600
"""Characters of a message that a review shows; the evidence holds it whole."""


class MailMessage:
    """One message under the source ``mail``; its key is the same however often it comes.

    Once more it counts where its sender was in doubt before and is proved now.
    """

    def __init__(self, app: App, raw: RawState, understood: Understanding, now: datetime) -> None:
        self.app, self.raw, self.understood, self.now = app, raw, understood, now
        self.content, self.judgement = understood.content, understood.judgement
        self.matching, self.clues = understood.matching, understood.clues
        self.key = content_key(self.content)
        self._before = self._doubted_before() if understood.authentication.passed else None
        if self._before is not None:
            self.key = f"{self.key} authenticated"

    def events(self) -> Sequence[Event]:
        """Return every event that follows from the message, whatever came of it before."""
        raise NotImplementedError

    def all_events(self) -> Sequence[Event]:
        """Return every event, and that an open review of an unproved copy is settled by this."""
        before = self._before
        if before is None or not before.open:
            return self.events()
        note = "the same message came with a proof of its sender"
        return [*self.events(), resolved_by_itself(before, note, self.now)]

    def _doubted_before(self) -> ReviewState | None:
        """Return the review of an earlier copy that lacked a proof, unless a person counted it.

        A forwarder's copy fails where the office's own one passes, and either may come first.
        """
        cause = f"mail {self.key}  "
        name = review_id(ReviewKind.UNAUTHENTICATED, cause)
        found = self.app.ledger.get(ReviewState, (name,))
        return None if found is None or found.decision is Decision.ACCEPT else found

    def event(self, key: str, fact: Fact) -> Event:
        return Event(
            source="mail",
            source_key=f"{self.key} {key}",
            occurred_at=self.now,
            fact=fact,
            evidence=self.raw.digest,
        )

    def read(self, outcome: str, about: About | None = None) -> Event:
        fact = RawRead(
            raw=self.raw.raw,
            outcome=outcome,
            about=about or About(),
            warnings=self.content.warnings,
        )
        return self.event("read", fact)

    def review(
        self,
        kind: ReviewKind,
        about: About,
        reason: str,
        candidates: tuple[OfficeId, ...] = (),
        dispatch: DispatchState | None = None,
        part: str = "",
    ) -> Event:
        return open_review(
            kind,
            f"mail {self.key} {about.office or ''} {part}",
            about,
            reason,
            self.now,
            candidates=candidates,
            raw=self.raw.raw,
            dispatch=dispatch.dispatch if dispatch else None,
            evidence=self.raw.digest,
        )

    def address_change(self, about: About, dispatch: DispatchState | None = None) -> Event:
        """Propose the new address; nothing changes until a person changes the directory."""
        reason = f"{self.proposed()}; {self.doubt()}{self.content.new_text}"[:SUMMARY]
        candidates = () if about.office else tuple(c.office for c in self.matching.candidates)
        return self.review(ReviewKind.ADDRESS_CHANGE, about, reason, candidates, dispatch)

    def proposed(self) -> str:
        """Return the new addresses that a notice names, as a review shows them."""
        proposed = ", ".join(self.judgement.proposed)
        return f"new address, as the notice says: {proposed}" if proposed else "no new address"

    def doubt(self) -> str:
        """Say before a message's own words why it may not be its sender's."""
        found = self.understood.authentication
        if not found.doubtful:
            return ""
        said = "; ".join(found.evidence) or "nothing vouches for it"
        return f"the sender's address is in doubt ({said}): "

    def about(self) -> About:
        m = self.matching
        return About(campaign=m.campaign, round=m.round, office=m.office)

    def why(self) -> str:
        spoke = [f"{r.rule}: {r.evidence}" for r in self.matching.reasons if r.hit]
        return "; ".join(spoke) or "nothing in the message points at one of our letters"
