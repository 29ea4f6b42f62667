"""Who lends to the venture, and on what terms."""
