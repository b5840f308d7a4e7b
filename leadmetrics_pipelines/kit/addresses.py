"""Which network addresses a URL from outside may lead to: public ones, and loopback where a setting says so.

Every answer of the name is judged, and the connection goes to exactly the judged address: a check before opening
does not hold, because the name may answer differently a moment later (DNS rebinding). `kit/http.py` connects.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from leadmetrics_pipelines.errors import InvalidInput, PlatformUnavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""From a host name and a port to every address it has, as text. Raises OSError."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def resolve_host(host: str, port: int) -> tuple[str, ...]:
    """Every address the machine's resolver gives for a name, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked_addresses(
    host: str, port: int, *, allow_loopback: bool, resolve: Resolve = resolve_host
) -> tuple[str, ...]:
    """Resolve a name once and judge every answer. One address that is not allowed refuses the name.

    Raises InvalidInput for an address that is not public, PlatformUnavailable when the name has no address.
    """
    try:
        answers = tuple(resolve(host, port))
    except (OSError, UnicodeError) as error:
        raise PlatformUnavailable(_no_address(host)) from error
    if not answers:
        raise PlatformUnavailable(_no_address(host))
    for answer in answers:
        if not is_allowed(answer, allow_loopback=allow_loopback):
            raise InvalidInput(_refusal(host, answer, allow_loopback=allow_loopback), field="url")
    return answers


def is_allowed(address: str, *, allow_loopback: bool) -> bool:
    """Whether a connection to this address may be made."""
    try:
        parsed = _innermost(ipaddress.ip_address(address))
    except ValueError:
        return False
    if parsed.is_loopback:
        return allow_loopback
    odd = parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified or parsed.is_link_local
    # fec0::/10 was private once, and Python still calls it global.
    site_local = isinstance(parsed, ipaddress.IPv6Address) and parsed.is_site_local
    return parsed.is_global and not odd and not site_local


def check_url(url: str, *, allow_loopback: bool) -> str:
    """The URL without spaces around it, if its form may be used at all; resolving comes when it is opened.

    Raises InvalidInput: not http(s), no host, a user name inside, a literal address that is not public, or plain
    http where only loopback may do without encryption.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput(f"{url!r} is not a web address: {error}.", field="url") from error
    if parts.scheme not in {"http", "https"} or not host:
        msg = f"{url!r} is not a web address. Write it in full, like https://www.example.com."
        raise InvalidInput(msg, field="url")
    if parts.username or parts.password:
        msg = f"The address of {host} has a user name inside. Leave it out; credentials have their own fields."
        raise InvalidInput(msg, field="url")
    if port == 0:
        raise InvalidInput(f"{url!r} has port 0. Leave the port out, or give the right one.", field="url")
    if _is_address(host) and not is_allowed(host, allow_loopback=allow_loopback):
        raise InvalidInput(_refusal(host, host, allow_loopback=allow_loopback), field="url")
    if parts.scheme == "http" and not (allow_loopback and names_loopback(host)):
        msg = f"{url!r} has no encryption: credentials would travel in the open. Use https://."
        raise InvalidInput(msg, field="url")
    return url


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def names_loopback(host: str | None) -> bool:
    """Whether a host, as it is written, is this machine itself."""
    return host == "localhost" or (host is not None and _is_address(host) and ipaddress.ip_address(host).is_loopback)


def _innermost(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it does (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _no_address(host: str) -> str:
    return f"The name {host} has no address. Check its spelling, or try again when DNS answers."


def _refusal(host: str, address: str, *, allow_loopback: bool) -> str:
    leads = f"{host} is" if host == address else f"{host} leads to {address},"
    hint = "" if allow_loopback else " For the sandbox on this machine set LEADMETRICS_ALLOW_LOOPBACK=true."
    return f"{leads} not a public address, so it is not opened. Give the site's public address.{hint}"
