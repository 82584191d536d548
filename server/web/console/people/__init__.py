"""Pages about people, their roles and links, and the audit log."""
