"""A server's certificate and key."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.authority import make_authority
from watcher.certificates import CertificateFileError, load_into, serving_with


def test_one_file_may_hold_both(tmp_path: Path) -> None:
    """Many tools write the certificate and its key into one file."""
    make_authority(tmp_path).server()
    file = str(tmp_path / "127.0.0.1.pem")
    context = serving_with(file, file)
    assert ssl.TLSVersion.TLSv1_2 <= context.minimum_version


@pytest.mark.parametrize(
    "cert, key, of_key, words",
    [
        ("absent.pem", "good.pem", False, "absent.pem cannot be read: No such file or directory"),
        ("good.pem", "absent.pem", True, "absent.pem cannot be read: No such file or directory"),
        ("empty.pem", "good.pem", False, "empty.pem holds no certificate in PEM"),
        ("good.pem", "ca.pem", True, "ca.pem holds no private key in PEM"),
        ("ca.pem", "good.pem", True, "is not that of the certificate"),
        ("broken.pem", "good.pem", False, "broken.pem with "),
        ("good.pem", "encrypted.pem", True, "it is encrypted"),
        (".", "good.pem", False, "cannot be read: Is a directory"),
    ],
)
def test_what_is_wrong_is_said_of_its_file(
    tmp_path: Path, cert: str, key: str, of_key: bool, words: str
) -> None:
    """Which of the two files, and why."""
    make_authority(tmp_path).server()
    (tmp_path / "127.0.0.1.pem").rename(tmp_path / "good.pem")
    (tmp_path / "empty.pem").write_text("")
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    (tmp_path / "broken.pem").write_text(broken)
    (tmp_path / "encrypted.pem").write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    with pytest.raises(CertificateFileError, match=words) as caught:
        serving_with(str(tmp_path / cert), str(tmp_path / key))
    assert of_key == caught.value.of_key


def test_a_bad_file_leaves_the_old_certificate(tmp_path: Path) -> None:
    """A renewal that went wrong takes nothing away."""
    authority = make_authority(tmp_path)
    authority.server()
    file = str(tmp_path / "127.0.0.1.pem")
    context = serving_with(file, file)
    before = context.get_ca_certs(), context.cert_store_stats()
    with pytest.raises(CertificateFileError):
        load_into(context, str(authority.ca_file), file)
    assert before == (context.get_ca_certs(), context.cert_store_stats())
