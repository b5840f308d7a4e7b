"""The two error families of the whole system, and the few errors every room shares.

*Passing* errors may be tried again, within a budget; *permanent* ones never: trying again cannot help.
Each message names the object, the cause and what to do next; it is shown to people as it stands.
Errors of one room only live in that room and derive from one of these.
"""

from __future__ import annotations


class LeadmetricsError(Exception):
    """Base of every error this project raises on purpose. `str(error)` is fit to be shown."""

    @property
    def code(self) -> str:
        """A stable name for logs, the API and the ledger, e.g. `AccessRevoked`."""
        return type(self).__name__


class PassingError(LeadmetricsError):
    """The same call may succeed later; retried with a budget."""


class PermanentError(LeadmetricsError):
    """The same call cannot succeed until something else changes; never retried."""


class RateLimited(PassingError):
    """The other side asked us to slow down. `retry_after` is in seconds, None when it did not say."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PlatformUnavailable(PassingError):
    """The other side did not answer, or answered with a fault of its own. Nothing is known to be written."""


class OutcomeUnknown(PassingError):
    """A write was sent and no trustworthy answer came back: it may or may not have taken effect.

    Never answered by sending again: look on the platform first.
    """


class AccessRevoked(PermanentError):
    """The platform does not accept our credentials, or they lack a right."""


class ContentRejected(PermanentError):
    """The platform read what we sent and refused it."""


class InvalidInput(PermanentError):
    """What came in does not fit. `field` names the input, where there is one."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotFound(PermanentError):
    """There is no such thing in this tenant."""


class NotAllowed(PermanentError):
    """The person or token may not do this."""


class Conflict(PermanentError):
    """Somebody or something was first; the message names who and when."""
