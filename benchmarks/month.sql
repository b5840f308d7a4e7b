-- What starting a month writes, as somebody would write it who needs nothing but the rows:
-- no questions about what is there, no roles, no answer.
BEGIN;

INSERT INTO deliverable_periods (
    id, tenant_id, deliverable_id, month, status, target_quantity, completed_count, started_at, created_at)
SELECT uuidv7(), tenant_id, id, date_trunc('month', now() AT TIME ZONE 'UTC'), 'active', monthly_quantity, 0, now(), now()
FROM deliverables;

INSERT INTO activities (
    id, tenant_id, period_id, step_key, name, assignee, agent_role, status, attempt, fence, ready_at, notes, created_at,
    status_since)
SELECT uuidv7(), tenant_id, id, 'plan', 'Research topics', 'agent', 'seo-specialist', 'assigned', 0, 0, now(), '[]',
       now(), now()
FROM deliverable_periods;

INSERT INTO audit_log (
    id, tenant_id, at, actor_kind, actor_id, actor_name, route, action, subject_kind, subject_id, to_state, reason, detail)
SELECT uuidv7(), tenant_id, now(), 'system', 'benchmark', 'benchmark', 'benchmark', 'period.created', 'period', id::text,
       'active', '', '{}'::jsonb
FROM deliverable_periods
UNION ALL
SELECT uuidv7(), tenant_id, now(), 'system', 'benchmark', 'benchmark', 'benchmark', 'activity.created', 'activity',
       id::text, 'assigned', '', '{}'::jsonb
FROM activities;

COMMIT;
