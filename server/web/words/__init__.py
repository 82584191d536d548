"""Sentences, numbers and dates of pages, in the reader's language.

`language.py` chooses the language and reads the catalogs in `server/web/translations`. The other files put one subject
of the domain into sentences. They import no page.
"""
