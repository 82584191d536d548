"""How soon does a tap show on the screen, and what does a lobby of phones cost? `python -m tests.bench.games --json`

The real server behind the shipped nginx, and a real player on an Xvfb whose pixels ffmpeg's x11grab reads. One race
after another, with a coupon's card between them:

1. A spot that nobody plays, with two Chromium phones that watch: `start_error_ms_p95` is how far from its instant each
   phase was painted on a phone; `messages_idle` counts the frames about a game on the phones' sockets, either way.
2. Two Chromium phones tap six times a second: `board_ms_p95` is from the touch that Playwright dispatches to the first
   grab whose runner has reached the place of this tap.
3. `crowd.py`, a process of its own with 300 light Socket.IO phones: each taps six times a second and sends at most five
   messages. A lane is the mean of 25 phones, so one tap moves a runner by less than a pixel: `phones_300_board_ms_p95`
   is from the tap whose count reaches a pixel to the first grab that shows the runner there.

A grab shows what changed since the one before, so each figure is up to a grab too long (17 ms; 33 ms with the crowd).
`black_frames`: grabs of the first two parts of which more than 1 % is black, without the code to scan.
`server_us_per_input`: processor time of the web process for each input that it took from the crowd, with all else that
it does meanwhile. `frame_ms_p95`: a frame in which all twelve runners move, drawn at 1920×1080 as bytes for X.
Peers: the socket's clock ping, which is an echo (quiet, and beside the crowd); one bare Pillow paste of a whole screen
as bytes for the X server; the referee's own calls without a socket.
"""

INPUTS = "/bench/inputs"  # of the bench's web process (web.py): how many inputs were taken
