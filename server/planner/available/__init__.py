"""How much one more order can still buy of a planned day, if no play that was sold may be lost."""
