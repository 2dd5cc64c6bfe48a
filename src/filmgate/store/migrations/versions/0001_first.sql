-- Amounts are whole milli-credits; the balance is the sum of the account's ledger.
CREATE TABLE account (
    account_id uuid PRIMARY KEY,
    name text NOT NULL,
    is_operator boolean NOT NULL DEFAULT false,
    is_unlimited boolean NOT NULL DEFAULT false,
    balance bigint NOT NULL DEFAULT 0 CHECK (is_unlimited OR balance >= 0),
    -- Start-time fair queueing: the finish tag of the account's last task, in seconds of weighted work.
    weight double precision NOT NULL DEFAULT 1 CHECK (weight > 0),
    last_tag double precision NOT NULL DEFAULT 0,
    -- Standard Webhooks secrets, newest first; an older one stays valid while it is rotated out.
    webhook_secrets text[] NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX account_operator ON account (is_operator) WHERE is_operator;

CREATE TABLE application (
    application_id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account,
    api text NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (account_id, api)
);

CREATE TABLE api_key (
    key_id uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES application,
    account_id uuid NOT NULL REFERENCES account,
    name text NOT NULL,
    prefix text NOT NULL,
    secret_hash bytea NOT NULL UNIQUE,
    allowed_apis text[],
    spending_limit bigint,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
CREATE INDEX api_key_account ON api_key (account_id, created_at DESC);

CREATE TABLE task (
    task_id uuid PRIMARY KEY,
    trace_id uuid NOT NULL,
    account_id uuid NOT NULL REFERENCES account,
    application_id uuid NOT NULL REFERENCES application,
    key_id uuid NOT NULL REFERENCES api_key,
    status text NOT NULL CHECK (status IN ('waiting', 'running', 'succeeded', 'failed')),
    attempt integer NOT NULL DEFAULT 0,
    handed_back integer NOT NULL DEFAULT 0,
    -- `json`, not `jsonb`: the body is answered as it was sent, with its order and its escapes.
    request json NOT NULL,
    body json NOT NULL,
    body_hash bytea NOT NULL,
    warnings json NOT NULL,
    engine text NOT NULL,
    seed integer NOT NULL,
    reserved bigint NOT NULL CHECK (reserved >= 0),
    settled bigint CHECK (settled BETWEEN 0 AND reserved),
    -- What the task adds to its account's tag in fair queueing; given back when it never started.
    start_tag double precision NOT NULL,
    tag_cost double precision NOT NULL,
    progress smallint NOT NULL DEFAULT 0,
    public_origin text NOT NULL,
    callback_url text,
    resume_token text,
    -- An upstream may have taken the order without our hearing of it: never ordered again by itself.
    outcome_unknown boolean NOT NULL DEFAULT false,
    idempotency_key text,
    -- While a connection waits for the answer: the server process that holds it. Zero once it went away
    -- or was answered 5xx; until `join_until` a repeat of the request joins. Null when all is answered.
    holder bigint,
    join_until timestamptz,
    -- The id that the last request to join had drawn for itself, so that it finds back when its answer is lost.
    joined_as uuid,
    video_id text,
    extends uuid REFERENCES task,
    failure_code text,
    failure_message text,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    -- Deleted for its caller first; gone from the object store when `files_removed_at` is set as well.
    files_deleted_at timestamptz,
    files_removed_at timestamptz
);
CREATE INDEX task_newest ON task (account_id, created_at DESC, task_id);
CREATE INDEX task_joinable ON task (key_id, body_hash) WHERE holder IS NOT NULL;
CREATE INDEX task_idempotent ON task (account_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX task_expiring ON task (finished_at) WHERE finished_at IS NOT NULL AND files_deleted_at IS NULL;
CREATE INDEX task_removing ON task (files_deleted_at)
    WHERE files_deleted_at IS NOT NULL AND files_removed_at IS NULL;
CREATE INDEX task_joined ON task (joined_as) WHERE joined_as IS NOT NULL;
CREATE INDEX task_extending ON task (extends) WHERE extends IS NOT NULL AND status IN ('waiting', 'running');
CREATE UNIQUE INDEX task_video ON task (video_id) WHERE video_id IS NOT NULL;

CREATE TABLE ledger (
    entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account,
    task_id uuid,
    kind text NOT NULL CHECK (kind IN ('grant', 'reserve', 'settle', 'refund')),
    millicredits bigint NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX ledger_account ON ledger (account_id, entry_id DESC);
-- A task is reserved once, and settled or given back once.
CREATE UNIQUE INDEX ledger_reserved ON ledger (task_id) WHERE kind = 'reserve';
CREATE UNIQUE INDEX ledger_closed ON ledger (task_id) WHERE kind IN ('settle', 'refund');

CREATE TABLE artefact (
    task_id uuid NOT NULL REFERENCES task,
    -- The role of an input (`start_image`), or the kind of an output.
    role text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('clip', 'poster', 'input')),
    object_key text NOT NULL,
    name text NOT NULL UNIQUE,
    content_type text NOT NULL,
    n_bytes bigint NOT NULL,
    clip json,
    PRIMARY KEY (task_id, role)
);

CREATE TABLE delivery (
    delivery_id uuid PRIMARY KEY,
    task_id uuid NOT NULL UNIQUE REFERENCES task,
    account_id uuid NOT NULL REFERENCES account,
    url text NOT NULL,
    n_posts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    delivered_at timestamptz,
    given_up_at timestamptz
);

CREATE INDEX delivery_open ON delivery (delivery_id) WHERE delivered_at IS NULL AND given_up_at IS NULL;

CREATE TABLE post (
    delivery_id uuid NOT NULL REFERENCES delivery,
    number integer NOT NULL,
    status smallint,
    reason text NOT NULL,
    elapsed interval NOT NULL,
    sent_at timestamptz NOT NULL,
    PRIMARY KEY (delivery_id, number)
);

CREATE TABLE worker (
    worker_id uuid PRIMARY KEY,
    engines text[] NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
);

-- The start tag of the task that started last, of all accounts.
CREATE TABLE queue_clock (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    virtual_time double precision NOT NULL DEFAULT 0
);
INSERT INTO queue_clock DEFAULT VALUES;

-- PgQueuer's own trigger speaks at every change of its table. Each word costs every listener a wake-up and
-- more than halves the rate of submits, so it is left to the deliveries; `submit_task` speaks for renders.
DROP TRIGGER tg_pgqueuer_changed ON pgqueuer;
CREATE TRIGGER tg_pgqueuer_changed AFTER INSERT ON pgqueuer
FOR EACH ROW WHEN (NEW.entrypoint NOT LIKE 'render:%') EXECUTE FUNCTION fn_pgqueuer_changed();

-- Video ids are eighteen digits, like the ones that clients of this API have stored so far.
CREATE FUNCTION draw_video_id() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT (100000000000000000 + (('x' || substr(replace(gen_random_uuid()::text, '-', ''), 17))::bit(64)::bigint
        & 9223372036854775807) % 900000000000000000)::text
$$;

-- Say whether the server process that holds a connection is gone: it keeps a session lock on its own
-- number while it lives, and PostgreSQL lets go of it at the moment the process dies.
CREATE FUNCTION holder_is_gone(holder bigint) RETURNS boolean LANGUAGE sql AS $$
    SELECT pg_try_advisory_xact_lock_shared(holder)
$$;

-- Reserve, store and queue a task in one round trip, or find the earlier task that this request repeats.
-- Returns what happened: 'created', 'joined', 'conflict' or 'used_up' (then `left_over` is the balance).
CREATE FUNCTION submit_task(
    p_task_id uuid, p_trace_id uuid, p_account_id uuid, p_application_id uuid, p_key_id uuid,
    p_request json, p_body json, p_body_hash bytea, p_warnings json, p_engine text, p_seed integer,
    p_reserved bigint, p_cost_seconds integer, p_public_origin text, p_callback_url text,
    p_idempotency_key text, p_holder bigint, p_extends uuid, p_now timestamptz,
    OUT outcome text, OUT found_id uuid, OUT left_over bigint
) LANGUAGE plpgsql AS $$
DECLARE
    earlier task%ROWTYPE;
    cost double precision;
    tag double precision;
BEGIN
    -- Sent again because its answer was lost, this very call first waits for the end of its first try.
    PERFORM pg_advisory_xact_lock(hashtextextended(p_task_id::text, 0));
    IF EXISTS (SELECT FROM task WHERE task_id = p_task_id) THEN
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

    UPDATE account SET
        balance = balance - p_reserved,
        last_tag = greatest(last_tag, (SELECT virtual_time FROM queue_clock)) + p_cost_seconds / weight
    WHERE account_id = p_account_id AND (is_unlimited OR balance >= p_reserved)
    RETURNING p_cost_seconds / weight, last_tag - p_cost_seconds / weight INTO cost, tag;
    IF NOT FOUND THEN
        outcome := 'used_up';
        SELECT balance INTO left_over FROM account WHERE account_id = p_account_id;
        RETURN;
    END IF;

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
