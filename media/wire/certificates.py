"""The certificate of a box's hotspot: the box makes the key and sends a signing request, the server sends the chain.

A box requests again after `again_s`. The key never crosses this border.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from media.wire.message import Message

LONGEST_SIGNING_REQUEST = 4096
LONGEST_CHAIN = 32_768
LONGEST_NAME = 253
SOONEST_S, LATEST_S = 20, 3600


class CertificateRequest(Message):
    """signing_request: PKCS #10 in PEM, for the box's own name; empty: the box only wants to know that name"""

    signing_request: Annotated[str, Field(max_length=LONGEST_SIGNING_REQUEST)] = ""


class CertificateAnswer(Message):
    """name: the box's own name; empty: the server gives none
    chain: the certificates in PEM, the box's first; empty: there is none for this signing request yet
    again_s: when the box requests again
    """

    name: Annotated[str, Field(max_length=LONGEST_NAME, pattern=r"^[a-z0-9.-]*$")] = ""
    chain: Annotated[str, Field(max_length=LONGEST_CHAIN)] = ""
    again_s: Annotated[int, Field(ge=SOONEST_S, le=LATEST_S)] = LATEST_S
