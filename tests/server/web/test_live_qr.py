"""The page's script shows the same half-minute as the server reads.

Covers: server.coupons.codes.derive, server.web.words.coupons
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from media.coupon_codes import live_number
from media.symbols import number_symbols
from server.coupons.codes.derive import claim_secret, coupon_keys, qr_handle, qr_text
from server.db import new_id
from server.web.words import coupons
from server.web.words.coupons import symbols_text

ASSETS = Path(coupons.__file__).parent.parent / "assets"

SAYS = """
import { bytesOf, liveNumber, qrText, stepAt } from "./src/lib/coupon";
import { readFileSync } from "node:fs";
const cases = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map((c) => {
  const secret = bytesOf(c.secret), step = stepAt(c.now_ms, 30000);
  return [qrText(c.handle, secret, step), liveNumber(secret, step)];
})));
"""


def said_by_script(cases: list[dict[str, object]]) -> list[list[str]]:
    bundle = [ASSETS / "node_modules/.bin/esbuild", "--bundle", "--platform=node", "--loader=ts"]
    script = subprocess.run(bundle, input=SAYS.encode(), capture_output=True, check=True, cwd=ASSETS).stdout
    command = ["node", "-e", script.decode()]
    answer: list[list[str]] = json.loads(
        subprocess.run(command, input=json.dumps(cases).encode(), capture_output=True, check=True).stdout
    )
    return answer


def test_script_and_server_agree_on_every_half_minute() -> None:
    keys = coupon_keys("k" * 64)
    cases, expected = [], []
    for n in range(50):
        claim_id, now_ms = new_id(), 1_772_452_800_000 + n * 47_111
        secret, step = claim_secret(keys, claim_id, n % 3), now_ms // 30_000
        cases.append({"secret": symbols_text(secret), "handle": qr_handle(keys, claim_id), "now_ms": now_ms})
        expected.append([qr_text(keys, claim_id, secret, step=step), live_number(secret, step)])
    assert said_by_script(cases) == expected


def test_a_secret_crosses_as_whole_symbols() -> None:
    assert symbols_text(bytes(10)) == number_symbols(0, 16)
