"""The base of the errors by which a certificate is not issued; operators read them beside the box's hotspot."""

from __future__ import annotations

from server.errors import LiftcastError


class CertificateFailed(LiftcastError):
    """The certificate was not issued. It is tried again by itself; if it stays, read the log of the worker."""
