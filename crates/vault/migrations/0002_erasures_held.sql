-- Whether there was anything to erase: somebody may ask of whom nothing is held, and the receipt says so.
ALTER TABLE erasures ADD COLUMN held BOOLEAN NOT NULL DEFAULT TRUE;
