-- +goose NO TRANSACTION
-- +goose Up
-- What a build that was cut off left behind is no use.
DROP INDEX CONCURRENTLY IF EXISTS public.events_streams_idx;
CREATE INDEX CONCURRENTLY events_streams_idx ON public.events (log_id, stream);
