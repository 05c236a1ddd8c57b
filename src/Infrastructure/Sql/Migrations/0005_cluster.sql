-- Nodes, and which of them holds a device's connection. 0: none.

CREATE TABLE node (
    node_key {KEY},
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    dead_at BIGINT NULL,
    ended_at BIGINT NULL
);
CREATE INDEX node_running ON node (node_key) WHERE ended_at IS NULL;
INSERT INTO counter (name, next) VALUES ('node', 1);

ALTER TABLE mailbox ADD COLUMN node BIGINT NOT NULL DEFAULT 0;
-- Where the connection before was, when another took over.
ALTER TABLE mailbox ADD COLUMN node_before BIGINT NOT NULL DEFAULT 0;
CREATE INDEX mailbox_node ON mailbox (node) WHERE node <> 0;

-- No connection outlives the version before: it did not note where it was.
UPDATE session SET connected = 0, disconnected_at = started_at WHERE connected = 1 AND ended_at IS NULL;
UPDATE device SET status = 0 WHERE status <> 0;

-- Which node receives an upload's bytes; 0: none. It keeps it until another asks for it.
ALTER TABLE upload ADD COLUMN node BIGINT NOT NULL DEFAULT 0;
