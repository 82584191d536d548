"""The web process as it is started, on a data folder of its own."""

from __future__ import annotations

import json
import signal
import socket
import sys
import urllib.request
from pathlib import Path

import pytest

from server import web_process
from tests.rig.servers.ports import free_port
from tests.rig.servers.processes import Process

STARTED_WITHIN_S = 100  # for a broken system, not for a slow one


def web(folder: Path, **more: str) -> Process:
    env = {"LIFTCAST_DATA_DIR": str(folder / "data"), "LIFTCAST_PORT": str(free_port()), **more}
    return Process("web", [sys.executable, "-m", "server"], folder=folder, env=env)


def test_it_serves_until_it_receives_the_signal_to_stop(tmp_path: Path) -> None:
    with web(tmp_path) as process:
        address = process.wait_for(r"listening on (http://\S+)", within_s=STARTED_WITHIN_S)[1]
        with urllib.request.urlopen(f"{address}/readyz", timeout=30) as answer:
            assert json.load(answer)["ready"] is True
        process.kill(signal.SIGTERM)
        assert process.popen.wait(STARTED_WITHIN_S) == 0
    assert "web process stopped" in process.output()
    assert "Traceback" not in process.output()


def test_a_wrong_setting_is_named_in_a_sentence(tmp_path: Path) -> None:
    with web(tmp_path, LIFTCAST_PORT="many") as process:
        assert process.popen.wait(STARTED_WITHIN_S) == 1
    assert "LIFTCAST_PORT" in process.output()
    assert "Traceback" not in process.output()


def test_where_something_listens_already_it_does_not_touch_the_database(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        web(tmp_path, LIFTCAST_PORT=str(other.getsockname()[1])) as process,
    ):
        assert process.popen.wait(STARTED_WITHIN_S) == 1
    assert "Something listens on 127.0.0.1" in process.output()
    assert list((tmp_path / "data").glob("*.sqlite3*")) == []


def test_a_loop_is_given_the_hubs_sleep_and_begun_anew_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[str, object]] = []
    monkeypatch.setattr(web_process, "run_forever", lambda name, loop, sleep: begun.append((name, loop())))
    spawned: list[object] = []
    monkeypatch.setattr(web_process.gevent, "spawn", lambda call, *given: spawned.append(call(*given)))
    web_process.start_loop("watch", lambda sleep: sleep)
    assert begun == [("watch", web_process.gevent.sleep)]
