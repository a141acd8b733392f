CREATE TABLE users (
  id int AUTO_INCREMENT PRIMARY KEY,
  name varchar(40),
  upper_name varchar(40) GENERATED ALWAYS AS (upper(name)) STORED
);
CREATE TABLE orders (user int, note text, FOREIGN KEY (user) REFERENCES users (id) ON DELETE CASCADE);
INSERT INTO users (name) VALUES ('it''s "quoted"'), ('Zoë');
INSERT INTO orders VALUES (1, 'of the first'), (2, NULL);
CREATE VIEW noted AS SELECT user, note FROM orders WHERE note IS NOT NULL;
CREATE VIEW all_noted AS SELECT note FROM noted;
CREATE SEQUENCE counted;
SELECT NEXTVAL(counted);
CREATE FUNCTION twice(number int) RETURNS int DETERMINISTIC RETURN 2 * number;
DELIMITER //
CREATE TRIGGER written BEFORE INSERT ON orders FOR EACH ROW
BEGIN
  SET NEW.note = upper(NEW.note);
END //
DELIMITER ;
