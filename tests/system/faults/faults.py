"""The list of faults, each with what is done and the tests that prove what comes of it.

A unit test holds that every test exists. ``table`` runs them and writes what came of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_HERE = "tests/system/faults/"
_STORE = f"{_HERE}test_faults_store.py::"
_LINES = f"{_HERE}test_faults_lines.py::"
_CLOCK = f"{_HERE}test_faults_clock.py::"
_BACK = f"{_HERE}test_put_back_by_hand.py::"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault. ``tests`` are node ids of pytest, of functions or of single cases of them.

    ``outcome`` is what holds where they pass. Those with ``daemon`` are of a whole daemon, and
    count letters, documents and replies as the crash suite does.
    """

    name: str
    done: str
    outcome: str
    tests: tuple[str, ...]
    daemon: bool = True


_EACH = "each once"
_MARKED = "each once, or once more with the mark"

FAULTS: Sequence[Fault] = (
    Fault(
        name="disk full, evidence",
        done="no block is free where evidence is written, first within the writing of letters, "
        "then while replies arrive, until two turns have failed each time",
        outcome=f"it goes on by itself; {_EACH}",
        tests=(f"{_STORE}test_a_disk_that_is_full_while_evidence_is_written",),
    ),
    Fault(
        name="disk full, ledger",
        done="no block is free where the ledger is written, while letters leave",
        outcome=f"it goes on by itself; {_MARKED}",
        tests=(f"{_STORE}test_a_disk_that_is_full_while_the_ledger_is_written",),
    ),
    Fault(
        name="SQLite locked",
        done="another process holds BEGIN IMMEDIATE for longer than the daemon waits",
        outcome=f"the turn is tried again; {_MARKED}",
        tests=(f"{_STORE}test_a_ledger_that_another_process_keeps_locked",),
    ),
    Fault(
        name="PostgreSQL locked",
        done="another session locks the events for longer than the daemon waits",
        outcome=f"the turn is tried again; {_MARKED}",
        tests=(f"{_STORE}test_a_database_whose_writers_another_keeps_waiting",),
    ),
    Fault(
        name="PostgreSQL killed and stopped",
        done="the server is killed and started, then stopped and started, each time while letters "
        "leave, and until a turn has failed",
        outcome=f"it is used again; {_MARKED}",
        tests=(f"{_STORE}test_a_database_that_is_killed_and_comes_back",),
    ),
    Fault(
        name="clock back an hour",
        done="the clock is set back while letters leave, and again just after a reminder",
        outcome=_EACH,
        tests=(f"{_CLOCK}test_a_clock_that_is_set_back_an_hour",),
    ),
    Fault(
        name="clock forward a month",
        done="the clock is set forwards past the deadline while letters leave, and in another run "
        "back again",
        outcome=f"{_EACH}; the real reminders still come on their days",
        tests=(
            f"{_CLOCK}test_a_clock_that_is_set_forwards_a_month",
            f"{_CLOCK}test_a_clock_that_is_set_forwards_and_back_again",
        ),
    ),
    Fault(
        name="mail server takes, then drops",
        done="the connection is cut at the final dot of every letter, with the letter kept or lost",
        outcome=_MARKED,
        tests=(f"{_LINES}test_a_server_that_takes_the_letter_and_drops_the_connection",),
    ),
    Fault(
        name="mail server hangs after the dot",
        done="the final dot gets no answer, until the daemon's own limit (shortened) has ended the "
        "wait and the letter was looked for",
        outcome=_MARKED,
        tests=(f"{_LINES}test_a_server_that_hangs_after_the_final_dot",),
    ),
    Fault(
        name="network cut in both directions",
        done="packets are lost on the line to the mail server, the mailbox or the exchange within "
        "the work, until the daemon's own limits (shortened) have ended each wait and all else is "
        "done",
        outcome=_MARKED,
        tests=(f"{_LINES}test_a_line_that_falls_silent_in_both_directions",),
    ),
    Fault(
        name="network cut to PostgreSQL",
        done="the same with the line to the database",
        outcome=_MARKED,
        tests=(f"{_LINES}test_a_line_to_postgresql_that_falls_silent",),
    ),
    Fault(
        name="servers killed under the daemon",
        done="Dovecot, and PostgreSQL where the ledger is there, are killed between answers, the "
        "daemon at a final dot",
        outcome=_MARKED,
        tests=(
            "tests/system/test_daemon_real_mail.py::"
            "test_a_daemon_killed_at_the_dot_and_servers_killed_under_it_mail_nobody_twice",
        ),
    ),
    Fault(
        name="memory",
        done="160 MB are left to the daemon; attachments that unpack to a gigabyte, that have "
        "20 MB, and that are over the limit",
        outcome=f"what needs too much is set aside, the next is read; {_EACH}",
        tests=(
            f"{_HERE}test_faults_memory.py::test_an_attachment_that_needs_more_memory_than_there_is",
        ),
    ),
    Fault(
        name="two daemons on one store",
        done="a second `dondoc run` is started on the same store",
        outcome="it is refused with exit code 1 and names the first",
        tests=(
            "tests/system/test_commands.py::test_a_second_daemon_is_refused",
            "tests/integration/test_database_lock.py::"
            "test_a_second_daemon_is_refused_though_its_folder_is_another",
        ),
        daemon=False,
    ),
    Fault(
        name="backup restored",
        done="`dondoc restore` fills the store from a backup made before letters left",
        outcome=_MARKED,
        tests=(
            "tests/integration/test_restored_store.py::"
            "test_letters_that_left_after_the_backup_do_not_leave_unmarked_again",
        ),
        daemon=False,
    ),
    Fault(
        name="ledger put back by hand",
        done="the ledger's file alone, or the whole store, is replaced by a copy made while half "
        "of the letters had left",
        outcome=f"noticed; {_MARKED}; replies found again",
        tests=(f"{_BACK}test_a_ledger_file_that_was_copied",),
    ),
    Fault(
        name="machine set back to before the reminders",
        done="the whole store is replaced by a copy made before any reminder left, with blind "
        "copies and without",
        outcome=f"noticed; {_MARKED}; no reminder of the lost time a second time",
        tests=(f"{_BACK}test_a_machine_that_was_set_back_to_before_the_reminders",),
    ),
    Fault(
        name="database put back by hand",
        done="the database is made anew from a dump of that time, with and without the mark",
        outcome=f"noticed; {_MARKED}; replies found again",
        tests=(f"{_BACK}test_a_dump_of_postgresql",),
    ),
)
