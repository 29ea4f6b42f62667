"""What parties bring and share: knowledge, data, research, orderly procurement."""
