"""order_certificate: a certificate from an authority that speaks ACME (RFC 8555), with the challenge in DNS."""

from __future__ import annotations

import json
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import requests
from acme import challenges, errors, messages
from acme.client import ClientNetwork, ClientV2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from josepy.errors import Error as JoseError
from josepy.jwa import ES256
from josepy.jwk import JWKEC

from media.characters import clean_text
from server.screens.certificates.dns_hook import DETAIL_CHARS, DnsHook
from server.screens.certificates.failures import CertificateFailed
from server.screens.certificates.signing_requests import SigningRequest

logger = logging.getLogger(__name__)

ACCOUNT_KEY = "acme_account_key.pem"
RECORD = "_acme-challenge"  # RFC 8555, section 8.4
REQUEST_S = 30
STEP_S = 2.0  # between two looks at whether the worker stops
FINISHED_WITHIN_S = 180.0
USER_AGENT = "liftcast"

Found = TypeVar("Found")


class AuthorityAway(CertificateFailed):
    """The certificate authority cannot be reached. Check this server's way to the internet, and LIFTCAST_ACME_URL. It
    is tried again by itself."""


class AuthorityRefused(CertificateFailed):
    """The certificate authority refused the order. Its reason is shown beside this; after too many orders, just
    wait."""


class ChallengeFailed(CertificateFailed):
    """The certificate authority did not find the record in DNS. Check that the zone's name servers answer the whole
    world, and that the command in LIFTCAST_DNS_HOOK ends only when they have the record."""


class AuthoritySlow(CertificateFailed):
    """The certificate authority did not finish in three minutes. It is tried again by itself."""


@dataclass(frozen=True)
class Authority:
    """The authority and the account there.

    folder: where the account's key is stored · ca: file of the certificate by which the authority's own is checked;
    None: the well-known ones
    """

    url: str
    folder: Path
    email: str = ""
    ca: Path | None = None


@dataclass
class Challenge:
    """The record that proves the name, while it may be in DNS.

    on_added: called before a value is added · on_removed: called when it is gone
    """

    hook: DnsHook
    on_added: Callable[[str], None] = lambda value: None
    on_removed: Callable[[], None] = lambda: None

    @contextmanager
    def record(self, name: str, value: str) -> Iterator[None]:
        self.on_added(value)
        try:
            self.hook.add(name, value)
            yield
        finally:
            if self.hook.remove(name, value):
                self.on_removed()


@dataclass
class Steps:
    """Calls `look` now and then while the authority works, so that a worker that stops is not held up."""

    look: Callable[[], None] = lambda: None
    within_s: float = FINISHED_WITHIN_S
    monotonic: Callable[[], float] = field(default=time.monotonic)

    def until_done(self, poll: Callable[[datetime], Found]) -> Found:
        """poll: raises acme's TimeoutError at the given instant; raises AuthoritySlow after all of them did"""
        ends = self.monotonic() + self.within_s
        while self.monotonic() < ends:
            self.look()
            try:
                return poll(datetime.now() + timedelta(seconds=STEP_S))  # noqa: DTZ005  the library's own clock
            except errors.TimeoutError:
                continue
        raise AuthoritySlow


def order_certificate(request: SigningRequest, authority: Authority, challenge: Challenge, steps: Steps) -> str:
    """The chain in PEM, the box's certificate first. Raises CertificateFailed."""
    key = account_key(authority.folder)
    with _explained():
        client = _connected(authority, key)
        order = client.new_order(request.pem.encode())
        for authorization in order.authorizations:
            if authorization.body.status != messages.STATUS_VALID:
                offered = _dns_challenge(authorization)
                with challenge.record(f"{RECORD}.{request.name}", offered.chall.validation(key)):
                    client.answer_challenge(offered, offered.response(key))
                    steps.until_done(lambda until: client.poll_authorizations(order, until))
        order = _begun(client, order)
        return steps.until_done(lambda until: client.poll_finalization(order, until)).fullchain_pem


def account_key(folder: Path) -> JWKEC:
    """The account's key, made at the first order. Of several processes that make it at once, all read the same."""
    path = folder / ACCOUNT_KEY
    if not path.exists():
        _write_new_key(path)
    return JWKEC(key=load_pem_private_key(path.read_bytes(), password=None))


def _write_new_key(path: Path) -> None:
    raw = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_bytes(raw)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _connected(authority: Authority, key: JWKEC) -> ClientV2:
    verify: Any = str(authority.ca) if authority.ca else True  # handed to requests, which takes a path too
    net = ClientNetwork(key, alg=ES256, verify_ssl=verify, user_agent=USER_AGENT, timeout=REQUEST_S)
    client = ClientV2(ClientV2.get_directory(authority.url, net), net)
    wish = messages.NewRegistration.from_data(email=authority.email or None, terms_of_service_agreed=True)
    try:
        client.new_account(wish)
    except errors.ConflictError as known:
        client.query_registration(messages.RegistrationResource(uri=known.location, body=messages.Registration()))
    return client


def _dns_challenge(authorization: messages.AuthorizationResource) -> messages.ChallengeBody:
    for body in authorization.body.challenges:
        if isinstance(body.chall, challenges.DNS01):
            return body
    raise AuthorityRefused(detail="it does not offer the challenge in DNS")


def _begun(client: ClientV2, order: messages.OrderResource) -> messages.OrderResource:
    try:
        return client.begin_finalization(order)
    except messages.Error as error:
        if error.code != "orderNotReady":
            raise
        return order


@contextmanager
def _explained() -> Iterator[None]:
    """The errors of the library and of the network become ours."""
    try:
        yield
    except requests.RequestException as error:
        raise AuthorityAway(detail=clean_text(type(error).__name__, DETAIL_CHARS)) from error
    except errors.ValidationError as error:
        raise ChallengeFailed(detail=clean_text(_reasons(error), DETAIL_CHARS)) from error
    except (errors.Error, messages.Error, JoseError, json.JSONDecodeError, KeyError, ValueError) as error:
        raise AuthorityRefused(detail=clean_text(str(error), DETAIL_CHARS)) from error


def _reasons(error: errors.ValidationError) -> str:
    reasons = [body.error for failed in error.failed_authzrs for body in failed.body.challenges if body.error]
    return "; ".join(str(reason.detail or reason) for reason in reasons)
