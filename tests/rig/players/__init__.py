"""A real player, its screen and sound, and timelines laid by hand."""
