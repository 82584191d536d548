"""Games in the web process: seats of phones, previews, and the pictures of their look."""
