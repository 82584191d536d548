"""The job that obtains a box's certificate, with a real authority; and a worker that is killed in the middle.

Covers: server.screens.certificates.failures
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from media.wire.certificates import CertificateAnswer, CertificateRequest
from player.portal.certificates.judge import read_certificate
from player.portal.certificates.own_certificate import OwnCertificate
from server.db import enqueue, to_ms, transaction, utc_now
from server.jobs.handlers import HANDLERS
from server.jobs.worker import Worker, turn
from server.screens.certificates.failures import CertificateFailed
from server.screens.certificates.hand_out import hand_out_certificate
from server.screens.certificates.signing_requests import digest_of_key
from server.screens.models import BoxCertificate
from server.settings import Settings
from tests.factories import make_player, make_screen, saved
from tests.rig.certificates import new_key, signing_request
from tests.rig.servers.authority import LocalAuthority, local_authority
from tests.rig.servers.processes import Process, eventually
from tests.server.jobs.hands import job_of, rows

NAME = "k7m2pq.box.example.org"
RUN = """
import threading
from server.jobs.worker import run_worker
from server.settings import read_settings
run_worker(read_settings(), only={"certificate"}, stop=threading.Event())
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAuthority]:
    with local_authority(tmp_path_factory.mktemp("authority")) as authority:
        yield authority


@pytest.fixture
def settings(settings: Settings, authority: LocalAuthority) -> Settings:
    authority.forget_calls()
    acme = {"acme_url": authority.url, "acme_ca": authority.ca, "dns_hook": authority.hook}
    return settings.model_copy(update={"box_zone": "box.example.org", **acme})


@pytest.fixture
def requested(here: Worker) -> BoxCertificate:
    """A signing request whose order is due."""
    key = new_key()
    request = {"signing_request": signing_request(NAME, key=key), "key_digest": digest_of_key(key.public_key())}
    with transaction(here.engine) as db:
        row = BoxCertificate(screen_id=make_screen(db).id, name=NAME, requested_at=utc_now(), **request)
        enqueue(db, "certificate", saved(db, row).id, now=utc_now())
    return row


def certificate(here: Worker) -> BoxCertificate:
    (row,) = rows(here, BoxCertificate)
    return row


def test_the_certificate_is_written_with_the_end_of_the_job(here: Worker, requested: BoxCertificate) -> None:
    assert turn(here)
    written = certificate(here)
    leaf = x509.load_pem_x509_certificates(written.chain.encode())[0]
    assert digest_of_key(leaf.public_key()) == requested.key_digest
    assert (written.expires_at, written.dns_value, written.trouble) == (leaf.not_valid_after_utc, "", "")
    assert job_of(here, "certificate").state == "done"


def test_a_box_gets_the_certificate_for_the_key_that_it_made(here: Worker, tmp_path: Path) -> None:
    """From its signing request to the files that its portal serves."""
    own, now = OwnCertificate(tmp_path), utc_now()
    with transaction(here.engine) as db:
        player = make_player(db, screen=make_screen(db, code="K7M2PQ"))

    def request(signing_request: str) -> CertificateAnswer:
        with transaction(here.engine) as db:
            sent = CertificateRequest(signing_request=signing_request)
            return hand_out_certificate(db, db.merge(player), sent, zone=here.settings.box_zone, now=now)

    signing_request = own.signing_request(request("").name, None, None)
    assert request(signing_request).chain == ""
    assert turn(here)
    answer = request(signing_request)
    own.accept(answer.name, answer.chain)
    installed = read_certificate(own.pair)
    assert installed is not None
    assert (installed.names, own.signing_request(NAME, installed, to_ms(now))) == ((NAME,), "")


def test_a_failure_ends_the_job_and_is_on_the_row(here: Worker, requested: BoxCertificate) -> None:
    here.settings = here.settings.model_copy(update={"dns_hook": None})
    assert turn(here)
    assert (certificate(here).failures, "LIFTCAST_DNS_HOOK" in certificate(here).remedy) == (1, True)
    assert job_of(here, "certificate").state == "done"


def test_a_worker_that_died_on_every_attempt_is_a_failure_too(here: Worker, requested: BoxCertificate) -> None:
    failed = HANDLERS["certificate"].failed
    assert failed is not None
    with transaction(here.engine) as db:
        failed(db, requested.id, CertificateFailed(), utc_now())
    assert certificate(here).trouble == CertificateFailed().message


def test_a_row_that_is_gone_is_no_work(here: Worker) -> None:
    with transaction(here.engine) as db:
        enqueue(db, "certificate", "01J", now=utc_now())
    assert turn(here)
    assert job_of(here, "certificate").state == "done"


def test_a_worker_killed_in_the_middle_of_an_order_is_succeeded_by_another(
    here: Worker, requested: BoxCertificate, authority: LocalAuthority, tmp_path: Path
) -> None:
    """The command for DNS adds the record and kills the worker, which is its parent."""
    kills = authority.script("kills", authority.hook.read_text() + "kill -9 $PPID\n")
    settings = here.settings.model_copy(update={"dns_hook": kills})
    names = ("data_dir", "database_url", "box_zone", "dns_hook", "acme_url", "acme_ca")
    env = {f"LIFTCAST_{name.upper()}": str(getattr(settings, name)) for name in names}
    with Process("first", [sys.executable, "-c", RUN], folder=tmp_path / "logs", env=env) as first:
        eventually(lambda: not first.running, within_s=60, what="the first worker to be killed")
    assert certificate(here).dns_value != ""
    eventually(lambda: certificate(here).chain or (turn(here) and None), within_s=60, what="the certificate")
    left, *others = [call[2] for call in authority.hook_calls() if call[0] == "remove"]
    assert left == authority.hook_calls()[0][2]
    assert (len(others), certificate(here).dns_value) == (1, "")
    assert job_of(here, "certificate").attempts == 2
