"""How the partners own, fund and share the venture."""
