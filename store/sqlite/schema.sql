-- Version 8. The views runs, curves and measures are the public face of the store:
-- their columns may gain followers and never change. The tables are private.

CREATE TABLE sweep (
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE,
  question TEXT NOT NULL,
  toml     TEXT NOT NULL,
  file     TEXT NOT NULL,                 -- of the grid, as it was named when it was run last
  created  TEXT NOT NULL,                 -- when it was first saved: UTC, of fixed width, sorts as text
  saved    TEXT NOT NULL,                 -- when it was last saved, as it is whenever it is run
  ended    TEXT,                          -- when the first of the runs ended that it had before it was last saved
  digest   TEXT NOT NULL DEFAULT ''       -- SHA-256 of the question, the file, the cells and the predictions
);

-- The cells of a sweep in plan order. A cell names its run by key, since most
-- cells are planned before they are begun and a run may serve several sweeps.
CREATE TABLE cell (
  sweep   INTEGER NOT NULL REFERENCES sweep ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  key     TEXT NOT NULL,
  name    TEXT NOT NULL,
  planned TEXT NOT NULL,                  -- since when the sweep has that run, at every saving
  PRIMARY KEY (sweep, ordinal)
) WITHOUT ROWID;

-- What a sweep predicted, whether it still does or not: nobody takes back what was said.
CREATE TABLE prediction (
  id     INTEGER PRIMARY KEY,             -- in the order in which they came
  sweep  INTEGER NOT NULL REFERENCES sweep ON DELETE CASCADE,
  text   TEXT NOT NULL,
  stated TEXT NOT NULL,                   -- when the sweep was first saved with it
  UNIQUE (sweep, text)
);

CREATE INDEX cell_key ON cell (key);

CREATE TABLE run (
  id         INTEGER PRIMARY KEY,
  key        TEXT NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  params     TEXT NOT NULL,               -- JSON
  inputs     TEXT NOT NULL,               -- JSON
  provenance TEXT NOT NULL,               -- JSON, of the latest attempt
  state      TEXT NOT NULL CHECK (state IN ('pending', 'running', 'done', 'diverged', 'failed', 'pruned')),
  attempt    INTEGER NOT NULL,            -- the latest, and the only one that may write
  begun      TEXT NOT NULL,               -- UTC, of the latest attempt
  ended      TEXT,
  first_end  TEXT,                        -- when an attempt first ended done, diverged or pruned
  owner      TEXT NOT NULL,               -- who began the latest attempt
  lease      REAL NOT NULL,               -- seconds that a sign of life is good for
  expires    REAL NOT NULL,               -- Unix time at which a running run is free to take
  speed      REAL NOT NULL DEFAULT 0      -- tokens/s of the latest attempt, as it noted last; 0 before that
);

-- What a run came to. special holds two bits for each real column, the first
-- column lowest: 0 as stored, 1 NaN (which SQLite turns into NULL), 2 negative
-- zero (which it turns into zero). Where a run was not evaluated at its end, its
-- eval_loss is NULL and no NaN; so are the loss and the gradient norm of a point at
-- which a run trained elsewhere logged none.
CREATE TABLE outcome (
  run               INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE,
  steps             INTEGER NOT NULL,
  loss              REAL,
  eval_loss         REAL,
  first_loss        REAL,
  match_right       INTEGER,              -- held-out rows completed as they are; NULL where none were judged
  match_of          INTEGER,              -- held-out rows with a prompt, likewise
  first_match_right INTEGER,              -- the same before training
  first_match_of    INTEGER,
  tokens_per_second REAL,
  seconds           REAL,
  special           INTEGER NOT NULL,
  evaluated         INTEGER NOT NULL,
  curve_hash        TEXT NOT NULL,
  error             TEXT NOT NULL,
  measures          TEXT,                 -- the last of each name that a command logged; JSON, as in point
  environment       TEXT NOT NULL,        -- of a command: "name = value" on each line
  copy_of           TEXT NOT NULL,        -- key of the run trained in its place, '' if it was itself
  digest            TEXT NOT NULL         -- SHA-256 of the run's record; see hash.go
);

CREATE TABLE point (
  run       INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  step      INTEGER NOT NULL,
  loss      REAL,
  grad_norm REAL,
  eval_loss REAL,
  special   INTEGER NOT NULL,
  evaluated INTEGER NOT NULL,
  match_right INTEGER,                    -- as in outcome
  match_of    INTEGER,
  measures    TEXT,                       -- what else a command logged: JSON, numbers by name, with "NaN" and "Infinity" as texts; NULL for nothing
  PRIMARY KEY (run, step)
) WITHOUT ROWID;

-- What training goes on from, in parts that SQLite can hold, and the step of
-- the last point that belongs to it.
CREATE TABLE checkpoint (
  run      INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  part     INTEGER NOT NULL,
  step     INTEGER NOT NULL,
  checksum INTEGER NOT NULL,              -- CRC-32C of the bytes
  bytes    BLOB NOT NULL,
  PRIMARY KEY (run, part)
);

CREATE TABLE adapter (
  run   INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE,
  hash  TEXT NOT NULL,                    -- SHA-256 of the bytes
  bytes BLOB NOT NULL
);

-- The losses of the held-out rows at the end of a run; see store/record.
CREATE TABLE row_losses (
  run   INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE,
  hash  TEXT NOT NULL,                    -- SHA-256 of the bytes
  bytes BLOB NOT NULL
);

-- What people wrote about sweeps and runs. It is no part of any record, and of no hash.
CREATE TABLE note (
  sweep INTEGER UNIQUE REFERENCES sweep ON DELETE CASCADE,
  run   INTEGER UNIQUE REFERENCES run ON DELETE CASCADE,
  text  TEXT NOT NULL,
  tags  TEXT NOT NULL,                    -- JSON, a list of texts
  CHECK ((sweep IS NULL) <> (run IS NULL))
);

-- A row for each run and sweep it belongs to; sweep is NULL for a run of none.
-- What is not there is NULL: figures of a run that is neither done nor diverged,
-- eval_loss and match where nothing was evaluated, the speed of a copy. nan lists the
-- columns that are NULL because they are NaN. A run whose lease has lapsed, as
-- its process died, is pending.
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
  outcome.steps, final.loss, final.eval_loss,
  iif(final.copy_of = '', final.tokens_per_second, NULL) AS tokens_per_second, final.seconds,
  final.first_loss, nullif(outcome.curve_hash, '') AS curve_hash, nullif(outcome.error, '') AS error,
  coalesce(run.attempt, 0) AS attempt,
  run.inputs, run.provenance, run.begun, run.ended,
  trim(iif(final.special & 1, 'loss ', '') ||
       iif(final.special >> 2 & 1, 'eval_loss ', '') ||
       iif(final.special >> 4 & 1, 'first_loss', '')) AS nan,
  nullif(outcome.copy_of, '') AS copy_of,
  1.0 * final.match_right / final.match_of AS match,
  1.0 * final.first_match_right / final.first_match_of AS first_match,
  final.measures, nullif(outcome.environment, '') AS environment
FROM member
LEFT JOIN run ON run.key = member.key
LEFT JOIN outcome ON outcome.run = run.id
LEFT JOIN outcome AS final ON final.run = run.id AND run.state IN ('done', 'diverged');

-- A row for each step. Step 0 has no training loss and no gradient norm;
-- steps without evaluation have no eval_loss and no match; a copy may have no gradient norms.
-- nan is as in runs.
CREATE VIEW curves AS
SELECT
  run.key, point.step,
  iif(point.step > 0, point.loss, NULL) AS loss,
  iif(point.step > 0, point.grad_norm, NULL) AS grad_norm,
  iif(point.evaluated, point.eval_loss, NULL) AS eval_loss,
  trim(iif(point.step > 0 AND point.special & 1, 'loss ', '') ||
       iif(point.step > 0 AND point.special >> 2 & 1 AND coalesce(outcome.copy_of, '') = '', 'grad_norm ', '') ||
       iif(point.evaluated AND point.special >> 4 & 1, 'eval_loss', '')) AS nan,
  1.0 * point.match_right / point.match_of AS match
FROM point JOIN run ON run.id = point.run LEFT JOIN outcome ON outcome.run = run.id;

-- A row for each measure at a step: a number that a command logged beside the losses and
-- the gradient norm. Where value is NULL, it is NaN, and nan is 1.
CREATE VIEW measures AS
SELECT
  run.key, point.step, measure.key AS name,
  CASE measure.atom WHEN 'NaN' THEN NULL WHEN 'Infinity' THEN 9e999 WHEN '-Infinity' THEN -9e999 ELSE 1.0 * measure.atom END AS value,
  measure.atom = 'NaN' AS nan
FROM point JOIN run ON run.id = point.run JOIN json_each(point.measures) AS measure;
