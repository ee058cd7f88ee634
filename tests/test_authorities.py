"""Whose certificates are believed."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from tests.authority import make_authority
from watcher.authorities import reason_of, trusting


def test_an_authority_is_trusted_besides_the_systems(tmp_path: Path) -> None:
    """A private authority joins the others and takes nobody's place."""
    plain = trusting(None).cert_store_stats()["x509"]
    assert plain + 1 == trusting(str(make_authority(tmp_path).ca_file)).cert_store_stats()["x509"]


def test_an_authority_that_the_system_has_already_is_no_fault(tmp_path: Path) -> None:
    """Several certificates in one file, and twice the same one, are taken."""
    authority = make_authority(tmp_path)
    authority.ca_file.write_bytes(2 * authority.ca_file.read_bytes())
    assert trusting(str(authority.ca_file)).cert_store_stats()["x509_ca"]


def test_every_certificate_and_name_is_verified() -> None:
    """Neither the file nor its absence switches anything off."""
    context = trusting(None)
    assert (ssl.CERT_REQUIRED, True) == (context.verify_mode, context.check_hostname)


@pytest.mark.parametrize("content", [None, b"", b"no certificate\n", b"\xff\0"])
def test_a_file_without_certificates_is_named(tmp_path: Path, content: bytes | None) -> None:
    """What is absent or something else is told with its name, not at the first connection."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r"no certificate can be read from .*ca\.pem "):
        trusting(str(path))


def test_a_list_of_revocations_is_no_certificate(tmp_path: Path) -> None:
    """OpenSSL reads such a file without a word, and would trust nobody more."""
    authority = make_authority(tmp_path)
    authority.ca_file.write_bytes(authority.revocation_list)
    with pytest.raises(ValueError, match="it holds something else"):
        trusting(str(authority.ca_file))


def test_a_path_that_no_system_takes_is_named() -> None:
    """A NUL in the path is a fault like any other."""
    with pytest.raises(ValueError, match="no certificate can be read"):
        trusting("a\0b")


@pytest.mark.parametrize(
    "error, words",
    [
        (FileNotFoundError(2, "No such file or directory"), "No such file or directory"),
        (KeyError("planted"), "KeyError"),
    ],
)
def test_a_reason_is_the_systems_own_words(error: Exception, words: str) -> None:
    """Of an error nothing is quoted that could hold what was sent."""
    assert words == reason_of(error)
