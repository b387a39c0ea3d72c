"""Ours == reference == live stock calculators, bit for bit, on seeded random configurations."""
