"""An order against a real authority: the challenge in DNS, the account, and all that may fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from acme import errors
from cryptography import x509

from server.screens.certificates.acme_order import (
    ACCOUNT_KEY,
    Authority,
    AuthorityAway,
    AuthorityRefused,
    AuthoritySlow,
    Challenge,
    ChallengeFailed,
    Steps,
    account_key,
    order_certificate,
)
from server.screens.certificates.dns_hook import DnsHook, DnsHookFailed
from server.screens.certificates.signing_requests import check_signing_request, digest_of_key
from tests.rig.certificates import new_key, signing_request
from tests.rig.servers.authority import REFUSED_ZONE
from tests.rig.servers.ports import free_port

NAME = "k7m2pq.box.example.org"
RECORD = f"_acme-challenge.{NAME}"


@pytest.fixture
def account(authority, tmp_path):
    return Authority(authority.url, tmp_path, email="admin@example.org", ca=authority.ca)


@pytest.fixture
def request_():
    return check_signing_request(signing_request(NAME), name=NAME)


def test_a_certificate_is_issued_for_the_key_of_the_request(authority, account, request_):
    chain = order_certificate(request_, account, Challenge(DnsHook(authority.hook)), Steps())
    issued = x509.load_pem_x509_certificates(chain.encode())
    assert len(issued) >= 2
    assert digest_of_key(issued[0].public_key()) == request_.key_digest
    names = issued[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [*names] == [x509.DNSName(NAME)]


def test_the_record_is_there_only_during_the_order(authority, account, request_):
    noted = []
    challenge = Challenge(DnsHook(authority.hook), on_added=noted.append, on_removed=lambda: noted.append("removed"))
    order_certificate(request_, account, challenge, Steps())
    (added, name, value), removed = authority.hook_calls()
    assert (added, name, removed) == ("add", RECORD, ["remove", RECORD, value])
    assert noted == [value, "removed"]


def test_all_orders_are_of_one_account_whose_key_only_the_server_reads(authority, account, request_, tmp_path):
    for _ in range(2):
        order_certificate(request_, account, Challenge(DnsHook(authority.hook)), Steps())
        key = (tmp_path / ACCOUNT_KEY).read_bytes()
    assert key == (tmp_path / ACCOUNT_KEY).read_bytes()
    assert (tmp_path / ACCOUNT_KEY).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.glob("acme*")] == [ACCOUNT_KEY]


def test_two_workers_that_make_the_account_at_once_have_one_key(tmp_path, monkeypatch):
    """Another process makes the key between the look and the write."""
    other = account_key(tmp_path)
    monkeypatch.setattr(Path, "exists", lambda path: False)
    assert account_key(tmp_path).thumbprint() == other.thumbprint()


def test_a_record_that_is_not_in_dns_is_named_with_the_remedy(authority, account, request_):
    hook = DnsHook(authority.script("forgetful", "#!/bin/sh\nexit 0\n"))
    with pytest.raises(ChallengeFailed) as caught:
        order_certificate(request_, account, Challenge(hook), Steps())
    assert "No TXT records found" in str(caught.value.facts["detail"])
    assert "LIFTCAST_DNS_HOOK" in caught.value.remedy


def test_a_command_that_fails_ends_the_order_and_the_record_is_removed(authority, account, request_):
    hook = DnsHook(authority.script("broken", f'#!/bin/sh\necho "$@" >> {authority.calls}\n[ "$1" != add ]\n'))
    with pytest.raises(DnsHookFailed):
        order_certificate(request_, account, Challenge(hook), Steps())
    assert [call[0] for call in authority.hook_calls()] == ["add", "remove"]


def test_an_authority_that_is_away_is_named(account, request_, tmp_path):
    away = Authority(f"https://127.0.0.1:{free_port()}/dir", tmp_path)
    with pytest.raises(AuthorityAway):
        order_certificate(request_, away, Challenge(DnsHook(None)), Steps())


def test_an_authority_whose_own_certificate_is_unknown_is_not_trusted(authority, request_, tmp_path):
    with pytest.raises(AuthorityAway) as caught:
        order_certificate(request_, Authority(authority.url, tmp_path), Challenge(DnsHook(None)), Steps())
    assert caught.value.facts["detail"] == "SSLError"


def test_a_server_that_is_no_authority_is_refused(authority, request_, tmp_path):
    elsewhere = Authority(authority.url.replace("/dir", "/"), tmp_path, ca=authority.ca)
    with pytest.raises(AuthorityRefused):
        order_certificate(request_, elsewhere, Challenge(DnsHook(None)), Steps())


def test_the_words_of_an_authority_that_refuses_are_shown(authority, account):
    name = f"k7m2pq.{REFUSED_ZONE}"
    with pytest.raises(AuthorityRefused) as caught:
        order_certificate(check(name), account, Challenge(DnsHook(authority.hook)), Steps())
    assert "forbidden by policy" in str(caught.value.facts["detail"])


def check(name):
    return check_signing_request(signing_request(name, key=new_key()), name=name)


def test_a_worker_that_stops_ends_the_order_and_removes_the_record(authority, account, request_):
    class Stops(Exception):
        pass

    def look():
        raise Stops

    with pytest.raises(Stops):
        order_certificate(request_, account, Challenge(DnsHook(authority.hook)), Steps(look))
    assert [call[0] for call in authority.hook_calls()] == ["add", "remove"]


def test_an_authority_that_does_not_finish_is_given_up():
    """The library's clock may be set back meanwhile: the time that passed counts."""
    seconds = iter([0.0, 1.0, 180.0])

    def poll(_until):
        raise errors.TimeoutError

    with pytest.raises(AuthoritySlow):
        Steps(monotonic=lambda: next(seconds)).until_done(poll)
