-- The marks of a batch's readers.
INSERT INTO read_mark (writer_id, secret_id, batches, saved_at, marks)
VALUES ($1, $2, 1, $3, $4)
