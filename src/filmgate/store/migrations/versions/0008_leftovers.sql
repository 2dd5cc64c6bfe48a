-- When what was ordered for a task that has ended is to be deleted at the upstream; null where nothing is left.
ALTER TABLE task
    ADD COLUMN leftover_at timestamptz,
    ADD COLUMN leftover_tries smallint NOT NULL DEFAULT 0;
CREATE INDEX task_leftover ON task (leftover_at) WHERE leftover_at IS NOT NULL;

-- All engines that the worker is there for, those too that cannot take a task yet.
ALTER TABLE worker ADD COLUMN expected text[] NOT NULL DEFAULT '{}';
