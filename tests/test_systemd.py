"""The units are hardened, and the nginx site is one that nginx takes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parent.parent / "systemd"
HARDENED = sorted(unit.name for unit in UNITS.glob("*.service") if unit.name != "liftcast-display.service")


@pytest.mark.parametrize("unit", HARDENED)
def test_a_unit_is_exposed_less_than_three(unit: str) -> None:
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", UNITS / unit], capture_output=True, text=True, check=False
    )
    found = re.search(r"Overall exposure level for \S+ ([\d.]+)", told.stdout)
    assert found, told.stderr
    assert float(found[1]) < 3.0


def test_nginx_takes_the_site(tmp_path: Path) -> None:
    site = (UNITS / "nginx" / "liftcast.conf").read_text().replace("/var/cache/nginx", str(tmp_path))
    conf = tmp_path / "nginx.conf"
    conf.write_text(f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{site}\n}}\n")
    told = subprocess.run(["nginx", "-t", "-p", tmp_path, "-c", conf], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
