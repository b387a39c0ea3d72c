"""Random configurations, each made from its seed alone: a failing seed is a reproduction."""
