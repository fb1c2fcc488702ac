-- +goose Up

-- A voter and a player are told which act took ballots out of the count, and why: dashboard_acts has its reason.
ALTER TABLE public.dashboard_ballots ADD COLUMN act bigint;
COMMENT ON COLUMN public.dashboard_ballots.act IS 'Position of the act that keeps the ballot out of the count; null while it counts.';

CREATE TABLE public.dashboard_voided (
    act_id   uuid   NOT NULL,
    video_id uuid   NOT NULL,
    position bigint NOT NULL,
    votes    bigint NOT NULL,
    PRIMARY KEY (act_id, video_id)
);
COMMENT ON TABLE public.dashboard_voided IS 'Read model: how many votes of a video an act keeps out of the count. An act that was reinstated has no rows.';
COMMENT ON COLUMN public.dashboard_voided.position IS 'Of the act, in the log and in dashboard_acts.';
CREATE INDEX dashboard_voided_by_video ON public.dashboard_voided (video_id);

GRANT SELECT, INSERT, DELETE ON public.dashboard_voided TO showcase_app;

-- What the dashboard's checkpoint has passed is taken from the log here.
INSERT INTO public.dashboard_voided (act_id, video_id, position, votes)
SELECT (e.data->>'act_id')::uuid, (g->>'video_id')::uuid, e.position, sum(jsonb_array_length(g->'positions'))
FROM public.events e
JOIN public.checkpoints c ON c.name = 'dashboard' AND c.log_id = e.log_id
CROSS JOIN LATERAL jsonb_array_elements(e.data->'ballots') g
WHERE e.type = 'ballots.voided' AND e.position <= c.position
    AND NOT EXISTS (
        SELECT FROM public.events r
        WHERE r.log_id = e.log_id AND r.position <= c.position AND r.type = 'ballots.reinstated'
            AND r.data->>'act_id' = e.data->>'act_id'
    )
GROUP BY 1, 2, 3;

UPDATE public.dashboard_ballots b
SET act = v.position
FROM (SELECT DISTINCT position FROM public.dashboard_voided) v
JOIN public.events e ON e.type = 'ballots.voided' AND e.position = v.position
JOIN public.checkpoints c ON c.name = 'dashboard' AND c.log_id = e.log_id
CROSS JOIN LATERAL jsonb_array_elements(e.data->'ballots') g
CROSS JOIN LATERAL jsonb_array_elements_text(g->'positions') p
WHERE b.position = p::bigint AND NOT b.counts;
