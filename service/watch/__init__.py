"""Window for those who run it: health, metrics, deliveries, reconciliation."""
