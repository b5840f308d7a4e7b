-- %(items)s posts in review with their open approvals, in 12 periods and 2 channels of one tenant.
INSERT INTO channels (id, tenant_id, platform, name, base_url, status, facts, created_at)
SELECT uuidv7(), %(tenant)s, 'wordpress', 'Blog ' || n, 'https://blog-' || n || '.example', 'connected', '{}', now()
FROM generate_series(1, 2) AS n;

INSERT INTO deliverables (id, tenant_id, kind, name, monthly_quantity, channel_id, goal, is_active, created_at)
SELECT uuidv7(), tenant_id, 'posts', 'Posts on ' || name, 500, id, '', true, now()
FROM channels WHERE tenant_id = %(tenant)s;

INSERT INTO deliverable_periods (
    id, tenant_id, deliverable_id, month, status, target_quantity, completed_count, started_at, created_at)
SELECT uuidv7(), tenant_id, id, date_trunc('month', now()) - n * interval '1 month', 'active', 500, 0, now(), now()
FROM deliverables CROSS JOIN generate_series(0, 5) AS n WHERE tenant_id = %(tenant)s;

CREATE TEMPORARY TABLE items ON COMMIT DROP AS
SELECT n, uuidv7() AS request_id, uuidv7() AS post_id, p.id AS period_id, d.channel_id,
       now() - (%(items)s - n) * interval '1 second' AS at, 'Ten things to know about subject ' || n AS title
FROM generate_series(1, %(items)s) AS n
JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM deliverable_periods WHERE tenant_id = %(tenant)s) p
    ON p.place = n %% 12
JOIN deliverables d ON d.id = p.deliverable_id;

INSERT INTO content_requests (
    id, tenant_id, period_id, channel_id, is_ad_hoc, position, title, target_keyword, search_intent, audience, brief,
    priority, status, version, author_name, created_at, status_since)
SELECT request_id, %(tenant)s, period_id, channel_id, false, n, title, 'subject', 'informational', 'everybody', '',
       'normal', 'in_progress', 1, 'seo-specialist', at, at
FROM items;

INSERT INTO posts (
    id, tenant_id, request_id, period_id, channel_id, title, slug, status, version, seal, author_name, differences,
    created_at, status_since)
SELECT post_id, %(tenant)s, request_id, period_id, channel_id, title, 'subject-' || n, 'review', 1,
       encode(sha256(title::bytea), 'hex'), 'copywriter', '[]', at, at
FROM items;

INSERT INTO approvals (
    id, tenant_id, subject_kind, subject_id, subject_version, seal, status, title, asked_by, cause, channel_id,
    period_id, opened_at)
SELECT uuidv7(), %(tenant)s, 'post', post_id, 1, encode(sha256(title::bytea), 'hex'), 'open', title, 'copywriter',
       'Written by copywriter', channel_id, period_id, at
FROM items;
