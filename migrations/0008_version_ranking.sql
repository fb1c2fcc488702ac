-- +goose Up

-- The ranking's tables live in a schema per version, ranking_v1 and so on, behind views of their old names. Another
-- version is built beside the live one and swapped in by moving the views.
CREATE SCHEMA ranking_v1;
ALTER TABLE public.ranking_players SET SCHEMA ranking_v1;
ALTER TABLE public.ranking_videos SET SCHEMA ranking_v1;

CREATE TABLE ranking_v1.ranking_people (
    player_id uuid   NOT NULL,
    position  bigint NOT NULL,
    city      text,
    PRIMARY KEY (player_id, position)
);
COMMENT ON TABLE ranking_v1.ranking_people IS 'Read model: where each account was from, from which position on. The fact at that position has the name. Null: erased.';
INSERT INTO ranking_v1.ranking_people (player_id, position, city)
SELECT (e.data->>'account_id')::uuid, e.position, e.data->>'city'
FROM public.events e
JOIN public.checkpoints c ON c.name = 'ranking' AND c.log_id = e.log_id AND e.position <= c.position
WHERE e.type IN ('account.registered', 'account.profile-changed', 'account.erased');

CREATE TABLE ranking_v1.ranking_snapshots (
    position bigint    PRIMARY KEY,
    videos   uuid[]    NOT NULL,
    players  uuid[]    NOT NULL,
    public   boolean[] NOT NULL,
    votes    bigint[]  NOT NULL,
    reached  bigint[]  NOT NULL
);
COMMENT ON TABLE ranking_v1.ranking_snapshots IS 'Read model: ranking_videos as it was at each multiple of 100,000 positions, so that any past ranking is near one. The arrays run in parallel.';

CREATE TABLE public.ranking_versions (
    version    integer     PRIMARY KEY CHECK (version > 0),
    fold       integer     NOT NULL,
    state      text        NOT NULL CHECK (state IN ('building', 'live', 'kept')),
    position   bigint      NOT NULL DEFAULT 0,
    digest     text,
    created_at timestamptz NOT NULL DEFAULT now(),
    live_at    timestamptz
);
CREATE UNIQUE INDEX ranking_versions_one_live ON public.ranking_versions (state) WHERE state = 'live';
COMMENT ON TABLE public.ranking_versions IS 'The versions of the ranking''s tables: one is live, one may be in the making, one is kept to go back to.';
COMMENT ON COLUMN public.ranking_versions.fold IS 'Version of the code''s fold that made it.';
COMMENT ON COLUMN public.ranking_versions.position IS 'How far it is; of the live one, the checkpoint says.';
COMMENT ON COLUMN public.ranking_versions.digest IS 'Of its contents when it was swapped in.';
INSERT INTO public.ranking_versions (version, fold, state, live_at) VALUES (1, 1, 'live', now());

-- These run with the owner's rights, so that the application needs none to make schemas. What they may touch is fixed
-- here.
-- +goose StatementBegin
CREATE FUNCTION public.ranking_point_views(p_version integer) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['ranking_players', 'ranking_videos', 'ranking_people', 'ranking_snapshots'] LOOP
        EXECUTE format('CREATE OR REPLACE VIEW public.%I AS SELECT * FROM %I.%I', name, 'ranking_v' || p_version, name);
    END LOOP;
END
$$;
-- +goose StatementEnd

SELECT public.ranking_point_views(1);
COMMENT ON VIEW public.ranking_players IS 'Read model: votes per player over their public videos, of the live version.';
COMMENT ON VIEW public.ranking_videos IS 'Read model: votes per video, of the live version.';
COMMENT ON VIEW public.ranking_people IS 'Read model: where each account was from, of the live version.';
COMMENT ON VIEW public.ranking_snapshots IS 'Read model: past states, of the live version.';

-- +goose StatementBegin
CREATE FUNCTION public.ranking_version_create(p_fold integer) RETURNS integer
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    live integer;
    made integer;
    name text;
BEGIN
    SELECT v.version INTO STRICT live FROM public.ranking_versions v WHERE v.state = 'live';
    SELECT max(v.version) + 1 INTO made FROM public.ranking_versions v;
    EXECUTE format('CREATE SCHEMA %I', 'ranking_v' || made);
    FOREACH name IN ARRAY ARRAY['ranking_players', 'ranking_videos', 'ranking_people', 'ranking_snapshots'] LOOP
        EXECUTE format('CREATE TABLE %I.%I (LIKE %I.%I INCLUDING ALL)', 'ranking_v' || made, name, 'ranking_v' || live, name);
    END LOOP;
    EXECUTE format('ALTER TABLE %I.ranking_videos SET (fillfactor = 70)', 'ranking_v' || made);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO showcase_app', 'ranking_v' || made);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO showcase_app', 'ranking_v' || made);
    INSERT INTO public.ranking_versions (version, fold, state) VALUES (made, p_fold, 'building');
    RETURN made;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION public.ranking_version_create IS 'Makes the empty tables of another version of the ranking; returns its number.';

-- +goose StatementBegin
CREATE FUNCTION public.ranking_version_drop(p_version integer) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM public.ranking_versions v WHERE v.version = p_version AND v.state <> 'live';
    IF FOUND THEN
        EXECUTE format('DROP SCHEMA %I CASCADE', 'ranking_v' || p_version);
    END IF;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION public.ranking_version_drop IS 'Removes a version of the ranking that is not live.';

-- +goose StatementBegin
CREATE FUNCTION public.ranking_version_activate(p_version integer, p_position bigint, p_digest text) RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE public.ranking_versions v SET state = 'kept', position = p_position WHERE v.state = 'live';
    UPDATE public.ranking_versions v
    SET state = 'live', position = p_position, digest = p_digest, live_at = clock_timestamp()
    WHERE v.version = p_version AND v.state <> 'live';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the ranking has no version % to be made live', p_version USING ERRCODE = 'no_data_found';
    END IF;
    PERFORM public.ranking_point_views(p_version);
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION public.ranking_version_activate IS 'Makes a version of the ranking the live one. The caller holds the ranking''s checkpoint and has brought the version to its position.';

REVOKE ALL ON FUNCTION public.ranking_point_views, public.ranking_version_create, public.ranking_version_drop,
    public.ranking_version_activate FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.ranking_version_create, public.ranking_version_drop,
    public.ranking_version_activate TO showcase_app;
GRANT USAGE ON SCHEMA ranking_v1 TO showcase_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ranking_v1 TO showcase_app;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON public.ranking_players, public.ranking_videos, public.ranking_people, public.ranking_snapshots TO showcase_app;
GRANT SELECT, UPDATE ON public.ranking_versions TO showcase_app;

-- The dashboard says of a ballot whether it counts.
ALTER TABLE dashboard_ballots ADD COLUMN counts boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN dashboard_ballots.counts IS 'False while an act of the ledger keeps it out of the count.';
CREATE INDEX dashboard_ballots_position ON dashboard_ballots (position);
