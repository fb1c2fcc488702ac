-- +goose Up
CREATE INDEX events_streams_idx ON public.events (log_id, stream);
