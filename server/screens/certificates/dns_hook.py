"""The operator's command that adds and removes a TXT record of the boxes' zone: `COMMAND add|remove NAME VALUE`."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Literal

from media.characters import clean_text
from server.screens.certificates.failures import CertificateFailed

logger = logging.getLogger(__name__)

WITHIN_S = 300.0
OUTPUT_BYTES = 4096
DETAIL_CHARS = 300


class DnsHookMissing(CertificateFailed):
    """No command is set that changes the DNS of the boxes' zone. Set LIFTCAST_DNS_HOOK; systemd/README.md describes the
    command."""


class DnsHookFailed(CertificateFailed):
    """The command in LIFTCAST_DNS_HOOK failed. Run it by hand as the server's user, with add, a name and a value."""


class DnsHookHung(CertificateFailed):
    """The command in LIFTCAST_DNS_HOOK took longer than five minutes and was ended. It must end by itself when the
    zone's name servers have the record."""


@dataclass(frozen=True)
class DnsHook:
    """command: the program; it waits until the zone's name servers have the change, and may be called twice with it"""

    command: Path | None
    within_s: float = WITHIN_S

    def add(self, name: str, value: str) -> None:
        """Raises DnsHookMissing, DnsHookFailed and DnsHookHung."""
        self._run("add", name, value)

    def remove(self, name: str, value: str) -> bool:
        """Whether the record is gone. A record that stays harms nobody, so that is only logged."""
        try:
            self._run("remove", name, value)
        except CertificateFailed as error:
            logger.warning("dns record not removed name=%s why=%s facts=%s", name, error.message, error.facts)
            return False
        return True

    def _run(self, action: Literal["add", "remove"], name: str, value: str) -> None:
        if self.command is None:
            raise DnsHookMissing
        with TemporaryFile() as output:
            code = _exit_code([str(self.command), action, name, value], output, self.within_s)
            output.seek(max(output.tell() - OUTPUT_BYTES, 0))
            written = output.read().decode(errors="replace").strip()
        if code != 0:
            raise DnsHookFailed(detail=clean_text(f"exit code {code}: {written}", DETAIL_CHARS))


def _exit_code(command: list[str], output: IO[bytes], within_s: float) -> int:
    """The command is ended with all that it started: a child that goes on would hold nothing of ours."""
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=_environment(os.environ),
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise DnsHookFailed(detail=clean_text(str(error), DETAIL_CHARS)) from error
    try:
        return process.wait(within_s)
    except subprocess.TimeoutExpired as error:
        raise DnsHookHung from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Without the server's own settings, among which are keys and passwords."""
    return {name: value for name, value in environ.items() if not name.startswith("LIFTCAST_")}
