-- The views runs, curves and measures are the public face of the store: their columns,
-- which are those in SQLite, may gain followers and never change. The tables are private.
--
-- Texts compare by their bytes, as in SQLite, and times are texts in UTC, so that a
-- record is the same in both.

CREATE TABLE sweep_store (
  id      uuid NOT NULL DEFAULT gen_random_uuid(),   -- tells this store from one that takes its place
  version integer NOT NULL                           -- the last of the files of schema that was applied
);

-- The last write of each writer, by which it finds out whether it was stored where the
-- answer was lost.
CREATE TABLE written (
  writer text PRIMARY KEY,
  number bigint NOT NULL,
  at     timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE sweep (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name     text COLLATE "C" NOT NULL UNIQUE,
  question text NOT NULL,
  toml     text NOT NULL,
  file     text NOT NULL,                 -- of the grid, as it was named when it was run last
  created  text COLLATE "C" NOT NULL,     -- when it was first saved: UTC, of fixed width, sorts as text
  saved    text COLLATE "C" NOT NULL,     -- when it was last saved, as it is whenever it is run
  ended    text COLLATE "C",              -- when the first of the runs ended that it had before it was last saved
  digest   text NOT NULL DEFAULT ''       -- SHA-256 of the question, the file, the cells and the predictions
);

-- The cells of a sweep in plan order. A cell names its run by key, since most
-- cells are planned before they are begun and a run may serve several sweeps.
CREATE TABLE cell (
  sweep   bigint NOT NULL REFERENCES sweep ON DELETE CASCADE,
  ordinal bigint NOT NULL,
  key     text COLLATE "C" NOT NULL,
  name    text COLLATE "C" NOT NULL,
  planned text COLLATE "C" NOT NULL,      -- since when the sweep has that run, at every saving
  PRIMARY KEY (sweep, ordinal)
);

CREATE INDEX cell_key ON cell (key);

-- What a sweep predicted, whether it still does or not: nobody takes back what was said.
CREATE TABLE prediction (
  id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,   -- in the order in which they came
  sweep  bigint NOT NULL REFERENCES sweep ON DELETE CASCADE,
  text   text COLLATE "C" NOT NULL,
  stated text COLLATE "C" NOT NULL,       -- when the sweep was first saved with it
  UNIQUE (sweep, text)
);

CREATE TABLE run (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key        text COLLATE "C" NOT NULL UNIQUE,
  name       text COLLATE "C" NOT NULL,
  params     json NOT NULL,               -- as it was written, to the byte
  inputs     json NOT NULL,
  provenance json NOT NULL,               -- of the latest attempt
  state      text COLLATE "C" NOT NULL CHECK (state IN ('pending', 'running', 'done', 'diverged', 'failed', 'pruned')),
  attempt    bigint NOT NULL,             -- the latest, and the only one that may write
  begun      text COLLATE "C" NOT NULL,   -- UTC, of the latest attempt
  ended      text COLLATE "C",
  first_end  text COLLATE "C",            -- when an attempt first ended done, diverged or pruned
  owner      text NOT NULL,               -- who began the latest attempt
  lease      float8 NOT NULL,             -- seconds that a sign of life is good for
  expires    float8 NOT NULL,             -- Unix time at which a running run is free to take
  speed      float8 NOT NULL DEFAULT 0    -- tokens/s of the latest attempt, as it noted last; 0 before that
) WITH (fillfactor = 70);                 -- signs of life stay on their page

-- What a run came to. Where a run was not evaluated at its end, its eval_loss is NULL and
-- no NaN; so are the loss and the gradient norm of a point at which a run trained
-- elsewhere logged none.
CREATE TABLE outcome (
  run               bigint PRIMARY KEY REFERENCES run ON DELETE CASCADE,
  steps             bigint NOT NULL,
  loss              float8,
  eval_loss         float8,
  first_loss        float8,
  match_right       bigint,               -- held-out rows completed as they are; NULL where none were judged
  match_of          bigint,               -- held-out rows with a prompt, likewise
  first_match_right bigint,               -- the same before training
  first_match_of    bigint,
  tokens_per_second float8,
  seconds           float8,
  evaluated         boolean NOT NULL,
  curve_hash        text NOT NULL,
  error             text NOT NULL,
  measures          json,                 -- the last of each name that a command logged, as in point
  environment       text NOT NULL,        -- of a command: "name = value" on each line
  copy_of           text COLLATE "C" NOT NULL,   -- key of the run trained in its place, '' if it was itself
  digest            text NOT NULL         -- SHA-256 of the run's record; see hash.go
);

CREATE INDEX outcome_copy_of ON outcome (copy_of) WHERE copy_of <> '';

-- No foreign key: whoever adds points holds the row of their run, and to look for it anew
-- for each point would be a third of what points cost.
CREATE TABLE point (
  run         bigint NOT NULL,
  step        bigint NOT NULL,
  loss        float8,
  grad_norm   float8,
  eval_loss   float8,
  evaluated   boolean NOT NULL,
  match_right bigint,                     -- as in outcome
  match_of    bigint,
  measures    json,                       -- what else a command logged: numbers by name, with "NaN" and "Infinity" as texts; NULL for nothing
  PRIMARY KEY (run, step)
);

CREATE FUNCTION drop_points() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM point USING gone WHERE point.run = gone.id;
  RETURN NULL;
END $$;

CREATE TRIGGER run_takes_points AFTER DELETE ON run
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION drop_points();

-- What training goes on from, in parts, and the step of the last point that belongs to it.
CREATE TABLE checkpoint (
  run      bigint NOT NULL REFERENCES run ON DELETE CASCADE,
  part     bigint NOT NULL,
  step     bigint NOT NULL,
  checksum bigint NOT NULL,               -- CRC-32C of the bytes
  bytes    bytea NOT NULL,
  PRIMARY KEY (run, part)
);

CREATE TABLE adapter (
  run   bigint PRIMARY KEY REFERENCES run ON DELETE CASCADE,
  hash  text NOT NULL,                    -- SHA-256 of the bytes
  bytes bytea NOT NULL
);

-- The losses of the held-out rows at the end of a run; see store/record.
CREATE TABLE row_losses (
  run   bigint PRIMARY KEY REFERENCES run ON DELETE CASCADE,
  hash  text NOT NULL,                    -- SHA-256 of the bytes
  bytes bytea NOT NULL
);

-- A file that runs read, by its content, for workers on other machines. It counts once it
-- is whole.
CREATE TABLE file (
  hash  text COLLATE "C" PRIMARY KEY,     -- SHA-256 of its bytes, hex
  size  bigint NOT NULL,                  -- in bytes
  whole boolean NOT NULL DEFAULT false,   -- all parts are there
  used  timestamptz NOT NULL DEFAULT now()   -- when it was last kept, or asked to be
);

CREATE TABLE file_part (
  hash     text COLLATE "C" NOT NULL REFERENCES file ON DELETE CASCADE,
  part     bigint NOT NULL,
  checksum bigint NOT NULL,               -- CRC-32C of the bytes
  bytes    bytea NOT NULL,
  PRIMARY KEY (hash, part)
);

-- Such bytes are hardly ever made smaller.
ALTER TABLE file_part ALTER bytes SET STORAGE EXTERNAL;
ALTER TABLE checkpoint ALTER bytes SET STORAGE EXTERNAL;
ALTER TABLE adapter ALTER bytes SET STORAGE EXTERNAL;
ALTER TABLE row_losses ALTER bytes SET STORAGE EXTERNAL;

-- What people wrote about sweeps and runs. It is no part of any record, and of no hash.
CREATE TABLE note (
  sweep bigint UNIQUE REFERENCES sweep ON DELETE CASCADE,
  run   bigint UNIQUE REFERENCES run ON DELETE CASCADE,
  text  text NOT NULL,
  tags  text NOT NULL,                    -- JSON, a list of texts
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
  SELECT key, name, NULL FROM run WHERE NOT EXISTS (SELECT FROM cell WHERE cell.key = run.key)
)
SELECT
  member.key, member.name, member.sweep,
  CASE WHEN run.state = 'running' AND run.expires <= extract(epoch FROM clock_timestamp()) THEN 'pending' ELSE coalesce(run.state, 'pending') END AS state,
  run.params,
  outcome.steps, nullif(final.loss, 'NaN') AS loss, nullif(final.eval_loss, 'NaN') AS eval_loss,
  CASE WHEN final.copy_of = '' THEN nullif(final.tokens_per_second, 'NaN') END AS tokens_per_second, nullif(final.seconds, 'NaN') AS seconds,
  nullif(final.first_loss, 'NaN') AS first_loss, nullif(outcome.curve_hash, '') AS curve_hash, nullif(outcome.error, '') AS error,
  coalesce(run.attempt, 0) AS attempt,
  run.inputs, run.provenance, run.begun, run.ended,
  trim(CASE WHEN final.loss = 'NaN' THEN 'loss ' ELSE '' END ||
       CASE WHEN final.eval_loss = 'NaN' THEN 'eval_loss ' ELSE '' END ||
       CASE WHEN final.first_loss = 'NaN' THEN 'first_loss' ELSE '' END) AS nan,
  nullif(outcome.copy_of, '') AS copy_of,
  final.match_right::float8 / nullif(final.match_of, 0) AS match,
  final.first_match_right::float8 / nullif(final.first_match_of, 0) AS first_match,
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
  CASE WHEN point.step > 0 THEN nullif(point.loss, 'NaN') END AS loss,
  CASE WHEN point.step > 0 THEN nullif(point.grad_norm, 'NaN') END AS grad_norm,
  CASE WHEN point.evaluated THEN nullif(point.eval_loss, 'NaN') END AS eval_loss,
  trim(CASE WHEN point.step > 0 AND point.loss = 'NaN' THEN 'loss ' ELSE '' END ||
       CASE WHEN point.step > 0 AND point.grad_norm = 'NaN' AND coalesce(outcome.copy_of, '') = '' THEN 'grad_norm ' ELSE '' END ||
       CASE WHEN point.evaluated AND point.eval_loss = 'NaN' THEN 'eval_loss' ELSE '' END) AS nan,
  point.match_right::float8 / nullif(point.match_of, 0) AS match
FROM point JOIN run ON run.id = point.run LEFT JOIN outcome ON outcome.run = run.id;

-- A row for each measure at a step: a number that a command logged beside the losses and
-- the gradient norm. Where value is NULL, it is NaN, and nan is 1. A NUL in a name, which
-- PostgreSQL has in no text, is U+FFFD here.
CREATE VIEW measures AS
SELECT
  run.key, point.step, measure.key AS name,
  nullif((measure.value #>> '{}')::float8, 'NaN') AS value,
  ((measure.value #>> '{}') = 'NaN')::int AS nan
FROM point JOIN run ON run.id = point.run
CROSS JOIN LATERAL json_each(replace(point.measures::text, '\u0000', '\ufffd')::json) AS measure;

-- What workers on other machines are to train. River's own tables, river_*, queue it: see
-- store/postgres/fleet.

-- A queue holds the units of an arm of a sweep that need the same of a worker.
CREATE TABLE fleet_queue (
  name   text COLLATE "C" PRIMARY KEY,    -- as River knows it
  sweep  bigint NOT NULL REFERENCES sweep ON DELETE CASCADE,
  arm    text COLLATE "C" NOT NULL,
  needs  json NOT NULL,
  made   timestamptz NOT NULL DEFAULT clock_timestamp(),
  paused boolean NOT NULL DEFAULT false
);

-- A unit is the runs that one worker is to train together. It goes once they are settled.
CREATE TABLE fleet_unit (
  id      bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  queue   text COLLATE "C" NOT NULL REFERENCES fleet_queue ON DELETE CASCADE,
  keys    text[] COLLATE "C" NOT NULL,    -- of its runs
  unit    json NOT NULL,
  lost    integer NOT NULL DEFAULT 0,     -- how many workers died of it since it last came on
  step    bigint NOT NULL DEFAULT 0,      -- how far its runs had come together when one died last
  trouble text NOT NULL DEFAULT ''        -- why no worker tries it any more
);

CREATE INDEX fleet_unit_queue ON fleet_unit (queue, id);

CREATE TABLE fleet_worker (
  id      text COLLATE "C" PRIMARY KEY,
  about   json NOT NULL,                  -- who it is and what it has
  began   timestamptz NOT NULL DEFAULT clock_timestamp(),
  heard   timestamptz NOT NULL DEFAULT clock_timestamp(),
  lease   float8 NOT NULL,                -- seconds after its last sign of life for which it is taken to live
  keeps   boolean NOT NULL DEFAULT false, -- it is one of those that do the upkeep
  units   bigint[] NOT NULL DEFAULT '{}', -- that it trains
  refused json NOT NULL DEFAULT '{}',     -- why it does not work a queue, by its name
  ended   text NOT NULL DEFAULT ''        -- why it ended; '' for one that did not say
) WITH (fillfactor = 50);                 -- signs of life stay on their page

CREATE INDEX fleet_worker_keeps ON fleet_worker (id) WHERE keeps;

-- One row: the last look for workers that died.
CREATE TABLE fleet_upkeep (
  looked timestamptz NOT NULL DEFAULT clock_timestamp(),
  waited boolean NOT NULL DEFAULT false   -- it was put off, as the server may have been gone
);

INSERT INTO fleet_upkeep DEFAULT VALUES;
