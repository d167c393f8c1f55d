"""Headers: what browsers are told, so that nothing comes from elsewhere, and no page stays behind."""

from http import HTTPStatus

from flask import Flask, Response, request
from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
A_YEAR = 31_536_000

# After how many seconds somebody may try again whom the database, or an ending process, failed.
TRY_AGAIN = 5


def add_headers(app: Flask, *, is_secure: bool) -> None:
    """Send these headers with every answer; what a page shows is not kept by the browser."""
    headers = Secure(
        csp=ContentSecurityPolicy().value(POLICY),
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        hsts=StrictTransportSecurity().max_age(A_YEAR) if is_secure else None,
        permissions=PermissionsPolicy().camera("self").geolocation().microphone(),
        referrer=ReferrerPolicy().same_origin(),
        xcto=XContentTypeOptions().nosniff(),
        xfo=XFrameOptions().deny(),
    )

    @app.after_request
    def _send(response: Response) -> Response:
        headers.set_headers(response)
        if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers.setdefault("Retry-After", str(TRY_AGAIN))
        if request.endpoint == "static":
            response.headers["Cache-Control"] = "public, max-age=604800, immutable"
        else:
            response.headers.setdefault("Cache-Control", "no-store")
        return response
