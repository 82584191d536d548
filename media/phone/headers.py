"""Headers of pages: what a page may load, and that it is not stored."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, request

# Of every page; no inline script, no plugin, no other site's frame.
FOR_ALL = ("object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'self'")


def content_policy(**sources: str) -> str:
    """A Content-Security-Policy that allows this origin, and for each directive the sources named here.

    `content_policy(img_src="data:")` allows pictures from this origin and from data URLs.
    """
    directives = [f"{name.replace('_', '-')} 'self' {allowed}" for name, allowed in sources.items()]
    return "; ".join(("default-src 'self'", *directives, *FOR_ALL))


def own_sockets() -> str:
    """This host's sockets, as sources: older Safari does not count them as 'self'."""
    return f"ws://{request.host} wss://{request.host}"


def phone_page_policy(*, media_base: str, public_base: str) -> str:
    """Own script and style, media from the media process, and the public address to move to."""
    origins = (_origin(media_base), _origin(public_base))
    media = " ".join(dict.fromkeys(origin for origin in origins if origin))
    return content_policy(
        img_src=f"data: blob: {media}",
        media_src=f"blob: {media}",
        connect_src=f"{own_sockets()} {media}",
        frame_src=media,  # a game's frame may go nowhere else
    )


def keep_private(response: Response) -> Response:
    """For pages whose addresses open coupons: they are neither stored nor named to other sites.

    They are named to their own site, which shows that the `t` of the next page is this phone's own.
    """
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    policy = content_policy(img_src="data:", style_src="'unsafe-inline'", connect_src=own_sockets())
    response.headers.setdefault("Content-Security-Policy", policy)
    return response


def no_store(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
