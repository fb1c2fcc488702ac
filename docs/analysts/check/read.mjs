// Reads an export's Parquet files with two readers that had no part in writing them, DuckDB and hyparquet, and asks DuckDB
// the questions of docs/analysts/duckdb.sql.
//
//   node docs/analysts/check/read.mjs DIR      DIR holds the folder `export`
//
// Prints one JSON object: for each reader the rows, the columns' types and a digest; the answers to the questions.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

const columns = [
  'position', 'recorded_at', 'type', 'schema', 'stream', 'version', 'event_id', 'account_id', 'voter_id', 'video_id', 'owner_id', 'city', 'address', 'data',
];

// digest is SHA-256 over the rows in their order: values between tabs, a line each, nothing for null, times in microseconds.
const digest = () => {
  const hash = createHash('sha256');
  let rows = 0;
  return {
    add: (row) => {
      rows++;
      hash.update(columns.map((c) => row[c] ?? '').join('\t') + '\n');
    },
    end: () => ({ rows, digest: hash.digest('hex') }),
  };
};

async function byDuckDB(dir) {
  process.chdir(dir); // the questions name the files from here
  const db = await (await DuckDBInstance.create(':memory:')).connect();
  const rows = async (sql) => (await db.runAndReadAll(sql)).getRowObjectsJson();
  const answers = [];
  const text = await readFile(new URL('../duckdb.sql', import.meta.url), 'utf8');
  for (const sql of text.replace(/^--.*$/gm, '').split(';').map((s) => s.trim()).filter(Boolean)) answers.push(await rows(sql));
  const files = "read_parquet('export/*/events.parquet', hive_partitioning = false)";
  const described = await rows(`DESCRIBE SELECT * FROM ${files}`);
  const sum = digest();
  for (const row of await rows(`SELECT * REPLACE (epoch_us(recorded_at) AS recorded_at) FROM ${files} ORDER BY position`)) sum.add(row);
  return { types: Object.fromEntries(described.map((c) => [c.column_name, c.column_type])), answers: answers.slice(1), ...sum.end() };
}

async function byHyparquet(dir) {
  const sum = digest();
  let types;
  const micros = (value) => value; // as they are written; a Date would drop the last three digits
  for (const day of (await readdir(join(dir, 'export'))).filter((d) => d.startsWith('day=')).sort()) {
    const file = await asyncBufferFromFile(join(dir, 'export', day, 'events.parquet'));
    const metadata = await parquetMetadataAsync(file);
    const found = Object.fromEntries(parquetSchema(metadata).children.map(({ element: e }) => [
      e.name, [e.type, e.logical_type?.type ?? e.converted_type, e.logical_type?.unit, e.logical_type?.isAdjustedToUTC && 'UTC', e.repetition_type].filter(Boolean).join(' '),
    ]));
    if (types && JSON.stringify(types) !== JSON.stringify(found)) throw new Error(`${day} has other columns than the days before`);
    types = found;
    for (const row of await parquetReadObjects({ file, metadata, compressors, parsers: { timestampFromMicroseconds: micros } })) sum.add(row);
  }
  return { types, ...sum.end() };
}

const dir = process.argv[2] ?? '.';
const hyparquet = await byHyparquet(dir);
console.log(JSON.stringify({ hyparquet, duckdb: await byDuckDB(dir) }));
