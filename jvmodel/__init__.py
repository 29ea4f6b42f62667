"""Cash-flow models of cooperative mining ventures: who puts in what, who bears which risk, and who gets what out."""

__version__ = "0.1.0"
