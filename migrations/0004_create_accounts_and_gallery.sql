-- +goose Up
CREATE TABLE accounts (
    account_id    uuid PRIMARY KEY,
    stream        text COLLATE "C" NOT NULL UNIQUE,
    email         text NOT NULL,
    password_hash text NOT NULL,
    first_name    text NOT NULL,
    last_name     text NOT NULL,
    city          text NOT NULL,
    country       text NOT NULL,
    registered_at timestamptz NOT NULL
);
COMMENT ON TABLE accounts IS 'Read model: living accounts. Rows go when the account is erased; rebuilt from the log.';
COMMENT ON COLUMN accounts.stream IS 'The account''s stream, keyed by the HMAC of the normalised e-mail; sign-in finds the row by it.';

CREATE TABLE gallery_owners (
    owner_id uuid PRIMARY KEY,
    name     text NOT NULL,
    city     text NOT NULL,
    city_key text COLLATE "C" NOT NULL
);
COMMENT ON TABLE gallery_owners IS 'Read model: the name and city shown beside a player''s videos.';

CREATE TABLE gallery_videos (
    video_id     uuid PRIMARY KEY,
    owner_id     uuid NOT NULL,
    title        text NOT NULL,
    public       boolean NOT NULL,
    stage        text NOT NULL,
    votable      boolean NOT NULL DEFAULT false,
    reason_code  text NOT NULL DEFAULT '',
    reason_es    text NOT NULL DEFAULT '',
    reason_en    text NOT NULL DEFAULT '',
    attempt      integer NOT NULL DEFAULT 0,
    original     jsonb NOT NULL,
    clip         jsonb,
    preview      jsonb,
    poster_jpeg  jsonb,
    poster_webp  jsonb,
    duration_ms  bigint NOT NULL,
    uploaded_at  timestamptz NOT NULL,
    processed_at timestamptz,
    changed_at   timestamptz NOT NULL
);
COMMENT ON TABLE gallery_videos IS 'Read model: every video that was not deleted, with its stage and stored objects.';
COMMENT ON COLUMN gallery_videos.stage IS 'queued, processing, ready, rejected, failed or withdrawn.';
COMMENT ON COLUMN gallery_videos.votable IS 'Published and not withdrawn: shown to everybody and open for voting.';
COMMENT ON COLUMN gallery_videos.changed_at IS 'When the last fact about the video was recorded; the sweep looks for jobs that stand still.';
CREATE INDEX gallery_videos_by_owner ON gallery_videos (owner_id, uploaded_at, video_id);
CREATE INDEX gallery_videos_votable ON gallery_videos (uploaded_at, video_id) WHERE votable;
CREATE INDEX gallery_videos_waiting ON gallery_videos (changed_at) WHERE stage IN ('queued', 'processing');

GRANT SELECT, INSERT, UPDATE, DELETE ON accounts, gallery_owners, gallery_videos TO showcase_app;
