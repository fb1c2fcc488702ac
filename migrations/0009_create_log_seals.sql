-- +goose Up
CREATE TABLE public.log_seals (
    log_id     smallint    NOT NULL DEFAULT 1,
    last       bigint      NOT NULL,
    first      bigint      NOT NULL CHECK (first <= last),
    digest     bytea       NOT NULL CHECK (octet_length(digest) = 32),
    marks      bytea       NOT NULL,
    sealed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (log_id, last)
);
COMMENT ON TABLE public.log_seals IS 'What closed ranges of the log were when they were sealed. Each digest takes in the one before it, so that nothing can be changed behind it.';
COMMENT ON COLUMN public.log_seals.digest IS 'SHA-256 over the digest of the seal before it and the SHA-256 of each event of the range.';
COMMENT ON COLUMN public.log_seals.marks IS 'The first four bytes of each event''s SHA-256, to name the event that was changed.';

CREATE TRIGGER log_seals_are_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON public.log_seals
FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
GRANT SELECT, INSERT ON public.log_seals TO showcase_app;

-- +goose StatementBegin
CREATE FUNCTION public.event_digest(e public.events) RETURNS bytea
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT sha256(convert_to(concat_ws('|', e.position, e.version, (extract(epoch FROM e.recorded_at) * 1000000)::bigint, e.id, e.schema,
        e.stream, e.type, e.data, e.meta), 'UTF8'))
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION public.event_digest IS 'SHA-256 of an event''s canonical bytes: its columns as text, with a bar between them, the time in microseconds.';
REVOKE ALL ON FUNCTION public.event_digest FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.event_digest TO showcase_app;
