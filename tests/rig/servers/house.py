"""The server's real processes on free ports, in a folder of their own."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from media.store import MediaStore
from server.db import make_engine
from server.runtime.processes import NICE, PROCESSES, give_way
from server.settings import Settings, read_settings
from tests.rig.servers.ports import free_port
from tests.rig.servers.processes import Process, program


@dataclass
class RunningHouse:
    """A server of several processes that a test may kill and start again one by one.

    gives_way: whether its processes give way to each other as in production; they would give way to the test too
    within: begins the command of each process, as `ip netns exec NAME`
    """

    folder: Path
    env: dict[str, str]
    settings: Settings
    engine: Engine
    store: MediaStore
    processes: dict[str, Process] = field(default_factory=dict)
    gives_way: bool = False
    within: Sequence[str] = ()

    @property
    def url(self) -> str:
        return self.settings.public_url

    def start(self, name: str, *, port: int | None = None) -> Process:
        """Start one of `web`, `media`, `worker`, `planner`, `desk`; a second web process takes another port."""
        kind = name.split("-")[0]
        env = {**self.env, **({"LIFTCAST_PORT": str(port)} if port is not None else {})}
        command = [sys.executable, "-m", "server"] if kind == "web" else [program("liftcast-server"), *PROCESSES[kind]]
        process = Process(name, [*self.within, *command], folder=self.folder / "logs", env=env)
        if self.gives_way:
            give_way(process.pid, NICE.get(kind, 0))
        self.processes[name] = process
        if kind == "web":
            process.wait_for(r"listening on (http://\S+)", within_s=60)
        return process

    def stop(self) -> None:
        """All get their signal before any is waited for."""
        for process in self.processes.values():
            if process.running:
                process.popen.terminate()
        for process in reversed(self.processes.values()):
            process.stop()
        self.engine.dispose()


@contextmanager
def running_house(
    folder: Path,
    *,
    parts: tuple[str, ...] = ("web", "media", "worker", "planner", "desk"),
    more: Mapping[str, str] | None = None,
    within: Sequence[str] = (),
) -> Iterator[RunningHouse]:
    """A server whose named parts are up and answer; `more` are settings beyond ports and folder."""
    house = make_house(folder, more=more or {})
    house.within = within
    with ExitStack() as stack:
        stack.callback(house.stop)
        for name in sorted(parts, key="web".__eq__):  # the web process is waited for, so the others start meanwhile
            house.start(name)
        if "media" in parts:
            house.processes["media"].wait_for(r"[Ll]istening", within_s=60)
        if "desk" in parts:
            house.processes["desk"].wait_for(r"listening", within_s=60)
        yield house


def make_house(folder: Path, *, more: Mapping[str, str]) -> RunningHouse:
    env = {
        "LIFTCAST_DATA_DIR": str(folder / "data"),
        "LIFTCAST_PORT": str(free_port()),
        "LIFTCAST_MEDIA_PORT": str(free_port()),
        "LIFTCAST_PLANNER_PORT": str(free_port()),
        **more,
    }
    settings = read_settings(env)
    return RunningHouse(
        folder=folder,
        env=env,
        settings=settings,
        engine=make_engine(settings.database_url),
        store=MediaStore(settings.media_dir),
    )
