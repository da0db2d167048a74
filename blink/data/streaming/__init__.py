"""Data larger than a disk: shards in object storage, streamed in an order of our own."""
