"""Uploads: tickets, files that arrive in several requests, and the pages of PDFs.

Start reading at `accept_file.py`. The requests themselves are in `server.web`.
"""
