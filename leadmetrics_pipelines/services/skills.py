"""Skills: Markdown documents that agents read, versioned in the document store.

One so far: the client context file, which every agent of a tenant is given (mission 1, "Client Context File").
"""

from __future__ import annotations

from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.errors import InvalidInput, NotFound
from leadmetrics_pipelines.kit.text import has_letters_or_digits
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.documents.store import StoredDocument, StoredVersion

CLIENT_CONTEXT_KEY = "skill/client-context-file.md"
# It is part of every prompt: longer than this, it costs more than it tells.
LARGEST_SKILL_BYTES = 200_000


def read_client_context(work: UnitOfWork) -> StoredDocument | None:
    """The tenant's client context file (`body["markdown"]`), None when nobody wrote one."""
    try:
        return work.documents.get(work.tenant_id, CLIENT_CONTEXT_KEY)
    except NotFound:
        return None


def write_client_context(work: UnitOfWork, markdown: str) -> StoredVersion:
    """Store a new version; the same text stores nothing new. Raises InvalidInput when empty or too large."""
    work.actor.require(Permission.MANAGE_DELIVERABLES)
    markdown = markdown.replace("\r\n", "\n").strip()
    if not has_letters_or_digits(markdown):
        msg = "The client context file is empty."
        raise InvalidInput(msg, field="markdown")
    size = len(markdown.encode())
    if size > LARGEST_SKILL_BYTES:
        msg = f"The client context file has {size} bytes; at most {LARGEST_SKILL_BYTES} fit. Every prompt carries it."
        raise InvalidInput(msg, field="markdown")
    body = {"markdown": markdown}
    stored = work.documents.put(work.tenant_id, CLIENT_CONTEXT_KEY, body, author=work.actor.name, at=work.now)
    work.audit(
        "skill.saved", subject_kind="skill", subject_id=CLIENT_CONTEXT_KEY,
        detail={"version": stored.version, "digest": stored.digest},
    )  # fmt: skip
    return stored
