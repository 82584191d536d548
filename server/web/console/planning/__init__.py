"""Pages about what a screen shows when, and why."""
