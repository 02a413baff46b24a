-- Version 2. A sweep keeps the time at which it was first saved; which one is
-- the latest is told by when it was saved last, as it is whenever it is run.
ALTER TABLE sweep ADD COLUMN saved TEXT NOT NULL DEFAULT ''; -- as created
UPDATE sweep SET saved = created;
