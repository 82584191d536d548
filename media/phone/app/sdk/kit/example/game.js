"use strict";
// The smallest game: who taps ten times has finished.

const TAPS = 10;
const button = document.getElementById("count");

liftcast.ready().then((start) => {
  const zh = start.language === "zh";
  let taps = 0;
  document.documentElement.lang = zh ? "zh-CN" : "en";
  document.getElementById("who").textContent = `${start.player.emoji} ${zh ? "点十下" : "Tap ten times"}`;
  button.textContent = "0";
  setTimeout(() => (button.disabled = false), start.starts_ms - Date.now());
  button.addEventListener("click", () => {
    taps += 1;
    button.textContent = taps < TAPS ? String(taps) : "✓";
    button.disabled = taps >= TAPS;
    liftcast.input();
    liftcast.score(taps);
    liftcast.board(taps);
    if (taps >= TAPS) liftcast.finish();
  });
});
