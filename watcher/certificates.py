"""What a TLS server shows and signs with: a certificate and its key, from two files of PEM."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

MISMATCH: Final = "KEY_VALUES_MISMATCH"


class CertificateFileError(ValueError):
    """A certificate or key cannot be used: which file and why; `of_key` says which of the two."""

    def __init__(self, text: str, *, of_key: bool) -> None:
        super().__init__(text)
        self.of_key = of_key


def serving_with(cert_file: str, key_file: str) -> ssl.SSLContext:
    """A server's side of TLS 1.2 and later; `CertificateFileError` where the files are not good."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    load_into(context, cert_file, key_file)
    return context


def load_into(context: ssl.SSLContext, cert_file: str, key_file: str) -> None:
    """Show this certificate to whoever connects from now on; on an error the old one stays."""
    _check(cert_file, "CERTIFICATE", "certificate", of_key=False)
    _check(key_file, "PRIVATE KEY", "private key", of_key=True)
    try:
        # Tried elsewhere first: a certificate with another one's key would be half loaded.
        for one in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), context):
            one.load_cert_chain(cert_file, key_file, password=_nobody)
    except (OSError, ValueError) as error:
        raise _fault(error, cert_file, key_file) from None


def _nobody() -> str:
    """OpenSSL would ask the terminal."""
    return ""


def _check(file: str, label: str, words: str, *, of_key: bool) -> None:
    try:
        text = Path(file).read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise CertificateFileError(f"{file} cannot be read: {why}", of_key=of_key) from None
    if f"{label}-----".encode() not in text:
        raise CertificateFileError(f"{file} holds no {words} in PEM", of_key=of_key)
    if of_key and b"ENCRYPTED" in text:
        hint = "it is encrypted, and nobody is there to be asked for its password"
        raise CertificateFileError(f"{file}: {hint}; openssl pkey takes it off", of_key=True)


def _fault(error: Exception, cert_file: str, key_file: str) -> CertificateFileError:
    reason = (error.reason or "") if isinstance(error, ssl.SSLError) else str(error)
    if reason == MISMATCH:
        text = f"the key in {key_file} is not that of the certificate in {cert_file}"
        return CertificateFileError(text, of_key=True)
    why = reason.replace("_", " ").lower() or "it is damaged"
    return CertificateFileError(f"{cert_file} with {key_file}: {why}", of_key=False)
