"""The configuration of a Postfix for tests. Nothing that it takes ever leaves the machine."""

from pathlib import Path
from typing import Protocol

from tests.servers.certificates import SERVER
from tests.servers.process import HOST

QUEUES = (
    *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming"),
    *("maildrop", "pid", "private", "public", "saved", "trace"),
)
# Warns, and gives up, within seconds instead of days.
_IMPATIENT = """
delay_warning_time = 1s
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
maximal_queue_lifetime = 3s
bounce_queue_lifetime = 3s
"""
# A server that was away for a moment is asked again soon.
_PATIENT = """
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
"""
_NOBODY = 65534


class Placed(Protocol):
    """What the configuration needs to know about its server."""

    folder: Path
    smtp_port: int
    submission_port: int
    submissions_port: int
    size_limit: int
    lmtp_port: int
    remote_port: int
    auth_socket: Path
    policy_port: int


def main(server: Placed, *, impatient: bool) -> str:
    """Return main.cf: ``.example`` is delivered to Dovecot, ``.test`` sent to the remote server.

    ``delivered.test`` is an exception: Postfix puts that mail into files itself.
    """
    folder = server.folder
    return f"""
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = {HOST}
inet_protocols = ipv4
myhostname = mx.servers.invalid
mydomain = servers.invalid
mydestination =
mynetworks = 127.0.0.0/8
local_header_rewrite_clients =
alias_maps =
alias_database =
local_recipient_maps =
recipient_delimiter = +
virtual_mailbox_domains = regexp:{folder}/etc/own-domains
virtual_mailbox_maps = regexp:{folder}/etc/mailboxes
virtual_mailbox_base = {folder}/delivered
virtual_uid_maps = static:{_NOBODY}
virtual_gid_maps = static:{_NOBODY}
virtual_transport = lmtp:inet:{HOST}:{server.lmtp_port}
transport_maps = regexp:{folder}/etc/transports
relayhost =
default_transport = error:5.4.4 no route leads out of a test
relay_transport = $default_transport
smtp_host_lookup = native
smtp_dns_support_level = disabled
smtp_tls_security_level = none
# A server of a test that is away is not put on a list of dead ones.
lmtp_destination_concurrency_failed_cohort_limit = 0
smtp_destination_concurrency_failed_cohort_limit = 0
lmtp_connection_cache_on_demand = no
message_size_limit = {server.size_limit}
mailbox_size_limit = 0
virtual_mailbox_limit = 0
smtpd_tls_chain_files = {SERVER}
smtpd_tls_security_level = may
smtpd_tls_session_cache_database =
smtpd_sasl_type = dovecot
smtpd_sasl_path = {server.auth_socket}
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
biff = no
append_dot_mydomain = no
notify_classes =
{_IMPATIENT if impatient else _PATIENT}"""


def master(server: Placed) -> str:
    """Return master.cf."""
    asked = ""
    if server.policy_port:
        policy = f"inet:{HOST}:{server.policy_port}"
        asked = (
            f"  -o {{smtpd_recipient_restrictions=check_policy_service {policy}}}\n"
            f"  -o {{smtpd_end_of_data_restrictions=check_policy_service {policy}}}\n"
        )
    login = (
        "  -o smtpd_sasl_auth_enable=yes\n"
        "  -o smtpd_reject_unlisted_recipient=no\n"
        "  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject\n"
    )
    return f"""
{HOST}:{server.smtp_port} inet n - n - - smtpd
{asked}
{HOST}:{server.submission_port} inet n - n - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_tls_auth_only=yes
{login}{asked}
{HOST}:{server.submissions_port} inet n - n - - smtpd
  -o syslog_name=postfix/submissions
  -o smtpd_tls_wrappermode=yes
{login}{asked}
{_SERVICES}"""


_SERVICES = """
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n -  0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
lmtp      unix  - - n - - lmtp
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


def tables(server: Placed) -> dict[str, str]:
    """Return the lookup tables, file name -> text (regexp_table(5))."""
    return {
        "own-domains": "/\\.example$/ own\n/^delivered\\.test$/ own\n",
        # Every address of our own domains is taken: who exists is Dovecot's to say.
        "mailboxes": "/@delivered\\.test$/ all/\n/@.*\\.example$/ dovecot\n",
        "transports": (
            f"/@delivered\\.test$/ virtual:\n/@.*\\.test$/ smtp:[{HOST}]:{server.remote_port}\n"
        ),
    }
