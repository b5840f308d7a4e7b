"""Which addresses may be opened."""

from __future__ import annotations

import pytest

from leadmetrics_pipelines.errors import InvalidInput, PlatformUnavailable
from leadmetrics_pipelines.kit.addresses import check_url, checked_addresses, is_allowed

PRIVATE = [
    "0.0.0.0",  # noqa: S104  nothing is bound to it
    "10.0.0.1", "172.16.3.4", "192.168.1.1", "100.64.0.1", "169.254.169.254", "224.0.0.1", "192.0.2.1",
    "198.18.0.1", "255.255.255.255", "fe80::1", "fe80::1%eth0", "fd00::1", "fec0::1", "::", "ff02::1", "::127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "not an address",
]  # fmt: skip
LOOPBACK = ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_inside_address_is_never_opened(address: str) -> None:
    """Private, link-local, multicast, reserved, and IPv6 forms of them: no setting opens these."""
    assert not is_allowed(address, allow_loopback=False)
    assert not is_allowed(address, allow_loopback=True)


@pytest.mark.parametrize("address", LOOPBACK)
def test_loopback_is_opened_by_the_setting_alone(address: str) -> None:
    """The sandbox lives there, and nothing else may be reached by a tenant's URL."""
    assert not is_allowed(address, allow_loopback=False)
    assert is_allowed(address, allow_loopback=True)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_a_public_address_is_opened(address: str) -> None:
    """In both families, and through NAT64."""
    assert is_allowed(address, allow_loopback=False)


def test_one_private_answer_refuses_the_name() -> None:
    """A name with a public and a private address is an attack or a mistake; both are refused."""
    with pytest.raises(InvalidInput, match=r"shop\.example leads to 10\.0\.0\.7"):
        checked_addresses("shop.example", 443, allow_loopback=True, resolve=lambda *_: ["8.8.8.8", "10.0.0.7"])


def test_the_judged_addresses_are_handed_out() -> None:
    """So that the connection goes to them and not to what the name says a moment later."""
    found = checked_addresses("shop.example", 443, allow_loopback=False, resolve=lambda *_: ["8.8.8.8", "8.8.4.4"])
    assert found == ("8.8.8.8", "8.8.4.4")


def test_a_name_without_address_may_have_one_later() -> None:
    """DNS out of order is passing."""

    def fail(*_: object) -> list[str]:
        raise OSError("no answer")

    with pytest.raises(PlatformUnavailable, match=r"shop\.example has no address"):
        checked_addresses("shop.example", 443, allow_loopback=False, resolve=fail)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://shop.example", "not a web address"),
        ("shop.example", "not a web address"),
        ("https://", "not a web address"),
        ("https://shop.example:99999", "not a web address"),
        ("https://me:secret@shop.example", "user name inside"),
        ("http://shop.example", "no encryption"),
        ("http://127.0.0.1:8900", "not a public address"),
        ("https://[::1]/", "not a public address"),
        ("https://10.1.2.3/", "not a public address"),
    ],
)
def test_an_address_of_wrong_form_says_what_to_do(url: str, says: str) -> None:
    """Before anything is resolved, and never repeating a password."""
    with pytest.raises(InvalidInput, match=says) as caught:
        check_url(url, allow_loopback=False)
    assert "secret" not in str(caught.value)


def test_plain_http_is_for_loopback_only() -> None:
    """Where the setting allows loopback, the sandbox may do without TLS; others still may not."""
    assert check_url(" http://127.0.0.1:8900/x ", allow_loopback=True) == "http://127.0.0.1:8900/x"
    assert check_url("http://localhost:8900", allow_loopback=True)
    with pytest.raises(InvalidInput, match="no encryption"):
        check_url("http://shop.example", allow_loopback=True)
