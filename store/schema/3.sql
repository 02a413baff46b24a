-- Version 3. A run in training is held on a lease, and may leave a checkpoint.

ALTER TABLE run ADD COLUMN owner   TEXT NOT NULL DEFAULT '';  -- who began the latest attempt
ALTER TABLE run ADD COLUMN lease   REAL NOT NULL DEFAULT 0;   -- seconds that a sign of life is good for
ALTER TABLE run ADD COLUMN expires REAL NOT NULL DEFAULT 0;   -- Unix time at which a running run is free to take

-- What training goes on from, in parts that SQLite can hold, and the step of
-- the last point that belongs to it.
CREATE TABLE checkpoint (
  run   INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  part  INTEGER NOT NULL,
  step  INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (run, part)
);

DROP VIEW runs;

-- A row for each run and sweep it belongs to; sweep is NULL for a run of none.
-- nan lists the columns that are NULL because they were NaN. A run whose lease
-- has lapsed, as its process died, is pending.
CREATE VIEW runs AS
WITH member (key, name, sweep) AS (
  SELECT cell.key, cell.name, sweep.name FROM cell JOIN sweep ON sweep.id = cell.sweep
  UNION ALL
  SELECT key, name, NULL FROM run WHERE NOT EXISTS (SELECT 1 FROM cell WHERE cell.key = run.key)
)
SELECT
  member.key, member.name, member.sweep,
  iif(run.state = 'running' AND run.expires <= (julianday('now') - 2440587.5) * 86400, 'pending', coalesce(run.state, 'pending')) AS state,
  run.params,
  outcome.steps, outcome.loss, outcome.eval_loss, outcome.tokens_per_second, outcome.seconds,
  outcome.first_loss, outcome.curve_hash, outcome.error,
  coalesce(run.attempt, 0) AS attempt,
  run.inputs, run.provenance, run.begun, run.ended,
  trim(iif(outcome.special & 1, 'loss ', '') ||
       iif(outcome.special >> 2 & 1, 'eval_loss ', '') ||
       iif(outcome.special >> 4 & 1, 'first_loss', '')) AS nan,
  nullif(outcome.copy_of, '') AS copy_of
FROM member
LEFT JOIN run ON run.key = member.key
LEFT JOIN outcome ON outcome.run = run.id;
