"""Files as people really send them, through HTTP to the finished renditions, on a server's real processes.

    python -m tests.bench.uploads --json [--variants 5] [--seed N] [--kind offset …]

Every kind of `uploads_cases` is drawn with several lengths, sizes, codecs, containers and rotations. `right`: it became
a creative of the right length whose renditions pass the kind's checks, or was refused with the right reason; all else
is `wrong`. `peak_mb`: the largest memory of the media process and of the worker, without the programs that they start.
`picture_behind_film_s`: how long a JPEG takes that is uploaded right behind a long film. The peer is the length that
ffprobe names for the same files.
"""

from __future__ import annotations

import http.client
import json
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit

from sqlmodel import col, select

from server.creatives.models import Creative, CreativeState, Rendition
from server.creatives.uploads.tickets import issue_ticket
from server.db import new_id, reading, transaction
from tests.bench.result import report
from tests.bench.uploads_cases import KINDS, SLACK_MS, Case, draw_cases, plain_length_s
from tests.factories import make_access
from tests.rig.files.odd_films import Shape, ffmpeg, picture_of, tone_of
from tests.rig.servers.house import RunningHouse, running_house
from tests.rig.servers.processes import eventually

UPLOADS_AT_ONCE = 4
DONE_WITHIN_S = 1800
FILM = Shape(length_s=20.0, size=(1920, 1080), rate=30)


@dataclass(frozen=True)
class Answer:
    """The answer of the media process: the creative's id, or the code of the refusal."""

    status: int
    creative_id: str = ""
    code: str = ""


def main() -> None:
    options = _parse()
    with tempfile.TemporaryDirectory(prefix="uploads-") as name:
        folder = Path(name)
        with running_house(folder / "server", parts=("web", "media", "worker")) as house:
            url = open_door(house)
            cases = list(draw_all(folder, options))
            behind_s = picture_behind_film_s(house, url, folder)
            wrong = try_all(house, url, cases, folder)
            peak_mb = {part: peak_of(house.processes[part].pid) for part in ("media", "worker")}
        peer = compare_with_ffprobe(case for case in cases if not case.refused)
    measures = {
        "files": len(cases),
        "kinds": len({case.kind for case in cases}),
        "right": len(cases) - len(wrong),
        "wrong": len(wrong),
        "wrong_files": wrong,
        "peak_mb": peak_mb,
        "picture_behind_film_s": round(behind_s, 2),
        "seed": options.seed,
    }
    report("uploads", measures, {"ffprobe_duration": peer})


def draw_all(folder: Path, options: Namespace) -> Iterable[Case]:
    files = folder / "files"
    files.mkdir()
    wanted = options.kind or KINDS
    return (case for case in draw_cases(files, seed=options.seed, variants=options.variants, kinds=wanted))


def open_door(house: RunningHouse) -> str:
    """Where an operator's files are PUT."""
    with transaction(house.engine) as db:
        return f"{house.settings.media_url}/uploads/{issue_ticket(house.settings, access=make_access(db))}"


def upload(url: str, path: Path) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=300)
    try:
        with path.open("rb") as body:
            connection.request("PUT", parts.path, body, {"X-File-Name": quote(path.name)})
        response = connection.getresponse()
        content = json.loads(response.read())
    finally:
        connection.close()
    if response.status == http.client.CREATED:
        return Answer(response.status, creative_id=content["creative"])
    return Answer(response.status, code=content["error"]["code"])


def try_all(house: RunningHouse, url: str, cases: list[Case], folder: Path) -> list[str]:
    """Upload all, wait for the renditions, look at them; returns the files that came out wrong, and how."""
    with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
        answers = list(pool.map(lambda case: upload(url, case.path), cases))
        wait_until_done(house, [answer.creative_id for answer in answers if answer.creative_id])
        faults = list(pool.map(partial(fault_of, house, folder), cases, answers))
    return [f"{case.path.name}: {fault}" for case, fault in zip(cases, faults, strict=True) if fault]


def wait_until_done(house: RunningHouse, ids: Iterable[str]) -> None:
    waiting = set(ids)

    def look() -> bool:
        with reading(house.engine) as db:
            going = select(Creative.id).where(col(Creative.state) == CreativeState.PROCESSING)
            return not waiting.intersection(db.exec(going))

    eventually(look, within_s=DONE_WITHIN_S, what="all renditions", every_s=0.1)


def fault_of(house: RunningHouse, folder: Path, case: Case, answer: Answer) -> str:
    """The fault of the outcome; empty if it is right."""
    if case.refused or not answer.creative_id:
        return "" if answer.code == case.refused and answer.status < 500 else f"answered {answer.status} {answer.code}"
    with reading(house.engine) as db:
        creative = db.get_one(Creative, answer.creative_id)
        state, length_ms, trouble = creative.state, creative.length_ms, creative.trouble
        renditions = {row.role: row for row in db.exec(select(Rendition).where(Rendition.creative_id == creative.id))}
        lengths = [row.duration_ms or length_ms for row in renditions.values()]
        digests = {role.value: row.digest for role, row in renditions.items()}
    if state is not CreativeState.READY:
        return f"{state}: {trouble}"
    if any(abs(length - case.length_ms) > SLACK_MS for length in (length_ms, *lengths)):
        return f"{length_ms} ms with files of {lengths}, not {case.length_ms}"
    files = {role: fetch(house, digest, folder / new_id()) for role, digest in digests.items()}
    failed = [number for number, check in enumerate(case.checks) if not check(files)]
    return f"checks {failed} failed" if failed else ""


def fetch(house: RunningHouse, digest: str, to: Path) -> Path:
    """As a player does."""
    parts = urlsplit(house.settings.media_url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.request("GET", f"/media/{digest}")
        to.write_bytes(connection.getresponse().read())
    finally:
        connection.close()
    return to


def picture_behind_film_s(house: RunningHouse, url: str, folder: Path) -> float:
    """From the upload of a JPEG, while the worker is at a long film, until it can be shown."""
    film, picture = folder / "long.mp4", folder / "picture.jpg"
    encoded = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")
    ffmpeg(*picture_of(FILM), *tone_of(FILM.length_s), *encoded, "-f", "mp4", film)
    ffmpeg(*picture_of(Shape(size=(1280, 720))), "-frames:v", "1", picture)
    ahead = upload(url, film).creative_id
    began = time.monotonic()
    wait_until_done(house, [upload(url, picture).creative_id])
    took_s = time.monotonic() - began
    wait_until_done(house, [ahead])
    return took_s


def compare_with_ffprobe(cases: Iterable[Case]) -> dict[str, int]:
    """In how many files the plain rule names the length that is right."""
    films = [case for case in cases if case.kind in FILM_KINDS]
    right = sum(abs(1000 * (plain_length_s(case.path) or 0) - case.length_ms) <= SLACK_MS for case in films)
    return {"files": len(films), "right": right}


FILM_KINDS = frozenset(list(KINDS)[: list(KINDS).index("film_on_nothing") + 1])


def peak_of(leader: int) -> int:
    """The largest of the processes that this one started and that are still there, itself included, in megabytes."""
    peaks = [0]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            session = int(status.with_name("stat").read_text().rpartition(")")[2].split()[3])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if session == leader and "VmHWM" in fields:
            peaks.append(int(fields["VmHWM"].split()[0]) >> 10)
    return max(peaks)


def _parse() -> Namespace:
    parser = ArgumentParser(prog="tests.bench.uploads", description="Are files as people really send them taken right?")
    parser.add_argument("--json", action="store_true", help="nothing but the result line")
    parser.add_argument("--variants", type=int, default=5, help="files of each kind")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="only this kind; may be repeated")
    options = parser.parse_args()
    print(f"seed {options.seed}", file=sys.stderr, flush=True)
    return options


if __name__ == "__main__":
    main()
