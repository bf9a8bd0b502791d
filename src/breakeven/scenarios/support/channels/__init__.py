"""Channels: what social accounts, chat services and other desks send and are sent, checked by their signatures."""
