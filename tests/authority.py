"""A private authority of certificates, made anew for each test that asks for one."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@dataclass(frozen=True)
class Authority:
    """Its certificate lies in `ca_file`; its key only in memory."""

    folder: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def revocation_list(self) -> bytes:
        """A PEM file that holds no certificate."""
        now = datetime.now(UTC)
        made = x509.CertificateRevocationListBuilder(self.certificate.subject, now, now + DAY)
        return made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def server(self, host: str = "127.0.0.1") -> ssl.SSLContext:
        """What a TLS server of that host needs."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _signed(host, self.certificate.subject, key, self.key, is_authority=False)
        path = self.folder / f"{host}.pem"
        path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + _pem(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def make_authority(folder: Path, name: str = "watcher's test authority") -> Authority:
    """An authority whose certificate lies in `folder` as ca.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _signed(name, _name(name), key, key, is_authority=True)
    made = Authority(folder, certificate, key)
    made.ca_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return made


def _may_sign() -> x509.KeyUsage:
    others = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
    never = (*others, "key_agreement", "encipher_only", "decipher_only")
    return x509.KeyUsage(key_cert_sign=True, crl_sign=True, **dict.fromkeys(never, False))


def _signed(
    subject: str,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        # Since Python 3.13 a certificate that does not say by which key it is signed is refused.
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
    )
    if is_authority:
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        ).add_extension(_may_sign(), critical=True)
    else:
        names = [x509.IPAddress(ip_address(subject))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(by, hashes.SHA256())
