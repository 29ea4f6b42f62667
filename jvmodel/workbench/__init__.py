"""The workbench in the browser: deals, the negotiating table, comparison, risk, the model's rows and an editor."""
