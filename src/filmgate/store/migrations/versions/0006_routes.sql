-- Which engines did not take the task, since when none has: empty and null once one took it.
ALTER TABLE task
    ADD COLUMN refused_by text[] NOT NULL DEFAULT '{}',
    ADD COLUMN refused_since timestamptz,
    -- Attempts that came to nothing, oldest first, with what an upstream said: for the operator.
    ADD COLUMN setbacks json,
    -- How the engine says that the clip came about.
    ADD COLUMN making json;

-- What an operator has to look after by hand.
CREATE INDEX task_unknown ON task (finished_at) WHERE outcome_unknown;

-- Those of the worker's engines that would take no job now, and why.
ALTER TABLE worker ADD COLUMN ailing json NOT NULL DEFAULT '{}';
