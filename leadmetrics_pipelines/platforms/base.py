"""What an account is called where channels are connected; all else is in `publishing.py`."""

from __future__ import annotations

from leadmetrics_pipelines.platforms.publishing import Account

__all__ = ["Account"]
