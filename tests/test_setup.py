"""A step of the set-up says what it does and how far it is; the installers' noise is seen only when one fails."""

from __future__ import annotations

import subprocess
from pathlib import Path

STEP = Path(__file__).parent.parent / ".ci" / "step"


def step(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([STEP, "1/2", "Two packages", *arguments], cwd=folder, text=True, capture_output=True)


def test_a_step_that_works_hides_its_noise(tmp_path: Path) -> None:
    done = step(tmp_path, "--", "sh", "-c", "echo noise; echo more noise >&2")
    assert done.returncode == 0
    begins, ends = done.stdout.splitlines()
    assert (begins, ends[:28]) == ("[1/2] Two packages: begins", "[1/2] Two packages: done in ")
    assert done.stderr == ""


def test_a_step_that_fails_shows_its_log_and_fails(tmp_path: Path) -> None:
    failed = step(tmp_path, "--", "sh", "-c", "echo 'no such package' >&2; exit 3")
    assert failed.returncode == 3
    assert "build/setup/Two-packages.log" in failed.stdout
    assert failed.stdout.splitlines()[-1] == "no such package"


def test_a_command_that_is_not_there_fails_its_step(tmp_path: Path) -> None:
    failed = step(tmp_path, "--", "no-such-command")
    assert failed.returncode == 127
    assert "no-such-command" in failed.stdout


def test_on_a_terminal_a_step_says_how_far_it_is(tmp_path: Path) -> None:
    work = "echo Setting up one; until [ -e seen ]; do sleep 0.1; done"
    command = f"{STEP} 1/2 'Two packages' --count '^Setting up ' --of 2 -- sh -c '{work}'"
    script = ["script", "--quiet", "--return", "--flush", "--command", command, "/dev/null"]
    with subprocess.Popen(script, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as shown:
        assert shown.stdout is not None
        output = b""
        while b"1 of 2, " not in output:
            output += shown.stdout.read1()
        (tmp_path / "seen").touch()
        output += shown.stdout.read()
    assert shown.returncode == 0
    assert b"Setting up" not in output


def test_every_installer_of_the_makefile_is_a_step() -> None:
    makefile = (STEP.parent.parent / "Makefile").read_text().replace("\\\n", " ")
    installs = ("pip install", "$(APT) install", "$(APT) update", "npm --prefix", "planner.compile_ahead")
    lines = [line for line in makefile.splitlines() if any(install in line for install in installs)]
    assert len(lines) >= 4
    assert [line for line in lines if ".ci/step" not in line] == []
