-- +goose Up
CREATE TABLE public.pending_uploads (
    upload_id   uuid        PRIMARY KEY,
    account_id  uuid        NOT NULL,
    title       text        NOT NULL,
    public      boolean     NOT NULL,
    bytes       bigint      NOT NULL CHECK (bytes > 0),
    sha256      text        NOT NULL DEFAULT '',
    object_key  text        NOT NULL,
    multipart   text        NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL
);
COMMENT ON TABLE public.pending_uploads IS 'Direct uploads that were begun and not completed. A row goes when its video is submitted, when it is given up, or a day after it was made.';
COMMENT ON COLUMN public.pending_uploads.upload_id IS 'Also the id of the video that it becomes.';
COMMENT ON COLUMN public.pending_uploads.sha256 IS 'What the client says the file has, lower-case hex; empty when it did not say.';
COMMENT ON COLUMN public.pending_uploads.multipart IS 'The object store''s own id of the upload.';
CREATE INDEX pending_uploads_account_idx ON public.pending_uploads (account_id, created_at);
CREATE INDEX pending_uploads_expires_idx ON public.pending_uploads (expires_at);

GRANT SELECT, INSERT, DELETE ON public.pending_uploads TO showcase_app;
