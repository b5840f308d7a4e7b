"""Imports every room's tables, so that `Base.metadata` is whole. Import rows from their own rooms, not from here."""

from __future__ import annotations

from leadmetrics_pipelines.storage.activities import models as activities
from leadmetrics_pipelines.storage.alerts import models as alerts
from leadmetrics_pipelines.storage.approvals import models as approvals
from leadmetrics_pipelines.storage.audit import models as audit
from leadmetrics_pipelines.storage.base import Base
from leadmetrics_pipelines.storage.channels import models as channels
from leadmetrics_pipelines.storage.content import models as content
from leadmetrics_pipelines.storage.deliverables import models as deliverables
from leadmetrics_pipelines.storage.documents import models as documents
from leadmetrics_pipelines.storage.people import models as people
from leadmetrics_pipelines.storage.publications import models as publications
from leadmetrics_pipelines.storage.scores import models as scores
from leadmetrics_pipelines.storage.sessions import models as sessions
from leadmetrics_pipelines.storage.tenants import models as tenants

ROOMS = (
    activities, alerts, approvals, audit, channels, content, deliverables, documents, people, publications, scores,
    sessions, tenants,
)  # fmt: skip
metadata = Base.metadata
