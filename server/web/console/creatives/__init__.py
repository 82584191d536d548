"""Pages about what screens show: creatives and their upload, cards, house content and notices, emergencies."""
