"""Who takes the metal, and on what terms."""
