"""Answers at the negotiating table as tables, JSON documents, sheets and sections."""
