-- +goose Up

CREATE TABLE public.sessions (
    session_id   uuid        PRIMARY KEY,
    account_id   uuid        NOT NULL,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    revoked_why  text        CHECK (revoked_why IN ('logout', 'reuse', 'password', 'erased')),
    CONSTRAINT sessions_revoked_check CHECK ((revoked_at IS NULL) = (revoked_why IS NULL))
);
COMMENT ON TABLE public.sessions IS 'One row per sign-in. Access tokens name it; revoking it ends them on every instance within a second.';
COMMENT ON COLUMN public.sessions.expires_at IS 'From then on it cannot be refreshed.';
COMMENT ON COLUMN public.sessions.revoked_at IS 'By the server''s clock, so that one poll serves every instance.';

CREATE INDEX sessions_account_idx ON public.sessions (account_id);
CREATE INDEX sessions_revoked_idx ON public.sessions (revoked_at, session_id) WHERE revoked_at IS NOT NULL;
CREATE INDEX sessions_expires_idx ON public.sessions (expires_at);

CREATE TABLE public.refresh_tokens (
    hash       bytea       PRIMARY KEY CHECK (octet_length(hash) = 32),
    session_id uuid        NOT NULL REFERENCES public.sessions ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL,
    used_at    timestamptz
);
COMMENT ON TABLE public.refresh_tokens IS 'SHA-256 of every refresh token of a session. Each is good once; a second use revokes the session.';

CREATE INDEX refresh_tokens_session_idx ON public.refresh_tokens (session_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON public.sessions, public.refresh_tokens TO showcase_app;
