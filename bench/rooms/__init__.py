"""Rooms under load, Accord's and its peers', measured side by side."""
