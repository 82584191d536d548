"""Every setting of the player, read once from `LIFTCAST_…` into a frozen object that is handed on."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from media.environ import PREFIX, BadSetting, read_environ

# The files in which a board or an installation is identified. Network addresses are not used: they are private.
IDENTITIES = (Path("/sys/firmware/devicetree/base/serial-number"), Path("/etc/machine-id"))

# The server on the same machine reads these; they are no spelling mistakes.
SERVER_ONLY = frozenset(
    {
        "data_dir", "database_url", "redis_url", "host", "port", "media_port", "planner_port", "public_url",
        "media_url", "secret_key", "proxies", "freeze_s", "days_ahead", "slot_ms", "apart_creative_s",
        "apart_advertiser_s", "apart_category_s", "upload_limit_mb", "pixel_limit_mp", "duration_limit_s",
        "transcode_timeout_s", "transcode_memory_mb", "allot_timeout_s", "new_phones_per_hour", "people_at_screen",
        "sockets_per_address", "session_idle_h", "session_max_h", "hsts_days", "box_zone", "dns_hook", "acme_url",
        "acme_email", "acme_ca", "direct_sends",
    }
)  # fmt: skip


class Settings(BaseModel):
    """Names are those of the environment without the prefix, in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    server_url: str = Field(description="Address of the server, like https://screens.example.org.")
    player_dir: Path = Field(Path("liftcast-player"), description="Where the player keeps token, media and journal.")
    vout: str = Field("", description="VLC's video output on this hardware; empty: one that works everywhere.")
    disk_quota_mb: int = Field(8192, ge=16, le=4_000_000, description="How much disk media may take, in megabytes.")
    poll_s: int = Field(15, ge=1, le=3600, description="How often the player asks for a newer timeline.")
    unpause_lead_ms: int | None = Field(
        None, ge=0, le=500, description="How long this hardware takes from unpausing to the first visible frame."
    )
    hardware_id: str = Field(
        "", max_length=128, description="What the box calls itself; empty: from its serial number."
    )
    hotspot_plan: Path | None = Field(None, description="File of the hotspot's plan; empty: the box has no hotspot.")
    hotspot_dir: Path = Field(Path("liftcast-hotspot"), description="Where the hotspot has its sockets and visits.")
    hotspot_leases: Path = Field(
        Path("/run/liftcast-dnsmasq/leases"), description="Where dnsmasq keeps the phones' addresses, until a restart."
    )
    portal_dir: Path = Field(Path("liftcast-portal"), description="Where the portal keeps what phones agreed to.")
    portal_tls: Path | None = Field(
        None,
        description="Folder of certificate.pem and key.pem of the plan's portal_name; empty: it gets its own.",
    )
    setup_dir: Path = Field(Path("liftcast-setup"), description="Where the set-up on site has its socket and state.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("server_url")
    @classmethod
    def _whole_url(cls, url: str) -> str:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ValueError("must be a whole address like https://screens.example.org")
        return url.rstrip("/")

    @field_validator("unpause_lead_ms", "hotspot_plan", "portal_tls", mode="before")
    @classmethod
    def _empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    @field_validator("hardware_id")
    @classmethod
    def _long_enough(cls, name: str) -> str:
        if name and len(name) < 4:
            raise ValueError("must have at least 4 characters")
        return name

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, level: str) -> str:
        if level.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return level.upper()

    @property
    def hardware(self) -> str:
        return self.hardware_id or hardware_of(IDENTITIES)


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read `LIFTCAST_…`; a wrong value, or a name that no setting has, stops the start with one sentence."""
    return read_environ(Settings, environ, foreign=SERVER_ONLY)


def log_to_stderr(settings: Settings) -> None:
    """Without the libraries' lines for each request, which would name phones and what they open."""
    logging.basicConfig(level=settings.log_level, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    for chatty in ("urllib3", "engineio", "socketio", "websocket", "geventwebsocket", "PIL"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def hardware_of(identities: tuple[Path, ...]) -> str:
    """A name for this hardware that reveals nothing about it: a hash of its serial number or machine id."""
    for path in identities:
        if path.is_file() and (identity := path.read_bytes().strip(b"\0\n ")):
            return hashlib.sha256(b"liftcast hardware " + identity).hexdigest()[:32]
    raise BadSetting(
        f"{PREFIX}HARDWARE_ID is empty, and this machine has no serial number or machine id to use instead."
    )
