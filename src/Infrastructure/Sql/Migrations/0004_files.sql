-- Uploads, files and their versions, who may see them, share links, audit.

-- Bytes of a user's file versions; what unfinished uploads reserve is summed up when asked for.
ALTER TABLE user_account ADD COLUMN stored_bytes BIGINT NOT NULL DEFAULT 0;
-- How many files a user has: search weighs its ways by it.
ALTER TABLE user_account ADD COLUMN stored_files BIGINT NOT NULL DEFAULT 0;
-- Since when all of a user's data is being removed; null again, and erased_at set, once it is.
ALTER TABLE user_account ADD COLUMN erasing_at BIGINT NULL;
ALTER TABLE user_account ADD COLUMN erased_at BIGINT NULL;
CREATE INDEX user_erasing ON user_account (erasing_at) WHERE erasing_at IS NOT NULL;

-- kind: 0 plain, 1 partial, 2 final. state: 0 uploading, 1 completed, 2 failed. length: null while deferred. received: committed bytes.
-- metadata and parts as the client sent them. file_id: the file to add a version to; result_file_id, result_version: what it became.
CREATE TABLE upload (
    upload_key {KEY},
    id {TEXT} NOT NULL UNIQUE,
    user_key BIGINT NOT NULL,
    device_key BIGINT NULL,
    kind BIGINT NOT NULL,
    state BIGINT NOT NULL,
    length BIGINT NULL,
    received BIGINT NOT NULL,
    metadata {TEXT} NULL,
    parts {TEXT} NULL,
    blob_id {TEXT} NOT NULL,
    file_id {TEXT} NULL,
    result_file_id {TEXT} NULL,
    result_version BIGINT NULL,
    reason {TEXT} NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX upload_user ON upload (user_key, state);
CREATE INDEX upload_expires ON upload (expires_at);
CREATE INDEX upload_blob ON upload (blob_id);
CREATE INDEX upload_whole ON upload (upload_key) WHERE state = 0 AND length = received;

-- version: the current one, whose size, sha256 and mime_type stand here too. tags: comma separated. words: what search looks at,
-- lower case, each once, separated by spaces. name_order: the name in lower case, to sort by.
CREATE TABLE file (
    file_key {KEY},
    id {TEXT} NOT NULL UNIQUE,
    user_key BIGINT NOT NULL,
    name {TEXT} NOT NULL,
    name_order {TEXT} NOT NULL,
    mime_type {TEXT} NOT NULL,
    size BIGINT NOT NULL,
    sha256 {TEXT} NOT NULL,
    version BIGINT NOT NULL,
    last_version BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    tags {TEXT} NOT NULL,
    description {TEXT} NULL,
    words {TEXT} NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX file_user ON file (user_key, file_key);
-- One index an order; those of time and size also find by them.
CREATE INDEX file_created ON file (user_key, created_at, id);
CREATE INDEX file_updated ON file (user_key, updated_at, id);
CREATE INDEX file_name ON file (user_key, name_order, id);
CREATE INDEX file_size ON file (user_key, size, id);
CREATE INDEX file_type ON file (user_key, mime_type, file_key);

-- What a user's own files are found by: each of their words, and '#' before each tag.
CREATE TABLE file_term (
    user_key BIGINT NOT NULL,
    term {TEXT} NOT NULL,
    file_key BIGINT NOT NULL,
    PRIMARY KEY (user_key, term, file_key)
) {WITHOUT_ROWID};

-- restored_from: the version whose bytes it shares; they are counted once, to that one.
CREATE TABLE file_version (
    file_key BIGINT NOT NULL,
    version BIGINT NOT NULL,
    size BIGINT NOT NULL,
    sha256 {TEXT} NOT NULL,
    mime_type {TEXT} NOT NULL,
    user_key BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    restored_from BIGINT NULL,
    PRIMARY KEY (file_key, version)
) {WITHOUT_ROWID};

-- The bytes of a version: these blobs, one after another. A blob is deleted once nothing here and no upload names it.
CREATE TABLE file_part (
    file_key BIGINT NOT NULL,
    version BIGINT NOT NULL,
    position BIGINT NOT NULL,
    blob_id {TEXT} NOT NULL,
    size BIGINT NOT NULL,
    PRIMARY KEY (file_key, version, position)
) {WITHOUT_ROWID};
CREATE INDEX file_part_blob ON file_part (blob_id);

-- Blobs that nothing names any more; gone from here when they are gone from the disk.
CREATE TABLE blob_deletion (
    blob_id {TEXT} NOT NULL PRIMARY KEY,
    noted_at BIGINT NOT NULL
) {WITHOUT_ROWID};

-- How far re-hashing all versions has come: the last version looked at (0, 0 between two rounds), and when the round began.
CREATE TABLE scrub (
    name {TEXT} NOT NULL PRIMARY KEY,
    file_key BIGINT NOT NULL,
    version BIGINT NOT NULL,
    began_at BIGINT NOT NULL
) {WITHOUT_ROWID};

-- Versions whose bytes were not what they had been. Counts only while the version is there.
CREATE TABLE file_damage (
    file_key BIGINT NOT NULL,
    version BIGINT NOT NULL,
    reason {TEXT} NOT NULL,
    found_at BIGINT NOT NULL,
    PRIMARY KEY (file_key, version)
) {WITHOUT_ROWID};

-- role: 1 viewer, 2 editor, 3 owner. Whoever the file belongs to (file.user_key) has no row here.
CREATE TABLE file_permission (
    file_key BIGINT NOT NULL,
    user_key BIGINT NOT NULL,
    role BIGINT NOT NULL,
    expires_at BIGINT NULL,
    granted_by BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (file_key, user_key)
) {WITHOUT_ROWID};
CREATE INDEX file_permission_user ON file_permission (user_key, file_key);
CREATE INDEX file_permission_giver ON file_permission (granted_by);

-- Tokens and passwords are hashed. user_key: who made it.
CREATE TABLE share (
    id {TEXT} NOT NULL PRIMARY KEY,
    file_key BIGINT NOT NULL,
    user_key BIGINT NOT NULL,
    token_hash {TEXT} NOT NULL UNIQUE,
    password_hash {TEXT} NULL,
    max_downloads BIGINT NULL,
    downloads BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NULL
);
CREATE INDEX share_file ON share (file_key);
CREATE INDEX share_user ON share (user_key);

-- Append-only. Outlives the file. actor: a user's id, or 'share:<id>' for who came by a link.
CREATE TABLE file_audit (
    audit_key {KEY},
    file_id {TEXT} NOT NULL,
    at BIGINT NOT NULL,
    actor {TEXT} NOT NULL,
    device {TEXT} NULL,
    action {TEXT} NOT NULL,
    version BIGINT NULL,
    detail {TEXT} NULL
);
CREATE INDEX file_audit_file ON file_audit (file_id, audit_key);
INSERT INTO counter (name, next) VALUES ('upload', 1), ('file', 1), ('file_audit', 1);
