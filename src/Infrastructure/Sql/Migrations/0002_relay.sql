-- Routes, claims, receipts, dead letters, durable timers.

-- Tables in the order in which batches lock them, against deadlocks with nodes of the version before.

-- Open entries won from offers.
ALTER TABLE mailbox ADD COLUMN won BIGINT NOT NULL DEFAULT 0;

-- offer: 0 none, 1 offered, 2 won, 3 declined as the last one (state 1 in all but 0). Own expires_at: of a redriven entry.
-- dismissed_at: a dead letter that was redriven or purged. receipts: of the message, where settling looks for it.
ALTER TABLE entry ADD COLUMN offer BIGINT NOT NULL DEFAULT 0;
ALTER TABLE entry ADD COLUMN receipts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE entry ADD COLUMN expires_at BIGINT NULL;
ALTER TABLE entry ADD COLUMN dismissed_at BIGINT NULL;
CREATE INDEX entry_dead ON entry (device_key, settled_at) WHERE state IN (3, 5) AND dismissed_at IS NULL;

-- A user's messages, newest first.
CREATE INDEX message_user ON message (user_key, message_key);

-- Of messages with a claim or a fallback; step is the one begun last, winner a device.
CREATE TABLE route (
    message_key {KEY},
    plan {TEXT} NOT NULL,
    step BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    winner BIGINT NULL
);

-- Steps begun, but for a single step of named devices; deliveries as in message. at_send: part of the first answer.
CREATE TABLE route_step (
    message_key BIGINT NOT NULL,
    step BIGINT NOT NULL,
    at_send BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    matched BIGINT NOT NULL,
    reason {TEXT} NOT NULL,
    deliveries {TEXT} NOT NULL,
    PRIMARY KEY (message_key, step)
) {WITHOUT_ROWID};

-- A dead letter and the entry that took its place.
CREATE TABLE redrive (
    device_key BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    message_key BIGINT NOT NULL,
    new_seq BIGINT NOT NULL,
    redriven_at BIGINT NOT NULL,
    PRIMARY KEY (device_key, seq)
) {WITHOUT_ROWID};
CREATE INDEX redrive_message ON redrive (message_key);

-- Something to look at when its time comes. Who looks decides under its own locks, so looking twice is harmless.
CREATE TABLE timer (
    kind {TEXT} NOT NULL,
    subject {TEXT} NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
) {WITHOUT_ROWID};
CREATE INDEX timer_due ON timer (due_at);

-- Final receipts that wait for their sending device.
CREATE TABLE receipt (
    device_key BIGINT NOT NULL,
    at BIGINT NOT NULL,
    target_key BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    message_id {TEXT} NOT NULL,
    state BIGINT NOT NULL,
    reason {TEXT} NULL,
    PRIMARY KEY (device_key, at, target_key, seq)
) {WITHOUT_ROWID};

-- Which node does what must be done once.
CREATE TABLE lease (
    name {TEXT} NOT NULL PRIMARY KEY,
    owner {TEXT} NOT NULL,
    fence BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
