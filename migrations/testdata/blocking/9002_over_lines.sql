-- +goose Up
create unique
    index if not exists events_streams_idx -- for the log
    on events
    using btree (log_id, stream);
