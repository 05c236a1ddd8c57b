-- Users, devices, credentials, sessions, mailboxes, messages. Times are UTC milliseconds, keys are made in the app.

CREATE TABLE counter (
    name {TEXT} NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL
);
INSERT INTO counter (name, next) VALUES ('user', 1), ('device', 1), ('message', 1), ('probe', 1);

CREATE TABLE user_account (
    user_key {KEY},
    id {TEXT} NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE device (
    device_key {KEY},
    user_key BIGINT NOT NULL,
    id {TEXT} NOT NULL UNIQUE,
    name {TEXT} NOT NULL,
    type BIGINT NOT NULL,
    platform {TEXT} NULL,
    app_version {TEXT} NULL,
    capabilities {TEXT} NOT NULL,
    max_file_size BIGINT NULL,
    role {TEXT} NULL,
    status BIGINT NOT NULL,
    last_seen_at BIGINT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT NULL
);
CREATE INDEX device_user ON device (user_key);

CREATE TABLE credential_family (
    family_id {TEXT} NOT NULL PRIMARY KEY,
    device_key BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT NULL
);
CREATE INDEX credential_family_device ON credential_family (device_key);

CREATE TABLE refresh_token (
    token_hash {TEXT} NOT NULL PRIMARY KEY,
    family_id {TEXT} NOT NULL,
    generation BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    superseded_at BIGINT NULL,
    used BIGINT NOT NULL
);
CREATE UNIQUE INDEX refresh_token_family ON refresh_token (family_id, generation);

CREATE TABLE session (
    session_id {TEXT} NOT NULL PRIMARY KEY,
    device_key BIGINT NOT NULL,
    user_key BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    connected BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    disconnected_at BIGINT NULL,
    ended_at BIGINT NULL
);
CREATE INDEX session_of_device ON session (device_key) WHERE ended_at IS NULL;
CREATE INDEX session_of_user ON session (user_key) WHERE ended_at IS NULL;

-- The counters of a device's mailbox; an acknowledgement moves a cursor here and writes no entry.
CREATE TABLE mailbox (
    device_key {KEY},
    head BIGINT NOT NULL,
    open_entries BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    closed BIGINT NOT NULL,
    acked_low BIGINT NOT NULL,
    acked_normal BIGINT NOT NULL,
    acked_high BIGINT NOT NULL,
    acked_critical BIGINT NOT NULL
);

-- In append order; deliveries is the first answer: 'device_key:seq' each, without a seq where it was refused.
CREATE TABLE message (
    message_key {KEY},
    user_key BIGINT NOT NULL,
    id {TEXT} NOT NULL,
    digest BIGINT NOT NULL,
    from_device_key BIGINT NULL,
    type {TEXT} NOT NULL,
    body {TEXT} NOT NULL,
    priority BIGINT NOT NULL,
    receipts BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    correlation_id {TEXT} NULL,
    deliveries {TEXT} NOT NULL
);
-- The id first: time-ordered ids then touch one page a batch, not one a user.
CREATE UNIQUE INDEX message_id ON message (id, user_key);
CREATE INDEX message_expires ON message (expires_at);

CREATE TABLE entry (
    device_key BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    message_key BIGINT NOT NULL,
    state BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    due_at BIGINT NULL,
    settled_at BIGINT NULL,
    reason {TEXT} NULL,
    PRIMARY KEY (device_key, priority, seq)
) {WITHOUT_ROWID};
CREATE INDEX entry_exact ON entry (device_key, due_at) WHERE state = 1;

-- When each cursor moved: the time of an entry's acknowledgement is that of the first row at or after its seq.
CREATE TABLE acknowledgement (
    device_key BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (device_key, priority, seq)
) {WITHOUT_ROWID};

-- Shared by the nodes of a cluster; the embedded database keeps its keys in a file.
CREATE TABLE signing_key (
    kid {TEXT} NOT NULL PRIMARY KEY,
    private_key {TEXT} NOT NULL,
    created_at BIGINT NOT NULL
);
