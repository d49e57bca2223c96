//! Sniff, probe and decode, one file a format. Every decoder checks `max_pixels` on the header first.
