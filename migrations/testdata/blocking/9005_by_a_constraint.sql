-- +goose Up
ALTER TABLE public.events
    ADD CONSTRAINT events_streams_key UNIQUE (log_id, stream, position);
