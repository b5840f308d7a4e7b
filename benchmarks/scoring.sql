-- The same scores, as somebody would write them who needs nothing but the rows: the formulas are in a table `terms`,
-- one statement reads the snapshots, works out points, dimensions and totals, and stores them with the facts behind
-- them. No questions about who asks, no tasks, no goals.
WITH told AS (
    SELECT s.id, s.tenant_id, s.channel_id, s.month, c.platform, f->>'name' AS name, f AS fact,
           CASE jsonb_typeof(f->'value') WHEN 'number' THEN (f->>'value')::float8
                                         WHEN 'boolean' THEN (f->>'value')::boolean::int::float8 END AS value
    FROM channel_snapshots s JOIN channels c ON c.id = s.channel_id, jsonb_array_elements(s.facts) f
), days AS (
    SELECT id, value AS days FROM told WHERE name = 'days_elapsed'
), measured AS (
    SELECT o.*, t.dimension_no, t.term_no, t.key, t.title, t.dimension_weight, t.weight, t.words, t.xs, t.ys,
           CASE WHEN d.days >= t.wait THEN o.value * CASE WHEN t.paced THEN 30 / d.days ELSE 1 END END AS m
    FROM told o JOIN terms t ON t.platform = o.platform AND t.fact = o.name JOIN days d ON d.id = o.id
), pointed AS (
    SELECT *, CASE
        WHEN m IS NULL THEN NULL
        WHEN m <= xs[1] THEN ys[1]
        WHEN m > xs[array_length(xs, 1)] THEN ys[array_length(xs, 1)]
        ELSE (SELECT ys[i] + (ys[i + 1] - ys[i]) * (m - xs[i]) / (xs[i + 1] - xs[i])
              FROM generate_series(1, array_length(xs, 1) - 1) i WHERE m > xs[i] AND m <= xs[i + 1])
    END AS points
    FROM measured
), dimensions AS (
    SELECT id, tenant_id, channel_id, month, platform, dimension_no, key, title, dimension_weight,
           sum(weight) FILTER (WHERE points IS NOT NULL) / sum(weight) AS share,
           sum(weight * points) / sum(weight) FILTER (WHERE points IS NOT NULL) AS points,
           jsonb_agg(jsonb_build_object(
               'name', name, 'value', fact->'value', 'measured', m, 'points', points, 'weight', weight, 'source',
               fact->>'source', 'formula', words, 'why_unknown', fact->>'why_unknown', 'unknown_since',
               fact->>'unknown_since') ORDER BY term_no) AS facts
    FROM pointed GROUP BY id, tenant_id, channel_id, month, platform, dimension_no, key, title, dimension_weight
), judged AS (
    SELECT *, CASE WHEN share >= 0.5 THEN points END AS score FROM dimensions
)
INSERT INTO channel_scores (
    id, tenant_id, channel_id, month, total, known, dimensions, formula, snapshot_id, computed_at)
SELECT uuidv7(), tenant_id, channel_id, month,
       sum(dimension_weight * score) / sum(dimension_weight) FILTER (WHERE score IS NOT NULL),
       coalesce(sum(dimension_weight * share) FILTER (WHERE score IS NOT NULL), 0) / sum(dimension_weight),
       jsonb_agg(jsonb_build_object('key', key, 'title', title, 'score', score, 'weight', dimension_weight, 'known',
           share, 'unknown_since', NULL, 'explanation', '', 'facts', facts) ORDER BY dimension_no),
       platform || '/1', id, now()
FROM judged GROUP BY id, tenant_id, channel_id, month, platform
