-- What a device reported last (JSON text); users switched off, and since when their tokens must be; what admins asked for.

ALTER TABLE device ADD COLUMN telemetry {TEXT} NULL;

ALTER TABLE user_account ADD COLUMN disabled_at BIGINT NULL;
-- User tokens issued up to here are refused.
ALTER TABLE user_account ADD COLUMN tokens_revoked_at BIGINT NULL;

-- Append-only.
CREATE TABLE admin_audit (
    audit_key {KEY},
    at BIGINT NOT NULL,
    admin {TEXT} NOT NULL,
    action {TEXT} NOT NULL,
    user_id {TEXT} NULL
);
INSERT INTO counter (name, next) VALUES ('audit', 1);
