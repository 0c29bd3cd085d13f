"""Connections to the public internet alone, whatever names and redirects lead to."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

import anyio
import httpcore2
import httpx2

from relevance.pictures.fetching.failure import FetchError

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_TRANSLATED = (  # IPv6 networks whose last 32 bits are the IPv4 address that is meant
    ipaddress.IPv6Network("64:ff9b::/96"),  # NAT64, RFC 6052
    ipaddress.IPv6Network("::/96"),  # IPv4-compatible, RFC 4291
)


class PublicTransport(httpx2.AsyncHTTPTransport):
    """Sends requests to public addresses, without the environment's proxies.

    A proxy would look names up itself, and nobody here could see what it connects to.
    """

    def __init__(self, limits: httpx2.Limits) -> None:
        """Make it like its base, but for what makes the connections."""
        super().__init__(limits=limits)
        if not isinstance(self._pool, httpcore2.AsyncConnectionPool):
            raise TypeError("httpx2 no longer keeps its connections where this replaces them")
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            network_backend=_PublicBackend(),
        )


class _PublicBackend(httpcore2.AnyIOBackend):
    """Looks a name up once, and connects to the addresses that were checked.

    TLS and the Host header still go by the name.
    """

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to a host.

        Raises:
            FetchError: It has no public address.
            httpcore2.ConnectError: It has none at all, or none that answers.
            httpcore2.ConnectTimeout: It took too long.
        """
        failed: httpcore2.ConnectError | None = None
        for address in await _public_addresses(host, port, timeout):
            try:
                return await super().connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore2.ConnectError as error:
                failed = error
        raise failed or httpcore2.ConnectError(f"{host} has no address")


async def _public_addresses(host: str, port: int, timeout: float | None) -> list[str]:
    try:
        with anyio.fail_after(timeout):
            found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError as error:
        raise httpcore2.ConnectTimeout(str(error)) from error
    except OSError as error:
        raise httpcore2.ConnectError(str(error)) from error
    addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
    public = [address for address in addresses if is_public(address)]
    if addresses and not public:
        at = "" if host == addresses[0] else f" ({host})"
        raise FetchError(f"{addresses[0]}{at} is no public address (--public-only)")
    return public


def is_public(text: str) -> bool:
    """Say whether an address, such as "192.0.2.1" or "fe80::1%eth0", is on the public internet.

    IPv6 addresses that stand for IPv4 ones are as public as those.
    """
    address = ipaddress.ip_address(text)
    return all(
        found.is_global
        and not (found.is_multicast or found.is_reserved or found.is_unspecified)
        and not getattr(found, "is_site_local", False)
        for found in _meant(address)
    )


def _meant(address: _Address) -> Iterable[_Address]:
    """Return the addresses that packets to this one end at."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address.sixtofour:
        return [address.sixtofour]
    if address.teredo:
        return [address, *address.teredo]
    if any(address in network for network in _TRANSLATED):
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    return [address]
