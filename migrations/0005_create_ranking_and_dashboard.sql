-- +goose Up
CREATE TABLE ranking_players (
    player_id uuid PRIMARY KEY,
    name      text NOT NULL,
    city      text NOT NULL,
    city_key  text COLLATE "C" NOT NULL,
    videos    integer NOT NULL DEFAULT 0,
    votes     bigint NOT NULL DEFAULT 0,
    reached   bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE ranking_players IS 'Read model: votes per player over their public videos.';
COMMENT ON COLUMN ranking_players.videos IS 'Public videos; a player with none is not in the ranking.';
COMMENT ON COLUMN ranking_players.reached IS 'Log position of the newest ballot that counts: the moment at which the total was reached. Breaks ties, lower first.';
CREATE INDEX ranking_players_national ON ranking_players (votes DESC, reached, player_id) INCLUDE (name, city) WHERE videos > 0;
CREATE INDEX ranking_players_by_city ON ranking_players (city_key, votes DESC, reached, player_id) INCLUDE (name, city) WHERE videos > 0;

CREATE TABLE ranking_videos (
    video_id  uuid PRIMARY KEY,
    player_id uuid NOT NULL,
    public    boolean NOT NULL DEFAULT false,
    votes     bigint NOT NULL DEFAULT 0,
    reached   bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
COMMENT ON TABLE ranking_videos IS 'Read model: votes per video. Low fill factor: hot rows are updated in place.';
CREATE INDEX ranking_videos_by_player ON ranking_videos (player_id);

CREATE TABLE dashboard_videos (
    video_id    uuid PRIMARY KEY,
    owner_id    uuid NOT NULL,
    stage       text NOT NULL,
    votes       bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
COMMENT ON TABLE dashboard_videos IS 'Read model: stage and votes of each player''s videos that were not deleted.';
COMMENT ON COLUMN dashboard_videos.stage IS 'pending, processed, public, rejected or withdrawn.';
CREATE INDEX dashboard_videos_by_owner ON dashboard_videos (owner_id);

CREATE TABLE dashboard_ballots (
    voter_id uuid NOT NULL,
    video_id uuid NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (voter_id, video_id)
);
COMMENT ON TABLE dashboard_ballots IS 'Read model: which videos a voter gave a vote.';

CREATE TABLE dashboard_hours (
    owner_id uuid NOT NULL,
    hour     timestamptz NOT NULL,
    votes    bigint NOT NULL,
    PRIMARY KEY (owner_id, hour)
);
COMMENT ON TABLE dashboard_hours IS 'Read model: votes that a player''s videos received per hour (UTC).';

GRANT SELECT, INSERT, UPDATE, DELETE
    ON ranking_players, ranking_videos, dashboard_videos, dashboard_ballots, dashboard_hours TO showcase_app;
