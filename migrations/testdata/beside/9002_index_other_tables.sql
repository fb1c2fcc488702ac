-- +goose Up
-- Of the log, events, this says nothing: CREATE INDEX i ON events (n);
CREATE INDEX events_like_idx ON public.checkpoints (position);
