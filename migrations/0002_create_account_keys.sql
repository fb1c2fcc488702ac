-- +goose Up

CREATE TABLE public.account_keys (
    account_id uuid        PRIMARY KEY,
    master_id  bytea       NOT NULL CHECK (octet_length(master_id) = 8),
    wrapped    bytea       NOT NULL CHECK (octet_length(wrapped) = 60),
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE public.account_keys IS 'One key per account, under which the log holds what is personal. Deleting the row erases the person from the log.';
COMMENT ON COLUMN public.account_keys.master_id IS 'Which master key the row is wrapped by; a fingerprint that tells nothing about it.';
COMMENT ON COLUMN public.account_keys.wrapped IS 'AES-256-GCM: nonce (12 bytes), key (32), tag (16); the account''s id is authenticated with it.';

-- Turning the master key is the owner's work, so that the application cannot change a key.
GRANT SELECT, INSERT, DELETE ON public.account_keys TO showcase_app;
