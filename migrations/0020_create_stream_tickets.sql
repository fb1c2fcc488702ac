-- +goose Up
CREATE UNLOGGED TABLE public.stream_tickets (
    hash       bytea       PRIMARY KEY CHECK (octet_length(hash) = 32),
    session_id uuid        NOT NULL,
    account_id uuid        NOT NULL,
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE public.stream_tickets IS 'SHA-256 of tickets that open a stream of events once, since a browser''s EventSource cannot send a token. Lost in a crash, which costs a client another ticket.';
CREATE INDEX stream_tickets_expires_idx ON public.stream_tickets (expires_at);

GRANT SELECT, INSERT, DELETE ON public.stream_tickets TO showcase_app;
