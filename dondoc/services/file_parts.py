"""The files of a letter as parts of a mail: each is encoded once, not once for every office."""

from domain.directive import StoredFile
from domain.reading import MailAttachment
from dondoc.app import App, MailDoor
from dondoc.services.sending import Sending
from mappings.mail.file_part import FilePart, file_part


def file_parts(app: App, door: MailDoor, sending: Sending) -> tuple[FilePart, ...]:
    """Return what a letter carries, ready to be put into it."""
    return tuple(_part(app, door, file) for file in sending.files())


def _part(app: App, door: MailDoor, file: StoredFile) -> FilePart:
    def encode() -> FilePart:
        content = app.evidence.get(file.digest)
        return file_part(
            MailAttachment(name=file.name, media_type=file.media_type, content=content)
        )

    return door.encoded.of(file, encode)
