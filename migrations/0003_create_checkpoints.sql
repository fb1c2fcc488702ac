-- +goose Up

CREATE TABLE public.checkpoints (
    name            text        COLLATE "C" NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 100),
    log_id          smallint    NOT NULL DEFAULT 1,
    position        bigint      NOT NULL DEFAULT 0 CHECK (position >= 0),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    poison_position bigint,
    poison_error    text,
    poison_since    timestamptz,
    CONSTRAINT checkpoints_pkey PRIMARY KEY (name, log_id),
    CONSTRAINT checkpoints_poison_check CHECK (
        (poison_position IS NULL) = (poison_error IS NULL) AND (poison_position IS NULL) = (poison_since IS NULL)
    )
);
COMMENT ON TABLE public.checkpoints IS 'How far each reader of the log has come. A projection moves its row in the transaction that changes its tables; the relay keeps one per queue.';
COMMENT ON COLUMN public.checkpoints.position IS 'Everything at or below it is done.';
COMMENT ON COLUMN public.checkpoints.poison_position IS 'The event that this reader cannot get past; null while all is well.';

GRANT SELECT, INSERT, UPDATE ON public.checkpoints TO showcase_app;
