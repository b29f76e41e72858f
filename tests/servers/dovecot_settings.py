"""The configuration of a Dovecot for tests, as root or as an ordinary user."""

import getpass
import grp
import os
from pathlib import Path
from typing import Protocol

from tests.servers.certificates import SERVER
from tests.servers.process import HOST

_SPECIAL = {"Drafts": "\\Drafts", "Sent": "\\Sent", "Junk": "\\Junk"}
# Only root can change the root folder of a process.
_NO_CHROOT = """service anvil {
  chroot =
}
service stats {
  chroot =
}
"""


class Placed(Protocol):
    """What the configuration needs to know about its server."""

    folder: Path
    auth_socket: Path
    imap_port: int
    imaps_port: int
    lmtp_port: int


def settings(server: Placed, *, store: str, root: bool) -> str:
    """Return the text of dovecot.conf."""
    folder = server.folder
    return f"""
protocols = imap lmtp
listen = {HOST}
base_dir = {folder}/run
state_dir = {folder}/state
instance_name = {folder.name}
log_path = {folder}/log
{_users(root=root)}
mail_home = {folder}/mail/%d/%n
mail_location = {store}:~/{store}
mail_fsync = optimized
mail_plugins = quota
mailbox_list_index = yes
recipient_delimiter = +
protocol imap {{
  mail_plugins = quota imap_quota
  mail_max_userip_connections = 500
}}
plugin {{
  quota = count:User quota
  quota_vsizes = yes
  # The last message may not go over, so that a test knows when it is full.
  quota_grace = 0
}}
# A full mailbox is refused for good, as most offices' servers do.
quota_full_tempfail = no

auth_mechanisms = plain login xoauth2 oauthbearer
disable_plaintext_auth = no
# Wrong passwords are part of the tests: no waiting for them.
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = username_format=%u {folder}/users/%Ld/%Ln
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users/%Ld/%Ln
}}

ssl = yes
ssl_cert = <{SERVER}
ssl_key = <{SERVER}
ssl_min_protocol = TLSv1.2

namespace inbox {{
  inbox = yes
  separator = /
{_mailboxes()}
}}
service imap-login {{
  inet_listener imap {{
    address = {HOST}
    port = {server.imap_port}
  }}
  inet_listener imaps {{
    address = {HOST}
    port = {server.imaps_port}
    ssl = yes
  }}
  process_min_avail = 1
  service_count = 0
{"" if root else "  chroot ="}
}}
service lmtp {{
  inet_listener lmtp {{
    address = {HOST}
    port = {server.lmtp_port}
  }}
}}
service auth {{
  unix_listener {server.auth_socket.name} {{
    mode = 0666
  }}
}}
{"" if root else _NO_CHROOT}
"""


def _users(*, root: bool) -> str:
    """Return who the processes run as; Dovecot refuses to touch mail as root."""
    if root:
        nobody = 65534
        return f"""mail_uid = {nobody}
mail_gid = {nobody}
first_valid_uid = {nobody}
first_valid_gid = {nobody}"""
    name, group = getpass.getuser(), grp.getgrgid(os.getegid()).gr_name
    return f"""default_internal_user = {name}
default_internal_group = {group}
default_login_user = {name}
mail_uid = {name}
mail_gid = {group}
first_valid_uid = {os.geteuid()}
first_valid_gid = {os.getegid()}"""


def _mailboxes() -> str:
    special = "".join(
        f"  mailbox {name} {{\n    auto = subscribe\n    special_use = {use}\n  }}\n"
        for name, use in _SPECIAL.items()
    )
    return special + "  mailbox Processed {\n    auto = create\n  }"
