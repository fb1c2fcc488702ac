-- +goose Up

-- The application's rights, given to login roles by membership. Roles belong to the whole cluster, so that several
-- databases of one cluster may be migrated at the same moment.
-- +goose StatementBegin
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'showcase_app') THEN
        CREATE ROLE showcase_app NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
-- +goose StatementEnd

-- Wide columns first: no padding between them. No checks: they cost a quarter of a single append, and the one function
-- that writes here is given checked values.
CREATE TABLE public.events (
    position    bigint      NOT NULL,
    version     bigint      NOT NULL,
    recorded_at timestamptz NOT NULL,
    id          uuid        NOT NULL,
    log_id      smallint    NOT NULL DEFAULT 1,
    schema      smallint    NOT NULL,
    stream      text        COLLATE "C" NOT NULL,
    type        text        COLLATE "C" NOT NULL,
    data        jsonb       NOT NULL,
    meta        jsonb       NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (log_id, position),
    CONSTRAINT events_stream_version_key UNIQUE (log_id, stream, version),
    CONSTRAINT events_id_key UNIQUE (log_id, id)
);
CREATE INDEX events_recorded_at_idx ON public.events USING brin (recorded_at) WITH (autosummarize = on);

COMMENT ON TABLE public.events IS 'The log: every fact, in the order in which it was committed. Rows are only ever added, and only by append_events.';
COMMENT ON COLUMN public.events.log_id IS 'Which log; positions, streams and ids are unique inside one.';
COMMENT ON COLUMN public.events.position IS 'From 1, without gaps, in commit order: who has read up to n never misses anything at or below n.';
COMMENT ON COLUMN public.events.stream IS 'What the fact is about, such as video-<id>; no plain personal data.';
COMMENT ON COLUMN public.events.version IS 'From 1, without gaps, inside the stream; the unique constraint is the optimistic lock.';
COMMENT ON COLUMN public.events.id IS 'Idempotency: an id that is in the log is not appended again.';
COMMENT ON COLUMN public.events.schema IS 'Schema version of data; package events has an upcaster from each to the next.';
COMMENT ON COLUMN public.events.recorded_at IS 'Server clock, never decreasing with position.';

CREATE TABLE public.heads (
    log_id      smallint    PRIMARY KEY,
    position    bigint      NOT NULL CHECK (position >= 0),
    recorded_at timestamptz NOT NULL
);
COMMENT ON TABLE public.heads IS 'The last position of each log. Its row is the lock that puts appends in order.';
INSERT INTO public.heads (log_id, position, recorded_at) VALUES (1, 0, '-infinity');

-- append_events takes a batch of items, each of one or more events that are appended all or not at all. It answers one
-- row per event: outcome 0 appended, 1 duplicate (an id of its item is in the log), 2 conflict (its stream is not at the
-- expected version). An appended event has its own version and position, a duplicate those of the last of its item's
-- events that are in the log, a conflict its stream's version and no position.
--
-- The arrays run in parallel, one element per event: p_item counts items from 1, p_nth the events of an item from 1,
-- p_expect is 0 for a new stream and -1 for any version. An id, or a stream with an expected version of 0 or more, must
-- not occur in two items of one batch; should it, a unique constraint refuses the batch.
--
-- Nothing else may run in the same transaction: the head stays locked until it ends.
--
-- The settings keep the plans of the first call right for ever: a plan made while the table is small, kept by the
-- session, would read the whole log for every batch. For the same reason lookups are scalar subqueries, which are always
-- made row by row through an index.
-- +goose StatementBegin
CREATE FUNCTION public.append_events(
    p_log    smallint,
    p_item   integer[],
    p_nth    integer[],
    p_expect bigint[],
    p_stream text[],
    p_id     uuid[],
    p_type   text[],
    p_schema smallint[],
    p_data   jsonb[],
    p_meta   jsonb[]
) RETURNS TABLE (event integer, outcome smallint, version bigint, "position" bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    head bigint;
    at   timestamptz;
BEGIN
    -- Lock the head and move it as if every event were accepted. A statement of its own, so that the next one sees what
    -- the last holder of the lock committed.
    UPDATE public.heads h
    SET position = h.position + cardinality(p_id), recorded_at = greatest(h.recorded_at, clock_timestamp())
    WHERE h.log_id = p_log
    RETURNING h.position - cardinality(p_id), h.recorded_at INTO head, at;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'log % does not exist', p_log USING ERRCODE = 'no_data_found';
    END IF;

    -- The common batch: every stream is at the version that its item expects, and no id is known.
    RETURN QUERY
    INSERT INTO public.events AS e (position, version, recorded_at, id, log_id, schema, stream, type, data, meta)
    SELECT head + u.ord, u.expect + u.nth, at, u.id, p_log, u.schema, u.stream, u.type, u.data, u.meta
    FROM unnest(p_nth, p_expect, p_stream, p_id, p_type, p_schema, p_data, p_meta)
        WITH ORDINALITY AS u (nth, expect, stream, id, type, schema, data, meta, ord)
    WHERE (
        SELECT bool_and(
            w.expect = coalesce((
                SELECT k.version
                FROM public.events k
                WHERE k.log_id = p_log AND k.stream = w.stream
                ORDER BY k.version DESC
                LIMIT 1
            ), 0)
            AND (SELECT k.version FROM public.events k WHERE k.log_id = p_log AND k.id = w.id) IS NULL
        )
        FROM unnest(p_expect, p_stream, p_id) AS w (expect, stream, id)
    )
    RETURNING (e.position - head)::integer, 0::smallint, e.version, e.position;
    IF FOUND THEN
        RETURN;
    END IF;

    -- Any other batch: decide item by item. An item with an expected version counts the items before it on its stream
    -- that expect any; those are accepted unless they are known.
    RETURN QUERY
    WITH incoming AS MATERIALIZED (
        SELECT u.*, known.version AS known_version, known.position AS known_position
        FROM unnest(p_item, p_nth, p_expect, p_stream, p_id, p_type, p_schema, p_data, p_meta)
            WITH ORDINALITY AS u (item, nth, expect, stream, id, type, schema, data, meta, ord)
        LEFT JOIN LATERAL (
            SELECT k.version, k.position
            FROM public.events k
            WHERE k.log_id = p_log AND k.id = u.id
            LIMIT 1
        ) known ON true
    ),
    found AS MATERIALIZED (
        SELECT i.item, min(i.expect) AS expect, min(i.stream) AS stream, count(*) AS size,
            max(i.known_version) AS known_version, max(i.known_position) AS known_position,
            coalesce((
                SELECT k.version
                FROM public.events k
                WHERE k.log_id = p_log AND k.stream = min(i.stream)
                ORDER BY k.version DESC
                LIMIT 1
            ), 0) AS current
        FROM incoming i
        GROUP BY i.item
    ),
    checked AS (
        SELECT f.*, f.known_version IS NULL AND (
            f.expect = -1
            OR f.expect = f.current + coalesce(sum(f.size) FILTER (WHERE f.known_version IS NULL AND f.expect = -1)
                OVER (PARTITION BY f.stream ORDER BY f.item ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
        ) AS accepted
        FROM found f
    ),
    placed AS MATERIALIZED (
        SELECT c.*,
            (c.current + coalesce(sum(c.size) FILTER (WHERE c.accepted)
                OVER (PARTITION BY c.stream ORDER BY c.item ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
            )::bigint AS version_before,
            (head + coalesce(sum(c.size) FILTER (WHERE c.accepted)
                OVER (ORDER BY c.item ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
            )::bigint AS position_before
        FROM checked c
    ),
    written AS (
        INSERT INTO public.events (position, version, recorded_at, id, log_id, schema, stream, type, data, meta)
        SELECT p.position_before + i.nth, p.version_before + i.nth, at, i.id, p_log, i.schema, i.stream, i.type,
            i.data, i.meta
        FROM incoming i
        JOIN placed p ON p.item = i.item
        WHERE p.accepted
        ORDER BY i.ord
    ),
    moved AS (
        UPDATE public.heads h
        SET position = head + a.size
        FROM (SELECT coalesce(sum(p.size), 0) AS size FROM placed p WHERE p.accepted) a
        WHERE h.log_id = p_log
    )
    SELECT i.ord::integer,
        CASE WHEN p.accepted THEN 0::smallint WHEN p.known_version IS NOT NULL THEN 1::smallint ELSE 2::smallint END,
        CASE WHEN p.accepted THEN p.version_before + i.nth ELSE coalesce(p.known_version, p.version_before) END,
        CASE WHEN p.accepted THEN p.position_before + i.nth ELSE p.known_position END
    FROM incoming i
    JOIN placed p ON p.item = i.item;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION public.append_events IS 'The one way into the log: appends a batch under the head''s lock and answers per item.';

-- +goose StatementBegin
CREATE FUNCTION public.refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION '% on % is not allowed: the log is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION public.refuse_change IS 'Keeps even the owner from changing the log by mistake.';

CREATE TRIGGER events_are_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON public.events
FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

REVOKE ALL ON FUNCTION public.append_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.append_events TO showcase_app;
GRANT SELECT ON public.events, public.heads TO showcase_app;
