"""The operator's desk: deliveries and reconciliations over HTTP, as JSON and as one plain page."""
