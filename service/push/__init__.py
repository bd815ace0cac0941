"""Station 5: one attempt at the trust's EHR, ending in exactly one typed outcome."""
