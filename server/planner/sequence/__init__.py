"""The order of one screen's day: its allotted spots become a day table."""
