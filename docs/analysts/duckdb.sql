-- Questions to an export, for DuckDB: duckdb -c ".read docs/analysts/duckdb.sql", from the directory above `export`.
CREATE OR REPLACE VIEW log AS SELECT * FROM read_parquet('export/*/events.parquet', hive_partitioning = true);

-- What is in it.
SELECT type, count(*) AS events, min(position) AS first, max(position) AS last FROM log GROUP BY type ORDER BY events DESC;

-- Votes per hour.
SELECT date_trunc('hour', recorded_at) AS hour, count(*) AS votes FROM log WHERE type = 'ballot.cast' GROUP BY hour ORDER BY hour;

-- The busiest ten minutes of any video.
SELECT video_id, time_bucket(INTERVAL '10 minutes', recorded_at) AS span, count(*) AS votes
FROM log WHERE type = 'ballot.cast' GROUP BY ALL ORDER BY votes DESC LIMIT 20;

-- Addresses with many voters for one video.
SELECT video_id, address, count(DISTINCT voter_id) AS voters
FROM log WHERE type = 'ballot.cast' AND address <> '' GROUP BY ALL HAVING voters >= 20 ORDER BY voters DESC;
