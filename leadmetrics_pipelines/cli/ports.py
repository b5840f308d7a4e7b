"""Whether a port is free, asked before anything is started on it, and who has it if not."""

from __future__ import annotations

import errno
import socket

import psutil

from leadmetrics_pipelines.errors import PermanentError


class PortNotFree(PermanentError):
    """A port cannot be listened on; the message names the port, the setting and, if it can be told, the owner."""


def require_free_port(port: int, *, setting: str, host: str = "127.0.0.1") -> None:
    """Raise PortNotFree unless a server could listen there now. `setting` is the variable that names the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do it: connections that linger from the last run do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortNotFree(_explain(error, port, setting, host)) from error


def _explain(error: OSError, port: int, setting: str, host: str) -> str:
    if error.errno == errno.EADDRINUSE:
        owner = _find_owner(port)
        by = f" by {owner}" if owner else ""
        return f"Port {port} on {host} is in use{by}. Stop that program, or set {setting} to a free port."
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}. Set {setting} to a port above 1023."
    return f"Nothing can listen on {host}, port {port} ({error.strerror}). Check the address, or change {setting}."


def _find_owner(port: int) -> str | None:
    """The program that listens on the port. Other users' programs are only seen by root."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.AccessDenied, OSError):
        return None
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            try:
                return f"pid {connection.pid} ({psutil.Process(connection.pid).name()})"
            except psutil.NoSuchProcess:
                return None
    return None
