"""Pages about where screens are: venues and their hours and rules, screens, players, import, relocation."""
