"""Every setting of the server, read once from `LIFTCAST_…` into a frozen object that is handed on."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from media.environ import PREFIX, BadSetting, read_environ

DOMAIN_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
LOBBY_PHONES, BUILDING_BOXES = 300, 30  # behind one address
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  compared with, never bound to by itself


class Settings(BaseModel):
    """Named as in the environment, without the prefix and in lower case. systemd/README.md lists the descriptions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Field(Path("liftcast-data"), description="Where media, uploads, keys and the SQLite file live.")
    database_url: str = Field("", description="SQLite in the data folder, or postgresql://user:password@host/name.")
    redis_url: str = Field("", description="Needed when more than one web process runs: redis://host:6379/0.")
    host: str = Field("127.0.0.1", description="Address on which web and media listen.")
    port: int = Field(8000, ge=0, le=65535, description="Port of the web process.")
    media_port: int = Field(8001, ge=0, le=65535, description="Port of the media process.")
    planner_port: int = Field(
        8002, ge=0, le=65535, description="Port on this machine at which the booking desk says what is still free."
    )
    public_url: str = Field(
        "", description="The server's public name, in every link handed out; https://… in production."
    )
    media_url: str = Field(
        "", description="Where players and phones fetch media; empty: the media port on public_url's host."
    )
    secret_key: str = Field(
        "", description="Signs sessions, tickets and codes; made and kept in the data folder if empty."
    )
    proxies: int = Field(0, ge=0, le=5, description="How many trusted reverse proxies stand in front (1 behind nginx).")
    session_idle_h: int = Field(
        336, ge=1, le=8760, description="Hours after which a device that was not used is signed out."
    )
    session_max_h: int = Field(
        2160, ge=1, le=8760, description="Hours after which every device has to sign in again, used or not."
    )
    hsts_days: int = Field(
        365, ge=0, le=730, description="For so many days a browser that came by https uses https alone; 0 ends that."
    )
    freeze_s: int = Field(10, ge=0, le=3600, description="A change never touches what plays within so many seconds.")
    days_ahead: int = Field(14, ge=14, le=60, description="How many days of timeline every player holds.")
    slot_ms: int = Field(5000, ge=1000, le=60000, description="The grid of time, in milliseconds.")
    apart_creative_s: int = Field(
        1, ge=0, le=3600, description="Seconds of something else between two of a creative, up to whole slots; 0: none."
    )
    apart_advertiser_s: int = Field(
        1, ge=0, le=3600, description="Seconds of something else between two of an advertiser, up to whole slots."
    )
    apart_category_s: int = Field(
        0, ge=0, le=3600, description="Seconds of something else between two of a category, up to whole slots."
    )
    upload_limit_mb: int = Field(2048, ge=1, le=20000, description="Largest upload, in megabytes.")
    pixel_limit_mp: int = Field(50, ge=1, le=500, description="Largest picture, in megapixels.")
    duration_limit_s: int = Field(600, ge=5, le=7200, description="Longest film or sound, in seconds.")
    transcode_timeout_s: int = Field(1800, ge=10, le=86400, description="A rendition that takes longer is given up.")
    transcode_memory_mb: int = Field(
        2048, ge=256, le=65536, description="Memory that one transcode, or one look at a picture, may take."
    )
    allot_timeout_s: int = Field(
        900, ge=10, le=86400, description="A plan of the network that takes longer is given up."
    )
    new_phones_per_hour: int = Field(
        300,
        ge=1,
        le=1_000_000,
        description="How many phones may claim their first coupon from one address in an hour; a lobby shares one.",
    )
    people_at_screen: int = Field(
        40,
        ge=1,
        le=1_000_000,
        description="How many people can stand before one screen; it caps how often an offer is claimed there.",
    )
    sockets_per_address: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="How many sockets one address may hold; empty: twice as many as 300 phones, or `people_at_screen` "
        "if that is more, and 30 boxes, each of which may connect anew before its old socket is found dead.",
    )
    direct_sends: bool = Field(
        True, description="Write messages to idle sockets at once; false: each through its socket's queue."
    )
    box_zone: str = Field(
        "", max_length=200, description="DNS zone in which boxes have their names; empty: they have none."
    )
    dns_hook: Path | None = Field(
        None, description="Command that changes TXT records of the zone, called with add or remove, name, value."
    )
    acme_url: str = Field(
        "https://acme-v02.api.letsencrypt.org/directory", description="Directory of the authority for certificates."
    )
    acme_email: str = Field("", max_length=254, description="Where the certificate authority writes; empty: nowhere.")
    acme_ca: Path | None = Field(
        None, description="Certificate by which that authority's own is checked; empty: the well-known ones."
    )
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @property
    def sockets_each(self) -> int:
        """How many sockets one address may hold: a lobby's WiFi, its phones and the building's boxes may share one."""
        return self.sockets_per_address or 2 * (max(LOBBY_PHONES, self.people_at_screen) + BUILDING_BOXES)

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url and urlsplit(url).scheme not in ("sqlite", "postgresql", "postgresql+psycopg"):
            raise ValueError("must begin with sqlite:// or postgresql://")
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    @field_validator("redis_url")
    @classmethod
    def _known_queue(cls, url: str) -> str:
        if url and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return url

    @field_validator("public_url", "media_url")
    @classmethod
    def _whole_url(cls, url: str) -> str:
        if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
            raise ValueError("must be a whole address like https://screens.example.org")
        return url.rstrip("/")

    @field_validator("box_zone")
    @classmethod
    def _zone_of_boxes_alone(cls, zone: str, info: ValidationInfo) -> str:
        """A box with a certificate for the server's name could play the server to phones."""
        zone = zone.lower().strip(".")
        if zone and not DOMAIN_NAME.fullmatch(zone):
            raise ValueError("must be a domain name like box.example.org")
        host = urlsplit(info.data.get("public_url", "")).hostname
        if zone and f".{host}".endswith(f".{zone}"):
            raise ValueError(f"must not contain the server's public name {host}")
        return zone

    @field_validator("acme_url")
    @classmethod
    def _https_url(cls, url: str) -> str:
        if urlsplit(url).scheme != "https" or not urlsplit(url).hostname:
            raise ValueError("must be a whole address that begins with https://")
        return url

    @field_validator("dns_hook", "acme_ca", mode="before")
    @classmethod
    def _empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, level: str) -> str:
        if level.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return level.upper()

    @field_validator("secret_key")
    @classmethod
    def _long_key(cls, key: str) -> str:
        if key and len(key) < 32:
            raise ValueError("must have at least 32 characters")
        return key

    @model_validator(mode="after")
    def _addresses_follow(self) -> Self:
        """Fill in what follows from other settings; the object stays frozen to everyone else."""
        host = "127.0.0.1" if self.host in EVERY_ADDRESS else self.host
        derived = {
            "database_url": self.database_url or f"sqlite:///{self.data_dir / 'liftcast.sqlite3'}",
            "public_url": self.public_url or f"http://{host}:{self.port}",
        }
        derived["media_url"] = self.media_url or _with_port(derived["public_url"], self.media_port)
        for name, value in derived.items():
            object.__setattr__(self, name, value)
        return self

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def media_dir(self) -> Path:
        return self.data_dir / "media"

    @property
    def uploads_dir(self) -> Path:
        """Uploads that are not finished, one folder each."""
        return self.data_dir / "uploads"

    @property
    def work_dir(self) -> Path:
        return self.data_dir / "work"


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read `LIFTCAST_…`; without a key, one is made and stored in the data folder."""
    settings = read_environ(Settings, environ, foreign=PLAYER_ONLY)
    return settings if settings.secret_key else settings.model_copy(update={"secret_key": _stored_key(settings)})


# The player on the same machine reads these; they are no spelling mistakes.
PLAYER_ONLY = frozenset(
    {
        "server_url", "player_dir", "vout", "disk_quota_mb", "poll_s", "unpause_lead_ms", "hardware_id",
        "hotspot_plan", "hotspot_dir", "hotspot_leases", "portal_dir", "portal_tls", "setup_dir",
    }
)  # fmt: skip


def _with_port(url: str, port: int) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{port}"


def _stored_key(settings: Settings) -> str:
    """The key in the data folder, made at the first start; if several processes make it at once, all read the same."""
    path = settings.data_dir / "secret_key"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_new_key(path)
        return path.read_text().strip()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise BadSetting(f"{PREFIX}DATA_DIR is {str(settings.data_dir)!r}, which cannot be used: {why}.") from error


def _write_new_key(path: Path) -> None:
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_hex(32))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
