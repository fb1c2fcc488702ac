-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS events_streams_idx;
CREATE INDEX CONCURRENTLY events_streams_idx ON ONLY "public"."events" (log_id, stream);
