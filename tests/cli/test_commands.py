"""The command line: what it does is there afterwards, and what it refuses it refuses in one clear message."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from leadmetrics_pipelines.cli.main import build_command, run
from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.services.tokens import resolve_token
from leadmetrics_pipelines.settings import get_settings
from leadmetrics_pipelines.storage.audit.models import AuditRow
from leadmetrics_pipelines.storage.database import Database, all_tenants
from tests.builders import PASSWORD, TESTER
from tests.databases import TestDatabase


class Cli:
    """The command line on the test's database."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def set(self, **settings: str) -> None:
        """Set LEADMETRICS_ variables."""
        for name, value in settings.items():
            self._monkeypatch.setenv(f"LEADMETRICS_{name.upper()}", value)
        get_settings.cache_clear()

    def __call__(self, *arguments: str, stdin: str = "", code: int = 0) -> str:
        """Run a command that must end with this code; what it printed, on either stream."""
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        ended = run(list(arguments))
        out, err = self._capsys.readouterr()
        assert ended == code, (arguments, ended, out, err)
        assert "Traceback" not in out + err
        if code:
            assert not out, "errors belong on stderr"
        return (out + err).strip()

    def json(self, *arguments: str) -> Any:  # noqa: ANN401 - whatever JSON it is
        """The JSON a command prints."""
        return json.loads(self(*arguments, "--json"))


@pytest.fixture
def cli(
    test_database: TestDatabase, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> Iterator[Cli]:  # fmt: skip
    home.mkdir()
    monkeypatch.chdir(home)  # no .env of the developer
    cli = Cli(monkeypatch, capsys)
    cli.set(home=str(home), database_url=test_database.url)
    yield cli
    get_settings.cache_clear()


def set_up(cli: Cli, slug: str = "acme") -> None:
    cli("tenants", "add", slug, "--name", slug.title(), "--website", f"https://{slug}.example")
    cli("users", "add", f"rita@{slug}.example", "--name", "Rita", "--tenant", slug, "--password-stdin", stdin=PASSWORD)
    cli("deliverables", "add", "--tenant", slug, "--quantity", "3")


def test_a_client_is_set_up_and_its_month_started(cli: Cli) -> None:
    """From nothing to a running month; the neighbour's stays its own."""
    set_up(cli)
    set_up(cli, "zenith")
    cli("month", "start", "--tenant", "acme")
    assert "Nothing was new" in cli("month", "start", "--tenant", "acme")
    (period,) = cli.json("month", "show", "--tenant", "acme")["periods"]
    assert (period["completed"], period["target"], period["status"]) == (0, 3, "active")
    assert cli.json("month", "show", "--tenant", "zenith")["periods"] == []
    assert [member["role"] for member in cli.json("users", "list", "--tenant", "acme")] == ["reviewer"]
    ours, theirs = cli.json("status")["tenants"]
    assert (ours["tenant"], ours["agent_work"], theirs["agent_work"]) == ("acme", 1, 0)


def test_tables_are_for_people_and_json_for_programs(cli: Cli) -> None:
    """The same rows both ways."""
    assert "No client yet" in cli("tenants", "list")
    set_up(cli)
    assert "https://acme.example" in cli("tenants", "list")
    assert cli.json("tenants", "list")[0]["slug"] == "acme"
    for command in (("deliverables", "list"), ("channels", "list"), ("tokens", "list"), ("users", "list")):
        assert isinstance(cli.json(*command, "--tenant", "acme"), list)
        cli(*command, "--tenant", "acme")
    assert isinstance(cli.json("channels", "holds"), list)
    assert "never reported" in cli("status")


def test_every_act_says_who_did_it(cli: Cli, database: Database) -> None:
    """The audit log names the command line and the machine's user."""
    set_up(cli)
    with database.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        rows = work.session.scalars(select(AuditRow)).all()
    assert {row.action for row in rows} >= {"tenant.registered", "user.added", "user.role_granted", "deliverable.added"}
    assert {row.route for row in rows} == {"cli"}
    assert all(row.actor_name.startswith("cli:") for row in rows)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("month", "start", "--tenant", "acmee"), "Did you mean acme?"),
        (("month", "start", "--tenant", "acme", "--month", "2026-13"), "YYYY-MM"),
        (("month", "start", "--tenant", "acme", "--month", "November"), "YYYY-MM"),
        (("month", "start"), "--all"),
        (("month", "show", "--tenant", "nobody"), "tenants list"),
        (("status", "--tenant", "acmee"), "Did you mean acme?"),
        (("tenants", "add", "A|B", "--name", "x", "--website", "https://x.example"), "cannot be a tenant's slug"),
        (("tenants", "add", "xx", "--name", "x", "--website", "x.example"), "Write it in full"),
        (("tenants", "add", "xx", "--name", "x", "--website", "https://x.example", "--time-zone", "Europe/Zurick"),
         "Europe/Zurich"),
        (("users", "grant", "rita@acme.example", "--tenant", "acme", "--role", "chief"), "operator, reviewer"),
        (("users", "password", "nobody@acme.example"), "users list"),
        (("deliverables", "add", "--tenant", "acme", "--quantity", "0"), "1 to 500"),
        (("deliverables", "add", "--tenant", "acme", "--quantity", "3", "--kind", "podcasts"), "blog_posts"),
        (("deliverables", "add", "--tenant", "acme", "--quantity", "3", "--channel", "Blog"), "none is connected"),
        (("tokens", "create", "--tenant", "acme", "--name", "x", "--scope", "everything"), "no scope"),
        (("tokens", "create", "--tenant", "acme", "--name", "x", "--scope", "decide"), "propose, never decide"),
        (("tokens", "revoke", "--tenant", "acme", "00000000-0000-0000-0000-000000000000"), "no such token"),
        (("channels", "hold", "--reason", "x"), "--all"),
        (("channels", "probe", "--tenant", "acme", "Blog"), "none is connected"),
        (("channels", "release", "not-an-id"), "valid UUID"),
        (("nonsense",), "No such command"),
        (("users", "add", "rita@new.example", "--name", "R"), "--password-stdin"),
    ],
)  # fmt: skip
def test_bad_input_ends_with_2_and_says_what_to_do(cli: Cli, command: tuple[str, ...], said: str) -> None:
    """One message on stderr, never a traceback."""
    set_up(cli)
    assert said in " ".join(cli(*command, code=2).split())


def test_a_short_password_and_a_known_email_are_refused(cli: Cli) -> None:
    """Bad input is 2, somebody was first is 1."""
    set_up(cli)
    again = ("users", "add", "rita@acme.example", "--name", "R", "--password-stdin")
    assert "at least 10" in cli(*again, stdin="short\n", code=2)
    assert "has an account already" in cli(*again, stdin=PASSWORD, code=1)


def test_a_persons_token_needs_that_persons_password(cli: Cli, database: Database) -> None:
    """The command line cannot act, let alone decide, in somebody's name; guessing is throttled."""
    set_up(cli)
    command = ("tokens", "create", "--tenant", "acme", "--name", "mine", "--user", "rita@acme.example", "-s", "read",
               "-s", "decide", "--password-stdin")  # fmt: skip
    secret = cli(*command, stdin=PASSWORD).split()[0]
    with database.unit_of_work(tenant=all_tenants, actor=TESTER) as work:
        actor = resolve_token(work, secret).actor
    assert actor.name == "Rita"
    assert actor.permissions == {Permission.READ, Permission.DECIDE}
    for _ in range(5):
        assert "do not fit" in cli(*command, stdin="a wrong password", code=2)
    assert "Too many failed attempts" in cli(*command, stdin=PASSWORD, code=3)


def test_an_agents_token_is_made_listed_and_revoked(cli: Cli) -> None:
    """Its secret is the first line, so that a script can read it."""
    set_up(cli)
    made = cli.json("tokens", "create", "--tenant", "acme", "--name", "planner", "--scope", "read")
    assert made["secret"].startswith("lmp_")
    (row,) = cli.json("tokens", "list", "--tenant", "acme")
    assert row["revoked"] is None
    cli("tokens", "revoke", "--tenant", "acme", row["id"])
    assert cli.json("tokens", "list", "--tenant", "acme")[0]["revoked"] is not None


def test_publishing_is_held_and_released(cli: Cli) -> None:
    """A client's, and everybody's; a second hold of the same reach is refused with the first one's reason."""
    set_up(cli)
    cli("channels", "hold", "--tenant", "acme", "--reason", "Site moves")
    cli("channels", "hold", "--all", "--reason", "Incident 7")
    assert "Incident 7" in cli("channels", "hold", "--all", "--reason", "Again", code=1)
    assert {hold["reason"] for hold in cli.json("status")["holds"]} == {"Site moves", "Incident 7"}
    for hold in cli.json("channels", "holds"):
        cli("channels", "release", hold["id"])
    assert cli("channels", "holds") == "Nothing is held."


def test_a_channel_that_is_away_ends_with_3(cli: Cli) -> None:
    """Try again later; nothing was stored: the client's own website is there from the start, and nothing else."""
    set_up(cli)
    cli.set(allow_loopback="true")
    command = ("channels", "connect", "--tenant", "acme", "--url", "http://127.0.0.1:9", "--username", "editor")
    cli(*command, "--password-stdin", stdin="abcd efgh ijkl", code=3)
    assert [row["platform"] for row in cli.json("channels", "list", "--tenant", "acme")] == ["website"]


def test_connecting_on_the_platforms_pages_names_a_person_and_an_app(cli: Cli) -> None:
    """The command says who must be named, and what the agency must set; then it prints the address to open."""
    set_up(cli)
    command = ("channels", "connect", "--tenant", "acme", "--platform", "linkedin")
    assert "--as" in cli(*command, code=2)
    cli("users", "add", "anna@acme.example", "--name", "Anna", "--password-stdin", stdin="correct horse battery")
    assert "LEADMETRICS_PLATFORM_APPS" in cli(*command, "--as", "anna@acme.example", code=2)
    cli.set(platform_apps='{"linkedin": {"client_id": "agency", "client_secret": "not shown"}}')
    printed = cli(*command, "--as", "anna@acme.example")
    assert "https://www.linkedin.com/oauth/v2/authorization?" in printed
    assert "not shown" not in printed


def test_keys_are_made_and_rotated(cli: Cli) -> None:
    """With nothing stored there is nothing to do."""
    set_up(cli)
    assert len(cli("keys", "new").strip()) == 44
    assert "0 sealed with the newest key" in cli("keys", "rotate")


def test_a_paused_client_is_out_of_everything(cli: Cli) -> None:
    """Its month is not started, and the message says why."""
    set_up(cli)
    cli("tenants", "pause", "acme")
    assert "tenants resume" in cli("month", "start", "--tenant", "acme", code=2)
    cli("tenants", "resume", "acme")
    cli("month", "start", "--tenant", "acme")


def test_rules_and_details_change(cli: Cli) -> None:
    """What is not named stays."""
    set_up(cli)
    assert cli("tenants", "rules", "acme", "--no-four-eyes") == "four eyes: off, edit and approve in one act: on"
    cli("tenants", "change", "acme", "--tone", "dry", "--product", "Anvils")
    (row,) = cli.json("tenants", "list")
    assert (row["name"], row["four_eyes"]) == ("Acme", False)


def test_people_are_moved_shut_out_and_let_in(cli: Cli) -> None:
    """Each at once."""
    set_up(cli)
    cli("users", "grant", "rita@acme.example", "--tenant", "acme", "--role", "tenant_admin")
    assert cli.json("users", "list", "--tenant", "acme")[0]["role"] == "tenant_admin"
    cli("users", "password", "rita@acme.example", "--password-stdin", stdin="another long one\n")
    cli("users", "disable", "rita@acme.example")
    assert [user["active"] for user in cli.json("users", "list")] == [False]
    cli("users", "enable", "rita@acme.example")
    cli("users", "revoke", "rita@acme.example", "--tenant", "acme")
    assert cli.json("users", "list", "--tenant", "acme") == []


# --- the database -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "code", "said"),
    [
        ("nonsense", 2, "postgresql+psycopg://"),
        ("postgres://app:s3cret@localhost/x", 2, "postgresql+psycopg://"),
        ("mysql://app:s3cret@localhost/x", 2, "postgresql+psycopg://"),
        ("postgresql+psycopg://app:s3cret@127.0.0.1:1/x", 3, "LEADMETRICS_DATABASE_URL"),
    ],
)
def test_a_wrong_database_address_says_which_setting_to_mend(cli: Cli, url: str, code: int, said: str) -> None:
    """Without the password."""
    cli.set(database_url=url)
    message = cli("tenants", "list", code=code)
    assert said in message
    assert "s3cret" not in message


def test_a_superusers_address_is_refused(cli: Cli, test_database: TestDatabase) -> None:
    """Row-level security would not bind it."""
    cli.set(database_url=test_database.owner_url)
    assert "superuser" in cli("db", "check", code=2)


def test_the_address_is_printed_without_password(cli: Cli, test_database: TestDatabase) -> None:
    """And `check` says that all is well."""
    assert "leadmetrics_app" in cli("db", "url")
    assert "row-level security binds" in cli("db", "check")
    assert "LEADMETRICS_DATABASE_OWNER_URL" in cli("db", "migrate", code=2)
    cli.set(database_owner_url=test_database.owner_url)
    assert cli("db", "migrate") == "The database is up to date."


def test_a_setting_that_does_not_fit_is_named(cli: Cli) -> None:
    """With what is wrong about it, and without a traceback."""
    cli.set(review_port="70000")
    assert "LEADMETRICS_REVIEW_PORT" in cli("tenants", "list", code=2)


# --- help -------------------------------------------------------------------------------------------------------------


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 - click
    inner = getattr(command, "commands", {})
    if not inner:
        yield path, command
    for name, sub in inner.items():
        yield from commands(sub, (*path, name))


def test_every_commands_help_teaches() -> None:
    """A sentence on what it does, and for what has options an example to copy."""
    for path, command in commands(build_command()):
        if path[0] in {"up", "review", "demo"}:
            continue
        assert f"leadmetrics {' '.join(path)}" in command.help, path
        assert all(option.help for option in command.params if option.name != "help"), path


def test_no_command_decides_and_none_takes_a_password_as_an_argument() -> None:
    """A command line is in the history and in the process list; and it does not know who types it."""
    names = {" ".join(path): [p.name for p in command.params] for path, command in commands(build_command())}
    assert not [name for name in names if {"approve", "reject", "decide"} & set(name.split())]
    assert not [params for params in names.values() if {"password", "application_password", "secret"} & set(params)]


def test_help_imports_nothing_heavy() -> None:
    """It must answer at once."""
    script = (
        "import sys; from leadmetrics_pipelines.cli.main import run; run(['--help']);"
        "heavy = {'sqlalchemy', 'fastapi', 'dagster', 'anthropic', 'httpx', 'uvicorn', 'psycopg'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.strip().endswith("[]")
