"""People, their sign-in links, and what they did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field, SQLModel

from server.db import id_field, instant_field, json_field, word_field


class Role(StrEnum):
    """The role of a person or key; the rights of each are in `accounts/rights.py`."""

    OWNER = "owner"
    OPERATOR = "operator"
    ADVERTISER = "advertiser"
    MERCHANT = "merchant"
    STAFF = "staff"
    VIEWER = "viewer"


class Person(SQLModel, table=True):
    """Someone who signs in. An advertiser or merchant person sees only that advertiser or merchant.

    session_epoch counts the changes (password, address, role, disabling) that end this person's access so far:
    sessions, links and upload tickets carry the number of their time, and are good as long as it is still this one.
    """

    id: str = id_field()
    email: str = Field(unique=True, max_length=254)
    name: str = Field(max_length=120)
    role: Role = word_field(Role)
    password_hash: str = Field(default="", max_length=200)
    advertiser_id: str | None = Field(default=None, max_length=26)
    merchant_id: str | None = Field(default=None, max_length=26)
    language: str = Field(default="", max_length=5)
    session_epoch: int = 0
    disabled_at: datetime | None = instant_field(default=None, nullable=True)
    created_at: datetime = instant_field()


class SignInLink(SQLModel, table=True):
    """A one-time link: to make the owner on the first start, to invite, to sign in. Only the token's hash is stored."""

    __tablename__ = "sign_in_link"

    id: str = id_field()
    token_hash: str = Field(unique=True, max_length=64)
    purpose: str = Field(max_length=12)
    person_id: str | None = Field(default=None, foreign_key="person.id")
    epoch: int = 0
    expires_at: datetime = instant_field()
    used_at: datetime | None = instant_field(default=None, nullable=True)


class PersonSession(SQLModel, table=True):
    """A browser in which a person is signed in. Its cookie holds the token, of which only the hash is stored here."""

    __tablename__ = "person_session"

    id: str = id_field()
    token_hash: str = Field(unique=True, max_length=64)
    person_id: str = Field(foreign_key="person.id", index=True, max_length=26)
    epoch: int
    created_at: datetime = instant_field()
    last_seen_at: datetime = instant_field()
    browser: str = Field(default="", max_length=40)
    system: str = Field(default="", max_length=40)
    network: str = Field(default="", max_length=50)


class AuditEntry(SQLModel, table=True):
    """An action of a person, or of a machine by its key's id, on an object: append-only."""

    __tablename__ = "audit_entry"

    id: str = id_field()
    at: datetime = instant_field(index=True)
    person_id: str | None = Field(default=None, max_length=26)
    action: str = Field(max_length=60)
    subject: str = Field(default="", max_length=64, index=True)
    facts: dict[str, Any] = json_field()


class ApiKey(SQLModel, table=True):
    """A machine's key: acts as a role, for one advertiser or merchant if the role needs one. Only its hash is stored.

    made_by: the person who saw its secret; None for keys from before this was stored
    """

    __tablename__ = "api_key"

    id: str = id_field()
    name: str = Field(max_length=120)
    key_hash: str = Field(unique=True, max_length=64)
    role: Role = word_field(Role)
    advertiser_id: str | None = Field(default=None, max_length=26)
    merchant_id: str | None = Field(default=None, max_length=26)
    made_by: str | None = Field(default=None, max_length=26)
    created_at: datetime = instant_field()
    revoked_at: datetime | None = instant_field(default=None, nullable=True)
