"""Checked entries turned into the records that the program works with."""

from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path

from domain.campaign import (
    Campaign,
    CanaryRule,
    CompileRule,
    FollowRule,
    ForwardRule,
    IntakeRule,
    RecipientRule,
    ReminderRule,
    RoundRule,
)
from domain.exchange import Organ
from domain.ids import Address, CampaignId, OfficeId, OrganId
from domain.mail import OwnCopy
from domain.office import AddressRole, Deputy, Office, Successor
from domain.portal import PortalRule
from dondoc.settings.models import (
    CampaignFile,
    CanaryEntry,
    CompileEntry,
    DeputyEntry,
    IntakeEntry,
    OfficeEntry,
    PortalEntry,
    RoundsEntry,
)
from dondoc.settings.models_ews import EwsEntry
from dondoc.settings.models_main import (
    ExchangeEntry,
    ImapEntry,
    LgspEntry,
    MailEntry,
    MainFile,
    OwnCopyWord,
    QuietEntry,
    ScheduleEntry,
    SmtpEntry,
    UnitEntry,
)
from dondoc.settings.models_senders import AuthenticationEntry
from dondoc.settings.oauth import to_oauth
from dondoc.settings.placed import Placed
from dondoc.settings.records import (
    MEGABYTE,
    AuthenticationSettings,
    EwsSettings,
    ExchangeSettings,
    ImapSettings,
    LgspSettings,
    MailSettings,
    ScheduleSettings,
    SmtpSettings,
)
from dondoc.settings.secrets import Secret, to_secret
from dondoc.settings.source import Trail
from mappings.mail.authentication.domains import domain_of
from mappings.mail.authentication.rules import SenderRules
from schedulers.quiet import QuietHours

_SMTP_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_IMAP_PORTS = {"starttls": 143, "tls": 993, "none": 143}
_OWN_COPIES: Mapping[OwnCopyWord, OwnCopy] = {
    "auto": OwnCopy.UNLESS_REPORTED,
    True: OwnCopy.ALWAYS,
    False: OwnCopy.NEVER,
}


def to_office(entry: OfficeEntry) -> Office:
    """Make the directory's record of an office."""
    return Office(
        id=OfficeId(entry.id),
        name=entry.name,
        kind=entry.kind,
        level=entry.level,
        parent=None if entry.parent is None else OfficeId(entry.parent),
        groups=tuple(entry.groups),
        organ_id=_organ_id(entry.organ_id),
        organ_id_old=_organ_id(entry.organ_id_old),
        emails=tuple(Address(mailbox.address) for mailbox in entry.emails),
        leader_emails=_emails_of(entry, AddressRole.LEADER),
        private_emails=_emails_of(entry, AddressRole.PRIVATE),
        deputies=tuple(map(_deputy, entry.deputies)),
        aliases=tuple(entry.aliases),
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        successors=tuple(
            Successor(office=OfficeId(heir.office), function=heir.function)
            for heir in entry.successors
        ),
        note=entry.note,
    )


def _emails_of(entry: OfficeEntry, role: AddressRole) -> tuple[Address, ...]:
    return tuple(Address(mailbox.address) for mailbox in entry.emails if mailbox.role is role)


def _deputy(entry: DeputyEntry) -> Deputy:
    return Deputy(
        office=None if entry.office is None else OfficeId(entry.office),
        address=None if entry.address is None else Address(entry.address),
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
    )


def to_campaign(entry: CampaignFile, *, place: str) -> Campaign:
    """Make a campaign; ``place`` is our own office's, for a report that names none."""
    reminders = entry.reminders
    return Campaign(
        id=CampaignId(entry.id),
        title=entry.title,
        intake=to_intake(entry.intake),
        recipients=tuple(
            RecipientRule(
                group=rule.group,
                office=None if rule.office is None else OfficeId(rule.office),
                expected=rule.expected,
                channels=rule.channels,
            )
            for rule in entry.recipients
        ),
        rounds=to_rounds(entry.rounds),
        exchange=entry.exchange,
        follow=FollowRule(email_after=entry.follow.email_after),
        reminders=ReminderRule(
            before=tuple(reminders.before),
            after=tuple(reminders.after),
            at=time.fromisoformat(reminders.at),
        ),
        compile=_compile(entry.compile or CompileEntry(), place),
        forward=None
        if entry.forward is None
        else ForwardRule(office=OfficeId(entry.forward.office), channels=entry.forward.channels),
        function=entry.function,
        portal=to_portal_rule(entry.portal) if entry.portal else None,
        canary=_canary(entry.canary) if entry.canary else None,
        over_size=entry.over_size,
        source_url=entry.source_url or "",
        keywords=tuple(entry.keywords),
    )


def _canary(entry: CanaryEntry) -> CanaryRule:
    return CanaryRule(
        first=entry.first,
        stop_above_percent=entry.stop_above_percent,
        wait=timedelta(minutes=entry.wait_minutes),
    )


def to_portal_rule(entry: PortalEntry) -> PortalRule:
    """Make what a campaign says of its portal."""
    return PortalRule(
        page=entry.page,
        document=entry.document,
        issued_on=entry.issued_on,
        file=entry.file,
        hosts=tuple(entry.hosts),
        patience=entry.patience_days,
        max_octets=entry.max_megabytes * MEGABYTE,
    )


def to_rounds(entry: RoundsEntry) -> RoundRule:
    """Make the rule of the reporting periods."""
    if entry.yearly is None:
        return RoundRule(
            yearly=False,
            due_on=entry.once,
            before=entry.before,
            open_days_before=entry.open_days_before,
        )
    month, day = map(int, entry.yearly.split("-"))
    return RoundRule(
        yearly=True,
        due_month=month,
        due_day=day,
        before=entry.before,
        open_days_before=entry.open_days_before,
    )


def to_intake(entry: IntakeEntry) -> IntakeRule:
    """Make the rule of which documents a campaign takes."""
    return IntakeRule(
        number=entry.number,
        notation=entry.notation,
        issued_on=entry.issued_on,
        subject_contains=tuple(entry.subject_contains),
        type_names=tuple(entry.type_names),
        issuers=tuple(map(OrganId, entry.issuers)),
    )


def _compile(entry: CompileEntry, place: str) -> CompileRule:
    return CompileRule(
        after=entry.after,
        title=entry.title,
        place=entry.place or place,
        parent_name=entry.parent_name,
        issuer_name=entry.issuer_name,
        number_notation=entry.number_notation,
        signer_capacity=entry.signer_capacity,
        signer_position=entry.signer_position,
        signer_name=entry.signer_name,
    )


def to_unit(entry: UnitEntry) -> Organ:
    """Make the organisation block of our own office."""
    return Organ(
        organ_id=OrganId(entry.organ_id),
        name=entry.name,
        in_charge=entry.parent_name,
        address=entry.address,
        email=entry.email or "",
        telephone=entry.telephone,
        fax=entry.fax,
        website=entry.website,
    )


def to_schedule(entry: ScheduleEntry) -> ScheduleSettings:
    """Make the pauses and waits."""
    return ScheduleSettings(
        poll_seconds=entry.poll_seconds,
        stop_seconds=entry.stop_seconds,
        retry_minutes=tuple(entry.retry_minutes),
        probe_minutes=entry.probe_minutes,
    )


def to_exchange(main: Placed[MainFile], entry: ExchangeEntry) -> ExchangeSettings:
    """Make our account on the exchange."""
    return ExchangeSettings(
        name=entry.name,
        lgsp=_lgsp(main, entry.lgsp) if entry.lgsp else None,
        url=entry.url.rstrip("/"),
        system_id=entry.system_id,
        secret=to_secret(entry.secret, main.document, ("exchange", "secret")),
        ca_file=file_named(main, entry.ca_file),
        connect_seconds=entry.connect_seconds,
        read_seconds=entry.read_seconds,
        max_megabytes=entry.max_megabytes,
        answers=entry.answers,
        allow_plain=entry.allow_plain,
    )


def _lgsp(main: Placed[MainFile], entry: LgspEntry) -> LgspSettings:
    trail = ("exchange", "lgsp", "password")
    return LgspSettings(
        username=entry.username,
        password=to_secret(entry.password, main.document, trail),
        application_code=entry.application_code,
    )


def to_key(main: Placed[MainFile]) -> Secret:
    """Make the reference to the key of the reply tokens."""
    return to_secret(main.entry.token_key, main.document, ("token_key",))


def to_mail(main: Placed[MainFile], entry: MailEntry) -> MailSettings:
    """Make our mailbox with its two servers."""
    return MailSettings(
        name=entry.name,
        address=Address(entry.address),
        display_name=entry.display_name or main.entry.unit.name,
        domain=entry.domain or entry.address.rpartition("@")[2],
        plus_addressing=entry.plus_addressing,
        own_copy=_OWN_COPIES[entry.copy_to_self],
        smtp=_smtp(main, entry.smtp) if entry.smtp else None,
        imap=to_imap(main, ("mail", "imap"), entry.imap) if entry.imap else None,
        ews=_ews(main, entry.exchange) if entry.exchange else None,
        quiet_hours=_quiet(entry.quiet_hours) if entry.quiet_hours else None,
        authentication=_authentication(entry.authentication),
        redirect_all=None if entry.redirect_all is None else Address(entry.redirect_all),
    )


def _authentication(entry: AuthenticationEntry) -> AuthenticationSettings:
    return AuthenticationSettings(
        rules=SenderRules(
            authserv_ids=frozenset(map(str.lower, entry.authserv_ids)),
            unnamed=entry.unnamed,
            signatures=entry.signatures,
            require=entry.require,
            signing_domains=frozenset(map(domain_of, entry.signing_domains)),
        ),
        name_servers=entry.name_servers,
    )


def _smtp(main: Placed[MainFile], entry: SmtpEntry) -> SmtpSettings:
    trail = ("mail", "smtp", "password")
    return SmtpSettings(
        host=entry.host,
        port=entry.port or _SMTP_PORTS[entry.security],
        security=entry.security,
        username=entry.username,
        password=to_secret(entry.password, main.document, trail) if entry.password else None,
        max_megabytes=entry.max_megabytes,
        oauth=to_oauth(main, entry.oauth, ("mail", "smtp", "oauth")),
        ca_file=file_named(main, entry.ca_file),
        allow_plain=entry.allow_plain,
        connections=entry.connections,
        per_minute=entry.per_minute,
    )


def _quiet(entry: QuietEntry) -> QuietHours:
    return QuietHours(begins=time.fromisoformat(entry.begins), ends=time.fromisoformat(entry.ends))


def to_imap(main: Placed[MainFile], trail: Trail, entry: ImapEntry) -> ImapSettings:
    """Make a server that is read."""
    after = entry.after_reading
    return ImapSettings(
        host=entry.host,
        port=entry.port or _IMAP_PORTS[entry.security],
        security=entry.security,
        username=entry.username,
        password=to_secret(entry.password, main.document, (*trail, "password"))
        if entry.password
        else None,
        oauth=to_oauth(main, entry.oauth, (*trail, "oauth")),
        folders=tuple(entry.folders),
        idle=entry.idle,
        move=after.move if after else None,
        flag=after.flag if after else None,
        sent=entry.sent_folder,
        max_megabytes=entry.max_megabytes,
        ca_file=file_named(main, entry.ca_file),
        allow_plain=entry.allow_plain,
    )


def _ews(main: Placed[MainFile], entry: EwsEntry) -> EwsSettings:
    trail = ("mail", "exchange")
    return EwsSettings(
        url=entry.url,
        auth=entry.auth,
        username=entry.username,
        password=to_secret(entry.password, main.document, (*trail, "password"))
        if entry.password
        else None,
        oauth=to_oauth(main, entry.oauth, (*trail, "oauth")),
        folders=tuple(entry.folders),
        max_megabytes=entry.max_megabytes,
        ca_file=file_named(main, entry.ca_file),
        fingerprint=entry.certificate_sha256 or "",
    )


def file_named(main: Placed[MainFile], name: str | None) -> Path | None:
    """Return the absolute path of a file that dondoc.yaml names, None for none."""
    return None if name is None else below(main, name)


def below(main: Placed[MainFile], name: str) -> Path:
    """Return an absolute path; a relative one is relative to dondoc.yaml."""
    return (main.document.path.parent / name).absolute()


def _organ_id(text: str | None) -> OrganId | None:
    return None if text is None else OrganId(text)
