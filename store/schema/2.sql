-- Version 2. A run need not be trained if another one, trained already, is its
-- equal to the bit: then it is recorded as a copy, and copy_of is the key of the
-- other. A run that was trained itself has none: '' here, NULL in the view.

ALTER TABLE outcome ADD COLUMN copy_of TEXT NOT NULL DEFAULT '';

DROP VIEW runs;

-- A row for each run and sweep it belongs to; sweep is NULL for a run of none.
-- nan lists the columns that are NULL because they were NaN.
CREATE VIEW runs AS
WITH member (key, name, sweep) AS (
  SELECT cell.key, cell.name, sweep.name FROM cell JOIN sweep ON sweep.id = cell.sweep
  UNION ALL
  SELECT key, name, NULL FROM run WHERE NOT EXISTS (SELECT 1 FROM cell WHERE cell.key = run.key)
)
SELECT
  member.key, member.name, member.sweep,
  coalesce(run.state, 'pending') AS state,
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
