-- A scrape of the metrics reads these three, and nothing else of the tables.
CREATE INDEX task_open ON task (engine, status) INCLUDE (reserved, created_at)
    WHERE status IN ('waiting', 'running');
CREATE INDEX task_ended ON task (finished_at) INCLUDE (engine, status) WHERE finished_at IS NOT NULL;
CREATE INDEX delivery_closed ON delivery ((coalesce(delivered_at, given_up_at)))
    WHERE delivered_at IS NOT NULL OR given_up_at IS NOT NULL;

-- What is past its time.
CREATE INDEX post_sent ON post (sent_at);
CREATE INDEX task_repeatable ON task (created_at) WHERE idempotency_key IS NOT NULL OR holder IS NOT NULL;
