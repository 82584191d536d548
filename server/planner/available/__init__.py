"""What a planned day can still sell to one more order without anyone losing a spot."""
