-- +goose Up
CREATE TABLE public.dashboard_acts (
    position   bigint      PRIMARY KEY,
    at         timestamptz NOT NULL,
    actor_id   uuid,
    act        text        COLLATE "C" NOT NULL,
    subject_id uuid,
    subject    text        NOT NULL,
    reason     text        NOT NULL
);
COMMENT ON TABLE public.dashboard_acts IS 'Read model: what organisers and operators did, and why.';
COMMENT ON COLUMN public.dashboard_acts.actor_id IS 'The account that acted; null for the command line and for a file.';
COMMENT ON COLUMN public.dashboard_acts.act IS 'The type of the fact.';
COMMENT ON COLUMN public.dashboard_acts.subject_id IS 'The video or account that it was done to; null when it was neither.';
COMMENT ON COLUMN public.dashboard_acts.subject IS 'What else it was done to, such as the name of a queue or of the contest.';

GRANT SELECT, INSERT, DELETE ON public.dashboard_acts TO showcase_app;

-- What the dashboard's checkpoint has passed is taken from the log here.
INSERT INTO public.dashboard_acts (position, at, actor_id, act, subject_id, subject, reason)
SELECT e.position, e.recorded_at, (e.meta->>'actor')::uuid, e.type,
       CASE WHEN e.type = 'video.withdrawn' THEN (e.data->>'video_id')::uuid END,
       coalesce(e.data->'settings'->>'name', CASE WHEN e.type LIKE 'ballots.%' THEN e.data->>'count' END, ''),
       coalesce(e.data->>'reason', '')
FROM public.events e
JOIN public.checkpoints c ON c.name = 'dashboard' AND c.log_id = e.log_id AND e.position <= c.position
WHERE e.type IN ('contest.created', 'contest.changed', 'video.withdrawn', 'ballots.voided', 'ballots.reinstated');
