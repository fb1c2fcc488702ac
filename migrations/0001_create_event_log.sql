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

-- Wide columns first: no padding between them.
CREATE TABLE public.events (
    position    bigint      NOT NULL CHECK (position >= 1),
    version     bigint      NOT NULL CHECK (version >= 1),
    recorded_at timestamptz NOT NULL,
    id          uuid        NOT NULL,
    log_id      smallint    NOT NULL DEFAULT 1,
    schema      smallint    NOT NULL CHECK (schema >= 1),
    stream      text        COLLATE "C" NOT NULL CHECK (octet_length(stream) BETWEEN 1 AND 200),
    type        text        COLLATE "C" NOT NULL CHECK (octet_length(type) BETWEEN 1 AND 100),
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

-- append_events takes a batch of items, each of one or more events that are appended all or not at all, and answers one
-- row per item, in order: outcome 0 appended, 1 duplicate (one of its ids is in the log), 2 conflict (its stream is not
-- at the expected version). version and position are those of the item's last event; for a conflict, version is the
-- stream's and position is null. expect is 0 for a new stream, -1 for any version.
--
-- The arrays run in parallel, one element per event; item numbers count from 1 and do not decrease. An id, and a stream
-- with an expected version of 0 or more, must not occur in two items of one batch.
--
-- Nothing else may run in the same transaction: the head stays locked until it ends.
-- +goose StatementBegin
CREATE FUNCTION public.append_events(
    p_log    smallint,
    p_item   integer[],
    p_expect bigint[],
    p_stream text[],
    p_id     uuid[],
    p_type   text[],
    p_schema smallint[],
    p_data   jsonb[],
    p_meta   jsonb[]
) RETURNS TABLE (outcome smallint, version bigint, "position" bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    head_position bigint;
    head_time     timestamptz;
BEGIN
    -- A statement of its own, so that the next one sees what the last holder of the lock committed.
    SELECT h.position, h.recorded_at INTO head_position, head_time
    FROM public.heads h
    WHERE h.log_id = p_log
    FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'log % does not exist', p_log USING ERRCODE = 'no_data_found';
    END IF;
    head_time := greatest(head_time, clock_timestamp());

    RETURN QUERY
    WITH incoming AS MATERIALIZED (
        SELECT u.*, known.version AS known_version, known.position AS known_position
        FROM unnest(p_item, p_expect, p_stream, p_id, p_type, p_schema, p_data, p_meta)
            WITH ORDINALITY AS u (item, expect, stream, id, type, schema, data, meta, ord)
        LEFT JOIN public.events known ON known.log_id = p_log AND known.id = u.id
    ),
    items AS (
        SELECT i.item, min(i.expect) AS expect, min(i.stream) AS stream, count(*) AS size,
            max(i.known_version) AS known_version, max(i.known_position) AS known_position
        FROM incoming i
        GROUP BY i.item
    ),
    found AS MATERIALIZED (
        SELECT i.*, coalesce((
            SELECT e.version
            FROM public.events e
            WHERE e.log_id = p_log AND e.stream = i.stream
            ORDER BY e.version DESC
            LIMIT 1
        ), 0) AS current
        FROM items i
    ),
    checked AS (
        SELECT f.*, f.known_version IS NULL AND (f.expect = -1 OR f.expect = f.current + coalesce(sum(f.size)
            FILTER (WHERE f.known_version IS NULL AND f.expect = -1)
            OVER (PARTITION BY f.stream ORDER BY f.item ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)) AS accepted
        FROM found f
    ),
    placed AS MATERIALIZED (
        SELECT c.*,
            c.current + coalesce(sum(c.size) FILTER (WHERE c.accepted)
                OVER (PARTITION BY c.stream ORDER BY c.item ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS version_before,
            head_position + coalesce(sum(c.size) FILTER (WHERE c.accepted)
                OVER (ORDER BY c.item ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS position_before
        FROM checked c
    ),
    written AS (
        INSERT INTO public.events (position, version, recorded_at, id, log_id, schema, stream, type, data, meta)
        SELECT p.position_before + row_number() OVER w, p.version_before + row_number() OVER w,
            head_time, i.id, p_log, i.schema, i.stream, i.type, i.data, i.meta
        FROM incoming i
        JOIN placed p ON p.item = i.item AND p.accepted
        WINDOW w AS (PARTITION BY i.item ORDER BY i.ord)
        ORDER BY 1
    )
    SELECT
        CASE WHEN p.accepted THEN 0::smallint WHEN p.known_version IS NOT NULL THEN 1::smallint ELSE 2::smallint END,
        CASE WHEN p.accepted THEN (p.version_before + p.size)::bigint
            WHEN p.known_version IS NOT NULL THEN p.known_version
            ELSE p.version_before::bigint END,
        CASE WHEN p.accepted THEN (p.position_before + p.size)::bigint ELSE p.known_position END
    FROM placed p
    ORDER BY p.item;

    SELECT max(e.position) INTO head_position FROM public.events e WHERE e.log_id = p_log;
    UPDATE public.heads h
    SET position = head_position, recorded_at = head_time
    WHERE h.log_id = p_log;
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
