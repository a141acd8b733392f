CREATE TABLE users (name text);
INSERT INTO users VALUES ('by file');
