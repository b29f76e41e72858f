"""What the rules of matching ask about: a message, its judgement, and what there is to match."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain.authentication import Authentication
from domain.ids import Address, Digest, OfficeId
from domain.office import Directory, Office
from domain.reading import AttachmentRole, Clue, Judgement, LiveRound, MailContent, Via
from mappings.reply.attachments import AttachmentText
from mappings.reply.authors import doubtful_authors, sending_office
from mappings.reply.citation import Said, names_directive
from mappings.reply.numbers import cited_numbers
from mappings.reply.phrases import LONGEST

_STRENGTH = {via: rank for rank, via in enumerate(Via)}
_HEAD = 400
"""Characters of a document in which its issuer stands."""

_ISSUER_END = re.compile(r"Kính g[ửở]i|BÁO CÁO|V/v|Căn cứ|Thực hiện")
_DOCUMENTS = (AttachmentRole.REPORT, AttachmentRole.SIGNED_COPY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One message with all that may decide where it belongs."""

    content: MailContent
    judgement: Judgement
    clues: tuple[Clue, ...]
    rounds: tuple[LiveRound, ...]
    directory: Directory
    day: date
    sender: Office | None
    authors: tuple[Address, ...]
    """All who are named as authors, if that leaves in doubt who writes; there is no sender then."""
    authentication: Authentication
    said: Said
    own: Said
    """What the writer says apart from a subject that repeats ours."""
    heads: tuple[str, ...]

    @property
    def clue(self) -> Clue | None:
        """Return the strongest clue."""
        return self.clues[0] if self.clues else None

    def assigned(self) -> tuple[LiveRound, ...]:
        """Return the rounds in which the sender's office is assigned."""
        sender = self.sender
        return tuple(r for r in self.rounds if sender is not None and sender.id in r.offices)

    def named(self) -> tuple[LiveRound, ...]:
        """Return the rounds of whose directives the message speaks."""
        return tuple(live for live in self.rounds if names_directive(self.said, live))


def case_of(
    content: MailContent,
    judgement: Judgement,
    clues: Sequence[Clue],
    rounds: Sequence[LiveRound],
    directory: Directory,
    day: date,
    texts: Mapping[Digest, AttachmentText],
    sender_office: OfficeId | None,
    authentication: Authentication,
) -> Case:
    """Gather what the rules ask about; the arguments are those of ``match``."""
    strongest = sorted(clues, key=lambda clue: _STRENGTH[clue.via])
    documents = [
        texts[a.file.digest].text or "" for a in judgement.attachments if a.file.digest in texts
    ]
    heads = [
        _ISSUER_END.split((texts[a.file.digest].text or "")[:_HEAD], maxsplit=1)[0]
        for a in judgement.attachments
        if a.file.digest in texts and a.role in _DOCUMENTS
    ]
    names = [a.file.name for a in judgement.attachments]
    authors = doubtful_authors(content, directory, day)
    return Case(
        content=content,
        judgement=judgement,
        clues=tuple(strongest),
        rounds=tuple(rounds),
        directory=directory,
        day=day,
        sender=None
        if authors
        else sending_office(content, directory, day, sender_office, strongest),
        authors=authors,
        authentication=authentication,
        said=Said(
            cites=judgement.cites,
            texts=tuple(
                text[:LONGEST] for text in (content.subject, content.new_text, *names, *documents)
            ),
        ),
        own=_own(content, (content.new_text, *names, *documents)),
        heads=tuple(heads),
    )


def _own(content: MailContent, texts: tuple[str, ...]) -> Said:
    """Leave out the subject of a reply: the mail program wrote it, whatever is enclosed."""
    repeated = bool(content.thread or content.subject_tokens)
    written = texts if repeated else (content.subject, *texts)
    cites = (number for text in written for number in cited_numbers(text[:LONGEST]))
    return Said(cites=tuple(dict.fromkeys(cites)), texts=tuple(text[:LONGEST] for text in written))
