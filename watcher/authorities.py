"""Whose certificates are believed: the system's authorities, and those of the file's `ca_file`."""

from __future__ import annotations

import ssl


class CaFileError(ValueError):
    """No certificate can be read from a `ca_file`: which one and why, in words for people."""


def trusting(ca_file: str | None) -> ssl.SSLContext:
    """Verifies against the system's authorities and, where given, those of a file of PEM.

    `CaFileError` where the file cannot be read or holds no certificate.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        _check(ca_file)
        context.load_verify_locations(ca_file)
    return context


def _check(ca_file: str) -> None:
    alone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        alone.load_verify_locations(ca_file)
    except (OSError, ValueError) as error:
        raise _none_in(ca_file, reason_of(error)) from None
    # A file of revocation lists can be read too, and would vouch for nobody.
    if not alone.cert_store_stats()["x509"]:
        raise _none_in(ca_file, "it holds something else")


def _none_in(ca_file: str, why: str) -> CaFileError:
    return CaFileError(
        f"no certificate can be read from {ca_file} ({why}); "
        "ca_file must be a file of PEM certificates"
    )


def reason_of(error: BaseException) -> str:
    """The system's or OpenSSL's words: they name certificates and ports, never what was sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return (error.reason or "handshake failed").replace("_", " ").lower()
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
