"""The page of settings."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from leadmetrics_pipelines.settings import Settings
from scripts.reference.markdown import code, page, table

_ABOUT = """
Every process reads its settings once, from environment variables and from a file `.env` in the folder it is started
in. A variable wins over the file. Secrets are never logged and never reach Dagster's metadata, run config or tags.
"""
_MORE = """
## Where they are used

- With no setting at all, `leadmetrics up` runs on an embedded Postgres in `LEADMETRICS_HOME`.
- `leadmetrics demo` overrides the addresses of outside parties: whatever the environment says, it speaks with the
  sandbox only.
- Variables of Dagster itself (`DAGSTER_HOME` and the tuning of [dagster.md](dagster.md)) are set by `leadmetrics up`;
  set them yourself where you start Dagster's processes ([deploy](../how-to/deploy.md)).
- `LEADMETRICS_CHROMIUM` names the browser that tests use; `LEADMETRICS_TEST_*` steer the tests
  ([contributing](../../CONTRIBUTING.md)).
"""


def make_page() -> str:
    """`docs/reference/settings.md`."""
    rows = [
        (code(f"LEADMETRICS_{name.upper()}"), _default(field), field.description or "", _limits(field))
        for name, field in Settings.model_fields.items()
    ]
    return page("Settings", _ABOUT, table(("variable", "default", "what it is", "limits"), rows), _MORE)


def _default(field: FieldInfo) -> str:
    if field.default is None:
        return "empty, secret" if SecretStr in getattr(field.annotation, "__args__", ()) else "empty"
    return code(str(field.default).lower() if isinstance(field.default, bool) else field.default)


def _limits(field: FieldInfo) -> str:
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    return ", ".join(
        f"{word} {getattr(limit, name)}"
        for limit in field.metadata
        for name, word in words.items()
        if hasattr(limit, name)
    )
