"""The operator's command for DNS: how it is called, and how it fails."""

from __future__ import annotations

import stat

import pytest

from server.screens.certificates.dns_hook import DETAIL_CHARS, DnsHook, DnsHookFailed, DnsHookHung, DnsHookMissing
from tests.rig.servers.processes import eventually

NAME, VALUE = "_acme-challenge.k7m2pq.box.example.org", "gfj9Xq-Rg85nM"


@pytest.fixture
def hook(tmp_path):
    """A command of this text in the shell."""

    def make(text, **more):
        path = tmp_path / "hook"
        path.write_text(f"#!/bin/sh\ncd {tmp_path}\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return DnsHook(path, **more)

    return make


def test_it_is_given_the_action_the_name_and_the_value(hook, tmp_path):
    command = hook('echo "$#:$1:$2:$3" >> calls')
    command.add(NAME, VALUE)
    assert command.remove(NAME, VALUE)
    assert (tmp_path / "calls").read_text().split() == [f"3:add:{NAME}:{VALUE}", f"3:remove:{NAME}:{VALUE}"]


def test_it_gets_none_of_the_servers_keys(hook, tmp_path, monkeypatch):
    monkeypatch.setenv("LIFTCAST_SECRET_KEY", "secret")
    monkeypatch.setenv("ZONE_TOKEN", "its own")
    hook("env > environment").add(NAME, VALUE)
    environment = (tmp_path / "environment").read_text()
    assert "ZONE_TOKEN=its own" in environment
    assert "LIFTCAST" not in environment


def test_a_failure_names_the_end_of_its_output(hook):
    with pytest.raises(DnsHookFailed) as caught:
        hook("yes x | head -c 100000; printf '\\033[31mno such zone' >&2; exit 3").add(NAME, VALUE)
    detail = caught.value.facts["detail"]
    assert detail.startswith("exit code 3: ")
    assert len(detail) <= DETAIL_CHARS
    assert detail.isprintable()


def test_what_cannot_be_started_is_a_failure(hook):
    command = hook("true")
    command.command.chmod(0o600)
    with pytest.raises(DnsHookFailed):
        command.add(NAME, VALUE)


def test_without_a_command_nothing_is_run():
    with pytest.raises(DnsHookMissing):
        DnsHook(None).add(NAME, VALUE)


def test_one_that_hangs_is_ended_with_its_children(hook, tmp_path):
    with pytest.raises(DnsHookHung):
        hook("sleep 1000 & echo $! > child; wait", within_s=0.5).add(NAME, VALUE)
    child = int((tmp_path / "child").read_text())
    eventually(lambda: not is_running(child), within_s=20, what="the child to be ended")


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_record_that_stays_breaks_nothing(hook):
    assert hook('[ "$1" = add ]').remove(NAME, VALUE) is False
