-- The Parquet files of an export as a table of Athena. Put your own bucket in the place of BUCKET.
CREATE EXTERNAL TABLE showcase_log (
    position    bigint,
    recorded_at timestamp,
    type        string,
    `schema`    int,
    stream      string,
    version     bigint,
    event_id    string,
    account_id  string,
    voter_id    string,
    video_id    string,
    owner_id    string,
    city        string,
    address     string,
    data        string
)
PARTITIONED BY (day string)
STORED AS PARQUET
LOCATION 's3://BUCKET/export/';

MSCK REPAIR TABLE showcase_log;
