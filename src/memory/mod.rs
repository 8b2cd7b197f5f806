//! Frames, page tables and swap space.
