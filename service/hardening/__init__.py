"""What keeps a caller from asking too much, for too long, or under a name that is not ours."""
