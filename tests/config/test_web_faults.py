"""What may not stand in `[web]`, and what an address asks for that others reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.authority import make_authority
from tests.config.sample import ENV, compose
from tests.config.test_describe import NOW
from watcher.config.describe import describe
from watcher.config.faults import ConfigError
from watcher.config.load import Config, load_text
from watcher.config.remarks import remarks
from watcher.config.resolve import resolve

LONG = {**ENV, "PAGE_TOKEN": "planted-token-of-16", "SHORT": "planted-short"}
OPEN = 'listen = "0.0.0.0:9109"\n'


def load_with(web: str, listen: str = 'listen = "127.0.0.1:9109"\n') -> Config:
    return load_text(compose(top=listen) + web, LONG)


def told(web: str, listen: str = 'listen = "127.0.0.1:9109"\n') -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_with(web, listen)
    return [fault.describe("f") for fault in caught.value.faults]


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:9109", "[::]:9109", "10.1.2.3:9109", "[fe80::1]:9109", "watcher:9109"]
)
def test_an_address_that_others_reach_needs_a_login(listen: str) -> None:
    """Else the file is refused, with the line of `listen` and what to write."""
    (fault,) = told("", f'listen = "{listen}"\n')
    assert f'f:1: listen: found "{listen}"; whoever reaches it could see and change' in fault
    assert 'token = "${WATCHER_TOKEN}"' in fault
    assert load_with('[web]\ntoken = "${PAGE_TOKEN}"\n', f'listen = "{listen}"\n').top.web.locked


@pytest.mark.parametrize("listen", ["", "127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"])
def test_loopback_needs_none(listen: str) -> None:
    """Whoever sits at this machine is believed."""
    assert not load_with("", f'listen = "{listen}"\n').top.web.locked


@pytest.mark.parametrize(
    "web, words",
    [
        ('user = "ops"', "web.user: password must be given too"),
        ('password = "long-enough"', "web.password: user must be given too"),
        ('cert_file = "/a"', "web.cert_file: key_file must be given too"),
        ('key_file = "/a"', "web.key_file: cert_file must be given too"),
        ('token = "${PAGE_TOKEN}"\nuser = "a"\npassword = "long-enough"', "one or the other"),
        ('token = "${SHORT}"', "a token has at least 16"),
        ('token = "with blanks in it all"', "a token has at least 16"),
        ('user = "a"\npassword = "short"', "a password has at least 8"),
        ('user = "a:b"\npassword = "long-enough"', "has no colon"),
        ('base_url = "ops.example.com"', "write it as https://host"),
        ('base_url = "https://a@h/"', "write it as https://host"),
        ('base_url = "https://h/?a=b"', "write it as https://host"),
        ('base_url = "https://h:port/"', "write it as https://host"),
        ('base_url = "javascript:alert(1)"', "write it as https://host"),
        ('base_ulr = "https://h"', 'did you mean "base_url"?'),
        ('cert_file = "/not/there"\nkey_file = "/nor/there"', "cert_file: /not/there cannot be"),
        ('cert_file = "/dev/null"\nkey_file = "/nor/there"', "cert_file: /dev/null holds no"),
    ],
)
def test_each_fault_is_told_with_what_to_write(web: str, words: str) -> None:
    """One fault, in its line."""
    (fault,) = told(f"[web]\n{web}\n")
    assert words in fault
    assert "planted" not in fault
    assert "long-enough" not in fault


def test_the_key_of_another_certificate_is_a_fault(tmp_path: Path) -> None:
    """It is found before anybody connects."""
    make_authority(tmp_path).server()
    web = f'cert_file = "{tmp_path}/ca.pem"\nkey_file = "{tmp_path}/127.0.0.1.pem"\n'
    (fault,) = told(f"[web]\n{web}")
    assert "web.key_file: the key in" in fault


def test_token_and_password_are_secrets() -> None:
    """No text of the watcher shows them, a user's name it may."""
    config = load_with('[web]\nuser = "ops"\npassword = "planted-password"\n')
    assert "planted-password" in resolve(config).secrets
    assert "ops" not in resolve(config).secrets
    assert "planted-token-of-16" in resolve(load_with('[web]\ntoken = "${PAGE_TOKEN}"\n')).secrets


@pytest.mark.parametrize(
    "listen, web, expected",
    [
        (OPEN, 'token = "${PAGE_TOKEN}"', 1),
        (OPEN, 'token = "${PAGE_TOKEN}"\nbase_url = "http://h/"', 1),
        (OPEN, 'token = "${PAGE_TOKEN}"\nbase_url = "https://h/"', 0),
        ('listen = "127.0.0.1:1"\n', 'token = "${PAGE_TOKEN}"', 0),
    ],
)
def test_a_login_in_the_open_is_pointed_out(listen: str, web: str, expected: int) -> None:
    """Without TLS here or before it, whoever is on the way reads the token."""
    config = load_with(f"[web]\n{web}\n", listen)
    found = [r for r in remarks(config, resolve(config).plan) if "without TLS" in r.text]
    assert expected == len(found)


def test_check_shows_the_lock_and_no_key() -> None:
    """How one logs in, and by what address."""
    web = '[web]\nuser = "ops"\npassword = "planted-password"\nbase_url = "https://h/w"\n'
    (settings, *_) = describe(load_with(web), NOW).sections
    assert {"key": "web", "value": "user ops, http, reached as https://h/w"} in settings.rows
