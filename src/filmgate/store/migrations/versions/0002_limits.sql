-- Limits of an account. Null is what the settings say, which count for nothing where the account is
-- unlimited; a number here counts for any account, and zero stands for no limit.
ALTER TABLE account
    ADD COLUMN most_open integer CHECK (most_open >= 0),
    ADD COLUMN most_a_minute integer CHECK (most_a_minute >= 0),
    -- How many of its tasks wait or run.
    ADD COLUMN n_open integer NOT NULL DEFAULT 0 CHECK (n_open >= 0),
    -- Until when the creates so far would take at the permitted rate; at most a minute ahead of them.
    ADD COLUMN paced_until timestamptz NOT NULL DEFAULT '-infinity';

UPDATE account SET n_open = (
    SELECT count(*) FROM task
    WHERE task.account_id = account.account_id AND task.status IN ('waiting', 'running')
);

-- Counting the queue takes time in proportion to it. So it is counted seldom: `n_open` tasks were open when
-- the sequence of submits stood at `n_submits`, and since then there cannot be more than that many more.
CREATE SEQUENCE submit_number;
CREATE TABLE queue_count (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    n_open bigint NOT NULL DEFAULT 0,
    n_submits bigint NOT NULL DEFAULT 0
);
INSERT INTO queue_count (n_open) SELECT count(*) FROM pgqueuer WHERE entrypoint LIKE 'render:%';

-- Count the queue, and say whether it has room for the submit of this number.
CREATE FUNCTION queue_has_room(p_number bigint, p_most bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    counted bigint := (SELECT count(*) FROM pgqueuer WHERE entrypoint LIKE 'render:%');
BEGIN
    -- This submit itself is one of those since then.
    UPDATE queue_count SET n_open = counted, n_submits = p_number - 1 WHERE n_submits < p_number;
    RETURN counted < p_most;
END
$$;

-- The limit of an account, or null for none.
CREATE FUNCTION limit_of(own integer, is_unlimited boolean, general integer) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
    SELECT nullif(coalesce(own, CASE WHEN NOT is_unlimited THEN general END), 0)
$$;

-- Where an account's next create starts. More than a minute ahead is the work of a clock that was wrong.
CREATE FUNCTION paced_from(paced_until timestamptz, p_now timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN paced_until < p_now + interval '2 minutes' THEN greatest(paced_until, p_now) ELSE p_now END
$$;

DROP FUNCTION submit_task;

-- Reserve, store and queue a task in one round trip, or find the earlier task that this request repeats.
-- Returns what happened: 'created', 'joined', 'conflict', or which limit refuses it:
--   'used_up'     `left_over` is the balance
--   'many_open'   `most` is the limit
--   'too_fast'    `most` is the limit, `seconds_to_wait` when there is room again
--   'queue_full'  `most` is the limit
-- A limit of zero is none.
CREATE FUNCTION submit_task(
    p_task_id uuid, p_trace_id uuid, p_account_id uuid, p_application_id uuid, p_key_id uuid,
    p_request json, p_body json, p_body_hash bytea, p_warnings json, p_engine text, p_seed integer,
    p_reserved bigint, p_cost_seconds integer, p_public_origin text, p_callback_url text,
    p_idempotency_key text, p_holder bigint, p_extends uuid, p_now timestamptz,
    p_most_open integer, p_most_a_minute integer, p_most_queued integer,
    OUT outcome text, OUT found_id uuid, OUT left_over bigint, OUT most integer,
    OUT seconds_to_wait double precision
) LANGUAGE plpgsql AS $$
DECLARE
    earlier task%ROWTYPE;
    number bigint := nextval('submit_number');
    n_queued_at_most bigint;
    is_made boolean;
    payer account%ROWTYPE;
    cost double precision;
    tag double precision;
BEGIN
    -- Sent again because its answer was lost, this very call first waits for the end of its first try.
    PERFORM pg_advisory_xact_lock(hashtextextended(p_task_id::text, 0));
    SELECT EXISTS (SELECT FROM task WHERE task_id = p_task_id), n_open + number - n_submits
    INTO is_made, n_queued_at_most FROM queue_count;
    IF is_made THEN
        outcome := 'created';
        found_id := p_task_id;
        RETURN;
    END IF;

    IF p_idempotency_key IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(p_account_id::text || p_idempotency_key, 0));
        SELECT * INTO earlier FROM task
        WHERE account_id = p_account_id AND idempotency_key = p_idempotency_key
            AND created_at > p_now - interval '24 hours'
        ORDER BY created_at DESC LIMIT 1;
        IF FOUND THEN
            outcome := CASE WHEN earlier.body_hash = p_body_hash THEN 'joined' ELSE 'conflict' END;
            found_id := earlier.task_id;
            RETURN;
        END IF;
    ELSE
        -- Of two repeats at the same moment the second waits, sees that the first has joined, and is a
        -- request of its own.
        UPDATE task SET holder = p_holder, join_until = NULL, joined_as = p_task_id
        WHERE task_id = (
            SELECT task_id FROM task
            WHERE key_id = p_key_id AND body_hash = p_body_hash AND holder IS NOT NULL
                AND idempotency_key IS NULL
                AND created_at > p_now - interval '24 hours'
                AND (
                    joined_as = p_task_id OR join_until > p_now
                    OR (join_until IS NULL AND holder_is_gone(holder))
                )
            ORDER BY created_at DESC LIMIT 1
            FOR NO KEY UPDATE
        )
        RETURNING task_id INTO found_id;
        IF FOUND THEN
            outcome := 'joined';
            RETURN;
        END IF;
    END IF;

    -- Submits at the same moment do not see each other's tasks, so a few may pass together.
    IF p_most_queued > 0 AND n_queued_at_most > p_most_queued
        AND NOT queue_has_room(number, p_most_queued)
    THEN
        outcome := 'queue_full';
        most := p_most_queued;
        RETURN;
    END IF;

    LOOP
        UPDATE account SET
            balance = balance - p_reserved,
            n_open = n_open + 1,
            paced_until = paced_from(paced_until, p_now)
                + coalesce(interval '1 minute' / limit_of(most_a_minute, is_unlimited, p_most_a_minute), '0'),
            last_tag = greatest(last_tag, (SELECT virtual_time FROM queue_clock)) + p_cost_seconds / weight
        WHERE account_id = p_account_id
            AND (is_unlimited OR balance >= p_reserved)
            AND n_open < coalesce(limit_of(most_open, is_unlimited, p_most_open), 2147483647)
            AND paced_from(paced_until, p_now) <= p_now + interval '1 minute'
                - coalesce(interval '1 minute' / limit_of(most_a_minute, is_unlimited, p_most_a_minute), '0')
        RETURNING p_cost_seconds / weight, last_tag - p_cost_seconds / weight INTO cost, tag;
        EXIT WHEN FOUND;

        SELECT * INTO STRICT payer FROM account WHERE account_id = p_account_id;
        IF NOT payer.is_unlimited AND payer.balance < p_reserved THEN
            outcome := 'used_up';
            left_over := payer.balance;
            RETURN;
        END IF;
        most := limit_of(payer.most_open, payer.is_unlimited, p_most_open);
        IF payer.n_open >= most THEN
            outcome := 'many_open';
            RETURN;
        END IF;
        most := limit_of(payer.most_a_minute, payer.is_unlimited, p_most_a_minute);
        seconds_to_wait := 60.0 / most - 60
            + extract(epoch FROM paced_from(payer.paced_until, p_now) - p_now);
        IF seconds_to_wait > 0 THEN
            outcome := 'too_fast';
            RETURN;
        END IF;
        -- A task ended in between, and there is room now.
    END LOOP;

    INSERT INTO task (
        task_id, trace_id, account_id, application_id, key_id, status, request, body, body_hash, warnings,
        engine, seed, reserved, start_tag, tag_cost, public_origin, callback_url, idempotency_key, holder,
        extends, created_at
    ) VALUES (
        p_task_id, p_trace_id, p_account_id, p_application_id, p_key_id, 'waiting', p_request, p_body,
        p_body_hash, p_warnings, p_engine, p_seed, p_reserved, tag, cost, p_public_origin, p_callback_url,
        p_idempotency_key, p_holder, p_extends, p_now
    );
    INSERT INTO ledger (account_id, task_id, kind, millicredits, created_at)
    VALUES (p_account_id, p_task_id, 'reserve', -p_reserved, p_now);
    -- Where a job waits already, the workers were told of it: they are busy, or on their way to look.
    IF NOT EXISTS (
        SELECT FROM pgqueuer
        WHERE entrypoint = 'render:' || p_engine AND status = 'queued' AND execute_after < now()
    ) THEN
        PERFORM pg_notify('filmgate_work', p_engine);
    END IF;
    INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, status)
    VALUES (
        -floor(tag)::integer, 'render:' || p_engine, convert_to(p_task_id::text, 'UTF8'),
        'render:' || p_task_id, 'queued'
    );
    outcome := 'created';
    found_id := p_task_id;
END
$$;
