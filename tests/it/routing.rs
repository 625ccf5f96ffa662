//! Routing rules and their preview.
