-- An address that keeps what is posted to it. A revoked one stays, so that it can be answered as gone.
CREATE TABLE inbox (
    inbox_id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account,
    secret text NOT NULL UNIQUE,
    answer smallint NOT NULL DEFAULT 200 CHECK (answer IN (200, 410, 500, 503)),
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX inbox_open ON inbox (account_id, created_at DESC) WHERE revoked_at IS NULL;

CREATE TABLE inbox_entry (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    inbox_id uuid NOT NULL REFERENCES inbox,
    received_at timestamptz NOT NULL,
    query text NOT NULL,
    -- Pairs of name and value in the order in which they came.
    headers json NOT NULL,
    body bytea NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('signed', 'stale', 'misfit', 'unsigned')),
    answer smallint NOT NULL
);
CREATE INDEX inbox_entry_newest ON inbox_entry (inbox_id, number DESC);
CREATE INDEX inbox_entry_received ON inbox_entry (received_at);
