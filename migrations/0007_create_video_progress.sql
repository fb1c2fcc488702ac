-- +goose Up

-- Unlogged: it is written twice a second for each running job, and lost percents cost nothing.
CREATE UNLOGGED TABLE public.video_progress (
    video_id   uuid        PRIMARY KEY,
    attempt    integer     NOT NULL CHECK (attempt >= 1),
    percent    integer     NOT NULL CHECK (percent BETWEEN 0 AND 100),
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE public.video_progress IS 'How far the newest attempt at each video is. Not a fact: it may be emptied at any time, and is after a crash.';
COMMENT ON COLUMN public.video_progress.updated_at IS 'When a worker last gave a sign of life; the sweep leaves a job alone that has one.';

GRANT SELECT, INSERT, UPDATE, DELETE ON public.video_progress TO showcase_app;
