-- Until when the second of `webhook_secrets` signs beside the first; null is without an end.
ALTER TABLE account ADD COLUMN old_secret_until timestamptz;

-- How many posts came before the last replay, with which the schedule began anew.
ALTER TABLE delivery ADD COLUMN n_earlier integer NOT NULL DEFAULT 0 CHECK (n_earlier BETWEEN 0 AND n_posts);
