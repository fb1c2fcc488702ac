-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY events_streams_idx ON public.events (log_id, stream);
