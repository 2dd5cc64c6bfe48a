-- Who owns the account. An account without an e-mail cannot be logged in to.
ALTER TABLE account
    ADD COLUMN email text CHECK (email = lower(email)),
    ADD COLUMN password_hash text;
CREATE UNIQUE INDEX account_email ON account (email);

-- A browser that is logged in. Its cookie holds the secret, and here lies only the hash of that.
CREATE TABLE session (
    session_id uuid PRIMARY KEY,
    secret_hash bytea NOT NULL UNIQUE,
    account_id uuid NOT NULL REFERENCES account,
    browser text NOT NULL,
    address text NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX session_account ON session (account_id, seen_at DESC);
CREATE INDEX session_expiring ON session (expires_at);

-- A link that lets its holder choose a password, once. An account has one at most: the newest.
CREATE TABLE entry_link (
    account_id uuid PRIMARY KEY REFERENCES account,
    secret_hash bytea NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL
);

-- Attempts to get in that are held against an address or an account.
CREATE TABLE entry_attempt (
    subject text NOT NULL,
    made_at timestamptz NOT NULL
);
CREATE INDEX entry_attempt_subject ON entry_attempt (subject, made_at);
CREATE INDEX entry_attempt_made ON entry_attempt (made_at);

-- What a grant was for.
ALTER TABLE ledger ADD COLUMN note text;

-- What a key with a limit has spent so far, reservations included; of other keys it is not counted.
ALTER TABLE api_key ADD COLUMN spent bigint NOT NULL DEFAULT 0;

DROP FUNCTION submit_task;

-- Reserve, store and queue a task in one round trip, or find the earlier task that this request repeats.
-- Returns what happened: 'created', 'joined', 'conflict', or which limit refuses it:
--   'used_up'     `left_over` is the balance
--   'many_open'   `most` is the limit
--   'too_fast'    `most` is the limit, `seconds_to_wait` when there is room again
--   'queue_full'  `most` is the limit
--   'key_used_up' `left_over` is what the key may still spend
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
    key_has_left bigint;
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

    -- The key before the account, as endings do it, so that the two never wait for each other.
    SELECT spending_limit - spent INTO key_has_left FROM api_key
    WHERE key_id = p_key_id AND spending_limit IS NOT NULL FOR NO KEY UPDATE;
    IF key_has_left < p_reserved THEN
        outcome := 'key_used_up';
        left_over := key_has_left;
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
    IF key_has_left IS NOT NULL THEN
        UPDATE api_key SET spent = spent + p_reserved WHERE key_id = p_key_id;
    END IF;
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
